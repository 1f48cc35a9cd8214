/* Case update: expectations and examples become what came.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_UPDATE_H
#define TM_TOOLS_CASE_UPDATE_H

#include "tools/case_judge.h"
#include "tools/case_read.h"
#include "tools/case_results.h"

/* Says of a failure that the scalars of `expected` are to be what they are in `span`. */
void tm_case_mend_span(tm_arena *arena, tm_case_failure *failure, const tm_doc *expected,
                       const tm_doc *span);

/* Says of a test without `expect` what it is to expect. */
void tm_case_mend_expect(tm_arena *arena, tm_case_failure *failure, const tm_case *test,
                         const tm_case_outcome *outcome);

/* Writes the files anew whose failures have mends; what is not mended stays byte for byte. How many
 * places there were; false when a file cannot be written, which is told. */
bool tm_case_update(tm_case_results *results, unsigned *places);

#endif
