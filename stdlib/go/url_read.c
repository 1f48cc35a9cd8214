/* URL read: takes URLs apart and writes them again, as Go's net/url does.
 * Work: each loop goes over its part once; URL (url.c) has charged for the text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/go/url_read.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/hex.h"

#include <arpa/inet.h>

/* The part of a URL that is encoded or decoded; each has characters of its own that need no escape.
 */
typedef enum part { PATH, USER, HOST, ZONE, QUERY, FRAGMENT } part;

static bool is_among(char c, const char *set)
{
    return c && strchr(set, c) != NULL;
}

static bool needs_escape(char c, part where)
{
    static const char *const plain[] = {
        [PATH] = "$&+,/:;=@",          [USER] = "$&+,;=", [HOST] = "!$&'()*+,;=:[]<>\"",
        [ZONE] = "!$&'()*+,;=:[]<>\"", [QUERY] = "",      [FRAGMENT] = "$&+,/:;=?@!()*"};
    return !tm_ascii_is_letter(c) && !tm_ascii_is_digit(c) && !is_among(c, "-_.~") &&
           !is_among(c, plain[where]);
}

static void escape(tm_buf *out, tm_text t, part where)
{
    /* Work: bytes of the part, charged before (url.c) */
    for (size_t i = 0; i < t.n; i++) {
        if (needs_escape(t.p[i], where))
            tm_buf_print(out, "%%%02X", (unsigned char)t.p[i]);
        else
            tm_buf_add_char(out, t.p[i]);
    }
}

/* Whether the byte at t.p[i], escaped or not, may stand in a host or zone. */
static bool fits_host(tm_text t, size_t i, int decoded, part where)
{
    bool is_percent = decoded >= 0 && decoded == '%' && tm_hex_value(t.p[i + 1]) == 2;
    if (decoded < 0)
        return (unsigned char)t.p[i] >= 0x80 || !needs_escape(t.p[i], where);
    if (where == HOST)
        return decoded >= 0x80 || is_percent;
    return is_percent || decoded == ' ' || !needs_escape((char)decoded, HOST);
}

/* Decodes into *out. False for an escape that is none, and for what the part of the URL cannot
 * hold. */
static bool unescape(tm_arena *arena, tm_text t, part where, tm_text *out)
{
    char *p = tm_arena_alloc(arena, t.n);
    size_t n = 0;
    /* Work: bytes of the part, charged before (url.c) */
    for (size_t i = 0; i < t.n; i++) {
        int decoded = -1;
        if (t.p[i] == '%') {
            if (i + 2 >= t.n || tm_hex_value(t.p[i + 1]) < 0 || tm_hex_value(t.p[i + 2]) < 0)
                return false;
            decoded = tm_hex_value(t.p[i + 1]) << 4 | tm_hex_value(t.p[i + 2]);
        }
        if ((where == HOST || where == ZONE) && !fits_host(t, i, decoded, where))
            return false;
        p[n++] = decoded >= 0 ? (char)decoded : where == QUERY && t.p[i] == '+' ? ' ' : t.p[i];
        i += decoded >= 0 ? 2 : 0;
    }
    *out = tm_text_slice(p, n);
    return true;
}

bool tm_url_decode_query(tm_arena *arena, tm_text text, tm_text *decoded)
{
    return unescape(arena, text, QUERY, decoded);
}

/* Splits at the first `separator`; false when there is none, and *behind is empty. */
static bool cut(tm_text t, char separator, tm_text *before, tm_text *behind)
{
    const char *at = t.n ? memchr(t.p, separator, t.n) : NULL;
    *before = at ? tm_text_slice(t.p, (size_t)(at - t.p)) : t;
    *behind = at ? tm_text_skip(t, before->n + 1) : tm_text_slice(t.p + t.n, 0);
    return at != NULL;
}

static ptrdiff_t last_of(tm_text t, char c)
{
    size_t i = t.n;
    /* Work: bytes of the part, charged before (url.c) */
    while (i > 0 && t.p[i - 1] != c)
        i--;
    return (ptrdiff_t)i - 1;
}

/* --- authority --- */

/* Empty, or a colon and digits. */
static bool is_port(tm_text t)
{
    /* Work: bytes of the part, charged before (url.c) */
    for (size_t i = 1; i < t.n; i++)
        if (!tm_ascii_is_digit(t.p[i]))
            return false;
    return !t.n || t.p[0] == ':';
}

