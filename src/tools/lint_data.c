/* Lint, data: conditions over recorded spans.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lint_data.h"

#include "base/clock.h"
#include "otlp/event.h"
#include "otlp/request.h"
#include "tools/complain.h"
#include "tools/lint_tell.h"
#include "tools/parents.h"
#include "tools/unit_walk.h"

/* Rules in the order in which they run. */
typedef struct list {
    const tm_lint *lint;
    tm_lint_watched *rule;
    uint32_t n;
    tm_parents parents;
} list;

/* What is asked of every item, whatever the rules say. */
typedef struct standing {
    const tm_program *attributes[TM_LEVELS], *trace_id, *span_id, *parent;
} standing;

typedef struct watching {
    tm_arena *own, *arena; /* of the command; of a unit */
    tm_compiler compiler;
    const tm_needs *needs[TM_LEVELS];
    tm_slot *slots, *event_slots;
    tm_item event;
    standing standing;
    list *list;
    size_t lists;
    tm_lint_sums sums;
    tm_lint_keys *keys; /* by level */
    tm_vm vm;
    tm_request request;
    tm_unit_walk walk;
} watching;

/* ---- programs -------------------------------------------------------------------------------- */

static void add_leaves(watching *w, tm_lint_watched *rule, const tm_expr *e)
{
    if (e->kind == TM_EXPR_AND || e->kind == TM_EXPR_OR || e->kind == TM_EXPR_NOT) {
        for (const tm_expr *c = e->first; c; c = c->next)
            add_leaves(w, rule, c);
        return;
    }
    const tm_lint_rule *r = rule->rule;
    const tm_fact fact = tm_fact_of((tm_lint_claim){.e = e});
    if (e->inlined || fact.kind == TM_FACT_OTHER)
        return;
    tm_lint_leaf *leaf = TM_NEW(w->own, tm_lint_leaf);
    *leaf = (tm_lint_leaf){.e = e, .fact = fact};
    leaf->condition = tm_emit_part(&w->compiler, r->tree, r->level, TM_CONDITION, (tm_expr *)e);
    leaf->subject =
        tm_emit_part(&w->compiler, r->tree, r->level, TM_VALUE, (tm_expr *)fact.subject);
    *(rule->last ? &rule->last->next : &rule->first) = leaf;
    rule->last = leaf;
}

static void add_list(watching *w, list *l, const tm_lint *lint)
{
    uint32_t n = 0;
    for (const tm_lint_rule *r = lint->first; r; r = r->next)
        n++;
    *l = (list){.lint = lint, .rule = TM_NEW_ARRAY(w->own, n, tm_lint_watched)};
    for (const tm_lint_rule *r = lint->first; r; r = r->next) {
        tm_lint_watched *watched = &l->rule[l->n];
        if (!r->sound || !r->condition)
            continue;
        *watched = (tm_lint_watched){.rule = r, .edited = tm_lint_is_edited(lint, r)};
        watched->condition =
            tm_emit_part(&w->compiler, r->tree, r->level, TM_CONDITION, r->condition);
        if (!watched->condition)
            continue;
        add_leaves(w, watched, r->condition);
        l->n++;
    }
}

static const tm_program *compile_path(watching *w, const char *path, tm_level level)
{
    tm_source *source = TM_NEW(w->own, tm_source);
    *source = (tm_source){.name = TM_TEXT("path"), .text = tm_text_of(path)};
    return tm_compile_rule(&w->compiler, source, TM_VALUE, level, TM_PATHS_BARE);
}

static void compile_all(watching *w, const tm_lint_lists *lists)
{
    w->list = TM_NEW_ARRAY(w->own, lists->n, list);
    for (w->lists = 0; w->lists < lists->n; w->lists++)
        add_list(w, &w->list[w->lists], lists->list[w->lists]);
    for (unsigned level = 0; level < TM_LEVELS; level++)
        w->standing.attributes[level] = compile_path(w, "attributes", (tm_level)level);
    w->standing.trace_id = compile_path(w, "trace_id", TM_SPAN);
    w->standing.span_id = compile_path(w, "span_id", TM_SPAN);
    w->standing.parent = compile_path(w, "parent_span_id", TM_SPAN);
    for (unsigned level = 0; level < TM_LEVELS; level++)
        w->needs[level] = tm_need_finish(w->compiler.needs, (tm_level)level);
    w->slots = TM_NEW_ARRAY(w->own, tm_request_slots(w->needs) + 1, tm_slot);
    w->event_slots = TM_NEW_ARRAY(w->own, w->needs[TM_EVENT]->n + 1, tm_slot);
    w->keys = TM_NEW_ARRAY(w->own, TM_LEVELS, tm_lint_keys);
}

/* ---- items ----------------------------------------------------------------------------------- */

/* What fails at run time holds nothing. */
static tm_value value_of(watching *w, const tm_program *program)
{
    tm_value result = tm_nil();
    if (!program || !tm_vm_run(&w->vm, program, &result))
        return tm_nil();
    return result;
}

static bool holds(watching *w, const tm_program *program)
{
    const tm_value v = value_of(w, program);
    return v.type == TM_BOOL && v.truth;
}

static void see_keys(watching *w, tm_level level)
{
    const tm_value v = value_of(w, w->standing.attributes[level]);
    for (uint32_t i = 0; v.type == TM_MAP && i < v.map->n; i++)
        tm_lint_keys_add(&w->keys[level], w->own, v.map->entry[i].key);
}

