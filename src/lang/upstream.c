/* Upstream: drops, edits, and keeps as what drops leave alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/upstream.h"

#include "lang/may_fail.h"
#include "lang/print.h"
#include "lang/write_out.h"

/* A keep that is in force. */
typedef struct kept {
    struct kept *next;
    const tm_unit_rule *rule;
    const tm_node *condition;
    const tm_unit_rule *changed; /* what has changed spans since it was asked, or NULL */
} kept;

typedef struct exporting {
    tm_arena *arena;
    tm_diags *diags;
    const tm_rule_unit *unit;
    bool lambdas, ok;
    bool parted;            /* a keep stands behind the last group: what follows is another step */
    kept *keeps[TM_LEVELS]; /* by the level at which they keep */
    uint8_t levels;         /* at which something may be kept */
    tm_upstream *out;
} exporting;

/* Returns false. */
static bool refuse(exporting *e, const tm_unit_rule *rule, const char *why)
{
    e->ok = false;
    return tm_diag_error(e->diags, rule->file->source, rule->item->place, "E0330",
                         "plain OTTL cannot say this: %s", why);
}

static unsigned line_of(const tm_unit_rule *rule)
{
    unsigned line, column;
    tm_source_position(rule->file->source, rule->item->place.at, &line, &column);
    return line;
}

/* ---- keep ------------------------------------------------------------------------------------ */

/* An error of the condition means `not kept`; said as `not ...` it would mean `not dropped`. */
static bool check_keep(exporting *e, const tm_unit_rule *rule, const tm_node *condition)
{
    const tm_failing failing = tm_may_fail(condition);
    if (tm_may_change(condition))
        return refuse(e, rule,
                      "the condition of keep is asked again by each drop behind it, and "
                      "may change between");
    if (failing == TM_FAILS_PERHAPS) {
        refuse(e, rule,
               "the condition of keep may fail, which would keep the span there and does "
               "not here");
        return tm_diag_hint(e->diags, "comparisons and IsMatch do not fail, whatever a span has");
    }
    if (failing == TM_FAILS_ON_NAN)
        tm_diag_warning(e->diags, rule->file->source, rule->item->place, "W0330",
                        "where IsMatch is asked of a NaN or an infinity, it fails: the Collector "
                        "keeps such a span, tamis does not");
    return true;
}

static void add_keep(exporting *e, const tm_unit_rule *rule, tm_level level, const tm_tree *tree)
{
    kept *k = TM_NEW(e->arena, kept), **end = &e->keeps[level];
    if (!check_keep(e, rule, tree->expression))
        return;
    while (*end)
        end = &(*end)->next;
    *k = (kept){.rule = rule, .condition = tree->expression};
    *end = k;
}

/* The rule changes what keeps were asked of. */
static void note_change(exporting *e, const tm_unit_rule *rule, tm_level level)
{
    for (unsigned l = 0; l < TM_LEVELS; l++)
        for (kept *k = e->keeps[l]; k; k = k->next)
            if (!k->changed && (rule->item->kind == TM_FILE_EDIT ||
                                (level == TM_EVENT && tm_mentions_events(k->condition))))
                k->changed = rule;
}

static bool check_kept(exporting *e, const tm_unit_rule *drop, const kept *k)
{
    if (!k->changed)
        return true;
    refuse(e, drop,
           "a keep and an edit stand before this drop, and the keep cannot be asked again "
           "after the edit");
    return tm_diag_hint(e->diags, "keep on line %u, edit on line %u: edit after the last drop",
                        line_of(k->rule), line_of(k->changed));
}

/* `not K and D`, for all keeps at the level. NULL: refused. */
static tm_node *spare(exporting *e, const tm_unit_rule *drop, tm_level level, tm_node *condition)
{
    tm_node *chain = tm_written_node(e->arena, TM_NODE_AND);
    for (const kept *k = e->keeps[level]; k; k = k->next) {
        tm_node *copy = TM_NEW(e->arena, tm_node), *no = tm_written_node(e->arena, TM_NODE_NOT);
        if (!check_kept(e, drop, k))
            return NULL;
        *copy = *k->condition;
        copy->next = NULL;
        tm_written_add(no, tm_written_part(e->arena, copy, true));
        tm_written_add(chain, no);
    }
    if (!chain->first)
        return condition;
    tm_written_join(e->arena, chain, condition);
    return chain;
}

/* ---- groups ---------------------------------------------------------------------------------- */

