/* Lint, order: rules to which nothing gets, because of rules before them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/lint/lint_fact.h"
#include "lang/print.h"

/* ---- edits ----------------------------------------------------------------------------------- */

static bool shares_field(const tm_path *a, const tm_path *b)
{
    if (a->level != b->level)
        return (a->access == TM_ACCESS_EVENTS && b->level == TM_EVENT) ||
               (b->access == TM_ACCESS_EVENTS && a->level == TM_EVENT);
    return a == b || a->access == TM_ACCESS_STATUS || b->access == TM_ACCESS_STATUS ||
           (a->field && a->field == b->field);
}

/* One writes what the other reads, or may. */
static bool overlap(const tm_expr *a, const tm_expr *b)
{
    if (!shares_field(a->path, b->path))
        return false;
    const tm_expr *k = a->keys, *m = b->keys;
    return !k || !m || k->kind != TM_EXPR_CONSTANT || m->kind != TM_EXPR_CONSTANT ||
           tm_lint_same(k, m);
}

static bool is_read(void *owner, const tm_expr *e)
{
    return e->kind == TM_EXPR_PATH && overlap(owner, e);
}

/* Whether the statement may change what the condition says. */
static bool may_change(const tm_lint_rule *edit, const tm_expr *condition)
{
    const tm_expr *call = edit->editor;
    bool paths = false;
    if (!call || call->function->hosts & TM_HOST_SPAN)
        return true;
    for (unsigned i = 0; i < call->n; i++) {
        tm_expr *value = call->argument[i].value;
        if (!value || value->kind != TM_EXPR_PATH)
            continue;
        paths = true;
        if (tm_lint_find(condition, is_read, value))
            return true;
    }
    return !paths;
}

bool tm_lint_is_edited(const tm_lint *lint, const tm_lint_rule *rule)
{
    for (const tm_lint_rule *r = lint->first; rule->condition && r != rule; r = r->next)
        if (r->kind == TM_LINT_EDIT && may_change(r, rule->condition))
            return true;
    return false;
}

/* ---- telling --------------------------------------------------------------------------------- */

static void tell(const tm_lint *lint, const tm_lint_rule *rule, const tm_lint_rule *before,
                 const char *code, const char *text)
{
    unsigned line, column;
    tm_diag_warning(lint->diags, rule->source, rule->place, code, "%s", text);
    tm_source_position(before->source, before->place.at, &line, &column);
    if (before->source == rule->source)
        tm_diag_other(lint->diags, before->place);
    tm_diag_hint(lint->diags, "see %.*s:%u, the rule %.*s", TM_PRI(before->source->name), line,
                 TM_PRI(before->name));
}

/* ---- one rule behind another ----------------------------------------------------------------- */

static tm_lint_claim claim_of(const tm_lint_rule *rule)
{
    return (tm_lint_claim){.e = rule->condition};
}

static bool is_unconditional(const tm_lint_rule *rule)
{
    const tm_expr *e = rule->condition;
    return e && e->kind == TM_EXPR_CONSTANT && e->value.type == TM_BOOL && e->value.truth;
}

static bool is_constant(const tm_lint_rule *rule)
{
    return rule->condition->kind == TM_EXPR_CONSTANT;
}

/* What has been kept before `rule` in its group. */
static bool something_is_kept(const tm_lint *lint, const tm_lint_rule *rule)
{
    for (const tm_lint_rule *r = lint->first; r != rule; r = r->next)
        if (r->kind == TM_LINT_KEEP && r->group == rule->group)
            return true;
    return false;
}

static bool meet(const tm_lint_rule *before, const tm_lint_rule *rule)
{
    if (before->kind == TM_LINT_KEEP)
        return before->group == rule->group &&
               (before->level == TM_EVENT) == (rule->level == TM_EVENT);
    return before->level != TM_EVENT || rule->level == TM_EVENT;
}

static bool tell_of_all_dropped(tm_lint *lint, const tm_lint_rule *before, const tm_lint_rule *rule)
{
    const bool kept = something_is_kept(lint, before);
    if (rule->kind == TM_LINT_EDIT && kept)
        return false;
    if (rule->kind == TM_LINT_KEEP)
        tell(lint, rule, before, "W0610", "nothing is left to be kept: all was dropped before");
    else if (kept)
        tell(lint, rule, before, "W0610", "nothing is left to be dropped: what there is, is kept");
    else
        tell(lint, rule, before, "W0610", "nothing gets here: all was dropped before");
    return true;
}

