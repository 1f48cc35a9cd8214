/* Case suite: all files of a run of `tamis test`, one after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_SUITE_H
#define TM_TOOLS_CASE_SUITE_H

#include "tools/arguments.h"
#include "tools/case_coverage.h"
#include "tools/case_example.h"
#include "tools/case_files.h"

typedef struct tm_case_suite {
    tm_arena *arena;
    tm_case_files files;
    tm_case_results results;
    tm_case_coverage *coverage; /* or NULL */
    tm_diags diags;             /* errors alone, in order */
    tm_texts read;              /* every file that was read, or was to be */
    int exit_code;              /* but for coverage */
} tm_case_suite;

/* Runs what the operands name. Everything lives in the arena, which the caller frees; `only` may be
 * NULL. */
void tm_case_suite_run(tm_case_suite *suite, tm_arena *arena, const tm_texts *operands,
                       const tm_texts *directories, bool covers, const tm_case_filter *only);

#endif
