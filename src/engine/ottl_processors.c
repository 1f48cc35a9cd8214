/* Rules: the filter and transform processors, whose rules are OTTL.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/actions.h"
#include "engine/ruleset_build.h"

static tm_compiler compiler_of(tm_build *b, bool transform)
{
    return (tm_compiler){.arena = b->arena,
                         .diags = b->diags,
                         .needs = &b->needs,
                         .transform = transform,
                         .functions = b->functions,
                         .noted = b->noted,
                         .explained = b->explained};
}

void tm_build_program(tm_build *b, tm_step *step, tm_rule *rule, tm_program *program)
{
    rule->program = program;
    rule->text = program->text;
    program->rule = rule->number;
    rule->decision = b->noted || b->explained ? (tm_decision){tm_test_answer(TM_UNDECIDED), program}
                                              : tm_decision_of(b->arena, program);
    step->reads |= program->reads | (uint8_t)(1u << step->level);
    step->writes |= program->writes;
}

/* What was reported since `last` about our copy of a rule's source: the settings keep the source
 * that messages show, for when the ruleset fails, its copies are gone. */
static void report_in_settings(tm_diags *diags, const tm_diag *last, const tm_source *copy,
                               const tm_source *source)
{
    for (tm_diag *d = last ? last->next : diags->first; d; d = d->next)
        if (d->source == copy)
            d->source = source;
}

static bool compile_one(tm_build *b, tm_compiler *c, tm_step *step, const tm_rule_text *text,
                        tm_entry_point entry, tm_path_mode mode, tm_rule *rule)
{
    tm_source *source = TM_NEW(b->arena, tm_source);
    *source = text->source;
    source->name = tm_arena_copy(b->arena, source->name);
    source->text = tm_arena_copy(b->arena, source->text);
    tm_build_rule(b, rule, text->name, source, (tm_place){0});
    const tm_diag *last = b->diags->last;
    tm_program *program = tm_compile_rule(c, source, entry, step->level, mode);
    report_in_settings(b->diags, last, source, &text->source);
    if (program)
        tm_build_program(b, step, rule, program);
    return program != NULL;
}

/* Compiles texts of one kind into rules of the step. False when one has errors; all are compiled.
 */
static bool compile_all(tm_build *b, tm_compiler *c, tm_step *step, const tm_rule_texts *texts,
                        tm_entry_point entry, tm_path_mode mode, tm_rule **rules, uint32_t *count)
{
    bool ok = true;
    *rules = TM_NEW_ARRAY(b->arena, texts->count, tm_rule);
    *count = (uint32_t)texts->count;
    for (size_t i = 0; i < texts->count; i++)
        ok &= compile_one(b, c, step, &texts->items[i], entry, mode, &(*rules)[i]);
    return ok;
}

/* Reads the texts of one kind into trees[*sound]...; how many cannot be read. */
static size_t parse_all(tm_build *b, tm_diags *diags, const tm_rule_texts *texts,
                        tm_entry_point entry, const tm_tree **trees, unsigned *sound)
{
    size_t broken = 0;
    for (size_t i = 0; i < texts->count; i++) {
        const tm_tree *tree = tm_parse(b->arena, diags, &texts->items[i].source, entry);
        if (tree)
            trees[(*sound)++] = tree;
        else
            broken++;
    }
    return broken;
}

/* Infers one context for all texts, from those that can be read. The others are reported here only
 * when no context is found: else when they are compiled, in the order of the file, with the errors
 * of the rest. */
static bool infer(tm_build *b, tm_compiler *c, const tm_rule_texts *conditions,
                  const tm_rule_texts *statements, tm_level *level)
{
    const tm_tree **trees =
        TM_NEW_ARRAY(b->arena, conditions->count + statements->count, const tm_tree *);
    tm_diags aside = {.arena = b->arena};
    tm_compiler guess = *c;
    unsigned sound = 0;
    size_t broken = parse_all(b, &aside, conditions, TM_CONDITION, trees, &sound) +
                    parse_all(b, &aside, statements, TM_STATEMENT, trees, &sound);
    if (broken)
        guess.diags = &aside; /* a broken text may name the context that is missed */
    if (tm_infer_context(&guess, trees, sound, level))
        return true;
    sound = 0;
    if (broken) {
        parse_all(b, b->diags, conditions, TM_CONDITION, trees, &sound);
        parse_all(b, b->diags, statements, TM_STATEMENT, trees, &sound);
    }
    return false;
}

static bool context_level(tm_build *b, tm_compiler *c, tm_rules_context context,
                          const tm_rule_texts *conditions, const tm_rule_texts *statements,
                          tm_level *level)
{
    switch (context) {
    case TM_IN_RESOURCE:
        *level = TM_RESOURCE;
        return true;
    case TM_IN_SCOPE:
        *level = TM_SCOPE;
        return true;
    case TM_IN_SPAN:
        *level = TM_SPAN;
        return true;
    case TM_IN_EVENT:
        *level = TM_EVENT;
        return true;
    default:
        return infer(b, c, conditions, statements, level);
    }
}

