/* Formats: each of those that are no OTLP/JSON. For this module and receivers of such a format.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TRANSLATE_FORMATS_H
#define TM_TRANSLATE_FORMATS_H

#include "base/arena.h"

/* A list of Zipkin's v2 spans, or one, as the Collector's receiver translates them: spans of one
 * local service become one resource. */
bool tm_zipkin_translate(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error);

/* What Jaeger's API answers, {"data": [trace, ...]}, or its list, or one trace of it, as the
 * Collector translates Jaeger's model. */
bool tm_jaeger_translate(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error);

/* What Tempo's API answers: OTLP/JSON under older names and with ids in base64. */
bool tm_tempo_translate(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error);

#endif
