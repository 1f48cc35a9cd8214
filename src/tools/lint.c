/* lint: rules that build and yet do not do what they seem to.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/compiled.h"
#include "tools/complain.h"
#include "tools/lint_allow.h"
#include "tools/lint_config.h"
#include "tools/lint_data.h"
#include "tools/lint_print.h"
#include "tools/rule_input.h"

#include <stdio.h>

typedef struct linting {
    const tm_arguments *arguments;
    tm_diags diags;
    tm_rule_input input;
    tm_need_table needs;
    tm_lint_lists lists;
    bool unread; /* something could not be */
} linting;

/* A list of rules for what is read next. */
static tm_lint *new_list(linting *l)
{
    tm_arena *arena = l->diags.arena;
    tm_lint *lint = TM_NEW(arena, tm_lint);
    *lint = (tm_lint){.arena = arena, .diags = &l->diags, .needs = &l->needs};
    l->lists.list = tm_arena_grow(arena, l->lists.list, l->lists.n * sizeof lint,
                                  (l->lists.n + 1) * sizeof lint);
    l->lists.list[l->lists.n++] = lint;
    return lint;
}

/* ---- rule files ------------------------------------------------------------------------------ */

static void lint_files(linting *l)
{
    tm_rule_unit *unit = TM_NEW(l->diags.arena, tm_rule_unit);
    tm_lint *lint = new_list(l);
    tm_rule_input_compile(&l->input, &l->diags, unit);
    tm_lint_add_unit(lint, unit, 0);
    tm_lint_files(lint, unit, l->input.source, l->input.count);
    tm_lint_rules(lint);
}

/* ---- configurations -------------------------------------------------------------------------- */

static void lint_configuration(linting *l)
{
    tm_config_sources sources;
    tm_compiled compiled;
    if (!tm_arguments_sources(l->arguments, &sources)) {
        l->unread = true;
        return;
    }
    if (!tm_compiled_read(l->diags.arena, &l->diags, &sources, &compiled))
        l->unread |= tm_settings_exit(&compiled.settings) == TM_EXIT_USAGE;
    for (size_t i = 0; i < compiled.settings.pipeline_count; i++) {
        const tm_pipeline_settings *p = &compiled.settings.pipelines[i];
        for (unsigned shadow = 0; shadow <= tm_lint_has_shadow(p); shadow++) {
            tm_lint *lint = new_list(l);
            tm_lint_pipeline(lint, p, shadow);
            tm_lint_rules(lint);
        }
    }
    tm_compiled_drop(&compiled);
}

/* ---- the command ----------------------------------------------------------------------------- */

static int finish(linting *l, int code)
{
    const tm_arguments *a = l->arguments;
    tm_diags_order(&l->diags);
    tm_lint_allow(a->arena, &l->input.files, &l->diags);
    tm_lint_print(&l->diags, tm_arguments_text(a, "format", "text"));
    if (l->unread)
        return TM_EXIT_USAGE;
    if (l->diags.errors)
        return TM_EXIT_CONFIG;
    return l->diags.warnings && tm_arguments_flag(a, "werror") ? TM_EXIT_CONFIG : code;
}

/* A configuration among the rule files would only make mistakes. */
static bool are_rule_files(const tm_arguments *a)
{
    for (size_t i = 0; i < a->operands.count; i++) {
        const tm_text file = a->operands.items[i];
        if (tm_text_ends(file, TM_TEXT(".yaml")) || tm_text_ends(file, TM_TEXT(".yml")))
            return tm_complain("%.*s is a configuration: lint --config=%.*s", TM_PRI(file),
                               TM_PRI(file));
    }
    return a->operands.count || tm_arguments_list(a, "config")->count ||
           tm_complain("lint takes rule files, or a --config");
}

static int lint(const tm_arguments *a)
{
    linting *l = TM_NEW(a->arena, linting);
    l->arguments = a;
    int code = TM_EXIT_OK;
    l->diags.arena = l->needs.arena = a->arena;
    if (!are_rule_files(a))
        return TM_EXIT_USAGE;
    l->unread = !tm_rule_input_read(&l->input, a);
    if (a->operands.count)
        lint_files(l);
    if (tm_arguments_list(a, "config")->count)
        lint_configuration(l);
    if (tm_arguments_list(a, "data")->count)
        code = tm_lint_data(&l->diags, &l->needs, &l->lists, tm_arguments_list(a, "data"));
    return finish(l, code);
}

static const tm_option options[] = {
    TM_CONFIG_OPTIONS,
    {"include", 'I', TM_OPTION_LIST, "DIRECTORY", NULL, "where imports are looked for, too"},
    {"data", 0, TM_OPTION_LIST, "SPANS", NULL,
     "a recording, or - for stdin: what its spans say of the rules"},
    {"werror", 0, TM_OPTION_FLAG, NULL, NULL, "a warning is an error"},
    {"format", 0, TM_OPTION_TEXT, NULL, "text|json|github",
     "text for people, on stderr; one JSON object a line or GitHub's workflow commands on stdout"},
    {0}};

const tm_command tm_command_lint = {
    .name = "lint",
    .operands = "[FILE...]",
    .most = 10000,
    .manual = "Reads rule files, or the rules of a configuration, and says what they do not do "
              "although it seems so",
    .options = options,
    .run = lint};
