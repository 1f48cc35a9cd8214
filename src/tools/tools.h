/* Tools: one function for each subcommand of `tamis`; each returns the exit code.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_TOOLS_H
#define TM_TOOLS_TOOLS_H

#include "base/diag.h"
#include "base/exit.h"

typedef struct tm_command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand */
    const char *synopsis;
    const char *manual;
} tm_command;

/* The subcommand of that name, or NULL; all of them, ended by a row without a name. */
const tm_command *tm_command_find(const char *name);
const tm_command *tm_command_rows(void);

/* The name of the subcommand that was meant perhaps; an empty text when none is near. */
tm_text tm_command_nearest(tm_arena *arena, tm_text word);

#define COMMAND(name, function, synopsis, manual) int function(int argc, char **argv);
#include "tools/commands.def"
#undef COMMAND

#endif
