/* Span value: what an expression yields, as JSON or as text.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_SPAN_VALUE_H
#define TM_ENGINE_SPAN_VALUE_H

#include "base/buf.h"
#include "otlp/request.h"

/* Appends any value: ids in hex, bytes in base64, times and durations as texts, events and links
 * as OTLP/JSON. */
void tm_span_value_json(tm_buf *out, tm_value value);

/* The same, but a text without quotes. */
void tm_span_value_text(tm_buf *out, tm_value value);

/* Appends the current span of the request, in its resource and scope, as one OTLP/JSON request. */
void tm_span_request_json(tm_buf *out, const tm_request *q);

#endif
