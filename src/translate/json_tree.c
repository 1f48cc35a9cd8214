/* Tree: values from the events of the JSON reader.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/json_tree.h"

#include "base/json.h"
#include "base/number.h"

static bool read_value(tm_json *j, tm_json_event event, tm_value *out);

static bool read_map(tm_json *j, tm_value *out)
{
    tm_map *map = tm_map_new(j->arena, 0);
    for (;;) {
        tm_value value;
        tm_json_event event = tm_json_next(j);
        if (event != TM_JSON_KEY) {
            *out = tm_map_value(map, TM_DATA);
            return event == TM_JSON_OBJECT_END;
        }
        tm_text key = j->text;
        if (!read_value(j, tm_json_next(j), &value))
            return false;
        tm_map_append(j->arena, map, key, value);
    }
}

static bool read_list(tm_json *j, tm_value *out)
{
    tm_list *list = tm_list_new(j->arena, 0);
    for (;;) {
        tm_value value;
        tm_json_event event = tm_json_next(j);
        if (event == TM_JSON_ARRAY_END) {
            *out = tm_list_value(list, TM_DATA);
            return true;
        }
        if (!read_value(j, event, &value))
            return false;
        tm_list_append(j->arena, list, value);
    }
}

/* Not 1.0 nor 1e2. */
static bool is_plain(tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '.' || text.p[i] == 'e' || text.p[i] == 'E')
            return false;
    return true;
}

static tm_value number(tm_text text)
{
    int64_t integer;
    double d = 0;
    if (is_plain(text) && tm_number_int(text, &integer))
        return tm_int(integer);
    tm_number_double(text, &d);
    return tm_double(d);
}

/* Deep nesting is refused by the JSON reader. */
static bool read_value(tm_json *j, tm_json_event event, tm_value *out)
{
    switch (event) {
    case TM_JSON_OBJECT:
        return read_map(j, out);
    case TM_JSON_ARRAY:
        return read_list(j, out);
    case TM_JSON_STRING:
        *out = tm_string(j->text);
        return true;
    case TM_JSON_NUMBER:
        *out = number(j->text);
        return true;
    case TM_JSON_TRUE:
    case TM_JSON_FALSE:
        *out = tm_bool(event == TM_JSON_TRUE);
        return true;
    case TM_JSON_NULL:
        *out = tm_nil();
        return true;
    default:
        return false;
    }
}

bool tm_tree_read(tm_arena *arena, tm_text json, tm_value *root, tm_text *error)
{
    tm_json j;
    tm_json_init(&j, arena, json, 0, TM_JSON_ANY_BYTES);
    if (read_value(&j, tm_json_next(&j), root) && tm_json_next(&j) == TM_JSON_END)
        return true;
    *error =
        tm_arena_print(arena, "%s at byte %zu", j.error ? j.error : "there is more", j.error_at);
    return false;
}

tm_value tm_tree_member(tm_value map, const char *key)
{
    const tm_entry *entry = map.type == TM_MAP ? tm_map_find(map.map, tm_text_of(key)) : NULL;
    return entry ? entry->value : tm_nil();
}

tm_text tm_tree_text(tm_value map, const char *key)
{
    tm_value v = tm_tree_member(map, key);
    return v.type == TM_STRING ? tm_value_text(v) : TM_TEXT("");
}

const tm_map *tm_tree_map(tm_value map, const char *key)
{
    tm_value v = tm_tree_member(map, key);
    return v.type == TM_MAP ? v.map : NULL;
}

const tm_list *tm_tree_list(tm_value map, const char *key)
{
    tm_value v = tm_tree_member(map, key);
    return v.type == TM_LIST ? v.list : NULL;
}

int64_t tm_tree_int(tm_value map, const char *key)
{
    tm_value v = tm_tree_member(map, key);
    int64_t n;
    if (v.type == TM_INT)
        return v.integer;
    if (v.type == TM_DOUBLE && v.number > -9e18 && v.number < 9e18)
        return (int64_t)v.number;
    return v.type == TM_STRING && tm_number_int(tm_value_text(v), &n) ? n : 0;
}

static int digit(char c)
{
    return c >= '0' && c <= '9'                 ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                : -1;
}

bool tm_tree_id(tm_arena *arena, tm_text hex, size_t n, tm_text *id)
{
    char *bytes = tm_arena_zero(arena, n, 1);
    if (hex.n == 0 || hex.n > 2 * n)
        return false;
    for (size_t i = 0; i < hex.n; i++) {
        size_t place = hex.n - 1 - i; /* from the last digit on */
        int value = digit(hex.p[place]);
        if (value < 0)
            return false;
        bytes[n - 1 - i / 2] |= (char)(i % 2 ? value << 4 : value);
    }
    *id = tm_text_slice(bytes, n);
    return true;
}
