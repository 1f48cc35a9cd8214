/* Rules, logged: what a pipeline and its rules did, as lines of the log.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_RULES_LOG_H
#define TM_PIPE_RULES_LOG_H

#include "pipe/pipeline.h"

enum { TM_RULES_LOGGED_MOST = 200 }; /* of those that matched something; the others are numbered */

/* A line for each exporter of the pipeline, and for each rule that matched or failed since the
 * reload. `ruleset` was taken from the pipeline. */
void tm_rules_log(tm_pipeline *pipeline, const tm_ruleset *ruleset, tm_log *log);

#endif
