/* Case read: a file of tests.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     rules: [ingress.ottl]         # rule files, or one configuration of a Collector
 *     pipeline: traces              # of the configuration, when it has several
 *     tests:
 *     - name: errors stay
 *       input: spans.json           # recordings, or
 *       spans: [{name: GET /x}]     # spans in the short form (tools/case_span.h)
 *       expect:
 *         dropped: [{span: {name: GET /x}, by: noisy, count: 1}]
 *         kept: 3
 *         spans: [{where: name == "GET /x", attributes: {cluster: a}}]
 *         errors: 0
 *         refused: false
 *
 * Codes: E0601 and E0602 of case_span.h, E0603 something is missing, E0500 a file cannot be read.
 */
#ifndef TM_TOOLS_CASE_READ_H
#define TM_TOOLS_CASE_READ_H

#include "config/settings.h"
#include "tools/case_value.h"

/* Some spans, and what is said of them. */
typedef struct tm_case_matcher {
    struct tm_case_matcher *next;
    const tm_doc *doc;          /* the whole, for places */
    const tm_doc *span;         /* what they are like; NULL: anything */
    const tm_doc *by;           /* the rule that dropped them; NULL: any */
    const tm_doc *count;        /* how many there are; NULL: at least one */
    const tm_case_value *where; /* which are meant; NULL: all */
} tm_case_matcher;

/* What is said of the spans that were dropped, or of those that leave. */
typedef struct tm_case_claim {
    const tm_doc *doc;      /* NULL: nothing */
    const tm_doc *count;    /* of all of them; NULL: not said */
    tm_case_matcher *first; /* NULL and no count: that there is none */
} tm_case_claim;

typedef struct tm_case {
    struct tm_case *next;
    const tm_doc *doc;
    tm_text name;
    tm_texts inputs;      /* paths of recordings */
    const tm_doc *spans;  /* a list, one span, or NULL */
    const tm_doc *expect; /* NULL: nothing yet */
    tm_case_claim dropped, kept;
    tm_case_matcher *like; /* `spans` of expect: what those that leave are like */
    const tm_doc *errors;  /* NULL: none is expected */
    const tm_doc *refused;
} tm_case;

typedef struct tm_case_file {
    const tm_source *source;
    const tm_doc *doc;
    const tm_doc *rules;    /* a text or list of them */
    const tm_doc *pipeline; /* or NULL */
    tm_texts rule_paths;    /* globs are expanded */
    tm_case *first;
} tm_case_file;

/* Reads the file; all that is wrong is told. False then. */
bool tm_case_read(tm_arena *arena, tm_diags *diags, const tm_config_world *world, tm_text path,
                  tm_case_file *file);

#endif