/* An address of IPv6, perhaps with %zone. */
static bool is_ipv6(tm_text t)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16];
    tm_text ip, zone;
    if (cut(t, '%', &ip, &zone) && !zone.n)
        return false;
    if (ip.n >= sizeof text || memchr(ip.p, 0, ip.n))
        return false;
    memcpy(text, ip.p, ip.n);
    text[ip.n] = 0;
    return inet_pton(AF_INET6, text, address) == 1;
}

/* "[::1%25eth0]:80": %25 starts a zone. */
static const char *read_bracketed(tm_arena *arena, tm_text t, tm_text *host)
{
    ptrdiff_t close = last_of(t, ']');
    if (close < 0)
        return "there is no ] in the host";
    tm_text port = tm_text_skip(t, (size_t)close + 1),
            inner = tm_text_slice(t.p + 1, (size_t)close - 1);
    ptrdiff_t at = tm_text_find(inner, TM_TEXT("%25"));
    tm_text ip = at >= 0 ? tm_text_slice(inner.p, (size_t)at) : inner,
            zone = tm_text_skip(inner, ip.n);
    if (!is_port(port))
        return "the port is no number";
    if (!unescape(arena, ip, HOST, &ip) || !unescape(arena, zone, ZONE, &zone))
        return "the host is malformed";
    inner = tm_arena_join(arena, ip, zone);
    if (!is_ipv6(inner))
        return "what stands in brackets is no IPv6 address";
    *host = tm_arena_print(arena, "[%.*s]%.*s", TM_PRI(inner), TM_PRI(port));
    return NULL;
}

/* Several colons, as lists of hosts have them, are refused for http only. */
static const char *read_host(tm_arena *arena, tm_url *u, tm_text t)
{
    ptrdiff_t open = last_of(t, '[');
    if (open > 0)
        return "the host is malformed";
    if (open == 0)
        return read_bracketed(arena, t, &u->host);
    bool strict = tm_text_is(u->scheme, "http") || tm_text_is(u->scheme, "https");
    ptrdiff_t colon = strict ? tm_text_find(t, TM_TEXT(":")) : last_of(t, ':');
    if (colon >= 0 && !is_port(tm_text_skip(t, (size_t)colon)))
        return "the port is no number";
    return unescape(arena, t, HOST, &u->host) ? NULL : "the host is malformed";
}

static const char *read_user(tm_arena *arena, tm_url *u, tm_text t)
{
    tm_text name, password;
    /* Work: bytes of the part, charged before (url.c) */
    for (size_t i = 0; i < t.n; i++)
        if (!tm_ascii_is_letter(t.p[i]) && !tm_ascii_is_digit(t.p[i]) &&
            !is_among(t.p[i], "-._:~!$&'()*+,;=%@"))
            return "the user is malformed";
    u->has_user = true;
    u->has_password = cut(t, ':', &name, &password);
    if (!unescape(arena, name, USER, &u->username) ||
        !unescape(arena, password, USER, &u->password))
        return "the user is malformed";
    return NULL;
}

static const char *read_authority(tm_arena *arena, tm_url *u, tm_text t)
{
    ptrdiff_t at = last_of(t, '@');
    const char *error = read_host(arena, u, tm_text_skip(t, (size_t)(at + 1)));
    return error || at < 0 ? error : read_user(arena, u, tm_text_slice(t.p, (size_t)at));
}

/* --- the whole --- */

/* Takes the scheme and its colon. False when the text starts with a colon. */
static bool take_scheme(tm_arena *arena, tm_text *rest, tm_text *scheme)
{
    size_t n = 0;
    /* Work: bytes of the part, charged before (url.c) */
    while (n < rest->n && (tm_ascii_is_letter(rest->p[n]) ||
                           (n && (tm_ascii_is_digit(rest->p[n]) || is_among(rest->p[n], "+-.")))))
        n++;
    if (n == rest->n || rest->p[n] != ':')
        return true;
    char *lower = tm_arena_alloc(arena, n);
    for (size_t i = 0; i < n; i++)
        lower[i] = tm_ascii_is_letter(rest->p[i]) ? (char)(rest->p[i] | 32) : rest->p[i];
    *scheme = tm_text_slice(lower, n);
    *rest = tm_text_skip(*rest, n + 1);
    return n > 0;
}

static void take_query(tm_text *rest, tm_url *u)
{
    tm_text whole = *rest;
    bool has_query = cut(whole, '?', rest, &u->query);
    u->empty_query = has_query && !u->query.n;
}

static bool has_controls(tm_text t)
{
    /* Work: bytes of the part, charged before (url.c) */
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.p[i] < ' ' || t.p[i] == 0x7f)
            return true;
    return false;
}

