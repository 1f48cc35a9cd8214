/* Compiled: a configuration that is read and whose rules are compiled, which opens nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/compiled.h"

#include "config/rule_files.h"

static tm_ruleset *compile(const tm_processor_settings *const *processors, size_t count,
                           const tm_source *source, tm_place place, tm_diags *diags)
{
    unsigned before = diags->errors;
    tm_ruleset *ruleset = tm_ruleset_new(NULL, processors, (uint32_t)count, diags);
    if (!ruleset && diags->errors == before)
        tm_diag_error(diags, source, place, "E0404", "out of memory");
    return ruleset;
}

/* The same processors, with the shadow's files where there are some; NULL: there are none. */
static const tm_processor_settings *const *
shadows_of(tm_arena *arena, const tm_processor_settings *const *processors, size_t count)
{
    const tm_processor_settings **all = TM_NEW_ARRAY(arena, count, const tm_processor_settings *);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        all[i] = processors[i];
        if (all[i]->type != TM_PROCESSOR_TAMIS || !all[i]->tamis.shadow_file_count)
            continue;
        tm_processor_settings *copy = TM_NEW(arena, tm_processor_settings);
        *copy = *all[i];
        copy->tamis.files = copy->tamis.shadow_files;
        copy->tamis.file_count = copy->tamis.shadow_file_count;
        all[i] = copy;
        any = true;
    }
    return any ? all : NULL;
}

/* With its shadow, if there is one. What is wrong with processors that both have is told twice,
 * which ordering mends. NULL: one of them does not compile. */
static tm_ruleset *compile_both(tm_arena *arena, const tm_processor_settings *const *processors,
                                size_t count, const tm_source *source, tm_place place,
                                tm_diags *diags)
{
    tm_ruleset *ruleset = compile(processors, count, source, place, diags);
    const tm_processor_settings *const *shadows = shadows_of(arena, processors, count);
    if (!shadows)
        return ruleset;
    tm_ruleset *shadow = compile(shadows, count, source, place, diags);
    if (ruleset && shadow) {
        tm_ruleset_set_shadow(ruleset, shadow);
        return ruleset;
    }
    tm_ruleset_unref(ruleset);
    tm_ruleset_unref(shadow);
    return NULL;
}

static bool is_named(const tm_settings *settings, const tm_processor_settings *processor)
{
    for (size_t i = 0; i < settings->pipeline_count; i++)
        for (size_t k = 0; k < settings->pipelines[i].processor_count; k++)
            if (settings->pipelines[i].processors[k] == processor)
                return true;
    return false;
}

static bool read_files(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                       tm_processor_settings *processor)
{
    return processor->type != TM_PROCESSOR_TAMIS ||
           tm_rule_files_read(arena, diags, world, &processor->tamis);
}

/* The rule files of all processors that a pipeline names. */
static bool read_all_files(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                           tm_settings *settings)
{
    bool fine = true;
    for (size_t i = 0; i < settings->processor_count; i++)
        if (is_named(settings, &settings->processors[i]))
            fine = read_files(arena, diags, world, &settings->processors[i]) && fine;
    settings->unread |= !fine;
    return fine;
}

/* What is wrong with a processor that no pipeline names does no harm yet. */
static void compile_unused(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                           tm_processor_settings *processor)
{
    const tm_processor_settings *const one = processor;
    tm_diags aside = {.arena = arena};
    read_files(arena, &aside, world, processor);
    tm_ruleset_unref(compile_both(arena, &one, 1, processor->source, processor->place, &aside));
    for (tm_diag *d = aside.first; d; d = d->next)
        d->severity = TM_WARNING;
    aside.warnings += aside.errors;
    aside.errors = 0;
    tm_diags_take(diags, &aside);
}

static bool compile_all(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                        tm_compiled *out)
{
    tm_settings *settings = &out->settings;
    bool fine = read_all_files(arena, diags, world, settings);
    tm_ruleset **ruleset = TM_NEW_ARRAY(arena, settings->pipeline_count, tm_ruleset *);
    out->ruleset = ruleset;
    for (size_t i = 0; i < settings->pipeline_count; i++) {
        const tm_pipeline_settings *p = &settings->pipelines[i];
        ruleset[i] =
            compile_both(arena, p->processors, p->processor_count, p->source, p->place, diags);
        fine = ruleset[i] && fine;
    }
    for (size_t i = 0; i < settings->processor_count; i++)
        if (!is_named(settings, &settings->processors[i]))
            compile_unused(arena, diags, world, &settings->processors[i]);
    tm_diags_order(diags);
    return fine;
}

bool tm_compiled_read(tm_arena *arena, tm_diags *diags, const tm_config_sources *sources,
                      tm_compiled *out)
{
    *out = (tm_compiled){0};
    bool fine = tm_settings_read(arena, diags, sources, &out->settings);
    fine = tm_settings_check_files(arena, diags, &sources->world, &out->settings) && fine;
    return compile_all(arena, diags, &sources->world, out) && fine;
}

bool tm_compiled_read_alone(tm_arena *arena, tm_diags *diags, const tm_config_sources *sources,
                            tm_compiled *out)
{
    *out = (tm_compiled){0};
    bool fine = tm_settings_read(arena, diags, sources, &out->settings);
    return compile_all(arena, diags, &sources->world, out) && fine;
}

void tm_compiled_drop(tm_compiled *compiled)
{
    for (size_t i = 0; compiled->ruleset && i < compiled->settings.pipeline_count; i++)
        tm_ruleset_unref(compiled->ruleset[i]);
    compiled->ruleset = NULL;
}
