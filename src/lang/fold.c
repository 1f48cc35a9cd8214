/* Fold: what conditions are decided when the rule is built (language.md 2.4).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Only literals decide: arithmetic and converter calls do not, although the value of a call may be
 * known by then (emit_known.c). */
#include "lang/resolve.h"

#include "vm/convert.h"

static bool is_constant(const tm_expr *e, bool truth)
{
    return e->kind == TM_EXPR_CONSTANT && e->value.truth == truth;
}

static tm_expr *fold_comparison(tm_resolver *r, tm_expr *e)
{
    static const tm_comparison op[] = {[TM_EQ] = TM_IS_EQ, [TM_NE] = TM_IS_NE, [TM_LT] = TM_IS_LT,
                                       [TM_LE] = TM_IS_LE, [TM_GT] = TM_IS_GT, [TM_GE] = TM_IS_GE};
    const tm_expr *left = e->first, *right = left->next;
    if (!left->literal || !right->literal)
        return e;
    return tm_expr_constant(r, tm_bool(tm_value_compare(op[e->op], left->value, right->value)),
                            e->written);
}

/* A literal false anywhere decides an `and` (a true an `or`), also before operands that would fail;
 * the other literals drop out. */
static tm_expr *fold_chain(tm_resolver *r, tm_expr *e)
{
    bool decides = e->kind == TM_EXPR_OR;
    tm_expr *first = NULL, *last = NULL;
    for (tm_expr *operand = e->first, *next; operand; operand = next) {
        next = operand->next;
        operand->next = NULL;
        if (is_constant(operand, decides))
            return tm_expr_constant(r, tm_bool(decides), e->written);
        if (operand->kind != TM_EXPR_CONSTANT)
            tm_expr_append(&first, &last, operand);
    }
    if (!first)
        return tm_expr_constant(r, tm_bool(!decides), e->written);
    e->first = first;
    return first->next ? e : first;
}

tm_expr *tm_fold(tm_resolver *r, tm_expr *e)
{
    if (e->kind == TM_EXPR_COMPARE)
        return fold_comparison(r, e);
    if (e->kind == TM_EXPR_NOT && e->first->kind == TM_EXPR_CONSTANT)
        return tm_expr_constant(r, tm_bool(!e->first->value.truth), e->written);
    if (e->kind == TM_EXPR_AND || e->kind == TM_EXPR_OR)
        return fold_chain(r, e);
    return e;
}
