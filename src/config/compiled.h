/* Compiled: a configuration that is read and whose rules are compiled, which opens nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_COMPILED_H
#define TM_CONFIG_COMPILED_H

#include "config/settings.h"
#include "engine/ruleset.h"

typedef struct tm_compiled {
    tm_settings settings;
    tm_ruleset **ruleset; /* one for each pipeline; NULL: it does not compile */
} tm_compiled;

/* Reads and compiles, as starting and `validate` do. Every mistake is in `diags`, in the order of
 * lines; those of processors that no pipeline names are warnings. False when there was an error.
 * All lives in `arena` but for the rulesets, which are to be dropped in either case. */
bool tm_compiled_read(tm_arena *arena, tm_diags *diags, const tm_config_sources *sources,
                      tm_compiled *out);

/* The same without the certificates, passwords and tokens that the configuration names by files,
 * which may be on another machine. */
bool tm_compiled_read_alone(tm_arena *arena, tm_diags *diags, const tm_config_sources *sources,
                            tm_compiled *out);

void tm_compiled_drop(tm_compiled *compiled);

#endif
