/* Lint, configurations: conditions and statements of filter, transform and tamis.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lint_config.h"

#include "tools/lint_match.h"

typedef struct adding {
    tm_lint *lint;
    unsigned group;
    tm_diags aside;
} adding;

/* Rules that are judged in one way. */
typedef struct manner {
    tm_lint_kind kind;
    tm_entry_point entry;
    tm_level level;
    tm_path_mode mode;
} manner;

static void add(const adding *a, const tm_rule_text *text, const tm_tree *tree, manner m)
{
    tm_lint_rule *rule = tm_lint_add(a->lint);
    rule->kind = m.kind;
    rule->group = a->group;
    rule->level = m.level;
    rule->mode = m.mode;
    rule->source = &text->source;
    rule->place = (tm_place){.n = (uint32_t)text->source.text.n};
    rule->name = text->name;
    rule->tree = tree;
}

static void add_all(adding *a, const tm_rule_texts *texts, manner m)
{
    for (size_t i = 0; i < texts->count; i++) {
        const tm_tree *tree = tm_parse(a->lint->arena, &a->aside, &texts->items[i].source, m.entry);
        if (tree)
            add(a, &texts->items[i], tree, m);
    }
}

static tm_level level_of(tm_rules_context context)
{
    return context == TM_IN_RESOURCE ? TM_RESOURCE
           : context == TM_IN_SCOPE  ? TM_SCOPE
           : context == TM_IN_SPAN   ? TM_SPAN
                                     : TM_EVENT;
}

/* The context that rules without one are for; false when there is none. */
static bool infer(adding *a, const tm_tree *const *trees, unsigned n, tm_level *level)
{
    tm_need_table needs = {.arena = a->lint->arena};
    tm_compiler compiler = {
        .arena = a->lint->arena, .diags = &a->aside, .needs = &needs, .transform = true};
    return tm_infer_context(&compiler, trees, n, level);
}

/* ---- filter ---------------------------------------------------------------------------------- */

static void add_inferred(adding *a, const tm_rule_text *text)
{
    manner m = {TM_LINT_DROP, TM_CONDITION, TM_SPAN, TM_PATHS_PREFIXED};
    const tm_tree *tree = tm_parse(a->lint->arena, &a->aside, &text->source, TM_CONDITION);
    if (tree && infer(a, &tree, 1, &m.level))
        add(a, text, tree, m);
}

static void add_filter(adding *a, const tm_filter_settings *s)
{
    manner m = {TM_LINT_DROP, TM_CONDITION, TM_RESOURCE, TM_PATHS_BARE};
    add_all(a, &s->traces.resource, m);
    m.level = TM_SPAN;
    add_all(a, &s->traces.span, m);
    m.level = TM_EVENT;
    add_all(a, &s->traces.event, m);
    m.mode = TM_PATHS_EITHER;
    for (size_t i = 0; i < s->groups.count; i++) {
        const tm_condition_group *group = &s->groups.items[i];
        m.level = level_of(group->context);
        if (group->context != TM_INFER_CONTEXT)
            add_all(a, &group->conditions, m);
        for (size_t k = 0; group->context == TM_INFER_CONTEXT && k < group->conditions.count; k++)
            add_inferred(a, &group->conditions.items[k]);
    }
}

/* ---- transform ------------------------------------------------------------------------------- */

static unsigned parse_all(adding *a, const tm_rule_texts *texts, tm_entry_point entry,
                          const tm_tree **trees)
{
    unsigned n = 0;
    for (size_t i = 0; i < texts->count; i++) {
        const tm_tree *tree = tm_parse(a->lint->arena, &a->aside, &texts->items[i].source, entry);
        if (tree)
            trees[n++] = tree;
    }
    return n;
}

static bool level_of_group(adding *a, const tm_statement_group *group, tm_level *level)
{
    *level = level_of(group->context);
    if (group->context != TM_INFER_CONTEXT)
        return true;
    const tm_tree **trees = TM_NEW_ARRAY(
        a->lint->arena, group->conditions.count + group->statements.count, const tm_tree *);
    unsigned n = parse_all(a, &group->conditions, TM_CONDITION, trees);
    n += parse_all(a, &group->statements, TM_STATEMENT, trees + n);
    return infer(a, trees, n, level);
}

static void add_transform(adding *a, const tm_transform_settings *s)
{
    for (size_t i = 0; i < s->groups.count; i++) {
        const tm_statement_group *group = &s->groups.items[i];
        manner m = {TM_LINT_ASK, TM_CONDITION, TM_SPAN,
                    group->context == TM_INFER_CONTEXT ? TM_PATHS_PREFIXED : TM_PATHS_EITHER};
        if (!level_of_group(a, group, &m.level))
            continue;
        add_all(a, &group->conditions, m);
        m.kind = TM_LINT_EDIT;
        m.entry = TM_STATEMENT;
        add_all(a, &group->statements, m);
    }
}

/* ---- the others ------------------------------------------------------------------------------ */

static void add_tamis(adding *a, const tm_tamis_settings *s, bool shadow)
{
    tm_rule_unit *unit = TM_NEW(a->lint->arena, tm_rule_unit);
    const tm_source *const *files = s->files;
    size_t n = s->file_count;
    if (shadow && s->shadow_file_count) {
        files = s->shadow_files;
        n = s->shadow_file_count;
    }
    if (!files)
        return;
    tm_rule_unit_read(a->lint->arena, &a->aside, s->importer, files, n, unit);
    tm_lint_add_unit(a->lint, unit, a->group);
    tm_lint_files(a->lint, unit, files, n);
}

/* Edits that are no statements: what they write is not looked at. */
static void add_actions(adding *a, const tm_processor_settings *p)
{
    tm_lint_rule *rule = tm_lint_add(a->lint);
    rule->kind = TM_LINT_EDIT;
    rule->group = a->group;
    rule->level = p->type == TM_PROCESSOR_RESOURCE ? TM_RESOURCE : TM_SPAN;
    rule->source = p->source;
    rule->place = p->place;
    rule->name = p->id;
}

bool tm_lint_has_shadow(const tm_pipeline_settings *pipeline)
{
    for (size_t i = 0; i < pipeline->processor_count; i++)
        if (pipeline->processors[i]->type == TM_PROCESSOR_TAMIS &&
            pipeline->processors[i]->tamis.shadow_file_count)
            return true;
    return false;
}

void tm_lint_pipeline(tm_lint *lint, const tm_pipeline_settings *pipeline, bool shadow)
{
    for (size_t i = 0; i < pipeline->processor_count; i++) {
        const tm_processor_settings *p = pipeline->processors[i];
        adding a = {.lint = lint, .group = (unsigned)i, .aside = {.arena = lint->arena}};
        if (p->type == TM_PROCESSOR_FILTER)
            add_filter(&a, &p->filter);
        else if (p->type == TM_PROCESSOR_TRANSFORM)
            add_transform(&a, &p->transform);
        else if (p->type == TM_PROCESSOR_TAMIS)
            add_tamis(&a, &p->tamis, shadow);
        else if (p->type == TM_PROCESSOR_ATTRIBUTES || p->type == TM_PROCESSOR_RESOURCE)
            add_actions(&a, p);
        if (p->type == TM_PROCESSOR_FILTER)
            tm_lint_match(lint, p->filter.spans.include, p->filter.spans.exclude);
        else if (p->type == TM_PROCESSOR_ATTRIBUTES)
            tm_lint_match(lint, p->attributes.include, p->attributes.exclude);
    }
}
