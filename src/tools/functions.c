/* functions: the manual of the language's functions, one or all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/data.h"
#include "stdlib/fn.h"
#include "tools/functions.h"
#include "tools/tools.h"

#include <stdio.h>
#include <stdlib.h>

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const tm_function *const *)a)->name, (*(const tm_function *const *)b)->name);
}

/* --- errors, as far as the signature tells them --- */

/* What an argument of that kind has to be; NULL: anything goes. */
static const char *demand_of(const tm_parameter *p)
{
    static const char *const words[] = {
        [TM_KIND_STRING] = "a string",
        [TM_KIND_INT] = "an int",
        [TM_KIND_DOUBLE] = "a double",
        [TM_KIND_BOOL] = "a bool",
        [TM_KIND_MAP] = "a map",
        [TM_KIND_LIST] = "a list",
        [TM_KIND_TIME] = "a time",
        [TM_KIND_DURATION] = "a duration",
        [TM_KIND_TO_STRING] = "nil or something with a text form",
        [TM_KIND_TO_INT] = "nil or something that can be an int",
        [TM_KIND_TO_DOUBLE] = "nil or something that can be a double",
        [TM_KIND_TO_BOOL] = "nil or something that can be a bool",
        [TM_KIND_TO_BYTES] = "nil or something that can be bytes",
        [TM_KIND_LIST_OF_STRING] = "a list of strings",
        [TM_KIND_LIST_OF_TO_STRING] = "a list of things with a text form",
        [TM_KIND_PATH_MAP] = "the path of a map",
        [TM_KIND_PATH_LIST] = "the path of a list",
        [TM_KIND_LIST_OF_LAZY] = NULL,
    };
    if (p->tested)
        return NULL;
    if (p->forced == TM_KIND_STRING)
        return p->kind == TM_KIND_LAZY ? "a string" : "a list of strings";
    return p->kind < sizeof words / sizeof *words ? words[p->kind] : NULL;
}

/* "target, prefix must be a string; start must be an int". */
static void print_demands(tm_buf *out, const tm_signature *s)
{
    bool said[TM_PARAMETERS_MOST] = {false};
    unsigned groups = 0;
    for (unsigned i = 0; i < s->n; i++) {
        const char *demand = demand_of(&s->parameter[i]);
        if (!demand || said[i])
            continue;
        tm_buf_print(out, "%s", groups++ ? "; " : "");
        for (unsigned k = i; k < s->n; k++) {
            const char *other = demand_of(&s->parameter[k]);
            if (!other || strcmp(other, demand) != 0)
                continue;
            tm_buf_print(out, "%s%.*s", k == i ? "" : ", ", TM_PRI(s->parameter[k].name));
            said[k] = true;
        }
        tm_buf_print(out, " must be %s", demand);
    }
    tm_buf_print(out, "%s", groups ? "." : "");
}

static bool has_outcome(const tm_function *f, const char *outcome)
{
    return f->examples && strstr(f->examples, outcome);
}

static void print_errors(tm_buf *out, const tm_function *f)
{
    tm_signature s;
    tm_buf demands = {.arena = out->arena};
    tm_signature_read(f, &s);
    print_demands(&demands, &s);
    bool fails = has_outcome(f, "-> error"), refused = has_outcome(f, "-> refused");
    bool tested = s.n && s.parameter[0].tested;
    tm_buf_print(out, "\nErrors: %.*s%s%s\n", TM_PRI(tm_buf_text(&demands)), demands.n ? " " : "",
                 fails                 ? "See the examples that end in error."
                 : refused             ? "See the examples that are refused."
                 : demands.n || tested ? "A literal of another type does not compile."
                                       : "Those of the arguments.");
}

/* --- one function, all functions --- */

static void print_examples(tm_buf *out, const char *line)
{
    if (line && *line)
        tm_buf_print(out, "\n");
    for (; line && *line; line = strchr(line, '\n') + 1)
        tm_buf_print(out, "    %.*s\n", (int)strcspn(line, "\n"), line);
}

