/* Load: the sources of a configuration to one merged, expanded document.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_LOAD_H
#define TM_CONFIG_LOAD_H

#include "config/expand.h"

/* Reads every --config URI and --set, merges them in order and expands the result: a map. NULL when
 * one of them is broken; errors of all of them are then in `diags`. */
tm_doc *tm_config_load(tm_arena *arena, tm_diags *diags, const tm_config_sources *sources,
                       tm_file_list *files);

#endif
