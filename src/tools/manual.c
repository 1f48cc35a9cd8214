/* manual: the reference pages, printed from the rows that the program runs by.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"
#include "stdlib/fn.h"
#include "tools/tools.h"

#include <stdio.h>
#include <stdlib.h>

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

/* ---- functions ---------------------------------------------------------------------------------
 */

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const tm_function *const *)a)->name, (*(const tm_function *const *)b)->name);
}

static void print_function(const tm_function *f, tm_buf *out)
{
    tm_buf_print(out, "\n### %s\n\n    %s\n\n%s\n", f->name, f->signature, f->manual);
    if (strcmp(f->origin, "OTTL") != 0)
        tm_buf_print(out, "\nA function of %s; other Collectors do not know it.\n", f->origin);
    if (f->hosts & TM_HOST_SPAN)
        tm_buf_print(out, "\nOnly in the span context.\n");
    if (f->hosts & TM_HOST_TRANSFORM)
        tm_buf_print(out, "\nOnly in the transform processor.\n");
    const char *line = f->examples;
    if (line && *line)
        tm_buf_print(out, "\n");
    for (; line && *line; line = strchr(line, '\n') + 1)
        tm_buf_print(out, "    %.*s\n", (int)strcspn(line, "\n"), line);
}

/* Editors start with a small letter. */
static void print_functions_of(const tm_function **row, unsigned n, bool editors, tm_buf *out)
{
    for (unsigned i = 0; i < n; i++)
        if ((row[i]->name[0] >= 'a') == editors)
            print_function(row[i], out);
}

static void print_functions(tm_buf *out)
{
    unsigned n = 0;
    while (tm_function_at(n))
        n++;
    const tm_function **row = TM_NEW_ARRAY(out->arena, n, const tm_function *);
    for (unsigned i = 0; i < n; i++)
        row[i] = tm_function_at(i);
    qsort(row, n, sizeof *row, by_name);
    tm_buf_print(
        out, "# Functions\n\nThe examples are tests over `tests/fixtures/sample.json`: a condition "
             "holds; `->` shows what holds\nafter a statement, `error` what fails when it runs, "
             "`refused` what does not compile.\n\n## Editors\n");
    print_functions_of(row, n, true, out);
    tm_buf_print(out, "\n## Converters\n");
    print_functions_of(row, n, false, out);
}

/* ---- paths, bytecode, commands -----------------------------------------------------------------
 */

static void print_path(const char *level, const char *dotted, const char *type, const char *manual,
                       tm_buf *out)
{
    tm_buf_print(out, "|");
    add_cell(out, level);
    tm_buf_print(out, " `%s` |", dotted);
    add_cell(out, type);
    add_cell(out, manual);
    tm_buf_print(out, "\n");
}

static void print_paths(tm_buf *out)
{
    tm_buf_print(
        out,
        "# Paths and enums\n\nIn rules of its own context a path may stand bare (`name`) or with "
        "its context before it (`span.name`);\nthose of the contexts around it need theirs "
        "(`resource.attributes[\"k\"]`). NIL: whatever is stored there.\nLEVELS: about the "
        "request, in every context.\n\n| context | path | type | |\n|---|---|---|---|\n");
#define PATH(level, dotted, type, access, field, manual)                                           \
    print_path(#level, dotted, #type, manual, out);
#include "paths.def"
#undef PATH
    tm_buf_print(out, "\n## Enums\n\n| symbol | value |\n|---|---|\n");
#define ENUM(symbol, value) tm_buf_print(out, "| %s | %d |\n", #symbol, value);
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

static void print_commands(tm_buf *out)
{
    tm_buf_print(
        out,
        "# Commands\n\n"
        "`tamis --config=FILE` runs until SIGTERM or SIGINT, then drains. `--config` may be given "
        "several\ntimes: later ones win, maps merge. It is a file, `file:PATH`, `env:NAME` or "
        "`yaml:a::b: VALUE`;\n`--set a.b.c=VALUE` comes last.\n\n| command | |\n|---|---|\n");
    for (const tm_command *c = tm_command_rows(); c->name; c++) {
        tm_buf_print(out, "| `tamis %s%s%s` |", c->name, *c->synopsis ? " " : "", c->synopsis);
        add_cell(out, c->manual);
        tm_buf_print(out, "\n");
    }
    tm_buf_print(out,
                 "\nWhat is asked for goes to stdout, everything else to stderr.\n\n"
                 "| exit code | |\n|---|---|\n"
                 "| %d | fine |\n| %d | an assertion or a check says no |\n"
                 "| %d | usage or I/O: a flag, a port in use |\n"
                 "| %d | configuration or rules do not compile |\n"
                 "| %d | no input matched |\n| %d | a runtime error under error_mode propagate |\n",
                 TM_EXIT_OK, TM_EXIT_FALSE, TM_EXIT_USAGE, TM_EXIT_CONFIG, TM_EXIT_NO_INPUT,
                 TM_EXIT_RUNTIME);
}

/* ---- the tool ----------------------------------------------------------------------------------
 */

static const page pages[] = {
    {"commands", print_commands}, {"config", tm_config_manual}, {"functions", print_functions},
    {"paths", print_paths},       {"bytecode", print_bytecode}, {0},
};

int tm_tool_manual(int argc, char **argv)
{
    const char *name = argc == 2 ? argv[1] : "";
    for (const page *p = pages; p->name; p++) {
        tm_arena *arena = strcmp(p->name, name) == 0 ? tm_arena_new(NULL) : NULL;
        if (!arena)
            continue;
        tm_buf out = {.arena = arena};
        p->print(&out);
        fwrite(out.p, 1, out.n, stdout);
        tm_arena_free(arena);
        return TM_EXIT_OK;
    }
    fputs("tamis: manual needs the name of one page:", stderr);
    for (const page *p = pages; p->name; p++)
        fprintf(stderr, " %s", p->name);
    fputc('\n', stderr);
    return TM_EXIT_USAGE;
}
