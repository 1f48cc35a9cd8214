/* Options: the flags that the daemon and the Collector's verbs share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_OPTIONS_H
#define TM_TOOLS_OPTIONS_H

#include "base/exit.h"
#include "config/settings.h"

/* Reads --config, --set and --feature-gates, each as --flag=VALUE or --flag VALUE, from argv[from]
 * on. False with a sentence on stderr for anything else. The lists live in `arena`. */
bool tm_options_read(tm_arena *arena, int argc, char **argv, int from, tm_config_sources *out);

#endif
