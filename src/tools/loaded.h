/* Loaded: a recording in memory, every span of which can be reached.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LOADED_H
#define TM_TOOLS_LOADED_H

#include "otlp/item.h"
#include "tools/input.h"

/* Spans of one scope in one request. */
typedef struct tm_loaded_group {
    tm_text resource_body, scope_body; /* of the ResourceSpans and ScopeSpans around them */
} tm_loaded_group;

typedef struct tm_loaded_span {
    const char *field; /* with tag and length */
    uint32_t n;        /* its bytes */
    uint32_t group;
} tm_loaded_span;

/* Of a few thousand spans at most. */
typedef struct tm_loaded_request {
    tm_text bytes; /* protobuf */
    size_t first;  /* number of its first span */
} tm_loaded_request;

/* Zero-initialise; to be freed. */
typedef struct tm_loaded {
    tm_arena *arena; /* holds the requests */
    tm_bytes requests;
    tm_bytes groups, spans;
    tm_texts keys[TM_LEVELS]; /* attribute keys seen in a part of the spans, sorted */
    bool fault;               /* something could not be read, and was told */
} tm_loaded;

/* Reads the recordings that the paths name. What cannot be read is told on stderr and left out.
 * False: out of memory, or `stop` says so between two pieces (NULL: never). */
bool tm_loaded_read(tm_loaded *loaded, tm_texts paths, bool (*stop)(void *owner), void *owner);
void tm_loaded_free(tm_loaded *loaded);

static inline size_t tm_loaded_count(const tm_loaded *l)
{
    return l->spans.n / sizeof(tm_loaded_span);
}
static inline const tm_loaded_span *tm_loaded_span_at(const tm_loaded *l, size_t i)
{
    return (const tm_loaded_span *)l->spans.p + i;
}
static inline const tm_loaded_group *tm_loaded_group_of(const tm_loaded *l,
                                                        const tm_loaded_span *span)
{
    return (const tm_loaded_group *)l->groups.p + span->group;
}
static inline size_t tm_loaded_requests(const tm_loaded *l)
{
    return l->requests.n / sizeof(tm_loaded_request);
}
static inline const tm_loaded_request *tm_loaded_request_at(const tm_loaded *l, size_t i)
{
    return (const tm_loaded_request *)l->requests.p + i;
}

/* The span alone, in its resource and scope, as a request (protobuf) in the arena. */
tm_text tm_loaded_alone(tm_arena *arena, const tm_loaded *loaded, size_t i);

/* Fields of a span read off its bytes. */
typedef struct tm_loaded_ids {
    tm_text trace_id, span_id, parent_id; /* empty: absent */
    tm_text name;
    uint64_t start_ns, end_ns;
    bool is_error;
} tm_loaded_ids;
tm_loaded_ids tm_loaded_ids_of(const tm_loaded_span *span);

/* Its trace id or span id (TM_SPAN_TRACE_ID, TM_SPAN_SPAN_ID) alone, which is faster; empty:
 * absent.
 */
tm_text tm_loaded_id(const tm_loaded_span *span, unsigned field);

#endif
