/* REPL, commands: the table of what starts with a colon.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_REPL_COMMANDS_H
#define TM_TOOLS_REPL_COMMANDS_H

#include "tools/repl.h"

typedef enum tm_repl_takes {
    TM_TAKES_NOTHING,
    TM_TAKES_EXPRESSION,
    TM_TAKES_FILE,
    TM_TAKES_LABEL, /* of a rule, or an expression */
    TM_TAKES_TOPIC  /* of :help */
} tm_repl_takes;

typedef struct tm_repl_command {
    const char *name, *argument, *manual;
    tm_repl_takes takes;
    void (*run)(tm_repl *repl, tm_text argument);
} tm_repl_command;

/* All of them, ended by a row without a name; and the one of a name, of which the first letters do
 * when no other starts so. NULL: there is none. */
const tm_repl_command *tm_repl_commands(void);
const tm_repl_command *tm_repl_command_find(tm_text name);

/* Does what a whole input asks for: a command, or an expression. */
void tm_repl_do(tm_repl *repl, tm_text input);

#define REPL_COMMAND(name, argument, takes, manual)                                                \
    void tm_repl_##name(tm_repl *repl, tm_text argument_text);
#include "tools/repl_commands.def"
#undef REPL_COMMAND

/* The words of an argument: white space parts them, quotes hold it. In the arena. */
tm_texts tm_repl_words(tm_arena *arena, tm_text argument);

#endif
