/* Write out: lambdas.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/write_inside.h"

/* ---- lambdas --------------------------------------------------------------------------------- */

bool tm_write_is_condition(const tm_node *node)
{
    if (node->kind != TM_NODE_GROUP)
        return node->kind == TM_NODE_COMPARE || node->kind == TM_NODE_NOT ||
               node->kind == TM_NODE_AND || node->kind == TM_NODE_OR;
    return node->first->kind == TM_NODE_BOOL || tm_write_is_condition(node->first);
}

static tm_node *lambda_body(tm_writing *w, const tm_node *node)
{
    return tm_write_is_condition(node) || tm_write_is_condition_of(tm_write_def_of(w, node))
               ? tm_write_condition(w, node)
               : tm_write_value(w, node);
}

tm_node *tm_write_lambda(tm_writing *w, const tm_node *node)
{
    tm_node *out = tm_write_copy(w, node);
    const tm_write_local *before = w->locals;
    tm_segment **end = &out->parameters;
    for (const tm_segment *p = node->parameters; p; p = p->next) {
        tm_write_local *l = TM_NEW(w->arena, tm_write_local);
        *l = (tm_write_local){
            .outer = w->locals, .name = p->name, .written = tm_write_name_for(w, p->name)};
        *end = TM_NEW(w->arena, tm_segment);
        **end = (tm_segment){.name = l->written};
        end = &(*end)->next;
        w->locals = l;
    }
    tm_written_add(out, lambda_body(w, node->first));
    w->locals = before;
    return out;
}

static bool is_literal(const tm_node *node)
{
    if (node->kind == TM_NODE_SIGN)
        return node->first->kind == TM_NODE_INT || node->first->kind == TM_NODE_DOUBLE;
    return node->kind <= TM_NODE_ENUM;
}

/* A comparison of literals is folded when the rule is built, which hides errors of what stands
 * before it: a lambda's parameter is no literal. */
static bool folds(const tm_node *node)
{
    if (node->kind == TM_NODE_BOOL)
        return true;
    if (node->kind == TM_NODE_COMPARE)
        return is_literal(node->first) && is_literal(node->last);
    if (tm_write_is_condition(node) || node->kind == TM_NODE_GROUP)
        for (const tm_node *child = node->first; child; child = child->next)
            if (folds(child))
                return true;
    return false;
}

/* The predicate of Any or All for one element. */
static tm_node *predicate_of(tm_writing *w, const tm_node *lambda, int64_t index,
                             const tm_node *element)
{
    tm_node *number = tm_written_node(w->arena, TM_NODE_INT);
    const tm_segment *p = lambda->parameters;
    number->integer = index;
    const tm_write_local *before = w->locals,
                         first = {.outer = before, .name = p->name, .value = number},
                         second = {.outer = &first, .name = p->next->name, .value = element};
    w->locals = &second;
    tm_node *out = lambda_body(w, lambda->first);
    w->locals = before;
    return out;
}

/* Any and All over a list of literals as a chain. NULL: it has to stay a lambda. */
tm_node *tm_write_chain(tm_writing *w, const tm_node *call)
{
    const bool any = tm_text_is(call->name, "Any");
    const tm_node *list = call->first, *predicate = list ? list->next : NULL;
    if ((!any && !tm_text_is(call->name, "All")) || !predicate || predicate->next || call->keys ||
        predicate->kind != TM_NODE_LAMBDA || list->label.n || predicate->label.n)
        return NULL;
    const tm_node *elements = tm_write_value(w, list);
    if (elements->kind != TM_NODE_LIST || !elements->first)
        return NULL;
    tm_node *chain = tm_written_node(w->arena, any ? TM_NODE_OR : TM_NODE_AND);
    int64_t index = 0;
    for (const tm_node *e = elements->first; e; e = e->next) {
        if (!is_literal(e))
            return NULL;
        tm_node *one = predicate_of(w, predicate, index++, e);
        if ((one->kind != TM_NODE_CALL && !tm_write_is_condition(one)) || folds(one))
            return NULL;
        tm_written_join(w->arena, chain, one);
    }
    return chain->first->next ? chain : chain->first;
}
