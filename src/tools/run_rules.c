/* Run, the rules: *.ottl are rule files, anything else is a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/run_rules.h"

#include "config/compiled.h"
#include "config/rule_files.h"
#include "tools/complain.h"
#include "tools/pipeline_choice.h"
#include "tools/rule_input.h"

static size_t rule_files(const tm_texts *paths)
{
    size_t n = 0;
    for (size_t i = 0; i < paths->count; i++)
        n += tm_text_ends(paths->items[i], TM_TEXT(".ottl"));
    return n;
}

/* ---- a configuration ------------------------------------------------------------------------- */

static bool looks_like_configuration(tm_text path)
{
    return tm_text_ends(path, TM_TEXT(".yaml")) || tm_text_ends(path, TM_TEXT(".yml"));
}

/* What can be wrong was told when the configuration was read. */
static tm_ruleset *make_again(tm_arena *arena, const tm_pipeline_settings *p,
                              tm_ruleset_maker *make)
{
    tm_diags told = {.arena = arena};
    tm_ruleset *ruleset = make(NULL, p->processors, (uint32_t)p->processor_count, &told);
    if (!ruleset)
        tm_complain("out of memory");
    return ruleset;
}

static tm_ruleset *of_configuration(tm_arena *arena, const tm_texts *paths, tm_text pipeline,
                                    tm_ruleset_maker *make, int *exit_code)
{
    tm_config_sources sources = {.configs = *paths, .world = tm_config_os()};
    tm_diags diags = {.arena = arena};
    tm_compiled compiled;
    tm_ruleset *ruleset = NULL;
    size_t index;
    bool ok = tm_compiled_read(arena, &diags, &sources, &compiled);
    tm_complain_diags(&diags);
    *exit_code = ok ? TM_EXIT_USAGE : tm_settings_exit(&compiled.settings);
    if (*exit_code == TM_EXIT_CONFIG && !looks_like_configuration(paths->items[0]))
        tm_complain("%.*s was read as a configuration: names of rule files end in .ottl",
                    TM_PRI(paths->items[0]));
    if (ok && tm_pipeline_choose(arena, &compiled.settings, pipeline, &index)) {
        ruleset = make == tm_ruleset_new
                      ? compiled.ruleset[index]
                      : make_again(arena, &compiled.settings.pipelines[index], make);
        if (ruleset == compiled.ruleset[index])
            tm_ruleset_ref(ruleset);
    }
    tm_compiled_drop(&compiled);
    return ruleset;
}

/* ---- rule files ------------------------------------------------------------------------------ */

static tm_ruleset *of_files(tm_arena *arena, const tm_texts *paths, tm_ruleset_maker *make,
                            int *exit_code)
{
    tm_config_world *world = TM_NEW(arena, tm_config_world);
    tm_processor_settings *p = TM_NEW(arena, tm_processor_settings);
    tm_diags diags = {.arena = arena};
    *world = tm_config_os();
    *p = (tm_processor_settings){.type = TM_PROCESSOR_TAMIS, .id = TM_TEXT("tamis")};
    p->tamis.rules = (tm_rule_texts){TM_NEW_ARRAY(arena, paths->count, tm_rule_text), paths->count};
    for (size_t i = 0; i < paths->count; i++)
        p->tamis.rules.items[i] =
            (tm_rule_text){.name = paths->items[i], .source = {.text = paths->items[i]}};
    const tm_processor_settings *const one = p;
    bool read = tm_rule_files_read(arena, &diags, world, &p->tamis);
    tm_ruleset *ruleset = make(NULL, &one, 1, &diags);
    tm_diags_order(&diags);
    tm_complain_diags(&diags);
    *exit_code = read ? TM_EXIT_CONFIG : TM_EXIT_USAGE;
    if (read && ruleset)
        return ruleset;
    tm_ruleset_unref(ruleset);
    return NULL;
}

tm_ruleset *tm_run_rules_of(tm_arena *arena, const tm_texts *paths, tm_text pipeline,
                            tm_ruleset_maker *make, int *exit_code)
{
    size_t n = rule_files(paths);
    *exit_code = TM_EXIT_USAGE;
    if (!paths->count) {
        tm_complain("--rules is to name rule files or a configuration, as in -f rules.ottl");
        return NULL;
    }
    if (!n && tm_rule_input_is_directory(paths->items[0])) {
        tm_complain("%.*s is a directory: name its rule files, as -f '%.*s/*.ottl'",
                    TM_PRI(paths->items[0]), TM_PRI(paths->items[0]));
        return NULL;
    }
    if (n && n < paths->count) {
        tm_complain("--rules takes rule files or configurations, not both");
        return NULL;
    }
    return n ? of_files(arena, paths, make, exit_code)
             : of_configuration(arena, paths, pipeline, make, exit_code);
}

tm_ruleset *tm_run_rules(const tm_arguments *a, tm_ruleset_maker *make, int *exit_code)
{
    const tm_texts *paths = tm_arguments_list(a, "rules");
    const tm_text pipeline = tm_arguments_text(a, "pipeline", "");
    *exit_code = TM_EXIT_USAGE;
    if (pipeline.n && rule_files(paths)) {
        tm_complain("rule files have no pipelines: --pipeline goes with a configuration");
        return NULL;
    }
    return tm_run_rules_of(a->arena, paths, pipeline, make, exit_code);
}
