/* Lint, configurations: the rules of a pipeline's processors, in the order in which they run.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LINT_CONFIG_H
#define TM_TOOLS_LINT_CONFIG_H

#include "config/settings.h"
#include "lang/lint/lint_rules.h"

/* Adds the rules of the pipeline to the list, and warns about its rule files; with `shadow` those
 * of the shadow in their place. What does not build is left out without a word: compiling has told
 * it. */
void tm_lint_pipeline(tm_lint *lint, const tm_pipeline_settings *pipeline, bool shadow);

/* Whether a processor of it has a shadow. */
bool tm_lint_has_shadow(const tm_pipeline_settings *pipeline);

#endif
