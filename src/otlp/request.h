/* Request: a cursor over the resources, scopes and spans of one ExportTraceServiceRequest.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     tm_request_open(&q, arena, needs, slots, bytes, prune, utf8);
 *     while (tm_request_next_resource(&q))
 *         while (tm_request_next_scope(&q))
 *             while (tm_request_next_span(&q))
 *                 judge(&q.item[TM_SPAN]);          // may edit it, or tm_request_drop_span(&q)
 *     if (q.soundness == TM_SOUND) out = tm_request_finish(&q);
 *
 * Everything is checked on the way, whatever is dropped. Nothing is copied until the end; what was
 * not edited leaves as the bytes that came, unknown fields included. */
#ifndef TM_OTLP_REQUEST_H
#define TM_OTLP_REQUEST_H

#include "otlp/structure.h"
#include "otlp/pieces.h"

/* What to do with a string that is not UTF-8. */
typedef enum tm_utf8_policy { TM_UTF8_MEND, TM_UTF8_KEEP, TM_UTF8_REFUSE } tm_utf8_policy;

/* A ResourceSpans or ScopeSpans on its way through. */
typedef struct tm_group {
    tm_text field; /* with tag and length, as it came */
    tm_text body;
    const char *at;        /* next field of the body */
    tm_pieces_mark opened; /* its header in the output */
    uint32_t members_out;  /* of them, kept */
    bool changed;          /* a member was dropped or edited, or the group itself */
    bool dropped;
    bool open;
} tm_group;

typedef struct tm_request {
    tm_arena *arena;
    tm_item item[TM_LEVELS]; /* the current resource, scope and span (EVENT is not used) */
    tm_group group[2];       /* TM_RESOURCE, TM_SCOPE */
    tm_text bytes;
    const char *at;
    tm_pieces out;
    tm_text span_field; /* the current span, with tag and length */
    bool span_open, span_dropped;
    bool ignore_utf8;
    bool oversize;          /* an item was met that has more bytes than */
    size_t most_item_bytes; /* this, and it ends there. Any, unless changed after opening */
    bool prune;             /* a scope or resource without spans vanishes */
    uint8_t heads; /* bit per level above the spans: somebody looks at its item; else it stays empty
                    * and is checked as the spans come. All, unless changed after opening */
    tm_soundness soundness;
    tm_fault fault;
    uint32_t spans_in, spans_out;
    size_t dropped_bytes; /* of dropped spans */
} tm_request;

/* needs[level] of resource, scope and span; NULL: none of that level. `slots` has room for all of
 * them (tm_request_slots). The bytes stay the caller's and must outlive the output's pieces. */
void tm_request_open(tm_request *q, tm_arena *arena, const tm_needs *const needs[TM_LEVELS],
                     tm_slot *slots, tm_text bytes, bool prune, tm_utf8_policy utf8);
uint32_t tm_request_slots(const tm_needs *const needs[TM_LEVELS]);

/* Step to the next one; false at the end of the level, or when the request turned out malformed
 * (q->soundness). Stepping passes over what was not visited, checking it. */
bool tm_request_next_resource(tm_request *q);
bool tm_request_next_scope(tm_request *q);
bool tm_request_next_span(tm_request *q);

/* Drops the current one with everything in it; the rest of it is still checked. */
void tm_request_drop_resource(tm_request *q);
void tm_request_drop_scope(tm_request *q);
void tm_request_drop_span(tm_request *q);

/* After the last resource of a sound request: q->out holds what leaves, q->out.bytes of it (0:
 * nothing). */
const tm_pieces *tm_request_finish(tm_request *q);

/* Why the request is malformed: "span.trace_id: a trace id has 16 bytes (at byte 123)". */
tm_text tm_request_reason(const tm_request *q);

/* A copy of a request in which bad UTF-8 in strings became U+FFFD. The structure must be sound. */
tm_text tm_request_mend(tm_arena *arena, tm_text bytes);

#endif
