/* Draft: spans that are being made, by resource and scope. For this module only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TRANSLATE_DRAFT_H
#define TM_TRANSLATE_DRAFT_H

#include "base/buf.h"
#include "otlp/value.h"

/* Numbers of OTLP. */
enum { TM_STATUS_OK = 1, TM_STATUS_ERROR = 2 };
enum {
    TM_KIND_UNSPECIFIED,
    TM_KIND_INTERNAL,
    TM_KIND_SERVER,
    TM_KIND_CLIENT,
    TM_KIND_PRODUCER,
    TM_KIND_CONSUMER
};

typedef struct tm_span_draft {
    tm_text trace_id, span_id, parent_id; /* bytes; parent_id may be empty */
    tm_text trace_state, name;
    uint32_t kind;
    uint64_t start_ns, end_ns;
    tm_map *attributes;
    tm_buf parts; /* events and links, as fields of a span */
    uint32_t status_code;
    tm_text status_message;
} tm_span_draft;

typedef struct tm_scope_draft {
    struct tm_scope_draft *next;
    tm_text name, version;
    tm_buf spans; /* as fields of a ScopeSpans */
} tm_scope_draft;

typedef struct tm_resource_draft {
    struct tm_resource_draft *next;
    tm_text key; /* what tells it from others */
    tm_map *attributes;
    tm_scope_draft *scopes, *last_scope;
    tm_scope_draft *used_scope; /* by the span before */
    tm_map *index;              /* of scopes, by name and version */
} tm_resource_draft;

/* Zero-initialise with an arena. It should have a secret where a client chooses keys and names:
 * without one each span looks at all of them. */
typedef struct tm_request_draft {
    tm_arena *arena;
    tm_resource_draft *resources, *last;
    tm_map *index; /* of resources */
} tm_request_draft;

/* The resource of that key; *fresh when it is new. And a scope of it. What they are told by is
 * copied. */
tm_resource_draft *tm_draft_resource(tm_request_draft *request, tm_text key, bool *fresh);
tm_scope_draft *tm_draft_scope(tm_request_draft *request, tm_resource_draft *resource, tm_text name,
                               tm_text version);

/* Made in an arena of its own, or that of the request: it is needed until it is added. */
tm_span_draft tm_draft_span(tm_arena *arena);
void tm_draft_add_event(tm_span_draft *span, uint64_t time_ns, tm_text name,
                        const tm_map *attributes, uint32_t dropped);
void tm_draft_add_link(tm_span_draft *span, tm_text trace_id, tm_text span_id, tm_text trace_state,
                       const tm_map *attributes, uint32_t dropped);
void tm_draft_add_span(tm_scope_draft *scope, const tm_span_draft *span);

/* The request in protobuf. */
tm_text tm_draft_request(const tm_request_draft *request);

#endif
