/* Command: the table of subcommands, and what --help makes of a row.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/command.h"

#include "base/diag.h"

static const tm_command *const rows[] = {
#define COMMAND(symbol) &tm_command_##symbol,
#include "tools/commands.def"
#undef COMMAND
    NULL};

enum { TM_COMMANDS = sizeof rows / sizeof *rows - 1, OPTION_COLUMN = 30 };

const tm_command *const *tm_commands(void)
{
    return rows;
}

const tm_command *tm_command_find(const char *name)
{
    for (size_t i = 0; i < TM_COMMANDS; i++)
        if (strcmp(rows[i]->name, name) == 0)
            return rows[i];
    return NULL;
}

tm_text tm_command_nearest(tm_arena *arena, tm_text word)
{
    tm_text names[TM_COMMANDS];
    for (size_t i = 0; i < TM_COMMANDS; i++)
        names[i] = tm_text_of(rows[i]->name);
    return tm_nearest(arena, word, names, TM_COMMANDS);
}

/* --name=VALUE... as it is written; flags without a value. */
static void add_option(const tm_option *o, tm_buf *out)
{
    tm_buf_print(out, "--%s", o->name);
    if (o->kind != TM_OPTION_FLAG)
        tm_buf_print(out, "=%s", o->words ? o->words : o->value);
    if (o->kind == TM_OPTION_LIST)
        tm_buf_print(out, "...");
}

void tm_command_synopsis(const tm_command *command, tm_buf *out)
{
    tm_buf_print(out, "tamis%s%s", *command->name ? " " : "", command->name);
    for (const tm_option *o = command->options; o && o->name; o++) {
        bool needed = strcmp(o->name, "config") == 0 && !*command->operands;
        tm_buf_print(out, needed ? " " : " [");
        add_option(o, out);
        tm_buf_print(out, needed ? "" : "]");
    }
    tm_buf_print(out, "%s%s", *command->operands ? " " : "", command->operands);
}

static void add_row(const tm_option *o, tm_buf *out)
{
    size_t begin = out->n;
    if (o->letter)
        tm_buf_print(out, "  -%c, ", o->letter);
    else
        tm_buf_print(out, "      ");
    add_option(o, out);
    size_t width = out->n - begin;
    if (width + 2 > OPTION_COLUMN) {
        tm_buf_add_char(out, '\n');
        width = 0;
    }
    tm_buf_print(out, "%*s%s\n", (int)(OPTION_COLUMN - width), "", o->manual);
}

void tm_command_help(const tm_command *command, tm_buf *out)
{
    static const tm_option help = {.name = "help", .letter = 'h', .manual = "prints this"};
    tm_buf_print(out, "Usage: ");
    tm_command_synopsis(command, out);
    tm_buf_print(out, "\n\n%s.\n\n", command->manual);
    for (const tm_option *o = command->options; o && o->name; o++)
        add_row(o, out);
    add_row(&help, out);
}
