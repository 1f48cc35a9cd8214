/* Lint, include and exclude of the processors filter and attributes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LINT_MATCH_H
#define TM_TOOLS_LINT_MATCH_H

#include "config/settings.h"
#include "lang/lint/lint_rules.h"

/* Warns about patterns, about texts that are given twice, and when nothing can be left. Either may
 * be NULL. */
void tm_lint_match(tm_lint *lint, const tm_match_settings *include,
                   const tm_match_settings *exclude);

#endif
