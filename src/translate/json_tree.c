/* Tree: values from the events of the JSON reader.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/json_tree.h"

#include "base/hex.h"
#include "base/number.h"
#include "otlp/json_values.h"

/* Not 1.0 nor 1e2. */
static bool is_plain(tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '.' || text.p[i] == 'e' || text.p[i] == 'E')
            return false;
    return true;
}

static bool read_number(tm_json *j, tm_value *v)
{
    int64_t integer;
    double d = 0;
    if (is_plain(j->text) && tm_number_int(j->text, &integer)) {
        *v = tm_int(integer);
        return true;
    }
    tm_number_double(j->text, &d);
    *v = tm_double(d);
    return true;
}

bool tm_tree_read(tm_arena *arena, tm_text json, tm_value *root, tm_text *error)
{
    tm_json j;
    tm_json_init(&j, arena, json, 0, TM_JSON_ANY_BYTES);
    const tm_json_values reader = {.json = &j, .number = read_number};
    if (tm_json_values_read(&reader, tm_json_next(&j), root) && tm_json_next(&j) == TM_JSON_END)
        return true;
    *error = tm_arena_print(arena, "the JSON is bad at byte %zu: %s", j.error_at,
                            j.error ? j.error : "there is more behind the document");
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

bool tm_tree_id(tm_arena *arena, tm_text hex, size_t n, tm_text *id)
{
    char *bytes = tm_arena_zero(arena, n, 1);
    if (hex.n == 0 || hex.n > 2 * n)
        return false;
    for (size_t i = 0; i < hex.n; i++) {
        size_t place = hex.n - 1 - i; /* from the last digit on */
        int value = tm_hex_value(hex.p[place]);
        if (value < 0)
            return false;
        bytes[n - 1 - i / 2] |= (char)(i % 2 ? value << 4 : value);
    }
    *id = tm_text_slice(bytes, n);
    return true;
}
