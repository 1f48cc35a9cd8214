/* JSON: texts of JSON as maps and lists (language.md 4.5).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "otlp/json_values.h"

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
    const tm_json_values reader = {.json = &j, .number = read_number, .last_counts = true};
    bool ok = tm_json_values_read(&reader, event, &v) && tm_json_next(&j) == TM_JSON_END;
    if (j.error)
        return tm_fail(c, "the JSON is bad at byte %zu: %s", j.error_at + 1, j.error);
    if (!ok || (event != TM_JSON_OBJECT && event != TM_JSON_ARRAY))
        return tm_fail(c, "the text is no JSON object or array");
    return tm_return(c, v);
}

TM_CHAPTER(json, ROW(ParseJSON))
