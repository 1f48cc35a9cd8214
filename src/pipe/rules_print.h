/* Rules, printed: what /debug/rules shows of one pipeline: where its spans are, and what each of
 * its rules did. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_RULES_PRINT_H
#define TM_PIPE_RULES_PRINT_H

#include "pipe/pipeline.h"

/* For people, or as a JSON object. `ruleset` was taken from the pipeline. All numbers are of one
 * moment. */
void tm_rules_print(tm_pipeline *pipeline, const tm_ruleset *ruleset, bool json, tm_buf *out);

#endif
