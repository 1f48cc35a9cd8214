/* test: do rules what their tests and examples say?
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/number.h"
#include "tools/case_report.h"
#include "tools/case_update.h"
#include "tools/case_watch.h"
#include "tools/complain.h"
#include "tools/rule_input.h"
#include "vm/regex/regex.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the options ask for. */
typedef struct asked {
    const tm_arguments *arguments;
    tm_case_report report;
    bool covers;
    bool terminal;  /* stdout is one */
    tm_regex *only; /* NULL: all */
    tm_matcher *matcher;
    tm_case_filter filter;
} asked;

static bool wants(void *owner, tm_text name)
{
    const asked *a = owner;
    return tm_regex_test(a->only, a->matcher, a->arguments->arena, name) == TM_MATCH;
}

static bool read_only(asked *a)
{
    const tm_text pattern = tm_arguments_text(a->arguments, "run", "");
    tm_text error;
    size_t at;
    if (!pattern.n)
        return true;
    a->only = tm_regex_new(a->arguments->arena, pattern, &error, &at);
    if (!a->only)
        return tm_complain("the regular expression %.*s is bad at byte %zu: %.*s", TM_PRI(pattern),
                           at, TM_PRI(error));
    a->matcher = tm_matcher_new(a->arguments->arena);
    a->filter = (tm_case_filter){.wants = wants, .owner = a};
    return true;
}

static bool read_threshold(asked *a)
{
    const tm_text text = tm_arguments_text(a->arguments, "threshold", "");
    a->report.threshold = -1;
    if (!text.n)
        return true;
    a->covers = true;
    return (tm_number_double(text, &a->report.threshold) && a->report.threshold >= 0 &&
            a->report.threshold <= 100) ||
           tm_complain("--threshold takes percent from 0 to 100, not %.*s", TM_PRI(text));
}

/* What is read from stdin can be neither read again nor written. */
static bool check_stdin(const asked *a)
{
    static const char *const not [] = {"watch", "update"};
    const tm_texts *operands = &a->arguments->operands;
    for (size_t i = 0; i < operands->count; i++)
        for (size_t k = 0; k < sizeof not / sizeof *not ; k++)
            if (tm_text_is(operands->items[i], "-") && tm_arguments_flag(a->arguments, not [k]))
                return tm_complain("--%s takes files, not stdin", not [k]);
    return true;
}

static bool read_options(asked *a, const tm_arguments *arguments)
{
    const char *no = getenv("NO_COLOR");
    *a = (asked){.arguments = arguments, .covers = tm_arguments_flag(arguments, "coverage")};
    a->report.format = tm_arguments_text(arguments, "format", "pretty");
    a->report.verbose = tm_arguments_flag(arguments, "verbose");
    a->terminal = isatty(STDOUT_FILENO);
    a->report.colour = a->terminal && !(no && *no);
    return read_threshold(a) && read_only(a) && check_stdin(a);
}

static void run_suite(const asked *a, tm_arena *arena, tm_case_suite *suite)
{
    tm_case_suite_run(suite, arena, &a->arguments->operands,
                      tm_arguments_list(a->arguments, "include"), a->covers,
                      a->only ? &a->filter : NULL);
}

/* Runs, and writes what came into the files; then runs again, if that was anything. False: some
 * file could not be written, which is told. */
static bool run_all(const asked *a, tm_arena *arena, tm_case_suite *suite)
{
    unsigned places;
    run_suite(a, arena, suite);
    if (!tm_arguments_flag(a->arguments, "update"))
        return true;
    const bool ok = tm_case_update(&suite->results, &places);
    if (places)
        run_suite(a, arena, suite);
    return ok;
}

static void tell_none(const asked *a)
{
    const tm_texts *operands = &a->arguments->operands;
    bool directory = false;
    for (size_t i = 0; i < operands->count; i++)
        directory |= tm_rule_input_is_directory(operands->items[i]);
    if (a->only)
        tm_complain("no test or example is called so");
    else
        tm_complain("no test or example is there%s",
                    directory ? " (of a directory *.ottl and *_test.yaml are read)" : "");
}

