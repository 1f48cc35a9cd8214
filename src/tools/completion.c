/* completion: what a shell completes, printed from the rows of the commands.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/arguments.h"
#include "tools/complain.h"

#include <stdio.h>

/* What may stand where a command may. */
static const tm_option first_options[] = {
    TM_CONFIG_OPTIONS,
    {"version", 0, TM_OPTION_FLAG, NULL, NULL, "which tamis this is"},
    {"help", 0, TM_OPTION_FLAG, NULL, NULL, "what there is"},
    {0}};

/* The words of an option's value with something else between them. */
static void add_values(const char *words, tm_buf *out)
{
    for (; *words; words++)
        tm_buf_add_char(out, *words == '|' ? ' ' : *words);
}

static void add_commands(tm_buf *out)
{
    for (const tm_command *const *c = tm_commands(); *c; c++)
        tm_buf_print(out, " %s", (*c)->name);
}

/* ---- bash ------------------------------------------------------------------------------------ */

/* "--name=" for what takes a value, "--name" for flags. */
static void add_names(const tm_option *options, tm_buf *out)
{
    for (const tm_option *o = options; o && o->name; o++)
        tm_buf_print(out, " --%s%s", o->name, o->kind == TM_OPTION_FLAG ? "" : "=");
}

/* bash takes --name=value for three words. */
static void print_bash_values(tm_buf *out)
{
    tm_buf_print(out, "    [ \"$word\" = = ] && word=\n"
                      "    [ \"$option\" = = ] && option=${COMP_WORDS[COMP_CWORD-2]}\n"
                      "    case ${COMP_WORDS[1]}:$option in\n");
    for (const tm_command *const *c = tm_commands(); *c; c++)
        for (const tm_option *o = (*c)->options; o && o->name; o++) {
            if (!o->words)
                continue;
            tm_buf_print(out, "    %s:--%s) values=\"", (*c)->name, o->name);
            add_values(o->words, out);
            tm_buf_print(out, "\" ;;\n");
        }
    tm_buf_print(out, "    help:help) values=\"");
    add_commands(out);
    tm_buf_print(out, "\" ;;\n"
                      "    esac\n"
                      "    if [ -n \"$values\" ]; then\n"
                      "        COMPREPLY=($(compgen -W \"$values\" -- \"$word\"))\n"
                      "        return\n"
                      "    fi\n");
}

static void print_bash(tm_buf *out)
{
    tm_buf_print(out,
                 "# bash completion of tamis: . <(tamis completion bash)\n"
                 "_tamis() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "    local words names= values=\n");
    print_bash_values(out);
    tm_buf_print(out, "    case ${COMP_CWORD}:${COMP_WORDS[1]} in\n"
                      "    1:* | *:-*) words=\"");
    add_names(first_options, out);
    tm_buf_print(out, " help");
    add_commands(out);
    tm_buf_print(out, "\" ;;\n");
    for (const tm_command *const *c = tm_commands(); *c; c++) {
        tm_buf_print(out, "    *:%s) words=\"", (*c)->name);
        add_names((*c)->options, out);
        tm_buf_print(out, " --help\"");
        if ((*c)->names) {
            tm_buf_print(out, " names=\"");
            (*c)->names(out);
            tm_buf_print(out, "\"");
        }
        tm_buf_print(out, " ;;\n");
    }
    tm_buf_print(
        out, "    esac\n"
             "    case $word:$names in\n"
             "    -*) compopt -o nospace; COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
             "    *:?*) COMPREPLY=($(compgen -W \"$names\" -- \"$word\")) ;;\n"
             "    *) COMPREPLY=($([ \"$COMP_CWORD\" = 1 ] && compgen -W \"$words\" -- \"$word\") "
             "$(compgen -f -- \"$word\")) ;;\n"
             "    esac\n"
             "}\n"
             "complete -o filenames -F _tamis tamis\n");
}

/* ---- zsh, fish ------------------------------------------------------------------------------- */

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

static void add_zsh_options(const tm_option *options, void (*names)(tm_buf *out), tm_buf *out)
{
    tm_buf_print(out, "_arguments");
    for (const tm_option *o = options; o && o->name; o++) {
        tm_buf_print(out, " '*--%s%s[", o->name, o->kind == TM_OPTION_FLAG ? "" : "=");
        add_quoted(o->manual, true, out);
        tm_buf_print(out, "]");
        if (o->words) {
            tm_buf_print(out, ":value:(");
            add_values(o->words, out);
            tm_buf_print(out, ")'");
        } else {
            tm_buf_print(out, "%s'", o->kind == TM_OPTION_FLAG ? "" : ":value:_files");
        }
    }
    if (!names) {
        tm_buf_print(out, " '*:file:_files'");
        return;
    }
    tm_buf_print(out, " '*:name:(");
    names(out);
    tm_buf_print(out, ")'");
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
    tm_buf_print(out, "        'help:What a command takes, or what the code of a message means'\n"
                      "    )\n    if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then\n"
                      "        _describe command commands; _files; return\n    fi\n"
                      "    case ${words[2]} in\n"
                      "    help) _describe command commands ;;\n"
                      "    -*) ");
    add_zsh_options(first_options, NULL, out);
    tm_buf_print(out, " ;;\n");
    for (const tm_command *const *c = tm_commands(); *c; c++) {
        tm_buf_print(out, "    %s) ", (*c)->name);
        add_zsh_options((*c)->options, (*c)->names, out);
        tm_buf_print(out, " ;;\n");
    }
    tm_buf_print(out, "    esac\n}\n_tamis \"$@\"\n");
}

/* The options where `condition` holds. */
static void add_fish_options(const char *condition, const tm_option *options, tm_buf *out)
{
    for (const tm_option *o = options; o && o->name; o++) {
        tm_buf_print(out, "complete -c tamis -n '%s' -l %s%s", condition, o->name,
                     o->kind == TM_OPTION_FLAG ? "" : " -r");
        if (o->letter)
            tm_buf_print(out, " -s %c", o->letter);
        if (o->words) {
            tm_buf_print(out, " -f -a '");
            add_values(o->words, out);
            tm_buf_print(out, "'");
        }
        tm_buf_print(out, " -d '");
        add_quoted(o->manual, false, out);
        tm_buf_print(out, "'\n");
    }
}

static void print_fish(tm_buf *out)
{
    tm_buf_print(out, "# fish completion of tamis: tamis completion fish | source\n");
    add_fish_options("__fish_use_subcommand", first_options, out);
    tm_buf_print(out, "complete -c tamis -n __fish_use_subcommand -a help -d 'What a command "
                      "takes, or what the code "
                      "of a message means'\n"
                      "complete -c tamis -n '__fish_seen_subcommand_from help' -f -a '");
    add_commands(out);
    tm_buf_print(out, "'\n");
    for (const tm_command *const *c = tm_commands(); *c; c++) {
        tm_buf_print(out, "complete -c tamis -n __fish_use_subcommand -a %s -d '", (*c)->name);
        add_quoted((*c)->manual, false, out);
        tm_buf_print(out, "'\n");
        add_fish_options(tm_arena_print(out->arena, "__fish_seen_subcommand_from %s", (*c)->name).p,
                         (*c)->options, out);
        if (!(*c)->names)
            continue;
        tm_buf_print(out, "complete -c tamis -n '__fish_seen_subcommand_from %s' -f -a '",
                     (*c)->name);
        (*c)->names(out);
        tm_buf_print(out, "'\n");
    }
}

static void print_shells(tm_buf *out)
{
    tm_buf_print(out, " bash zsh fish");
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
    .run = complete,
    .names = print_shells};
