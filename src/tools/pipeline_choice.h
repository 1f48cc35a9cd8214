/* Pipeline choice: which pipeline of a configuration --pipeline means.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_PIPELINE_CHOICE_H
#define TM_TOOLS_PIPELINE_CHOICE_H

#include "config/settings.h"

/* The index of the pipeline; an empty name means the only one. False, told on stderr. */
bool tm_pipeline_choose(tm_arena *arena, const tm_settings *settings, tm_text name, size_t *index);

#endif