/* Runs and reports. The exit code. */
static int print(const asked *a, tm_arena *arena, tm_case_suite *suite)
{
    tm_buf out = {.arena = arena};
    bool ok = run_all(a, arena, suite);
    tm_complain_diags(&suite->diags);
    tm_case_report_print(&out, &a->report, suite);
    fwrite(out.p, 1, out.n, stdout);
    if (suite->exit_code == TM_EXIT_NO_INPUT)
        tell_none(a);
    if (!ok && suite->exit_code < TM_EXIT_USAGE)
        return TM_EXIT_USAGE;
    if (!suite->exit_code && tm_case_report_is_short(&a->report, suite))
        return TM_EXIT_FALSE;
    return suite->exit_code;
}

/* ---- --watch --------------------------------------------------------------------------------- */

/* One run with its own memory, after which its files are watched. False: they were written while it
 * ran. */
typedef struct watching {
    const asked *asked;
    tm_arena *arena;
    tm_case_watch watch;
    bool watched;
} watching;

static void run_and_watch(void *argument)
{
    watching *w = argument;
    const tm_clock *clock = tm_clock_real();
    const uint64_t began = tm_clock_realtime_ns(clock), started = tm_clock_monotonic_ns(clock);
    tm_case_suite *suite = TM_NEW(w->arena, tm_case_suite);
    if (w->asked->terminal) {
        printf("\033[H\033[2J\033[3J"); /* a clean screen */
        fflush(stdout);                 /* before stderr says what is wrong */
    }
    print(w->asked, w->arena, suite);
    const uint64_t took = (tm_clock_monotonic_ns(clock) - started) / 1000000;
    w->watched = tm_case_watch_set(&w->watch, &suite->read, &suite->files.watched, began);
    printf("-- %llu ms; %zu file%s watched\n", (unsigned long long)took, suite->read.count,
           suite->read.count == 1 ? " is" : "s are");
    fflush(stdout);
}

/* Until somebody ends it; returns only when that cannot go on. */
static int watch(const asked *a)
{
    watching w = {.asked = a, .arena = tm_arena_new(NULL)};
    tm_case_watch_open(&w.watch);
    while (w.arena && w.watch.arena && tm_arena_try(w.arena, run_and_watch, &w)) {
        if (ferror(stdout))
            break;
        tm_arena_reset(w.arena);
        if (!w.watched) { /* so that what is being written is whole */
            poll(NULL, 0, 50);
            continue;
        }
        const tm_text path = tm_case_watch_wait(&w.watch);
        printf("-- %.*s has changed\n", TM_PRI(path));
    }
    tm_case_watch_close(&w.watch);
    tm_arena_free(w.arena);
    return TM_EXIT_USAGE;
}

static int test(const tm_arguments *arguments)
{
    asked *a = TM_NEW(arguments->arena, asked);
    if (!read_options(a, arguments))
        return TM_EXIT_USAGE;
    if (tm_arguments_flag(arguments, "watch"))
        return watch(a);
    return print(a, arguments->arena, TM_NEW(arguments->arena, tm_case_suite));
}

static const tm_option options[] = {
    {"run", 'r', TM_OPTION_TEXT, "REGEX", NULL, "only tests and examples whose name matches"},
    {"coverage", 0, TM_OPTION_FLAG, NULL, NULL,
     "tells which rules, and which sides of their conditions, never held"},
    {"threshold", 0, TM_OPTION_TEXT, "PERCENT", NULL,
     "exits with 1 when less is covered; --coverage is implied"},
    {"format", 0, TM_OPTION_TEXT, NULL, TM_CASE_FORMATS, "for people, CI systems and programs"},
    {"update", 0, TM_OPTION_FLAG, NULL, NULL,
     "writes into the files what came, where something else was expected"},
    {"watch", 'w', TM_OPTION_FLAG, NULL, NULL, "runs again whenever one of the files changes"},
    {"verbose", 'v', TM_OPTION_FLAG, NULL, NULL, "names what passed, too"},
    {"include", 'I', TM_OPTION_LIST, "DIRECTORY", NULL, "where imports are looked for, too"},
    {0}};

const tm_command tm_command_test = {
    .name = "test",
    .operands = "FILE...",
    .least = 1,
    .most = 10000,
    .manual = "Runs the examples in the comments of rule files, and files of tests; of a directory "
              "*.ottl and *_test.yaml",
    .options = options,
    .run = test};
