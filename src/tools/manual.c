/* manual: the reference pages, printed from the rows that the program runs by.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"
#include "tools/arguments.h"
#include "tools/complain.h"
#include "tools/functions.h"
#include "tools/man_pages.h"

#include <stdio.h>

typedef struct page {
    const char *name;
    void (*print)(tm_buf *out);
} page;

/* A cell of a table: | would end it. */
static void add_cell(tm_buf *out, const char *text)
{
    tm_buf_print(out, " ");
    for (; *text; text++)
        tm_buf_print(out, *text == '|' ? "\\|" : "%c", *text);
    tm_buf_print(out, " |");
}

/* ---- paths, bytecode, commands -----------------------------------------------------------------
 */

static void add_lower(tm_buf *out, const char *word)
{
    for (; *word; word++)
        tm_buf_add_char(out, (char)(*word >= 'A' && *word <= 'Z' ? *word + 32 : *word));
}

/* Levels and types as rules and messages write them. */
static void print_path(const char *level, const char *dotted, const char *type, const char *manual,
                       tm_buf *out)
{
    const bool event = strcmp(level, "EVENT") == 0, request = strcmp(level, "LEVELS") == 0;
    tm_buf_print(out, "| ");
    add_lower(out, event ? "spanevent" : request ? "otelcol" : level);
    tm_buf_print(out, " | `%s` | ", dotted);
    add_lower(out, type);
    tm_buf_print(out, " |");
    add_cell(out, manual);
    tm_buf_print(out, "\n");
}

