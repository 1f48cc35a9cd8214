/* Case check: what a test expects against what came.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_CHECK_H
#define TM_TOOLS_CASE_CHECK_H

#include "tools/case_judge.h"
#include "tools/case_read.h"
#include "tools/case_results.h"

/* Adds a failure to the last result for everything that is not as the test expects. */
void tm_case_check(tm_case_results *results, const tm_case *test, const tm_case_outcome *outcome);

#endif
