/* Case report: results as people, CI systems and programs read them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_REPORT_H
#define TM_TOOLS_CASE_REPORT_H

#include "tools/case_suite.h"

#define TM_CASE_FORMATS "pretty|tap|junit|json|github"

typedef struct tm_case_report {
    tm_text format;   /* one of TM_CASE_FORMATS */
    bool verbose;     /* pretty: names what passed, too */
    bool colour;      /* pretty */
    double threshold; /* percent; below 0: none was given */
} tm_case_report;

/* Appends the whole report. */
void tm_case_report_print(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite);

/* Whether the coverage is below the threshold. */
bool tm_case_report_is_short(const tm_case_report *report, const tm_case_suite *suite);

/* ---- what the formats share ------------------------------------------------------------------ */

/* The file of a result or failure; empty when it has none. */
tm_text tm_case_report_file(const tm_source *source);

/* The failures, each on a line, with what was expected and came as a diff. */
void tm_case_report_failures(tm_buf *out, const tm_case_result *result, const char *indent);
/* One of them. */
void tm_case_report_failure(tm_buf *out, const tm_case_failure *failure, const char *indent,
                            bool colour);

/* What was not covered: "rule noisy never matched", "never true: name == "x""; false: nothing.
 * Asked for both sides, false first; what was never asked is told once. */
bool tm_case_report_missed(tm_buf *out, const tm_case_covered *covered, bool side);

/* "87.5 %, 7 of 8" */
void tm_case_report_coverage(tm_buf *out, const tm_case_coverage *coverage);

/* The formats but for pretty (case_formats.c). */
void tm_case_report_tap(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite);
void tm_case_report_junit(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite);
void tm_case_report_json(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite);
void tm_case_report_github(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite);

#endif
