/* Path state: members of a W3C tracestate header.
 * Work: goes over the header twice for each path that asks, beside 32 keys that were met; charged
 * by who asks (path_fields.c).
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/path/path_state.h"

#include "base/ascii.h"
#include "base/buf.h"

enum { MEMBERS_MOST = 32, KEY_MOST = 256, TENANT_MOST = 241, SYSTEM_MOST = 14, VALUE_MOST = 256 };

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* [a-z][a-z0-9_\-*\/]*, with a digit in front too if so said. */
static bool name_fits(tm_text t, bool digit_first, size_t most)
{
    if (t.n == 0 || t.n > most || !(is_lower(t.p[0]) || (digit_first && tm_ascii_is_digit(t.p[0]))))
        return false;
    /* Work: at most `most` characters */
    for (size_t i = 1; i < t.n; i++)
        if (!is_lower(t.p[i]) && !tm_ascii_is_digit(t.p[i]) && (!t.p[i] || !strchr("_-*/", t.p[i])))
            return false;
    return true;
}

static bool key_fits(tm_text key)
{
    tm_text system = key, tenant;
    if (!key.n || !memchr(key.p, '@', key.n))
        return name_fits(key, false, KEY_MOST);
    tm_text_next(&system, '@', &tenant);
    return name_fits(tenant, true, TENANT_MOST) && name_fits(system, false, SYSTEM_MOST);
}

static bool value_fits(tm_text value)
{
    if (value.n == 0 || value.n > VALUE_MOST || value.p[value.n - 1] == ' ')
        return false;
    /* Work: at most VALUE_MOST characters */
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < ' ' || value.p[i] > '~' || value.p[i] == ',' || value.p[i] == '=')
            return false;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes the next member off *rest, without the blanks round it. An empty one has n == 0. */
static bool next_member(tm_text *rest, tm_text *key, tm_text *value, bool *empty)
{
    tm_text member;
    if (!tm_text_next(rest, ',', &member))
        return false;
    *empty = member.n == 0;
    /* Work: bytes of the header, charged by who asks (path_fields.c) */
    while (member.n && is_blank(member.p[0]))
        member = tm_text_skip(member, 1);
    while (member.n && is_blank(member.p[member.n - 1]))
        member.n--;
    const char *sign = member.n ? memchr(member.p, '=', member.n) : NULL;
    size_t at = sign ? (size_t)(sign - member.p) : member.n;
    *key = tm_text_slice(member.p, at);
    *value = sign ? tm_text_skip(member, at + 1) : TM_TEXT("");
    return true;
}

static bool stands_in(const tm_text *keys, unsigned n, tm_text key)
{
    /* Work: at most MEMBERS_MOST */
    for (unsigned i = 0; i < n; i++)
        if (tm_text_equal(keys[i], key))
            return true;
    return false;
}

bool tm_state_valid(tm_text header)
{
    tm_text keys[MEMBERS_MOST], key, value;
    unsigned n = 0;
    bool empty;
    /* Work: bytes of the header, charged by who asks (path_fields.c) */
    while (next_member(&header, &key, &value, &empty)) {
        if (empty)
            continue;
        if (n == MEMBERS_MOST || !key_fits(key) || !value_fits(value) || stands_in(keys, n, key))
            return false;
        keys[n++] = key;
    }
    return true;
}

tm_text tm_state_get(tm_text header, tm_text wanted)
{
    tm_text key, value;
    bool empty;
    /* Work: bytes of the header, charged by who asks (path_fields.c) */
    while (next_member(&header, &key, &value, &empty))
        if (!empty && tm_text_equal(key, wanted))
            return value;
    return TM_TEXT("");
}

static void add_member(tm_buf *out, tm_text key, tm_text value)
{
    if (out->n)
        tm_buf_add_char(out, ',');
    tm_buf_add(out, key);
    tm_buf_add_char(out, '=');
    tm_buf_add(out, value);
}

tm_text tm_state_put(tm_arena *arena, tm_text header, tm_text new_key, tm_text new_value)
{
    tm_buf out = {.arena = arena};
    tm_text key, value;
    unsigned n = 1;
    bool empty;
    if (!key_fits(new_key) || !value_fits(new_value))
        return (tm_text){0};
    add_member(&out, new_key, new_value);
    /* Work: bytes of the header, charged by who asks (path_fields.c) */
    while (n < MEMBERS_MOST && next_member(&header, &key, &value, &empty)) {
        if (empty || tm_text_equal(key, new_key))
            continue;
        add_member(&out, key, value);
        n++;
    }
    return tm_buf_text(&out);
}
