/* functions: the manual of the language's functions, one or all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/data.h"
#include "stdlib/fn.h"
#include "tools/arguments.h"
#include "tools/complain.h"
#include "tools/functions.h"

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

void tm_functions_print(const tm_function *f, tm_buf *out)
{
    bool own = strcmp(f->origin, "OTTL") != 0;
    tm_buf_print(out, "### %s\n\n    %s\n\n%s\n", f->name, f->signature, f->manual);
    tm_buf_print(out, "\nOrigin: %s%s.%s%s%s\n", f->origin,
                 own ? "; other Collectors do not know it" : "",
                 f->hosts & TM_HOST_SPAN ? " Only in the span context." : "",
                 f->hosts & TM_HOST_TRACE ? " Only in the span and spanevent contexts." : "",
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
        tm_functions_print(row[i], out);
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
    tm_buf_print(
        out, "\n## What a build can leave out\n\n`make WITHOUT=xml,locale` leaves out what stands "
             "there; rules that use it do not compile (E0290, E0291, E0292).\n\n"
             "| word | what | functions |\n|---|---|---|\n");
    tm_optional_print(out);
    tm_buf_print(out, "\n## Data of other projects\n\nOf the machine that printed this page.\n\n"
                      "| project | version | what | for |\n|---|---|---|---|\n");
    tm_data_print(out);
}

bool tm_functions_know(tm_text name)
{
    return tm_function_find(name) != NULL;
}

static void print_names(tm_buf *out)
{
    unsigned n;
    const tm_function **row = sorted(out->arena, &n);
    for (unsigned i = 0; i < n; i++)
        tm_buf_print(out, "%s\n", row[i]->signature);
}

static void print_words(tm_buf *out)
{
    unsigned n;
    const tm_function **row = sorted(out->arena, &n);
    for (unsigned i = 0; i < n; i++)
        tm_buf_print(out, " %s", row[i]->name);
}

static void unknown(tm_arena *arena, tm_text name)
{
    unsigned n;
    const tm_function **row = sorted(arena, &n);
    const char *without = tm_optional_lacks(name);
    if (without) {
        tm_complain("%.*s is not in this build: built WITHOUT=%s", TM_PRI(name), without);
        return;
    }
    tm_text *names = TM_NEW_ARRAY(arena, n, tm_text);
    for (unsigned i = 0; i < n; i++)
        names[i] = tm_text_of(row[i]->name);
    tm_text meant = tm_nearest(arena, name, names, n);
    tm_complain("there is no function %.*s (%s%.*s%stamis functions lists them)", TM_PRI(name),
                meant.n ? "did you mean " : "", TM_PRI(meant), meant.n ? "? " : "");
}

static int functions(const tm_arguments *arguments)
{
    tm_buf out = {.arena = arguments->arena};
    const bool page = tm_text_is(tm_arguments_text(arguments, "format", "text"), "markdown");
    tm_text name = arguments->operands.count ? arguments->operands.items[0] : TM_TEXT("");
    const tm_function *f = tm_function_find(name);
    if (f)
        tm_functions_print(f, &out);
    else if (name.n)
        unknown(arguments->arena, name);
    else if (page)
        tm_functions_manual(&out);
    else
        print_names(&out);
    fwrite(out.p, 1, out.n, stdout);
    return name.n && !f ? TM_EXIT_USAGE : TM_EXIT_OK;
}

static const tm_option options[] = {
    {"format", 0, TM_OPTION_TEXT, "FORMAT", "text|markdown", "markdown prints docs/functions.md"},
    {0}};

const tm_command tm_command_functions = {
    .name = "functions",
    .operands = "[NAME]",
    .most = 1,
    .manual = "Prints the signatures of all functions, or the manual of one",
    .options = options,
    .run = functions,
    .names = print_words};