static tm_upstream_group *group_for(exporting *e, const tm_unit_rule *rule, tm_level level)
{
    const tm_text mode = rule->error_mode.n ? rule->error_mode : TM_TEXT("ignore");
    const bool edits = rule->item->kind == TM_FILE_EDIT;
    tm_upstream_group *last = e->out->last;
    const bool parted = e->parted;
    e->parted = false;
    if (last && !parted && last->edits == edits && last->level == level &&
        tm_text_equal(last->error_mode, mode))
        return last;
    tm_upstream_group *g = TM_NEW(e->arena, tm_upstream_group);
    *g = (tm_upstream_group){.edits = edits, .level = level, .error_mode = mode};
    *(last ? &last->next : &e->out->first) = g;
    e->out->last = g;
    return g;
}

/* The text is read again as the processor will read it: what it does not know is refused here. */
static bool check_text(exporting *e, const tm_unit_rule *rule, tm_text text, tm_level level)
{
    const bool edits = rule->item->kind == TM_FILE_EDIT;
    tm_diags aside = {.arena = e->arena};
    tm_need_table needs = {.arena = e->arena};
    tm_source *source = TM_NEW(e->arena, tm_source);
    *source = (tm_source){.name = rule->name, .text = text};
    tm_compiler c = {.arena = e->arena, .diags = &aside, .needs = &needs, .transform = edits};
    if (tm_compile_rule(&c, source, edits ? TM_STATEMENT : TM_CONDITION, level, TM_PATHS_EITHER))
        return true;
    const tm_diag *wrong = aside.first;
    while (wrong->severity != TM_ERROR)
        wrong = wrong->next;
    return refuse(e, rule, tm_arena_print(e->arena, "written out, %.*s", TM_PRI(wrong->message)).p);
}

static void add_rule(exporting *e, const tm_unit_rule *rule, tm_level level, const tm_tree *tree,
                     tm_node *expression)
{
    const tm_tree written = {.entry = tree->entry, .expression = expression, .where = tree->where};
    tm_buf text = {.arena = e->arena};
    tm_print_tree(&written, &text);
    if (!check_text(e, rule, tm_buf_text(&text), level))
        return;
    tm_upstream_group *g = group_for(e, rule, level);
    tm_upstream_rule *r = TM_NEW(e->arena, tm_upstream_rule);
    *r = (tm_upstream_rule){.rule = rule, .text = tm_buf_text(&text)};
    g->fails |= !g->edits && tm_may_fail(tree->expression) != TM_FAILS_NEVER;
    *(g->last ? &g->last->next : &g->first) = r;
    g->last = r;
}

/* ---- the unit -------------------------------------------------------------------------------- */

static void export_rule(exporting *e, const tm_unit_rule *rule)
{
    const tm_level level = tm_unit_rule_level(rule, e->levels);
    tm_tree *tree = tm_write_out(e->arena, e->diags, &e->unit->definitions, rule->item->tree);
    if (rule->item->kind == TM_FILE_KEEP) {
        e->levels |= (uint8_t)(1u << level);
        e->parted = true;
    }
    if (!tree) {
        e->ok = false;
        return;
    }
    if (!e->lambdas && (tm_mentions_lambda(tree->expression) ||
                        (tree->where && tm_mentions_lambda(tree->where)))) {
        refuse(e, rule, "the Collector has lambdas behind a feature gate only");
        tm_diag_hint(e->diags, "--lambdas, if it runs with ottl.functions.enableLambda");
        return;
    }
    if (rule->item->kind == TM_FILE_KEEP) {
        add_keep(e, rule, level, tree);
        return;
    }
    tm_node *expression = tree->expression;
    if (rule->item->kind == TM_FILE_DROP)
        expression = spare(e, rule, level, expression);
    if (expression)
        add_rule(e, rule, level, tree, expression);
    note_change(e, rule, level);
}

/* An error under propagate refuses the request unless nothing is left of it at the end of the
 * processor: rules that are one processor here and several there may differ in that. */
static void check_propagation(exporting *e)
{
    for (const tm_upstream_group *g = e->out->first; g; g = g->next) {
        bool edited = false, drops = false;
        for (const tm_upstream_group *later = g->next; later; later = later->next) {
            edited |= later->edits;
            drops |= edited && !later->edits;
        }
        if (drops && g->fails && tm_text_is(g->error_mode, "propagate"))
            refuse(e, g->first->rule,
                   "it may fail under propagate, and rules behind an edit may "
                   "drop all that is left");
    }
}

bool tm_upstream_of(tm_arena *arena, tm_diags *diags, const tm_rule_unit *unit, bool lambdas,
                    tm_upstream *out)
{
    exporting e = {
        .arena = arena, .diags = diags, .unit = unit, .lambdas = lambdas, .ok = true, .out = out};
    *out = (tm_upstream){0};
    for (const tm_unit_rule *rule = unit->first_rule; rule; rule = rule->next)
        export_rule(&e, rule);
    check_propagation(&e);
    return e.ok;
}
