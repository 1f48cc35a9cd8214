/* Case results: what came of tests and examples, for all formats of output.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_RESULTS_H
#define TM_TOOLS_CASE_RESULTS_H

#include "base/diag.h"

/* What --update puts in a place of a file, which may be a point. */
typedef struct tm_case_mend {
    struct tm_case_mend *next;
    const tm_source *source; /* the file, or a slice of its text */
    tm_place place;
    tm_text text;
} tm_case_mend;

/* An expectation that did not come true. */
typedef struct tm_case_failure {
    struct tm_case_failure *next;
    const tm_source *source;
    tm_place place;
    tm_text what;          /* one clause: "it was dropped by own" */
    tm_text expected, got; /* lines, to be compared; both empty: none */
    tm_case_mend *mend;    /* NULL: --update cannot */
} tm_case_failure;

typedef struct tm_case_result {
    struct tm_case_result *next;
    const tm_source *source;
    tm_place place;
    tm_text name;
    bool example; /* it stands in a comment */
    bool broken;  /* it is no test but a file that cannot be read or compiled */
    tm_case_failure *first, *last;
} tm_case_result;

/* Zero-initialise with an arena. */
typedef struct tm_case_results {
    tm_arena *arena;
    tm_case_result *first, *last;
    unsigned passed, failed, left_out; /* left out: by their names */
} tm_case_results;

/* Begins the next result, without a failure so far; tm_case_end counts it. */
tm_case_result *tm_case_begin(tm_case_results *results, const tm_source *source, tm_place place,
                              tm_text name, bool example);
void tm_case_end(tm_case_results *results);

/* Adds a failure to the last result. */
tm_case_failure *tm_case_fail(tm_case_results *results, const tm_source *source, tm_place place,
                              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Says what --update is to do about a failure. */
void tm_case_mend_add(tm_arena *arena, tm_case_failure *failure, const tm_source *source,
                      tm_place place, tm_text text);

/* The line of a place in its file. */
unsigned tm_case_line(const tm_source *source, tm_place place, unsigned *column);

#endif