static void print_function(const tm_function *f, tm_buf *out)
{
    bool own = strcmp(f->origin, "OTTL") != 0;
    tm_buf_print(out, "### %s\n\n    %s\n\n%s\n", f->name, f->signature, f->manual);
    tm_buf_print(out, "\nOrigin: %s%s.%s%s\n", f->origin,
                 own ? "; other Collectors do not know it" : "",
                 f->hosts & TM_HOST_SPAN ? " Only in the span context." : "",
                 f->hosts & TM_HOST_TRANSFORM ? " Only in the transform processor." : "");
    print_errors(out, f);
    print_examples(out, f->examples);
}

static const tm_function **sorted(tm_arena *arena, unsigned *n)
{
    for (*n = 0; tm_function_at(*n);)
        ++*n;
    const tm_function **row = TM_NEW_ARRAY(arena, *n + 1, const tm_function *);
    for (unsigned i = 0; i < *n; i++)
        row[i] = tm_function_at(i);
    qsort(row, *n, sizeof *row, by_name);
    return row;
}

/* Editors start with a small letter. */
static void print_kind(const tm_function **row, unsigned n, bool editors, tm_buf *out)
{
    for (unsigned i = 0; i < n; i++) {
        if ((row[i]->name[0] >= 'a') != editors)
            continue;
        tm_buf_print(out, "\n");
        print_function(row[i], out);
    }
}

void tm_functions_manual(tm_buf *out)
{
    unsigned n;
    const tm_function **row = sorted(out->arena, &n);
    tm_buf_print(
        out,
        "# Functions\n\n%u functions. The examples are tests over "
        "`tests/fixtures/sample.json`: a condition holds; `->` shows what\nholds after a "
        "statement, `error` what fails when it runs, `refused` what does not compile.\n\n"
        "In signatures, `string` and the other types want exactly that type, `string~` "
        "converts, `'string` wants a literal,\n`string|any` refuses literals of other types "
        "only, `name?` may be left out, `lazy` arguments are evaluated when needed.\n\n"
        "## Editors\n",
        n);
    print_kind(row, n, true, out);
    tm_buf_print(out, "\n## Converters\n");
    print_kind(row, n, false, out);
    tm_buf_print(out, "\n## Data of other projects\n\nOf the machine that printed this page.\n\n"
                      "| project | version | what | for |\n|---|---|---|---|\n");
    tm_data_print(out);
}

static void print_names(tm_buf *out)
{
    unsigned n;
    const tm_function **row = sorted(out->arena, &n);
    for (unsigned i = 0; i < n; i++)
        tm_buf_print(out, "%s\n", row[i]->signature);
}

/* Without arguments all signatures; with a name that function; with --format markdown the page. */
static int print_asked(int argc, char **argv, tm_buf *out)
{
    const bool page =
        argc == 3 && strcmp(argv[1], "--format") == 0 && strcmp(argv[2], "markdown") == 0;
    const tm_function *f = argc == 2 ? tm_function_find(tm_text_of(argv[1])) : NULL;
    if (page || (argc == 2 && strcmp(argv[1], "--format=markdown") == 0)) {
        tm_functions_manual(out);
    } else if (f) {
        print_function(f, out);
    } else if (argc == 1) {
        print_names(out);
    } else {
        fprintf(stderr, "tamis: there is no function %s (tamis functions lists them)\n",
                argv[argc - 1]);
        return TM_EXIT_USAGE;
    }
    return TM_EXIT_OK;
}

int tm_tool_functions(int argc, char **argv)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    int code = arena ? print_asked(argc, argv, &out) : TM_EXIT_USAGE;
    if (code == TM_EXIT_OK)
        fwrite(out.p, 1, out.n, stdout);
    tm_arena_free(arena);
    return code;
}