static bool behind_drop(tm_lint *lint, const tm_lint_rule *before, const tm_lint_rule *rule)
{
    if (is_unconditional(before))
        return tell_of_all_dropped(lint, before, rule);
    if (!rule->condition || is_constant(rule) ||
        !tm_lint_implies(lint, claim_of(rule), claim_of(before)))
        return false;
    if (rule->kind == TM_LINT_DROP) {
        if (tm_lint_implies(lint, claim_of(before), claim_of(rule)))
            tell(lint, rule, before, "W0612", "this is the same rule as one before");
        else
            tell(lint, rule, before, "W0611", "all that this would drop is dropped before");
    } else if (rule->kind == TM_LINT_KEEP) {
        tell(lint, rule, before, "W0613", "what this is to keep is dropped before");
    } else if (!something_is_kept(lint, before)) {
        tell(lint, rule, before, "W0613", "what this is to edit is dropped before");
    } else {
        return false;
    }
    return true;
}

static bool behind_keep(tm_lint *lint, const tm_lint_rule *before, const tm_lint_rule *rule)
{
    if (rule->kind == TM_LINT_EDIT || !rule->condition || !before->condition || is_constant(rule) ||
        !tm_lint_implies(lint, claim_of(rule), claim_of(before)))
        return false;
    if (rule->kind == TM_LINT_DROP)
        tell(lint, rule, before, "W0611", "all that this would drop is kept before");
    else if (tm_lint_implies(lint, claim_of(before), claim_of(rule)))
        tell(lint, rule, before, "W0612", "this is the same rule as one before");
    else
        tell(lint, rule, before, "W0611", "all that this would keep is kept before");
    return true;
}

static tm_text text_of(tm_lint *lint, const tm_lint_rule *rule)
{
    tm_buf out = {.arena = lint->arena};
    tm_print_tree(rule->tree, &out);
    return tm_buf_text(&out);
}

/* A statement that stands twice in a row, or with rules between that edit nothing. */
static bool behind_edit(tm_lint *lint, const tm_lint_rule *before, const tm_lint_rule *rule)
{
    if (rule->kind != TM_LINT_EDIT || rule->group != before->group || !before->tree ||
        rule->level != before->level || !rule->editor ||
        strcmp(rule->editor->function->name, "set") != 0 ||
        !tm_text_equal(text_of(lint, before), text_of(lint, rule)))
        return false;
    tell(lint, rule, before, "W0612", "this is the same statement as one before");
    return true;
}

static bool follows(tm_lint *lint, const tm_lint_rule *before, const tm_lint_rule *rule)
{
    if (!before->sound || before->odd || !meet(before, rule))
        return false;
    return before->kind == TM_LINT_DROP   ? before->condition && behind_drop(lint, before, rule)
           : before->kind == TM_LINT_KEEP ? behind_keep(lint, before, rule)
           : before->kind == TM_LINT_EDIT ? behind_edit(lint, before, rule)
                                          : false;
}

/* The first rule before this one that makes it idle. Edits between the two keep one from following
 * from the other: all edits if the first is one itself, else those of what the condition reads. */
static void find_reason(tm_lint *lint, const tm_lint_rule *rule)
{
    const tm_lint_rule *edit = NULL, *change = NULL;
    for (const tm_lint_rule *r = lint->first; r != rule; r = r->next) {
        if (r->kind != TM_LINT_EDIT)
            continue;
        edit = r;
        if (rule->condition && may_change(r, rule->condition))
            change = r;
    }
    bool unchanged = !change;
    for (const tm_lint_rule *before = lint->first; before != rule; before = before->next) {
        if (before->kind == TM_LINT_EDIT ? before == edit : unchanged || is_unconditional(before))
            if (follows(lint, before, rule))
                return;
        unchanged |= before == change;
    }
}

void tm_lint_order(tm_lint *lint)
{
    for (const tm_lint_rule *rule = lint->first; rule; rule = rule->next)
        if (rule->sound && !rule->odd && rule->kind != TM_LINT_ASK)
            find_reason(lint, rule);
}
