/* Lint: rules, one after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/lint/lint_rules.h"

#include "lang/lint/lint_fact.h"

tm_lint_rule *tm_lint_add(tm_lint *lint)
{
    tm_lint_rule *rule = TM_NEW(lint->arena, tm_lint_rule);
    *(lint->last ? &lint->last->next : &lint->first) = rule;
    lint->last = rule;
    return rule;
}

static tm_lint_kind kind_of(const tm_file_item *item)
{
    return item->kind == TM_FILE_DROP   ? TM_LINT_DROP
           : item->kind == TM_FILE_KEEP ? TM_LINT_KEEP
                                        : TM_LINT_EDIT;
}

void tm_lint_add_unit(tm_lint *lint, const tm_rule_unit *unit, unsigned group)
{
    for (const tm_unit_rule *r = unit->first_rule; r; r = r->next) {
        if (!r->item->tree)
            continue;
        tm_lint_rule *rule = tm_lint_add(lint);
        rule->kind = kind_of(r->item);
        rule->group = group;
        rule->level = r->level;
        rule->mode = TM_PATHS_SPAN;
        rule->definitions = &unit->definitions;
        rule->source = r->file->source;
        rule->place = r->item->place;
        rule->name = r->name;
        rule->tree = r->item->tree;
    }
}

/* What is wrong with it is told where it is compiled. */
static void resolve(tm_lint *lint, tm_lint_rule *rule)
{
    tm_diags aside = {.arena = lint->arena};
    tm_compiler compiler = {.arena = lint->arena,
                            .diags = &aside,
                            .needs = lint->needs,
                            .transform = true,
                            .definitions = rule->definitions};
    tm_expr *expression, *where;
    if (!tm_resolve_tree(&compiler, rule->tree, rule->level, rule->mode, &expression, &where))
        return;
    rule->sound = true;
    rule->editor = rule->tree->entry == TM_STATEMENT ? expression : NULL;
    rule->condition = rule->tree->entry == TM_STATEMENT ? where : expression;
}

/* ---- definitions ----------------------------------------------------------------------------- */

static bool is_among(const tm_source *source, const tm_source *const *sources, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sources[i] == source)
            return true;
    return false;
}

/* The body of a def as if it were a rule; of one with parameters only what is written. */
static void look_at_body(tm_lint *lint, const tm_rule_unit *unit, const tm_definition *d)
{
    tm_lint_rule rule = {.kind = TM_LINT_ASK,
                         .definitions = &unit->definitions,
                         .source = d->source,
                         .place = d->item->place,
                         .mode = TM_PATHS_SPAN,
                         .tree = d->item->tree};
    tm_lint_patterns(lint, d->source, &unit->definitions, d->item->tree);
    if (d->item->kind != TM_FILE_DEF || d->item->parameter_count)
        return;
    rule.level = tm_definition_context(&unit->definitions, d->item->tree);
    resolve(lint, &rule);
    if (rule.sound && d->item->tree->entry == TM_CONDITION)
        tm_lint_conditions(lint, &rule);
}

static void open(tm_lint *lint)
{
    if (!lint->matcher)
        lint->matcher = tm_matcher_new(lint->arena);
}

void tm_lint_files(tm_lint *lint, const tm_rule_unit *unit, const tm_source *const *sources,
                   size_t n)
{
    open(lint);
    for (const tm_definition *d = unit->definitions.first; d; d = d->next)
        if (!d->broken && d->item->tree && is_among(d->source, sources, n))
            look_at_body(lint, unit, d);
    for (const tm_unit_file *f = unit->first; f; f = f->next)
        if (is_among(f->file->source, sources, n))
            tm_lint_unused(lint, unit, f);
    for (const tm_unit_rule *r = unit->first_rule; r; r = r->next) {
        if (!r->item->bare || !r->item->tree || !is_among(r->file->source, sources, n))
            continue;
        tm_diag_warning(lint->diags, r->file->source, r->item->text, "W0618",
                        "a condition by itself drops what it holds for");
        tm_diag_hint(lint->diags, "write `drop where` in front");
    }
}

void tm_lint_rules(tm_lint *lint)
{
    open(lint);
    for (tm_lint_rule *rule = lint->first; rule; rule = rule->next) {
        if (!rule->tree)
            continue;
        resolve(lint, rule);
        tm_lint_patterns(lint, rule->source, rule->definitions, rule->tree);
        if (!rule->sound)
            continue;
        const unsigned before = lint->diags->warnings;
        tm_lint_conditions(lint, rule);
        rule->odd = lint->diags->warnings > before;
        tm_lint_orphans(lint, rule);
    }
    tm_lint_order(lint);
}
