/* Case seen: spans that were judged, in the short form of tools/case_span.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_SEEN_H
#define TM_TOOLS_CASE_SEEN_H

#include "base/doc.h"
#include "engine/ruleset.h"

typedef struct tm_case_seen {
    struct tm_case_seen *next;
    const tm_doc *span; /* all keys that are not at their defaults, in the order of the manual;
                         * status always as {code, message} */
    const tm_rule *by;  /* what dropped it, or NULL */
    tm_text resource, scope, body; /* of the messages Resource, InstrumentationScope and Span */
} tm_case_seen;

typedef struct tm_case_seens {
    tm_case_seen *first, *last;
    size_t count;
} tm_case_seens;

/* Appends the spans of a sound request, whose bytes live as long as the arena. */
void tm_case_seen_add(tm_arena *arena, tm_case_seens *seen, tm_text request);

/* Appends the span that `request` stands on, with the edits made to it. */
void tm_case_seen_add_current(tm_arena *arena, tm_case_seens *seen, const tm_request *request,
                              const tm_rule *by);

/* The span alone as an ExportTraceServiceRequest. */
tm_text tm_case_seen_request(tm_arena *arena, const tm_case_seen *seen);

#endif
