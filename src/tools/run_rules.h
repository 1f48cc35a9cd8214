/* Run, the rules: those of a pipeline of a configuration, or of rule files.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_RUN_RULES_H
#define TM_TOOLS_RUN_RULES_H

#include "engine/ruleset.h"
#include "tools/arguments.h"

/* The ruleset that --rules and --pipeline name, which the caller unrefs; what is wrong is told on
 * stderr. NULL with an exit code. The arguments' arena must outlive it. */
tm_ruleset *tm_run_rules(const tm_arguments *arguments, int *exit_code);

#endif
