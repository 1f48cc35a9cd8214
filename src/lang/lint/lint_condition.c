/* Lint, conditions: what is always or never true, and alternatives that change nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/lint/lint_fact.h"

/* What holds where a part of a condition is asked: operands of `and` before it, and the opposites
 * of operands of `or` before it. */
typedef struct known {
    const struct known *outer;
    tm_lint_claim claim;
    bool failed; /* an operand of `or` */
} known;

typedef struct walk {
    tm_lint *lint;
    const tm_lint_rule *rule;
} walk;

static bool same_place(const tm_expr *a, const tm_expr *b)
{
    return a->place.at == b->place.at && a->place.n == b->place.n;
}

/* Whether there is nothing to be said about two parts here: the definition that both come from is
 * looked at where it stands. */
static bool is_told(const tm_expr *a, const tm_expr *b)
{
    return a->inlined && b->inlined && same_place(a, b);
}

static void tell(const walk *w, const tm_expr *e, const tm_expr *other, const char *code,
                 const char *text)
{
    tm_diag_warning(w->lint->diags, w->rule->source, e->place, code, "%s", text);
    if (!same_place(e, other))
        tm_diag_other(w->lint->diags, other->place);
}

static bool is_equality(tm_lint_claim c, tm_operator op)
{
    const tm_fact f = tm_fact_of(c);
    return f.kind == TM_FACT_COMPARE && f.op == op && !f.negated;
}

/* Told once for each part, about the nearest of what is known. */
static bool contradicts(const walk *w, tm_lint_claim claim, const known *k)
{
    for (; k; k = k->outer) {
        if (k->failed || !tm_lint_implies(w->lint, k->claim, tm_lint_opposite(claim)))
            continue;
        if (is_told(claim.e, k->claim.e))
            return true;
        tell(w, claim.e, k->claim.e, "W0602",
             "these two exclude each other, so they never hold together");
        if (is_equality(claim, TM_EQ) && is_equality(k->claim, TM_EQ))
            tm_diag_hint(w->lint->diags, "did you mean `or`?");
        return true;
    }
    return false;
}

/* An operand of `or` of which one before is the opposite. */
static bool completes(const walk *w, tm_lint_claim claim, const known *k)
{
    for (; k && k->failed; k = k->outer) {
        if (!tm_lint_implies(w->lint, k->claim, claim))
            continue;
        if (is_told(claim.e, k->claim.e))
            return true;
        tell(w, claim.e, k->claim.e, "W0601",
             "one of these two always holds, so together they are always true");
        if (is_equality(claim, TM_NE) && is_equality(tm_lint_opposite(k->claim), TM_NE))
            tm_diag_hint(w->lint->diags, "did you mean `and`?");
        return true;
    }
    return false;
}

static void visit(const walk *w, tm_lint_claim claim, const known *k);

/* Operands of `or` that another one makes idle. */
static bool is_idle(const walk *w, tm_lint_claim whole, const tm_expr *operand)
{
    const tm_lint_claim claim = tm_lint_claim_of(operand, whole.negated);
    bool before = true;
    for (const tm_expr *e = whole.e->first; e; e = e->next) {
        const tm_lint_claim other = tm_lint_claim_of(e, whole.negated);
        if (e == operand) {
            before = false;
            continue;
        }
        /* of two that say the same the second one is idle */
        if (!tm_lint_implies(w->lint, claim, other) ||
            (!before && tm_lint_implies(w->lint, other, claim)))
            continue;
        if (!is_told(operand, e))
            tell(w, operand, e, "W0614",
                 "this adds nothing: wherever it holds, what is underlined with ~ holds, too");
        return true;
    }
    return false;
}

static void visit_operands(const walk *w, tm_lint_claim claim, const known *k)
{
    const bool either = tm_lint_kind_of(claim) == TM_EXPR_OR;
    for (const tm_expr *e = claim.e->first; e; e = e->next) {
        const tm_lint_claim operand = tm_lint_claim_of(e, claim.negated);
        if (!either || !is_idle(w, claim, e))
            visit(w, operand, k);
        known *own = TM_NEW(w->lint->arena, known);
        *own = (known){
            .outer = k, .claim = either ? tm_lint_opposite(operand) : operand, .failed = either};
        k = own;
    }
}

static void visit(const walk *w, tm_lint_claim claim, const known *k)
{
    const tm_expr_kind kind = tm_lint_kind_of(claim);
    if (contradicts(w, claim, k) || completes(w, claim, k))
        return;
    if (kind == TM_EXPR_AND || kind == TM_EXPR_OR)
        visit_operands(w, claim, k);
    else if (!claim.e->inlined)
        tm_lint_range(w->lint, w->rule, claim);
}

/* `true` and `false` by themselves are meant. */
static bool is_written_so(const tm_node *node)
{
    while (node->kind == TM_NODE_GROUP || node->kind == TM_NODE_NOT)
        node = node->first;
    return node->kind == TM_NODE_BOOL;
}

void tm_lint_conditions(tm_lint *lint, const tm_lint_rule *rule)
{
    const walk w = {.lint = lint, .rule = rule};
    const tm_expr *e = rule->condition;
    const tm_node *node = rule->tree->where ? rule->tree->where : rule->tree->expression;
    if (!e)
        return;
    if (e->kind != TM_EXPR_CONSTANT) {
        visit(&w, tm_lint_claim_of(e, false), NULL);
        return;
    }
    if (is_written_so(node) || e->value.type != TM_BOOL)
        return;
    if (e->value.truth)
        tm_diag_warning(lint->diags, rule->source, e->place, "W0601",
                        "this condition is always true");
    else
        tm_diag_warning(lint->diags, rule->source, e->place, "W0602",
                        "this condition is never true");
}
