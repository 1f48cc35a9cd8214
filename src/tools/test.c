/* test: do rules what their tests and examples say?
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "tools/case_report.h"
#include "tools/complain.h"
#include "vm/regex/regex.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the options ask for. */
typedef struct asked {
    const tm_arguments *arguments;
    tm_case_report report;
    bool covers;
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

static bool read_options(asked *a, const tm_arguments *arguments)
{
    const char *no = getenv("NO_COLOR");
    *a = (asked){.arguments = arguments, .covers = tm_arguments_flag(arguments, "coverage")};
    a->report.format = tm_arguments_text(arguments, "format", "pretty");
    a->report.verbose = tm_arguments_flag(arguments, "verbose");
    a->report.colour = isatty(STDOUT_FILENO) && !(no && *no);
    return read_threshold(a) && read_only(a);
}

static int run(const asked *a, tm_arena *arena)
{
    tm_case_suite suite;
    tm_buf out = {.arena = arena};
    tm_case_suite_run(&suite, arena, &a->arguments->operands,
                      tm_arguments_list(a->arguments, "include"), a->covers,
                      a->only ? &a->filter : NULL);
    tm_complain_diags(&suite.diags);
    tm_case_report_print(&out, &a->report, &suite);
    fwrite(out.p, 1, out.n, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        tm_complain("cannot write to stdout");
        return TM_EXIT_USAGE;
    }
    if (!suite.exit_code && tm_case_report_is_short(&a->report, &suite))
        return TM_EXIT_FALSE;
    return suite.exit_code;
}

static int test(const tm_arguments *arguments)
{
    asked *a = TM_NEW(arguments->arena, asked);
    if (!read_options(a, arguments))
        return TM_EXIT_USAGE;
    return run(a, arguments->arena);
}

static const tm_option options[] = {
    {"run", 'r', TM_OPTION_TEXT, "REGEX", NULL, "only tests and examples whose name matches"},
    {"coverage", 0, TM_OPTION_FLAG, NULL, NULL,
     "tells which rules, and which sides of their conditions, never held"},
    {"threshold", 0, TM_OPTION_TEXT, "PERCENT", NULL,
     "exits with 1 when less is covered; --coverage is implied"},
    {"format", 0, TM_OPTION_TEXT, NULL, TM_CASE_FORMATS, "for people, CI systems and programs"},
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