void tm_manual_paths(tm_buf *out)
{
    tm_buf_print(
        out,
        "# Paths and enums\n\nIn rules of its own context a path may stand bare (`name`) or with "
        "its context before it (`span.name`);\nthose of the contexts around it need theirs "
        "(`resource.attributes[\"k\"]`). `scope` may be written\n`instrumentation_scope`. What "
        "starts "
        "with `otelcol` is about the request, in every context, and read-only.\n`attributes`, "
        "`cache` "
        "and metadata take keys: `attributes[\"k\"][0]`.\n\n| context | path | type | "
        "|\n|---|---|---|---|\n");
#define PATH(level, dotted, type, access, field, manual)                                           \
    print_path(#level, dotted, #type, manual, out);
#include "paths.def"
#undef PATH
    tm_buf_print(out, "\n## Enums\n\nInts, in the span and spanevent contexts.\n\n| symbol | value "
                      "|\n|---|---|\n");
#define ENUM(type, name, value, word) tm_buf_print(out, "| %s | %d |\n", #type "_" #name, value);
#include "enums.def"
#undef ENUM
}

static void print_bytecode(tm_buf *out)
{
    tm_buf_print(
        out,
        "# Bytecode\n\n`tamis listing` prints it. Instructions are of fixed width, with up to "
        "three operands a, b, c.\nNEED: an attribute, FIELD: a field, read where it lies in the "
        "request; OUT and TRUTH: register written.\n\n"
        "| instruction | a | b | c | |\n|---|---|---|---|---|\n");
#define OP(NAME, a, b, c, manual)                                                                  \
    tm_buf_print(out, "| %s | %s | %s | %s |", #NAME, #a, #b, #c);                                 \
    add_cell(out, manual);                                                                         \
    tm_buf_print(out, "\n");
#include "opcodes.def"
#undef OP
}

void tm_manual_starting(tm_buf *out)
{
    tm_buf_print(
        out,
        "`tamis --config=FILE` runs until SIGTERM or SIGINT, then drains. `--config` may be given "
        "several\ntimes: later ones win, maps merge. It is a file, `file:PATH`, `env:NAME` or "
        "`yaml:a::b: VALUE`;\n`--set a.b.c=VALUE` comes last. `--feature-gates` is taken for the "
        "Collector's sake and has no effect.\n`tamis --version` and `tamis --help` say what "
        "they say. Options are written `--name=VALUE` or\n`--name VALUE`, those of a letter `-n "
        "VALUE`, `-nVALUE` or `-n=VALUE`, flags `--name` or `--name=true`; behind `--`\nall are "
        "operands. Of options without `...` that are given several times the last one counts.\n");
}

void tm_manual_exits(tm_buf *out)
{
    tm_buf_print(
        out,
        "\nWhat is asked for goes to stdout, everything else to stderr.\n\n"
        "| exit code | |\n|---|---|\n"
        "| %d | fine |\n"
        "| %d | spans that had been accepted could not be sent before the end; what a tool "
        "was asked is not so |\n"
        "| %d | usage or I/O: a flag, a port in use, a file that cannot be read |\n"
        "| %d | configuration or rules do not compile |\n"
        "| %d | no recorded span was there, or none that was asked for |\n"
        "| %d | a rule failed while it ran over recorded spans |\n"
        "| 128 + N | a second signal, of number N, ended it before it had drained |\n"
        "\n`tamis validate` opens no port and writes no file. But for those two, what "
        "starting refuses it refuses alike; a name\nthat cannot be looked up is not its "
        "concern.\n",
        TM_EXIT_OK, TM_EXIT_LOST, TM_EXIT_USAGE, TM_EXIT_CONFIG, TM_EXIT_NO_INPUT, TM_EXIT_RULE);
}

static void print_commands(tm_buf *out)
{
    tm_buf_print(out, "# Commands\n\n");
    tm_manual_starting(out);
    for (const tm_command *const *c = tm_commands(); *c; c++) {
        tm_buf_print(out, "\n## tamis %s\n\n    ", (*c)->name);
        tm_command_synopsis(*c, out);
        tm_buf_print(out, "\n\n%s.\n", (*c)->manual);
        if ((*c)->options)
            tm_buf_print(out, "\n| option | |\n|---|---|\n");
        for (const tm_option *o = (*c)->options; o && o->name; o++) {
            tm_buf_print(out, "| ");
            if (o->letter)
                tm_buf_print(out, "`-%c`, ", o->letter);
            tm_buf_print(out, "`--%s%s%s` |", o->name, o->value ? "=" : "",
                         o->value ? o->value : "");
            add_cell(out, o->manual);
            tm_buf_add_char(out, '\n');
        }
    }
    tm_buf_print(out, "\n## Exit codes\n");
    tm_manual_exits(out);
}

/* ---- the tool ----------------------------------------------------------------------------------
 */

static const page pages[] = {
    {"commands", print_commands}, {"config", tm_config_manual}, {"functions", tm_functions_manual},
    {"paths", tm_manual_paths},   {"bytecode", print_bytecode}, {0},
};

static void print_words(tm_buf *out)
{
    for (const page *p = pages; p->name; p++)
        tm_buf_print(out, " %s", p->name);
}

static int finish(const tm_buf *out)
{
    fwrite(out->p, 1, out->n, stdout);
    return TM_EXIT_OK;
}

static int print_man_page(const tm_arguments *a)
{
    tm_buf out = {.arena = a->arena};
    if (!a->operands.count)
        tm_man_list(&out);
    else if (!tm_man_print(&out, a->operands.items[0])) {
        tm_complain("there is no man page %.*s; `tamis manual --format man` lists them",
                    TM_PRI(a->operands.items[0]));
        return TM_EXIT_USAGE;
    }
    return finish(&out);
}

static int print_markdown(const tm_arguments *a)
{
    tm_buf out = {.arena = a->arena};
    for (const page *p = pages; p->name; p++) {
        if (!a->operands.count)
            tm_buf_print(&out, "%s\n", p->name);
        else if (tm_text_is(a->operands.items[0], p->name)) {
            p->print(&out);
            return finish(&out);
        }
    }
    if (!a->operands.count)
        return finish(&out);
    if (tm_man_print(&out, a->operands.items[0])) {
        tm_complain("%.*s is a man page: tamis manual --format man %.*s",
                    TM_PRI(a->operands.items[0]), TM_PRI(a->operands.items[0]));
        return TM_EXIT_USAGE;
    }
    print_words(&out);
    tm_complain("there is no page %.*s; there are:%.*s", TM_PRI(a->operands.items[0]),
                TM_PRI(tm_buf_text(&out)));
    return TM_EXIT_USAGE;
}

static int manual(const tm_arguments *a)
{
    return tm_text_is(tm_arguments_text(a, "format", ""), "man") ? print_man_page(a)
                                                                 : print_markdown(a);
}

static const tm_option options[] = {
    {"format", 0, TM_OPTION_TEXT, NULL, "markdown|man",
     "Markdown, the default, or what man(1) reads: tamis.1, tamis-lint.1, tamis.yaml.5, ottl.5"},
    {0}};

const tm_command tm_command_manual = {
    .name = "manual",
    .operands = "[PAGE]",
    .most = 1,
    .manual =
        "Prints a reference page, or lists them: commands, config, functions, paths, bytecode; "
        "or a man page",
    .options = options,
    .run = manual,
    .names = print_words};
