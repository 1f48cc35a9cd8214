/* diff: what would change for recorded spans if other rules were in force.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/complain.h"
#include "tools/diff_print.h"
#include "tools/input.h"
#include "tools/run_rules.h"

#include <stdio.h>
#include <unistd.h>

static int show(const tm_arguments *a, const tm_diff_result *r)
{
    const tm_screen screen = tm_screen_of(STDOUT_FILENO);
    tm_buf out = {.arena = a->arena};
    if (tm_text_is(tm_arguments_text(a, "format", "text"), "json"))
        tm_diff_json(&out, r);
    else
        tm_diff_print(&out, r, &screen);
    fwrite(out.p, 1, out.n, stdout);
    return tm_diff_differs(r) ? TM_EXIT_FALSE : TM_EXIT_OK;
}

static int compare(const tm_arguments *a, const tm_ruleset *old_rules, const tm_ruleset *new_rules)
{
    const tm_texts recordings = tm_input_names(a);
    tm_diff_result *r = TM_NEW(a->arena, tm_diff_result);
    if (!tm_diff_compare(a->arena, old_rules, new_rules, &recordings, r))
        return TM_EXIT_USAGE;
    if (!r->spans && !r->fault)
        tm_complain("no spans are there");
    if (!r->spans)
        return r->fault ? TM_EXIT_USAGE : TM_EXIT_NO_INPUT;
    const int code = show(a, r);
    return r->fault ? TM_EXIT_USAGE : code;
}

static tm_ruleset *read_rules(const tm_arguments *a, size_t operand, tm_text pipeline, int *code)
{
    const tm_texts path = {&a->operands.items[operand], 1};
    return tm_run_rules_of(a->arena, &path, pipeline, tm_ruleset_new, code);
}

static int diff(const tm_arguments *a)
{
    int code, new_code;
    const tm_text pipeline = tm_arguments_text(a, "pipeline", ""),
                  other = tm_arguments_text(a, "new-pipeline", "");
    tm_ruleset *old_rules = read_rules(a, 0, pipeline, &code);
    tm_ruleset *new_rules = read_rules(a, 1, other.n ? other : pipeline, &new_code);
    if (old_rules && new_rules)
        code = compare(a, old_rules, new_rules);
    else if (old_rules)
        code = new_code;
    tm_ruleset_unref(new_rules);
    tm_ruleset_unref(old_rules);
    return code;
}

static const tm_option options[] = {
    TM_INPUT_OPTION,
    {"pipeline", 0, TM_OPTION_TEXT, "NAME", NULL, "of a configuration with several"},
    {"new-pipeline", 0, TM_OPTION_TEXT, "NAME", NULL, "of NEW, where it is another one"},
    {"format", 0, TM_OPTION_TEXT, NULL, "text|json", "json is one object, with all groups"},
    {0}};

const tm_command tm_command_diff = {
    .name = "diff",
    .operands = "OLD NEW",
    .least = 2,
    .most = 2,
    .manual = "Compares what two rule files or configurations do with recorded spans",
    .options = options,
    .run = diff};
