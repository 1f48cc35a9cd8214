/* Run, gather: the spans that rules drop, as a request of their own, and why.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_RUN_GATHER_H
#define TM_TOOLS_RUN_GATHER_H

#include "engine/judge.h"
#include "base/buf.h"
#include "io/bytes.h"

/* Spans of one scope that follow each other are gathered under one head. Zero-initialise. */
typedef struct tm_run_gathered {
    tm_bytes request;      /* whole ResourceSpans */
    tm_bytes spans;        /* of the scope that is open, as fields */
    const char *scope;     /* where that lies; NULL: none is open */
    tm_text resource_body; /* of the ResourceSpans and ScopeSpans around it */
    tm_text scope_body;
    bool short_of_memory;
} tm_run_gathered;

/* A span that was dropped; the bytes live until the judge's next request. */
typedef struct tm_run_drop {
    const tm_rule *rule;
    tm_text span_field, scope_body, resource_body;
} tm_run_drop;

void tm_run_gather(tm_run_gathered *g, const tm_run_drop *drop);

/* Closes the scope that is open; g->request is whole then, until it is emptied. */
void tm_run_gather_close(tm_run_gathered *g);
void tm_run_gather_free(tm_run_gathered *g);

/* The span alone, in its resource and scope, as a request in the arena. */
tm_text tm_run_gather_one(tm_arena *arena, const tm_run_drop *span);

/* Appends "TRACE SPAN \"NAME\": RULE (PLACE)" and a line break. */
void tm_run_why(tm_buf *out, const tm_run_drop *drop);

#endif
