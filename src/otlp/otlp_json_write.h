/* Protobuf to OTLP/JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_OTLP_JSON_WRITE_H
#define TM_OTLP_OTLP_JSON_WRITE_H

#include "base/buf.h"
#include "otlp/structure.h"

/* Appends one message (TM_MESSAGE_REQUEST for a whole request, TM_MESSAGE_SPAN for a span ...)
 * as compact JSON: lowerCamelCase names in the order of field numbers, ids in lower-case hex,
 * 64-bit numbers as strings, other bytes in base64, defaults left out, an AnyValue with nothing
 * set as {}. Unknown fields are left out, bytes that are no UTF-8 become U+FFFD. False when the
 * message is malformed: *error says how, and `out` is as it was. */
bool tm_otlp_to_json(tm_buf *out, tm_message message, tm_text protobuf, tm_text *error);

#endif