/* Whether the rule holds for the item at hand, and each of its parts. */
static bool see_rule(watching *w, tm_lint_watched *rule)
{
    const bool matched = holds(w, rule->condition);
    rule->matched += matched;
    for (tm_lint_leaf *leaf = rule->first; leaf; leaf = leaf->next) {
        leaf->held += holds(w, leaf->condition);
        tm_lint_leaf_see(leaf, w->own, value_of(w, leaf->subject));
    }
    return matched;
}

static void note_place(watching *w, list *l, const tm_lint_watched *dropped)
{
    const tm_text trace = tm_value_text(value_of(w, w->standing.trace_id));
    const tm_text span = tm_value_text(value_of(w, w->standing.span_id));
    const tm_text parent = tm_value_text(value_of(w, w->standing.parent));
    const bool ok = dropped
                        ? tm_parents_drop(&l->parents, trace, span, (uint32_t)(dropped - l->rule))
                        : tm_parents_stay(&l->parents, trace, parent, 0);
    w->walk.bad |= !ok;
}

/* The first rule that drops the span and before which nothing has kept it is the one that does. */
static void see_span(watching *w, list *l)
{
    const tm_lint_watched *dropped = NULL;
    unsigned kept = 0; /* the group by which it is, from 1 */
    for (uint32_t i = 0; i < l->n; i++) {
        tm_lint_watched *rule = &l->rule[i];
        const tm_lint_rule *r = rule->rule;
        if (r->level == TM_EVENT || !see_rule(w, rule) || dropped)
            continue;
        if (r->kind == TM_LINT_KEEP)
            kept = r->group + 1;
        else if (r->kind == TM_LINT_DROP && kept != r->group + 1)
            dropped = rule;
    }
    note_place(w, l, dropped);
}

static void see_events(watching *w)
{
    tm_item *span = &w->request.item[TM_SPAN];
    tm_event_walk walk =
        tm_event_walk_of(span, &w->event, w->needs[TM_EVENT], w->event_slots, span->arena);
    while (tm_event_walk_next(&walk)) {
        w->vm.item[TM_EVENT] = walk.event;
        w->sums.events++;
        see_keys(w, TM_EVENT);
        for (size_t k = 0; k < w->lists; k++)
            for (uint32_t i = 0; i < w->list[k].n; i++)
                if (w->list[k].rule[i].rule->level == TM_EVENT)
                    see_rule(w, &w->list[k].rule[i]);
    }
    w->vm.item[TM_EVENT] = NULL;
}

static void see_item(watching *w)
{
    w->sums.spans++;
    w->vm.cache = NULL;
    for (unsigned level = 0; level <= TM_SPAN; level++) {
        w->vm.item[level] = &w->request.item[level];
        see_keys(w, (tm_level)level);
    }
    for (size_t i = 0; i < w->lists; i++)
        see_span(w, &w->list[i]);
    see_events(w);
}

/* ---- recordings ------------------------------------------------------------------------------ */

static bool see_unit(void *owner, tm_text bytes)
{
    watching *w = owner;
    tm_request *q = &w->request;
    tm_request_open(q, w->arena, w->needs, w->slots, bytes, false, TM_UTF8_KEEP);
    while (tm_request_next_resource(q))
        while (tm_request_next_scope(q))
            while (tm_request_next_span(q))
                see_item(w);
    if (q->soundness == TM_MALFORMED)
        tm_unit_walk_tell(&w->walk, tm_request_reason(q));
    return true;
}

static void count_orphan(void *owner, uint32_t dropped_by, uint32_t unused)
{
    (void)unused;
    ((uint64_t *)owner)[dropped_by]++;
}

static void tell_all(watching *w, tm_diags *diags)
{
    for (size_t i = 0; i < w->lists; i++) {
        list *l = &w->list[i];
        uint64_t *orphans = TM_NEW_ARRAY(w->own, l->n, uint64_t);
        tm_parents_each(&l->parents, count_orphan, orphans);
        for (uint32_t k = 0; k < l->n; k++)
            tm_lint_tell(diags, &l->rule[k], &w->sums, w->keys, orphans[k]);
    }
}

static int run(watching *w, tm_diags *diags, const tm_texts *recordings)
{
    tm_vm_init(&w->vm, w->own, w->arena, tm_clock_real());
    tm_unit_walk_all(&w->walk, recordings);
    if (tm_unit_walk_fault(&w->walk))
        return TM_EXIT_USAGE;
    if (!w->sums.spans) {
        tm_complain("the recordings hold no span");
        return TM_EXIT_NO_INPUT;
    }
    tell_all(w, diags);
    return TM_EXIT_OK;
}

int tm_lint_data(tm_diags *diags, tm_need_table *needs, const tm_lint_lists *lists,
                 const tm_texts *recordings)
{
    watching *w = TM_NEW(diags->arena, watching);
    tm_diags aside = {.arena = diags->arena};
    int code = TM_EXIT_USAGE;
    w->own = diags->arena;
    w->arena = tm_arena_new(NULL);
    w->compiler =
        (tm_compiler){.arena = w->own, .diags = &aside, .needs = needs, .transform = true};
    w->walk = (tm_unit_walk){.arena = w->arena, .take = see_unit, .owner = w};
    if (tm_unit_walk_open(&w->walk)) {
        compile_all(w, lists);
        tm_complain_diags(&aside);
        code = run(w, diags, recordings);
    }
    tm_unit_walk_drop(&w->walk);
    for (size_t i = 0; i < w->lists; i++)
        tm_parents_free(&w->list[i].parents);
    tm_arena_free(w->arena);
    return code;
}
