/* JSON values: one value for each event, or for all until its end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/json_values.h"

static bool read_list(const tm_json_values *r, tm_value *v)
{
    tm_json *j = r->json;
    tm_json_event event;
    *v = tm_list_value(tm_list_new(j->arena, 0), TM_DATA);
    while ((event = tm_json_next(j)) != TM_JSON_ARRAY_END) { /* over bytes of the text */
        tm_value element;
        if (!tm_json_values_read(r, event, &element))
            return false;
        tm_list_append(j->arena, v->list, element);
    }
    return true;
}

static bool read_map(const tm_json_values *r, tm_value *v)
{
    tm_json *j = r->json;
    *v = tm_map_value(tm_map_new(j->arena, 0), TM_DATA);
    while (tm_json_next(j) == TM_JSON_KEY) { /* over bytes of the text */
        tm_text key = j->text;
        tm_value value;
        if (!tm_json_values_read(r, tm_json_next(j), &value))
            return false;
        tm_map_append(j->arena, v->map, key, value);
    }
    if (r->last_counts)
        tm_map_unique(j->arena, v->map);
    return j->error == NULL;
}

bool tm_json_values_read(const tm_json_values *r, tm_json_event event, tm_value *v)
{
    switch (event) {
    case TM_JSON_OBJECT:
        return read_map(r, v);
    case TM_JSON_ARRAY:
        return read_list(r, v);
    case TM_JSON_STRING:
        *v = tm_string(r->json->text);
        return true;
    case TM_JSON_NUMBER:
        return r->number(r->json, v);
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
