/* JSON values: a JSON document as maps, lists and scalars.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_JSON_VALUES_H
#define TM_OTLP_JSON_VALUES_H

#include "base/json.h"
#include "otlp/value.h"

/* How values are read of `json`, which the caller began. */
typedef struct tm_json_values {
    tm_json *json;
    bool (*number)(tm_json *json, tm_value *v); /* of json->text; false: tm_json_fail was called */
    bool last_counts; /* of a member given twice; else both are kept, in their order */
} tm_json_values;

/* Reads the value that `event` begins: MAP, LIST, STRING, BOOL, NIL or what `number` makes. False:
 * json->error says why, or NULL where no value begins. How deep values lie in each other the reader
 * of the JSON bounds. */
bool tm_json_values_read(const tm_json_values *r, tm_json_event event, tm_value *v);

#endif
