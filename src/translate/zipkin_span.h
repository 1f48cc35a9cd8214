/* Zipkin, span: a v2 span as its JSON and its protobuf alike bring it, and what the Collector's
 * receiver makes of one. For the readers of Zipkin's formats. SPDX-License-Identifier: Apache-2.0
 */
#ifndef TM_TRANSLATE_ZIPKIN_SPAN_H
#define TM_TRANSLATE_ZIPKIN_SPAN_H

#include "translate/draft.h"
#include "translate/formats.h"
#include "translate/json_members.h"

#define TM_ZIPKIN_NO_START "otel.zipkin.absentField.startTime"

enum { TM_ZIPKIN_NS_PER_US = 1000 };

typedef struct tm_zipkin_endpoint {
    tm_text service;    /* empty: none */
    tm_text ipv4, ipv6; /* addresses as the Collector writes them; empty: none */
    uint16_t port;      /* 0: none */
} tm_zipkin_endpoint;

typedef struct tm_zipkin_annotation {
    struct tm_zipkin_annotation *next;
    uint64_t time_ns;
    tm_text value;
} tm_zipkin_annotation;

/* Texts are of the document or of the scratch arena; an id is empty or has its 16 or 8 bytes. */
typedef struct tm_zipkin_span {
    tm_text trace_id, id, parent_id;
    tm_text name;
    tm_text kind; /* "CLIENT", ... */
    bool timed;   /* its start is known */
    uint64_t start_ns, duration_ns;
    tm_zipkin_endpoint local, remote;
    tm_zipkin_annotation *annotations, **last;
    tm_map *tags; /* of strings; each key once */
} tm_zipkin_span;

/* A request in the making. */
typedef struct tm_zipkin {
    tm_request_draft request; /* in the arena of the result */
    tm_arena *scratch;        /* of the span at hand */
    const tm_zipkin_options *options;
    uint64_t spans; /* so many were read before the one at hand */
    tm_text *error;
} tm_zipkin;

/* Says what is wrong with the span at hand; false, for its callers. */
bool tm_zipkin_fail(tm_zipkin *z, const char *format, ...) __attribute__((format(printf, 2, 3)));

void tm_zipkin_annotate(tm_arena *scratch, tm_zipkin_span *span, uint64_t time_ns, tm_text value);

bool tm_zipkin_is_zero(tm_text id);

/* Adds the span, whose tags are used up, to the request. */
bool tm_zipkin_add(tm_zipkin *z, tm_zipkin_span *span);

/* The value of a tag: with parse_string_tags numbers and bools of those that look so. */
tm_value tm_zipkin_value(tm_zipkin *z, tm_text text);

/* An address of 4 or 16 bytes in its usual form; of another length as the Collector shows it. */
tm_text tm_zipkin_address(tm_arena *arena, tm_text bytes);

/* For tm_members_init. */
tm_members tm_zipkin_members(tm_zipkin *z);

/* The three formats; each adds its spans. */
bool tm_zipkin_read_json(tm_zipkin *z, tm_text body);
bool tm_zipkin_read_protobuf(tm_zipkin *z, tm_text body);
bool tm_zipkin_read_v1(tm_zipkin *z, tm_text body);

#endif
