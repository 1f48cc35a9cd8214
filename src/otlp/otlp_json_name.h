/* Names of OTLP/JSON: lowerCamelCase of the names in messages.def. For otlp/json_*.c only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_OTLP_JSON_NAME_H
#define TM_OTLP_OTLP_JSON_NAME_H

#include "base/buf.h"

/* True when `name` is the camelCase or the snake_case form of a snake_case name. */
bool tm_json_name_is(tm_text name, const char *snake);

/* Appends "camelCase": with quotes and colon. */
void tm_json_name_add(tm_buf *out, const char *snake);

#endif
