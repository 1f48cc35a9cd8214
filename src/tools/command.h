/* Command: what `tamis` can be asked to do. A subcommand is one file that defines its row and the
 * rows of its options; from them come parsing, --help, docs/commands.md and completion.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_COMMAND_H
#define TM_TOOLS_COMMAND_H

#include "base/buf.h"
#include "base/exit.h"

typedef enum tm_option_kind {
    TM_OPTION_FLAG, /* --name, --name=true, --name=false */
    TM_OPTION_TEXT, /* --name=VALUE or --name VALUE; the last one counts */
    TM_OPTION_LIST  /* the same, each of them counts */
} tm_option_kind;

typedef struct tm_option {
    const char *name; /* without dashes */
    char letter;      /* -x, or 0 */
    tm_option_kind kind;
    const char *value;  /* what --help calls the value: "FILE"; NULL for flags */
    const char *words;  /* the values that may be given, "text|json"; NULL: any */
    const char *manual; /* one clause, no full stop */
} tm_option;

typedef struct tm_arguments tm_arguments;

typedef struct tm_command {
    const char *name;                          /* "print-config"; "" is the daemon */
    const char *operands;                      /* for --help: "[NAME]"; "" for none */
    unsigned least, most;                      /* operands */
    const char *manual;                        /* one sentence without its full stop */
    const tm_option *options;                  /* ended by a row without a name; NULL for none */
    int (*run)(const tm_arguments *arguments); /* an exit code */
    void (*names)(tm_buf *out); /* what its operand may be, a blank before each; NULL: files */
} tm_command;

/* The rows that --config, --set and --feature-gates have wherever a configuration is read. */
#define TM_CONFIG_OPTIONS                                                                          \
    {                                                                                              \
        "config",                                                                                  \
        'c',                                                                                       \
        TM_OPTION_LIST,                                                                            \
        "FILE",                                                                                    \
        NULL,                                                                                      \
        "a file, file:PATH, env:NAME or yaml:a::b: VALUE; later ones win, maps merge"},            \
        {"set", 0, TM_OPTION_LIST, "a.b.c=VALUE", NULL, "one value, over all files"},              \
        {"traces-only", 0,    TM_OPTION_FLAG,                                                      \
         NULL,          NULL, "leave out pipelines of other signals, and what only they use"},     \
    {                                                                                              \
        "feature-gates", 0, TM_OPTION_LIST, "GATES", NULL,                                         \
            "taken for the Collector's sake and without effect"                                    \
    }

/* All subcommands, ended by NULL, and the one of a name, or NULL. */
const tm_command *const *tm_commands(void);
const tm_command *tm_command_find(const char *name);

/* The name of the subcommand that was meant perhaps; an empty text when none is near. */
tm_text tm_command_nearest(tm_arena *arena, tm_text word);

/* `tamis NAME [options] operands`, and with the manual and a row for each option --help. */
void tm_command_synopsis(const tm_command *command, tm_buf *out);
void tm_command_help(const tm_command *command, tm_buf *out);

#define COMMAND(symbol) extern const tm_command tm_command_##symbol;
#include "tools/commands.def"
#undef COMMAND

#endif
