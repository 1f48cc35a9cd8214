/* Case example: the examples in the comments of a rule file.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     #> drop SPAN          the rule below drops the span; of `keep where`: it does not hold for it
 *     #> keep SPAN          the rule does not drop it; of `keep where`: it holds for it
 *     #> SPAN -> SPAN       what the rule makes of the span has all that stands behind the arrow
 *     #> VALUE SPAN         what the definition below, which takes no arguments, is for the span
 *
 * Codes: E0605 no such form, or none for what stands below; E0601, E0602 of case_span.h. */
#ifndef TM_TOOLS_CASE_EXAMPLE_H
#define TM_TOOLS_CASE_EXAMPLE_H

#include "config/rule_files.h"
#include "tools/case_judge.h"
#include "tools/case_results.h"

/* Whether a test of that name is to run. */
typedef struct tm_case_filter {
    bool (*wants)(void *owner, tm_text name);
    void *owner;
} tm_case_filter;

/* Runs the examples of the file, each against its rule alone. False with diagnostics: the file, or
 * one of its examples, cannot be read; the others ran nevertheless where the rules compile. */
bool tm_case_examples_run(tm_case_results *results, tm_diags *diags, const tm_rule_files *files,
                          tm_text path, tm_case_judge *judge, const tm_case_filter *filter);

#endif
