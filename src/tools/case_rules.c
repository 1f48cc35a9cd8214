/* Case rules: rule files, or a pipeline of a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_rules.h"

#include "tools/case_files.h"
#include "tools/case_span.h"

typedef struct compiling {
    tm_arena *arena;
    tm_diags *diags;
    const tm_rule_files *files;
    const tm_case_file *file;
    bool noted;
} compiling;

static void unref(void *what)
{
    tm_ruleset_unref(what);
}

const tm_ruleset *tm_case_rules_keep(tm_arena *arena, tm_ruleset *ruleset)
{
    if (ruleset)
        tm_arena_cleanup(arena, unref, ruleset);
    return ruleset;
}

static const tm_ruleset *compile(const compiling *c, const tm_processor_settings *const *processors,
                                 size_t n)
{
    tm_ruleset *ruleset =
        (c->noted ? tm_ruleset_new_noted : tm_ruleset_new)(NULL, processors, (uint32_t)n, c->diags);
    return tm_case_rules_keep(c->arena, ruleset);
}

/* ---- rule files ------------------------------------------------------------------------------ */

static const tm_ruleset *of_files(const compiling *c)
{
    const tm_texts *paths = &c->file->rule_paths;
    const tm_rule_importer importer = {.open = tm_rule_files_import, .owner = (void *)c->files};
    tm_processor_settings p = {.type = TM_PROCESSOR_TAMIS, .id = TM_TEXT("tamis")};
    const tm_processor_settings *const one = &p;
    bool ok = true;
    p.tamis.importer = &importer;
    p.tamis.files = TM_NEW_ARRAY(c->arena, paths->count, const tm_source *);
    for (size_t i = 0; i < paths->count; i++) {
        tm_text why;
        const tm_source *source = tm_rule_files_open(c->files, c->arena, paths->items[i], &why);
        if (source)
            p.tamis.files[p.tamis.file_count++] = source;
        else
            ok = tm_diag_error(c->diags, c->file->source, c->file->rules->place, "E0500",
                               "cannot read %.*s: %.*s", TM_PRI(paths->items[i]), TM_PRI(why));
    }
    const tm_ruleset *ruleset = compile(c, &one, 1);
    return ok ? ruleset : NULL;
}

/* ---- a configuration ------------------------------------------------------------------------- */

static const tm_pipeline_settings *choose(const compiling *c, const tm_settings *settings)
{
    const tm_doc *asked = c->file->pipeline, *at = asked ? asked : c->file->rules;
    tm_text *names = TM_NEW_ARRAY(c->arena, settings->pipeline_count + 1, tm_text);
    tm_buf all = {.arena = c->arena};
    for (size_t i = 0; i < settings->pipeline_count; i++) {
        names[i] = settings->pipelines[i].id;
        tm_buf_print(&all, "%s%.*s", i ? ", " : "", TM_PRI(names[i]));
        if (asked ? tm_text_equal(names[i], asked->text) : settings->pipeline_count == 1)
            return &settings->pipelines[i];
    }
    if (!asked) {
        tm_diag_error(c->diags, at->source, at->place, "E0603", "%s lacks %s", "the file",
                      "pipeline");
        tm_diag_hint(c->diags, "the configuration has %.*s", TM_PRI(tm_buf_text(&all)));
        return NULL;
    }
    tm_diag_error(c->diags, at->source, at->place, "E0602", "there is no pipeline %.*s",
                  TM_PRI(asked->text));
    tm_diag_hint(c->diags, "the configuration has %.*s", TM_PRI(tm_buf_text(&all)));
    return NULL;
}

static bool read_rule_files(const compiling *c, const tm_settings *settings)
{
    bool ok = true;
    for (size_t i = 0; i < settings->processor_count; i++)
        if (settings->processors[i].type == TM_PROCESSOR_TAMIS)
            ok &= tm_rule_files_read(c->arena, c->diags, c->files->world,
                                     &settings->processors[i].tamis);
    return ok;
}

static const tm_ruleset *of_configuration(const compiling *c)
{
    tm_settings *settings = TM_NEW(c->arena, tm_settings);
    const tm_config_sources sources = {.configs = c->file->rule_paths, .world = *c->files->world};
    if (!tm_settings_read(c->arena, c->diags, &sources, settings) || !read_rule_files(c, settings))
        return NULL;
    const tm_pipeline_settings *p = choose(c, settings);
    return p ? compile(c, p->processors, p->processor_count) : NULL;
}

/* ---- the rules that tests name --------------------------------------------------------------- */

static bool check_by(const compiling *c, const tm_ruleset *ruleset, const tm_doc *by)
{
    tm_text *names = TM_NEW_ARRAY(c->arena, ruleset->rules + 1, tm_text);
    for (uint32_t i = 0; i < ruleset->rules; i++) {
        names[i] = ruleset->rule[i]->name;
        if (tm_text_equal(names[i], by->text))
            return true;
    }
    tm_diag_error(c->diags, by->source, by->place, "E0604", "no rule is called %.*s",
                  TM_PRI(by->text));
    const tm_text near = tm_nearest(c->arena, by->text, names, ruleset->rules);
    return near.n ? tm_diag_hint(c->diags, "did you mean %.*s?", TM_PRI(near)) : false;
}

static bool check_names(const compiling *c, const tm_ruleset *ruleset)
{
    bool ok = true;
    for (const tm_case *t = c->file->first; t; t = t->next)
        for (const tm_case_matcher *m = t->dropped.first; m; m = m->next)
            if (m->by)
                ok &= check_by(c, ruleset, m->by);
    return ok;
}

const tm_ruleset *tm_case_rules_compile(tm_arena *arena, tm_diags *diags,
                                        const tm_rule_files *files, const tm_case_file *file,
                                        bool noted)
{
    const compiling c = {arena, diags, files, file, noted};
    const tm_ruleset *ruleset;
    size_t n = 0;
    for (size_t i = 0; i < file->rule_paths.count; i++)
        n += tm_case_files_is_rules(file->rule_paths.items[i]);
    if (n == file->rule_paths.count) {
        ruleset = of_files(&c);
    } else if (n) {
        tm_diag_error(diags, file->source, file->rules->place, "E0602",
                      "rules are rule files or a configuration, not both");
        return NULL;
    } else {
        ruleset = of_configuration(&c);
    }
    return ruleset && check_names(&c, ruleset) ? ruleset : NULL;
}
