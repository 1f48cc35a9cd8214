/* Formats: each of those that are no OTLP/JSON. For this module and receivers of such a format.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TRANSLATE_FORMATS_H
#define TM_TRANSLATE_FORMATS_H

#include "base/arena.h"

typedef enum tm_zipkin_format {
    TM_ZIPKIN_JSON,     /* v2: a list of spans */
    TM_ZIPKIN_PROTOBUF, /* v2: zipkin.proto3.ListOfSpans */
    TM_ZIPKIN_V1_JSON   /* a list of v1's spans */
} tm_zipkin_format;

typedef struct tm_zipkin_options {
    tm_zipkin_format format;
    bool alone;                   /* one span of v2 JSON without a list will do, too */
    bool parse_string_tags;       /* numbers and bools of tags that look so */
    const struct tm_clock *clock; /* of v1: spans without a start begin now */
} tm_zipkin_options;

/* Zipkin's spans, as the Collector's receiver translates them: spans of one local service become
 * one resource (of v1: of one endpoint). What is no such document is refused whole. The arena
 * should have a secret: see tm_request_draft. */
bool tm_zipkin_translate(tm_arena *arena, const tm_zipkin_options *options, tm_text body,
                         tm_text *protobuf, tm_text *error);

/* Its v2 JSON, for documents. */
bool tm_zipkin_from_json(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error);

/* What Jaeger's API answers, {"data": [trace, ...]}, or its list, or one trace of it, as the
 * Collector translates Jaeger's model. */
bool tm_jaeger_translate(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error);

/* What Tempo's API answers: OTLP/JSON under older names and with ids in base64. */
bool tm_tempo_translate(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error);

#endif
