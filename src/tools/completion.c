/* completion: what a shell completes, printed from the rows of the commands.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/arguments.h"
#include "tools/complain.h"

#include <stdio.h>

/* "--name=" for what takes a value, "--name" for flags. */
static void add_words(const tm_command *command, tm_buf *out)
{
    for (const tm_option *o = command->options; o && o->name; o++)
        tm_buf_print(out, " --%s%s", o->name, o->kind == TM_OPTION_FLAG ? "" : "=");
    tm_buf_print(out, " --help");
}

static void print_bash(tm_buf *out)
{
    tm_buf_print(out, "# bash completion of tamis: . <(tamis completion bash)\n"
                      "_tamis() {\n"
                      "    local word=${COMP_WORDS[COMP_CWORD]} words\n"
                      "    case ${COMP_CWORD}:${COMP_WORDS[1]} in\n"
                      "    1:*) words=\"--config= --set= --version --help help");
    for (const tm_command *const *c = tm_commands(); *c; c++)
        tm_buf_print(out, " %s", (*c)->name);
    tm_buf_print(out, "\" ;;\n");
    for (const tm_command *const *c = tm_commands(); *c; c++) {
        tm_buf_print(out, "    *:%s) words=\"", (*c)->name);
        add_words(*c, out);
        tm_buf_print(out, "\" ;;\n");
    }
    tm_buf_print(
        out, "    esac\n"
             "    case $word in\n"
             "    -*) compopt -o nospace; COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
             "    *) COMPREPLY=($([ \"$COMP_CWORD\" = 1 ] && compgen -W \"$words\" -- \"$word\") "
             "$(compgen -f -- \"$word\")) ;;\n"
             "    esac\n"
             "}\n"
             "complete -o filenames -F _tamis tamis\n");
}

/* A text in single quotes, as zsh and fish read it; brackets and colons are zsh's own. */
static void add_quoted(const char *text, bool zsh, tm_buf *out)
{
    for (; *text; text++) {
        if (*text == '\'')
            tm_buf_print(out, zsh ? "'\\''" : "\\'");
        else if (zsh && strchr("[]:", *text))
            tm_buf_print(out, "\\%c", *text);
        else
            tm_buf_add_char(out, *text);
    }
}

static void print_zsh(tm_buf *out)
{
    tm_buf_print(out, "#compdef tamis\n# zsh completion of tamis: put it into $fpath as _tamis\n"
                      "_tamis() {\n    local -a commands=(\n");
    for (const tm_command *const *c = tm_commands(); *c; c++) {
        tm_buf_print(out, "        '%s:", (*c)->name);
        add_quoted((*c)->manual, true, out);
        tm_buf_print(out, "'\n");
    }
    tm_buf_print(
        out,
        "    )\n    if (( CURRENT == 2 )); then _describe command commands; _files; return; fi\n"
        "    case ${words[2]} in\n");
    for (const tm_command *const *c = tm_commands(); *c; c++) {
        tm_buf_print(out, "    %s) _arguments", (*c)->name);
        for (const tm_option *o = (*c)->options; o && o->name; o++) {
            tm_buf_print(out, " '*--%s%s[", o->name, o->kind == TM_OPTION_FLAG ? "" : "=");
            add_quoted(o->manual, true, out);
            tm_buf_print(out, "]%s'", o->kind == TM_OPTION_FLAG ? "" : ":value:_files");
        }
        tm_buf_print(out, " '*:file:_files' ;;\n");
    }
    tm_buf_print(out, "    esac\n}\n_tamis \"$@\"\n");
}

static void print_fish(tm_buf *out)
{
    tm_buf_print(out, "# fish completion of tamis: tamis completion fish | source\n");
    for (const tm_command *const *c = tm_commands(); *c; c++) {
        tm_buf_print(out, "complete -c tamis -n __fish_use_subcommand -a %s -d '", (*c)->name);
        add_quoted((*c)->manual, false, out);
        tm_buf_print(out, "'\n");
        for (const tm_option *o = (*c)->options; o && o->name; o++) {
            tm_buf_print(out, "complete -c tamis -n '__fish_seen_subcommand_from %s' -l %s%s -d '",
                         (*c)->name, o->name, o->kind == TM_OPTION_FLAG ? "" : " -r");
            add_quoted(o->manual, false, out);
            tm_buf_print(out, "'\n");
        }
    }
}

static int complete(const tm_arguments *arguments)
{
    static const struct {
        const char *shell;
        void (*print)(tm_buf *out);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    tm_buf out = {.arena = arguments->arena};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (tm_text_is(arguments->operands.items[0], shells[i].shell)) {
            shells[i].print(&out);
            fwrite(out.p, 1, out.n, stdout);
            return TM_EXIT_OK;
        }
    tm_complain("there is completion for bash, zsh and fish, not for %.*s",
                TM_PRI(arguments->operands.items[0]));
    return TM_EXIT_USAGE;
}

const tm_command tm_command_completion = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .least = 1,
    .most = 1,
    .manual = "Prints what the shell needs to complete commands and options",
    .run = complete};
