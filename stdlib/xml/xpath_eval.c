/* XPath eval: what expressions yield.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xpath_run.h"

#include <math.h>

void tm_xpath_end(tm_xpath_run *run, const char *why)
{
    run->error = run->error ? run->error : why;
}

/* What is no set of nodes counts as an empty one where a set is wanted. */
static tm_xpath_nodes nodes_of(tm_xpath_run *run, const tm_xpath_expr *e, tm_xpath_context at)
{
    const tm_xpath_value v = tm_xpath_eval(run, e, at);
    return v.type == TM_IS_NODES ? v.nodes : (tm_xpath_nodes){0};
}

static tm_xpath_nodes only(tm_xpath_run *run, tm_xml *node)
{
    tm_xpath_nodes nodes = {0};
    tm_xpath_add(run, &nodes, node);
    return nodes;
}

static tm_xpath_value eval_nodes(tm_xpath_run *run, const tm_xpath_expr *e, tm_xpath_context at)
{
    if (e->kind == TM_XPATH_ROOT)
        return tm_xpath_give_nodes(only(run, run->document));
    if (e->kind == TM_XPATH_HERE)
        return tm_xpath_give_nodes(only(run, at.node));
    const tm_xpath_nodes left = nodes_of(run, e->left, at);
    if (run->error)
        return tm_xpath_give_nodes((tm_xpath_nodes){0});
    return tm_xpath_give_nodes(e->kind == TM_XPATH_STEP ? tm_xpath_step(run, e, left)
                               : e->kind == TM_XPATH_FILTER
                                   ? tm_xpath_filter(run, e, left)
                                   : tm_xpath_unite(run, left, nodes_of(run, e->right, at)));
}

/* --- operators --- */

/* The right side is not evaluated when the left one decides. */
static tm_xpath_value eval_logic(tm_xpath_run *run, const tm_xpath_expr *e, tm_xpath_context at)
{
    const tm_xpath_value left = tm_xpath_eval(run, e->left, at);
    const bool decides = e->kind == TM_XPATH_OR;
    if (run->error || tm_xpath_value_bool(&left) == decides)
        return tm_xpath_give_bool(decides);
    const tm_xpath_value right = tm_xpath_eval(run, e->right, at);
    return tm_xpath_give_bool(tm_xpath_value_bool(&right));
}

/* What is known of an operand that is a constant of many nodes. */
static const tm_xpath_kept *kept_of(const tm_xpath_run *run, const tm_xpath_expr *e)
{
    const tm_xpath_kept *kept = e->kept ? &run->kept[e->kept - 1] : NULL;
    return kept && kept->known && kept->many ? kept : NULL;
}

/* a < b as b > a. */
static tm_xpath_kind turned(tm_xpath_kind op)
{
    return op == TM_XPATH_LT   ? TM_XPATH_GT
           : op == TM_XPATH_LE ? TM_XPATH_GE
           : op == TM_XPATH_GT ? TM_XPATH_LT
           : op == TM_XPATH_GE ? TM_XPATH_LE
                               : op;
}

static tm_xpath_value eval_comparison(tm_xpath_run *run, const tm_xpath_expr *e,
                                      tm_xpath_context at)
{
    const tm_xpath_value left = tm_xpath_eval(run, e->left, at),
                         right = tm_xpath_eval(run, e->right, at);
    const tm_xpath_kept *a = kept_of(run, e->left), *b = kept_of(run, e->right);
    if (run->error)
        return tm_xpath_give_bool(false);
    if (a && !b)
        return tm_xpath_give_bool(tm_xpath_compare(run, turned(e->kind), &right, &left, a));
    return tm_xpath_give_bool(tm_xpath_compare(run, e->kind, &left, &right, b));
}

static tm_xpath_value eval_arithmetic(tm_xpath_run *run, const tm_xpath_expr *e,
                                      tm_xpath_context at)
{
    const tm_xpath_value left = tm_xpath_eval(run, e->left, at);
    const double a = run->error ? 0 : tm_xpath_value_double(run, &left);
    if (run->error || e->kind == TM_XPATH_NEGATE)
        return tm_xpath_give_double(a * -1);
    const tm_xpath_value right = tm_xpath_eval(run, e->right, at);
    const double b = run->error ? 0 : tm_xpath_value_double(run, &right);
    switch (e->kind) {
    case TM_XPATH_PLUS:
        return tm_xpath_give_double(a + b);
    case TM_XPATH_MINUS:
        return tm_xpath_give_double(a - b);
    case TM_XPATH_TIMES:
        return tm_xpath_give_double(a * b);
    case TM_XPATH_DIV:
        return tm_xpath_give_double(a / b);
    default:
        return tm_xpath_give_double(fmod(a, b));
    }
}

static tm_xpath_value eval_call(tm_xpath_run *run, const tm_xpath_expr *e, tm_xpath_context at)
{
    tm_xpath_call c = {.run = run, .arena = run->arena, .expr = e, .at = at};
    c.n = e->arguments < e->function->used ? e->arguments : e->function->used;
    c.arg = tm_arena_alloc(run->arena, (c.n + 1) * sizeof *c.arg);
    /* Work: arguments of the expression */
    for (unsigned i = 0; i < c.n; i++) {
        c.arg[i] = tm_xpath_eval(run, e->argument[i], at);
        if (run->error)
            return tm_xpath_give_bool(false);
    }
    return e->function->body(&c);
}

/* --- the whole --- */

static tm_xpath_value eval(tm_xpath_run *run, const tm_xpath_expr *e, tm_xpath_context at)
{
    switch (e->kind) {
    case TM_XPATH_NUMBER:
        return tm_xpath_give_double(e->number);
    case TM_XPATH_TEXT:
        return tm_xpath_give_text(e->name);
    case TM_XPATH_ROOT:
    case TM_XPATH_HERE:
    case TM_XPATH_STEP:
    case TM_XPATH_FILTER:
    case TM_XPATH_UNION:
        return eval_nodes(run, e, at);
    case TM_XPATH_OR:
    case TM_XPATH_AND:
        return eval_logic(run, e, at);
    case TM_XPATH_EQ:
    case TM_XPATH_NE:
    case TM_XPATH_LT:
    case TM_XPATH_LE:
    case TM_XPATH_GT:
    case TM_XPATH_GE:
        return eval_comparison(run, e, at);
    case TM_XPATH_CALL:
        return eval_call(run, e, at);
    default:
        return eval_arithmetic(run, e, at);
    }
}

tm_xpath_value tm_xpath_eval(tm_xpath_run *run, const tm_xpath_expr *e, tm_xpath_context at)
{
    if (!tm_xpath_charge(run, 1))
        return tm_xpath_give_bool(false);
    if (e->kept && run->kept[e->kept - 1].known)
        return run->kept[e->kept - 1].value;
    return eval(run, e, at);
}
