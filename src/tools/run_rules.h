/* Run, the rules: those of a pipeline of a configuration, or of rule files.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_RUN_RULES_H
#define TM_TOOLS_RUN_RULES_H

#include "engine/ruleset.h"
#include "tools/arguments.h"

/* tm_ruleset_new or tm_ruleset_new_explained. */
typedef tm_ruleset *tm_ruleset_maker(const tm_heap *heap,
                                     const tm_processor_settings *const *processors, uint32_t n,
                                     tm_diags *diags);

/* The ruleset that --rules and --pipeline name, which the caller unrefs; what is wrong is told on
 * stderr. NULL with an exit code. The arguments' arena must outlive it. */
tm_ruleset *tm_run_rules(const tm_arguments *arguments, tm_ruleset_maker *make, int *exit_code);

/* The same of paths and the name of a pipeline (or empty), in an arena that outlives it. */
tm_ruleset *tm_run_rules_of(tm_arena *arena, const tm_texts *paths, tm_text pipeline,
                            tm_ruleset_maker *make, int *exit_code);

/* The rows of --rules and --pipeline. */
#define TM_RULES_OPTIONS                                                                           \
    {"rules", 'f', TM_OPTION_LIST, "RULES", NULL, "a configuration, or files that end in .ottl"},  \
    {                                                                                              \
        "pipeline", 0, TM_OPTION_TEXT, "NAME", NULL, "of a configuration with several"             \
    }

#endif
