/* Lint, allow: comments that say which warnings are meant.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LINT_ALLOW_H
#define TM_TOOLS_LINT_ALLOW_H

#include "config/rule_files.h"

/* Takes the warnings out that a comment allows: `# lint: allow W0606` on the lines of the rule,
 * directly above it, or, for the whole file, in the comments at its start. Files are opened again
 * by their names. */
void tm_lint_allow(tm_arena *arena, const tm_rule_files *files, tm_diags *diags);

#endif
