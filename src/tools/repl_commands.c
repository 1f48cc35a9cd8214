/* REPL, commands: finding and running, and :help.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/repl_commands.h"

#include "base/diag.h"
#include "tools/complain.h"

static const tm_repl_command rows[] = {
#define REPL_COMMAND(name, argument, takes, manual)                                                \
    {#name, argument, manual, TM_TAKES_##takes, tm_repl_##name},
#include "tools/repl_commands.def"
#undef REPL_COMMAND
    {0}};

enum { TM_REPL_COMMANDS = sizeof rows / sizeof *rows - 1 };

const tm_repl_command *tm_repl_commands(void)
{
    return rows;
}

const tm_repl_command *tm_repl_command_find(tm_text name)
{
    const tm_repl_command *found = NULL;
    size_t n = 0;
    for (const tm_repl_command *c = rows; c->name; c++) {
        if (tm_text_is(name, c->name))
            return c;
        if (name.n && tm_text_starts(tm_text_of(c->name), name)) {
            found = c;
            n++;
        }
    }
    return n == 1 ? found : NULL;
}

tm_texts tm_repl_words(tm_arena *arena, tm_text argument)
{
    tm_texts words = {TM_NEW_ARRAY(arena, argument.n + 1, tm_text), 0};
    size_t at = 0;
    while (at < argument.n) {
        tm_buf word = {.arena = arena};
        bool quoted = false, any = false;
        while (at < argument.n && strchr(" \t\n", argument.p[at]))
            at++;
        for (; at < argument.n && (quoted || !strchr(" \t\n", argument.p[at])); at++) {
            any = true;
            if (argument.p[at] == '"')
                quoted = !quoted;
            else
                tm_buf_add_char(&word, argument.p[at]);
        }
        if (any)
            words.items[words.count++] = tm_arena_copy(arena, tm_buf_text(&word));
    }
    return words;
}

/* The commands that begin so, when these are several; else an empty text. */
static tm_text several(tm_arena *arena, tm_text name)
{
    tm_buf out = {.arena = arena};
    for (const tm_repl_command *c = rows; name.n && c->name; c++)
        if (tm_text_starts(tm_text_of(c->name), name))
            tm_buf_print(&out, "%s:%s", out.n ? ", " : "", c->name);
    return tm_buf_text(&out);
}

static void unknown(tm_repl *repl, tm_text name)
{
    const tm_text begun = several(repl->line, name);
    if (begun.n) {
        tm_repl_wrong(repl, ":%.*s is the beginning of %.*s", TM_PRI(name), TM_PRI(begun));
        return;
    }
    tm_text names[TM_REPL_COMMANDS];
    for (size_t i = 0; i < TM_REPL_COMMANDS; i++)
        names[i] = tm_text_of(rows[i].name);
    tm_text near = tm_nearest(repl->line, name, names, TM_REPL_COMMANDS);
    if (near.n)
        tm_repl_wrong(repl, "there is no command :%.*s; did you mean :%.*s?", TM_PRI(name),
                      TM_PRI(near));
    else
        tm_repl_wrong(repl, "there is no command :%.*s; :help lists them", TM_PRI(name));
}

/* What other programs of the kind are told is understood, too. */
static tm_text as_command(tm_text input)
{
    if (tm_text_is(input, "help") || tm_text_is(input, "?"))
        return TM_TEXT(":help");
    return tm_text_is(input, "quit") || tm_text_is(input, "exit") ? TM_TEXT(":quit") : input;
}

void tm_repl_do(tm_repl *repl, tm_text input)
{
    input = as_command(tm_text_trim(input));
    if (!input.n || input.p[0] == '#')
        return;
    if (input.p[0] != ':') {
        tm_repl_evaluate(repl, input);
        return;
    }
    size_t n = 1;
    while (n < input.n && !strchr(" \t\n", input.p[n]))
        n++;
    tm_text name = tm_text_slice(input.p + 1, n - 1);
    const tm_repl_command *command = tm_repl_command_find(name);
    tm_text argument = tm_text_trim(tm_text_skip(input, n));
    if (!command)
        unknown(repl, name);
    else if (argument.n && !*command->argument)
        tm_repl_wrong(repl, ":%s takes nothing", command->name);
    else
        command->run(repl, argument);
}

void tm_repl_quit(tm_repl *repl, tm_text argument)
{
    (void)argument;
    repl->ended = true;
}
