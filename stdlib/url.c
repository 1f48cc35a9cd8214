/* URL: the parts of a URL (language.md 4.5).
 * Work: the text once, charged before; parameters one by one, each looked up in a map.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "stdlib/go/url_read.h"

/* --- a query alone --- */

/* Sorts one value into the list of its key. */
static void add_value(tm_arena *arena, tm_map *query, tm_text key, tm_text value)
{
    tm_entry *entry = tm_map_find(query, key);
    if (!entry)
        entry = tm_map_append(arena, query, key, tm_list_value(tm_list_new(arena, 1), TM_DATA));
    tm_list_append(arena, entry->value.list, tm_string(value));
}

static bool read_query(tm_call *c, tm_text text)
{
    tm_map *map = tm_map_new(c->arena, 1), *query = tm_map_new(c->arena, 0);
    tm_text part, rest = text;
    /* Work: parameters, each charged and looked up */
    while (tm_text_next(&rest, '&', &part)) {
        if (!part.n)
            continue;
        if (memchr(part.p, ';', part.n))
            return tm_fail(c, "the query holds a semicolon");
        ptrdiff_t equals = tm_text_find(part, TM_TEXT("="));
        tm_text key = equals >= 0 ? tm_text_slice(part.p, (size_t)equals) : part;
        tm_text value = tm_text_skip(part, key.n + (equals >= 0));
        if (!tm_url_decode_query(c->arena, key, &key) ||
            !tm_url_decode_query(c->arena, value, &value))
            return tm_fail(c, "the query holds a malformed escape");
        add_value(c->arena, query, key, value);
        if (!tm_charge(c, 1))
            return false;
    }
    if (query->n)
        tm_map_append(c->arena, map, TM_TEXT("query"), tm_map_value(query, TM_NATIVE));
    return tm_return(c, tm_map_value(map, TM_NATIVE));
}

/* --- whole URLs --- */

static void put(tm_call *c, tm_map *map, const char *key, tm_text value)
{
    tm_map_append(c->arena, map, tm_text_of(key), tm_string(value));
}

static void put_given(tm_call *c, tm_map *map, const char *key, tm_text value)
{
    if (value.n)
        put(c, map, key, value);
}

static bool put_port(tm_call *c, tm_map *map, tm_text port)
{
    int64_t number;
    if (!port.n)
        return true;
    if (!tm_int_read(port, &number))
        return tm_fail(c, "the port is out of range");
    tm_map_append(c->arena, map, TM_TEXT("url.port"),
                  (tm_value){.type = TM_NATIVE_INT, .integer = number});
    return true;
}

static void put_user(tm_call *c, tm_map *map, const tm_url *url)
{
    if (!url->has_user)
        return;
    put(c, map, "url.user_info", tm_url_user_print(c->arena, url));
    put_given(c, map, "url.username", url->username);
    if (url->has_password)
        put(c, map, "url.password", url->password);
}

/* What follows the last point of the path, across slashes, too. */
static tm_text extension(tm_text path)
{
    size_t i = path.n;
    /* Work: bytes of the text, charged before */
    while (i > 0 && path.p[i - 1] != '.')
        i--;
    return i ? tm_text_skip(path, i) : TM_TEXT("");
}

TM_CONVERTER(URL, "map URL(u_r_i: string)",
             "The parts of a URL under the names of the semantic conventions: url.original, "
             "url.domain, url.scheme and "
             "url.path, and those of the others that it has. A text that starts with ? is a query: "
             "its values stand "
             "in lists under the keys of query.",
             EX(URL("http://u:p@h:80/a.txt?q=1#f")["url.domain"] == "h")
             EX(URL("http://u:p@h:80/a.txt?q=1#f")["url.extension"] == "txt")
             EX(URL("?a=1&a=2")["query"]["a"][1] == "2")
             EX(URL("http://a:x/")) FAILS
             EX(URL("")) FAILS)
{
    tm_url url;
    tm_text text = tm_arg_text(c, 0), port;
    const char *error;
    if (!tm_charge_bytes(c, text.n))
        return false;
    if (text.n && text.p[0] == '?')
        return read_query(c, tm_text_skip(text, 1));
    if (!tm_url_read(c->arena, text, &url, &error))
        return tm_fail(c, "\"%.*s\" is no URL: %s", TM_PRI(text), error);
    tm_map *map = tm_map_new(c->arena, 12);
    put(c, map, "url.original", tm_url_print(c->arena, &url));
    put(c, map, "url.domain", tm_url_host_name(&url, &port));
    put(c, map, "url.scheme", url.scheme);
    put(c, map, "url.path", url.path);
    if (!put_port(c, map, port))
        return false;
    put_given(c, map, "url.query", url.query);
    put_given(c, map, "url.fragment", url.fragment);
    put_user(c, map, &url);
    put_given(c, map, "url.extension", extension(url.path));
    return tm_return(c, tm_map_value(map, TM_NATIVE));
}

TM_CHAPTER(url, ROW(URL))
