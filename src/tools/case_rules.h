/* Case rules: what a file of tests is about, compiled.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_RULES_H
#define TM_TOOLS_CASE_RULES_H

#include "config/rule_files.h"
#include "engine/ruleset.h"
#include "tools/case_read.h"

/* Compiles the rules that the file names; goes with the arena. NULL with diagnostics. Codes: those
 * of configurations and rules, E0604 a test names a rule that there is not. */
const tm_ruleset *tm_case_rules_compile(tm_arena *arena, tm_diags *diags,
                                        const tm_rule_files *files, const tm_case_file *file,
                                        bool noted);

/* Lets the ruleset go with the arena. */
const tm_ruleset *tm_case_rules_keep(tm_arena *arena, tm_ruleset *ruleset);

#endif