/* --- filter --- */

static bool build_conditions(tm_build *b, tm_level level, tm_error_mode error_mode, uint32_t chain,
                             const tm_rule_texts *conditions, tm_path_mode mode)
{
    if (conditions->count == 0)
        return true;
    tm_compiler c = compiler_of(b, false);
    tm_step *step = tm_build_step(b, TM_STEP_DROP, level, error_mode);
    step->chain = chain;
    return compile_all(b, &c, step, conditions, TM_CONDITION, mode, &step->condition,
                       &step->conditions);
}

/* What infer says of one condition. `quietly`: without reporting. */
static bool infer_one(tm_build *b, tm_rule_text *condition, bool quietly, tm_level *level)
{
    const tm_rule_texts one = {.items = condition, .count = 1}, none = {0};
    tm_diags aside = {.arena = b->arena}, *diags = b->diags;
    if (quietly)
        b->diags = &aside;
    tm_compiler c = compiler_of(b, false);
    bool ok = infer(b, &c, &one, &none, level);
    b->diags = diags;
    return ok;
}

/* Each condition tells its level by itself; together they are a chain of levels. Compiled, numbered
 * and reported they are in the order of the file. */
static bool build_levels(tm_build *b, const tm_condition_group *group)
{
    const size_t n = group->conditions.count;
    uint32_t count[TM_LEVELS] = {0};
    tm_step *step[TM_LEVELS];
    tm_level level = TM_RESOURCE;
    bool ok = true;
    b->chains++;
    for (size_t i = 0; i < n; i++)
        if (infer_one(b, &group->conditions.items[i], true, &level))
            count[level]++;
    for (unsigned l = 0; l < TM_LEVELS; l++) {
        if (!count[l])
            continue;
        step[l] = tm_build_step(b, TM_STEP_DROP, (tm_level)l, group->error_mode);
        step[l]->chain = b->chains;
        step[l]->condition = TM_NEW_ARRAY(b->arena, count[l], tm_rule);
    }
    for (size_t i = 0; i < n; i++) {
        tm_rule_text *text = &group->conditions.items[i];
        tm_compiler c = compiler_of(b, false);
        bool known = infer_one(b, text, false, &level);
        ok &= known && compile_one(b, &c, step[level], text, TM_CONDITION, TM_PATHS_PREFIXED,
                                   &step[level]->condition[step[level]->conditions++]);
    }
    return ok;
}

static bool build_group(tm_build *b, const tm_condition_group *group)
{
    tm_compiler c = compiler_of(b, false);
    tm_level level;
    const tm_rule_texts none = {0};
    if (group->context == TM_INFER_CONTEXT)
        return build_levels(b, group);
    return context_level(b, &c, group->context, &group->conditions, &none, &level) &&
           build_conditions(b, level, group->error_mode, 0, &group->conditions, TM_PATHS_EITHER);
}

bool tm_build_filter(tm_build *b, const tm_processor_settings *processor)
{
    const tm_filter_settings *s = &processor->filter;
    const uint32_t chain = ++b->chains;
    bool ok =
        build_conditions(b, TM_RESOURCE, s->error_mode, chain, &s->traces.resource, TM_PATHS_BARE);
    ok &= build_conditions(b, TM_SPAN, s->error_mode, chain, &s->traces.span, TM_PATHS_BARE);
    ok &= build_conditions(b, TM_EVENT, s->error_mode, chain, &s->traces.event, TM_PATHS_BARE);
    for (size_t i = 0; i < s->groups.count; i++)
        ok &= build_group(b, &s->groups.items[i]);
    if (s->spans.include || s->spans.exclude)
        ok &= tm_build_matcher_step(b, s->spans.include, s->spans.exclude);
    return ok;
}

/* --- transform --- */

static bool build_statements(tm_build *b, const tm_statement_group *group)
{
    if (group->statements.count == 0)
        return true;
    tm_compiler c = compiler_of(b, true);
    tm_level level;
    if (!context_level(b, &c, group->context, &group->conditions, &group->statements, &level))
        return false;
    tm_path_mode mode = group->context == TM_INFER_CONTEXT ? TM_PATHS_PREFIXED : TM_PATHS_EITHER;
    tm_step *step = tm_build_step(b, TM_STEP_EDIT, level, group->error_mode);
    step->shared_cache = step->detours = group->shared_cache;
    bool ok = compile_all(b, &c, step, &group->conditions, TM_CONDITION, mode, &step->condition,
                          &step->conditions);
    return compile_all(b, &c, step, &group->statements, TM_STATEMENT, mode, &step->statement,
                       &step->statements) &&
           ok;
}

bool tm_build_transform(tm_build *b, const tm_processor_settings *processor)
{
    const tm_transform_settings *s = &processor->transform;
    bool ok = true;
    for (size_t i = 0; i < s->groups.count; i++)
        ok &= build_statements(b, &s->groups.items[i]);
    return ok;
}
