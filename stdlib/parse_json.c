/* JSON: texts of JSON as maps and lists (language.md 4.5).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/json.h"

static bool read_value(tm_json *j, tm_json_event event, tm_value *v);

/* Every number is a double; one that is too large for it is an error. */
static bool read_number(tm_json *j, tm_value *v)
{
    double number;
    if (!tm_double_read(j->text, &number)) {
        tm_json_fail(j, "a number is not well formed or out of range");
        return false;
    }
    *v = tm_double(number);
    return true;
}

static bool read_list(tm_json *j, tm_value *v)
{
    tm_json_event event;
    *v = tm_list_value(tm_list_new(j->arena, 0), TM_DATA);
    while ((event = tm_json_next(j)) != TM_JSON_ARRAY_END) {
        tm_value element;
        if (!read_value(j, event, &element))
            return false;
        tm_list_append(j->arena, v->list, element);
    }
    return true;
}

static bool read_map(tm_json *j, tm_value *v)
{
    *v = tm_map_value(tm_map_new(j->arena, 0), TM_DATA);
    while (tm_json_next(j) == TM_JSON_KEY) {
        tm_text key = j->text;
        tm_value value;
        if (!read_value(j, tm_json_next(j), &value))
            return false;
        tm_map_append(j->arena, v->map, key, value);
    }
    tm_map_unique(j->arena, v->map);
    return j->error == NULL;
}

/* The value that `event` begins; the reader bounds how deep values lie in each other. */
static bool read_value(tm_json *j, tm_json_event event, tm_value *v)
{
    switch (event) {
    case TM_JSON_OBJECT:
        return read_map(j, v);
    case TM_JSON_ARRAY:
        return read_list(j, v);
    case TM_JSON_STRING:
        *v = tm_string(j->text);
        return true;
    case TM_JSON_NUMBER:
        return read_number(j, v);
    case TM_JSON_TRUE:
    case TM_JSON_FALSE:
        *v = tm_bool(event == TM_JSON_TRUE);
        return true;
    case TM_JSON_NULL:
        *v = tm_nil();
        return true;
    default:
        return false;
    }
}

TM_CONVERTER(ParseJSON, "any ParseJSON(target: string)",
             "The map or list that a JSON object or array says. Numbers become doubles, null "
             "becomes an empty value, "
             "and of a repeated key the last one counts.",
             EX(ParseJSON("{\"a\":[1,null]}") == {"a": [ 1.0, nil ]})
             EX(ParseJSON("[true]")[0])
             EX(ParseJSON("1")) FAILS
             EX(ParseJSON("{\"a\":1} x")) FAILS)
{
    tm_json j;
    tm_value v;
    if (!tm_charge_bytes(c, tm_arg_text(c, 0).n))
        return false;
    tm_json_init(&j, c->arena, tm_arg_text(c, 0), 0, TM_JSON_RAW_CONTROLS | TM_JSON_LOOSE_NUMBERS);
    tm_json_event event = tm_json_next(&j);
    bool ok = read_value(&j, event, &v) && tm_json_next(&j) == TM_JSON_END;
    if (j.error)
        return tm_fail(c, "the JSON is bad at byte %zu: %s", j.error_at + 1, j.error);
    if (!ok || (event != TM_JSON_OBJECT && event != TM_JSON_ARRAY))
        return tm_fail(c, "the text is no JSON object or array");
    return tm_return(c, v);
}

TM_CHAPTER(json, ROW(ParseJSON))
