/* Checked: a configuration with every rule compiled, for the subcommands that look at one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CHECKED_H
#define TM_TOOLS_CHECKED_H

#include "config/compiled.h"
#include "tools/options.h"

typedef struct tm_checked {
    tm_arena *arena;
    tm_diags diags;
    tm_compiled compiled;
} tm_checked;

/* Reads flags and configuration, compiles all, prints every diagnostic on stderr. The exit code. */
int tm_checked_read(tm_checked *checked, int argc, char **argv);
void tm_checked_drop(tm_checked *checked);

#endif
