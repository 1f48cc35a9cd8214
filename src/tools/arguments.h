/* Arguments: a command line, read by the rows of its command.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_ARGUMENTS_H
#define TM_TOOLS_ARGUMENTS_H

#include "config/settings.h"
#include "tools/command.h"

struct tm_arguments {
    tm_arena *arena; /* of the command; freed when it has run */
    const tm_command *command;
    tm_texts *given; /* beside command->options: the values in their order; of a flag "" is false */
    tm_texts operands;
};

/* Reads argv[1] and so on (argv[0] is the command) and runs it: --help is answered, a mistake is
 * told on stderr. The exit code. */
int tm_arguments_run(const tm_command *command, int argc, char **argv);

/* What an option was given. The name is one of the command's rows. */
bool tm_arguments_flag(const tm_arguments *a, const char *name);
const tm_texts *tm_arguments_list(const tm_arguments *a, const char *name);
tm_text tm_arguments_text(const tm_arguments *a, const char *name, const char *fallback);

/* --config and --set as they are read together. False, told on stderr, when there is no --config.
 */
bool tm_arguments_sources(const tm_arguments *a, tm_config_sources *sources);

#endif