/* What follows the scheme, without query and fragment. */
static const char *read_hierarchy(tm_arena *arena, tm_url *u, tm_text rest)
{
    tm_text segment, behind;
    bool slash = rest.n && rest.p[0] == '/';
    if (!slash && u->scheme.n) {
        u->opaque = rest;
        return NULL;
    }
    cut(rest, '/', &segment, &behind);
    if (!slash && memchr(segment.p, ':', segment.n))
        return "the first segment of the path holds a colon";
    bool authority = tm_text_starts(rest, TM_TEXT("//")) &&
                     (u->scheme.n || !tm_text_starts(rest, TM_TEXT("///")));
    if (authority) {
        cut(tm_text_skip(rest, 2), '/', &segment, &behind);
        const char *error = read_authority(arena, u, segment);
        if (error)
            return error;
        rest = tm_text_skip(rest, 2 + segment.n);
    }
    u->rooted = u->scheme.n && !authority && slash;
    u->raw_path = rest;
    return unescape(arena, rest, PATH, &u->path) ? NULL : "an escape is malformed";
}

static const char *read_url(tm_arena *arena, tm_text text, tm_url *u)
{
    tm_text rest;
    cut(text, '#', &rest, &u->raw_fragment);
    if (!text.n)
        return "it is empty";
    if (has_controls(rest))
        return "it holds a control character";
    if (!take_scheme(arena, &rest, &u->scheme))
        return "the scheme is missing";
    take_query(&rest, u);
    const char *error = read_hierarchy(arena, u, rest);
    if (!error && !unescape(arena, u->raw_fragment, FRAGMENT, &u->fragment))
        error = "an escape is malformed";
    return error;
}

bool tm_url_read(tm_arena *arena, tm_text text, tm_url *url, const char **error)
{
    *url = (tm_url){0};
    *error = read_url(arena, text, url);
    return *error == NULL;
}

/* --- writing --- */

/* As it was written when that was well-formed. */
static void print_part(tm_buf *out, tm_text decoded, tm_text raw, part where)
{
    bool valid = true;
    /* Work: bytes of the part, charged before (url.c) */
    for (size_t i = 0; i < raw.n; i++)
        valid = valid && (is_among(raw.p[i], "!$&'()*+,;=:@[]%") || !needs_escape(raw.p[i], where));
    if (valid || tm_text_is(decoded, "*"))
        tm_buf_add(out, raw);
    else
        escape(out, decoded, where);
}

static void print_user(tm_buf *out, const tm_url *u)
{
    escape(out, u->username, USER);
    if (u->has_password)
        tm_buf_add_char(out, ':');
    escape(out, u->password, USER);
}

tm_text tm_url_user_print(tm_arena *arena, const tm_url *url)
{
    tm_buf out = {.arena = arena};
    print_user(&out, url);
    return tm_buf_text(&out);
}

static void print_authority(tm_buf *out, const tm_url *u)
{
    if ((!u->scheme.n && !u->host.n && !u->has_user) || (u->rooted && !u->host.n && !u->has_user))
        return;
    if (u->host.n || u->path.n || u->has_user)
        tm_buf_add(out, TM_TEXT("//"));
    if (u->has_user) {
        print_user(out, u);
        tm_buf_add_char(out, '@');
    }
    escape(out, u->host, HOST);
}

tm_text tm_url_print(tm_arena *arena, const tm_url *u)
{
    tm_buf out = {.arena = arena};
    tm_buf_add(&out, u->scheme);
    if (u->scheme.n)
        tm_buf_add_char(&out, ':');
    if (u->opaque.n) {
        tm_buf_add(&out, u->opaque);
    } else {
        print_authority(&out, u);
        print_part(&out, u->path, u->raw_path, PATH);
    }
    if (u->query.n || u->empty_query)
        tm_buf_add_char(&out, '?');
    tm_buf_add(&out, u->query);
    if (u->fragment.n)
        tm_buf_add_char(&out, '#');
    print_part(&out, u->fragment, u->raw_fragment, FRAGMENT);
    return tm_buf_text(&out);
}

tm_text tm_url_host_name(const tm_url *u, tm_text *port)
{
    tm_text host = u->host;
    ptrdiff_t colon = last_of(host, ':');
    *port = TM_TEXT("");
    if (colon >= 0 && is_port(tm_text_skip(host, (size_t)colon))) {
        *port = tm_text_skip(host, (size_t)colon + 1);
        host.n = (size_t)colon;
    }
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = tm_text_slice(host.p + 1, host.n - 2);
    return host;
}
