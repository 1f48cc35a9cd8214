/* Span facts: a span as lines of paths and values, and what differs between two.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_EXPLAIN_SPAN_FACTS_H
#define TM_EXPLAIN_SPAN_FACTS_H

#include "otlp/request.h"
#include "explain/screen.h"

typedef struct tm_span_fact {
    tm_text path;  /* "attributes[\"http.route\"]", "resource.attributes[...]", "events[0].name" */
    tm_text value; /* as JSON; kinds and codes by their symbols */
} tm_span_fact;

typedef struct tm_span_facts {
    tm_span_fact *item;
    size_t n, room;
    tm_text name, service;                /* as they are */
    tm_text trace_id, span_id, parent_id; /* 16 and 8 bytes; a parent of zeros is empty */
    uint64_t start_ns, end_ns;
    int64_t status_code;
    bool found; /* there was a span */
} tm_span_facts;

/* Of the first span of a request (protobuf), which lives as long as the facts. What has its default
 * is left out. */
tm_span_facts tm_span_facts_of(tm_arena *arena, tm_text request);

/* Appends a line a fact. */
void tm_span_facts_print(tm_buf *out, const tm_span_facts *facts, const tm_screen *screen);

/* Calls `tell` for each fact that only one of them has, or that is another: NULL stands for the one
 * that is not there. How many there were. */
typedef void (*tm_span_facts_telling)(void *owner, const tm_span_fact *before,
                                      const tm_span_fact *after);
size_t tm_span_facts_each_difference(const tm_span_facts *before, const tm_span_facts *after,
                                     tm_span_facts_telling tell, void *owner);

/* Appends what differs, a line a fact, behind - and +; nothing where they are the same. True: they
 * differ. */
bool tm_span_facts_diff(tm_buf *out, const tm_span_facts *before, const tm_span_facts *after,
                        const tm_screen *screen);

/* Appends a value in one line that no terminal obeys: JSON, times and durations without quotes. */
void tm_span_fact_value(tm_buf *out, tm_value value);

#endif
