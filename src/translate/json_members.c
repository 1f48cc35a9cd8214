/* Members: from the events of the JSON reader.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/json_members.h"

#include "base/number.h"

void tm_members_init(tm_members *m, tm_text json)
{
    tm_json_init(&m->json, m->arena, json, 0, TM_JSON_ANY_BYTES);
}

bool tm_members_fail(tm_members *m, const char *format, ...)
{
    va_list arguments;
    if (m->json.error) {
        *m->error = tm_arena_print(m->errors, "the JSON is bad at byte %zu: %s", m->json.error_at,
                                   m->json.error);
        return false;
    }
    va_start(arguments, format);
    tm_text what = tm_arena_vprint(m->errors, format, arguments);
    va_end(arguments);
    *m->error = tm_arena_print(m->errors, "span %llu: %.*s", (unsigned long long)m->items + 1,
                               TM_PRI(what));
    return false;
}

/* ---- objects and lists ----------------------------------------------------------------------- */

static const tm_member *find(const tm_member *rows, size_t count, tm_text name)
{
    for (size_t i = 0; i < count; i++)
        if (tm_text_same_word(name, tm_text_of(rows[i].name)))
            return &rows[i];
    return NULL;
}

bool tm_members_read(tm_members *m, tm_json_event event, const char *what, const tm_member *rows,
                     size_t count, void *to, bool *there)
{
    *there = event == TM_JSON_OBJECT;
    if (event == TM_JSON_NULL)
        return true;
    if (event != TM_JSON_OBJECT)
        return tm_members_fail(m, "%s is no object", what);
    while ((event = tm_json_next(&m->json)) == TM_JSON_KEY) {
        const tm_member *row = find(rows, count, m->json.text);
        if (!row) {
            if (!tm_json_skip(&m->json, event))
                return tm_members_fail(m, "%s", what);
            continue;
        }
        event = tm_json_next(&m->json);
        if (!row->read(m, event, row->name, (char *)to + row->at))
            return false;
    }
    return event == TM_JSON_OBJECT_END || tm_members_fail(m, "%s", what);
}

bool tm_members_end(tm_members *m)
{
    return tm_json_next(&m->json) == TM_JSON_END || tm_members_fail(m, "the document");
}

bool tm_members_list(tm_members *m, tm_json_event event,
                     bool (*read)(void *owner, tm_json_event event), void *owner)
{
    if (event == TM_JSON_NULL)
        return tm_members_end(m);
    if (event != TM_JSON_ARRAY) {
        if (!m->json.error) {
            *m->error = TM_TEXT("the document is no list of spans");
            return false;
        }
        return tm_members_fail(m, "the document");
    }
    for (; (event = tm_json_next(&m->json)) != TM_JSON_ARRAY_END; m->items++) {
        tm_arena_mark mark = tm_arena_save(m->arena);
        if (!read(owner, event))
            return false;
        tm_arena_restore(m->arena, mark);
    }
    return tm_members_end(m);
}

/* ---- values ---------------------------------------------------------------------------------- */

bool tm_members_text(tm_members *m, tm_json_event event, const char *name, void *to)
{
    if (event == TM_JSON_STRING)
        *(tm_text *)to = m->json.text.p ? m->json.text : TM_TEXT("");
    return event == TM_JSON_STRING || event == TM_JSON_NULL ||
           tm_members_fail(m, "%s is no string", name);
}

/* Not 1.0 nor 1e2. */
static bool is_plain(tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '.' || text.p[i] == 'e' || text.p[i] == 'E')
            return false;
    return true;
}

static bool read_int(tm_members *m, tm_json_event event, const char *name, int64_t least,
                     int64_t most, int64_t *to)
{
    int64_t n;
    if (event == TM_JSON_NULL)
        return true;
    if (event != TM_JSON_NUMBER || !is_plain(m->json.text) || !tm_number_int(m->json.text, &n) ||
        n < least || n > most)
        return tm_members_fail(m, "%s is no whole number that fits", name);
    *to = n;
    return true;
}

bool tm_members_uint64(tm_members *m, tm_json_event event, const char *name, void *to)
{
    uint64_t n;
    if (event == TM_JSON_NULL)
        return true;
    if (event != TM_JSON_NUMBER || !is_plain(m->json.text) || !tm_number_uint(m->json.text, &n))
        return tm_members_fail(m, "%s is no natural number that fits", name);
    *(uint64_t *)to = n;
    return true;
}

bool tm_members_int64(tm_members *m, tm_json_event event, const char *name, void *to)
{
    return read_int(m, event, name, INT64_MIN, INT64_MAX, to);
}

bool tm_members_int32(tm_members *m, tm_json_event event, const char *name, void *to)
{
    int64_t n = *(int32_t *)to;
    bool ok = read_int(m, event, name, INT32_MIN, INT32_MAX, &n);
    *(int32_t *)to = (int32_t)n;
    return ok;
}

bool tm_members_uint16(tm_members *m, tm_json_event event, const char *name, void *to)
{
    int64_t n = *(uint16_t *)to;
    bool ok = read_int(m, event, name, 0, UINT16_MAX, &n);
    *(uint16_t *)to = (uint16_t)n;
    return ok;
}

bool tm_members_ignored_bool(tm_members *m, tm_json_event event, const char *name, void *to)
{
    (void)to;
    return event == TM_JSON_TRUE || event == TM_JSON_FALSE || event == TM_JSON_NULL ||
           tm_members_fail(m, "%s is no bool", name);
}
