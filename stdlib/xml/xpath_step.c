/* XPath step: from nodes along an axis, and predicates.
 * Work: each node that a step looks at is charged; marks keep it from coming twice into a set.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A set holds each node once. Steps mark the nodes that they meet with a number of their own, so
 * that none is looked for in a set and none is walked over twice: a step over n nodes costs n steps
 * of work, however many it starts from. Only predicates that count (by position) need each starting
 * node's own row of nodes. Marks hold while no expression is evaluated. */
#include "stdlib/xml/xpath_run.h"

/* One step being taken. */
typedef struct walk {
    tm_xpath_run *run;
    const tm_xpath_expr *step;
    uint32_t stamp;
    tm_xpath_nodes out;
} walk;

/* --- tests --- */

static bool has_name(const tm_xpath_expr *step, const tm_xml *node)
{
    /* An instruction is an element without a prefix. */
    const tm_text prefix = node->kind == TM_XML_INSTRUCTION ? TM_TEXT("") : node->prefix;
    if (!step->name.n && !step->prefix.n)
        return true;
    return tm_text_equal(prefix, step->prefix) &&
           (!step->name.n || tm_text_equal(node->name, step->name));
}

static bool is_declaration(const tm_xml *node)
{
    return node->kind == TM_XML_INSTRUCTION && tm_text_is(node->name, "xml");
}

static bool fits(const tm_xpath_expr *step, const tm_xml *node)
{
    const bool element =
        node->kind == TM_XML_ELEMENT || (node->kind == TM_XML_INSTRUCTION && !is_declaration(node));
    switch (step->test) {
    case TM_TEST_NAME:
        return (step->axis == TM_AXIS_ATTRIBUTE ? node->kind == TM_XML_ATTRIBUTE : element) &&
               has_name(step, node);
    case TM_TEST_NODE:
        return true;
    case TM_TEST_TEXT:
        return node->kind == TM_XML_TEXT || node->kind == TM_XML_CDATA;
    case TM_TEST_COMMENT:
        return node->kind == TM_XML_COMMENT;
    case TM_TEST_INSTRUCTION:
        return is_declaration(node) && (!step->name.n || tm_text_equal(node->name, step->name));
    }
    return false;
}

/* Adds the node if the test holds and it is not there yet. False: the work is spent. */
static bool meet(walk *w, tm_xml *node)
{
    if (node->in_set != w->stamp && !node->hidden && fits(w->step, node)) {
        node->in_set = w->stamp;
        tm_xpath_add(w->run, &w->out, node);
    }
    return tm_xpath_charge(w->run, 1);
}

/* --- axes --- */

/* Everything below a node that was not walked over before. */
static bool walk_below(walk *w, tm_xml *top)
{
    if (top->walked == w->stamp)
        return true;
    top->walked = w->stamp;
    /* Work: nodes that no mark tells of yet, each charged (meet) */
    for (tm_xml *node = top->first; node;) {
        if (!meet(w, node))
            return false;
        const bool fresh = node->walked != w->stamp;
        node->walked = w->stamp;
        if (fresh && node->first) {
            node = node->first;
            continue;
        }
        while (node != top && !node->next)
            node = node->parent;
        node = node == top ? NULL : node->next;
    }
    return true;
}

static bool walk_up(walk *w, tm_xml *node)
{
    /* Work: nodes that no mark tells of yet, each charged (meet) */
    for (; node->walked != w->stamp && node->parent; node = node->parent) {
        node->walked = w->stamp;
        if (!meet(w, node->parent))
            return false;
    }
    return true;
}

/* The siblings on one side, up to one whose own siblings were met. */
static bool walk_siblings(walk *w, tm_xml *node, bool back)
{
    /* Work: nodes that no mark tells of yet, each charged (meet) */
    while (node->kind != TM_XML_ATTRIBUTE && node->chained != w->stamp) {
        node->chained = w->stamp;
        node = back ? node->previous : node->next;
        if (!node)
            return true;
        if (!meet(w, node))
            return false;
    }
    return true;
}

/* What follows or precedes the node and is not around it: the siblings of the node and of those
 * around it, with all below them. */
static bool walk_beside(walk *w, tm_xml *node, bool back)
{
    if (node->kind == TM_XML_ATTRIBUTE)
        node = node->parent;
    /* Work: nodes that no mark tells of yet, each charged (meet) */
    for (; node && node->chained != w->stamp; node = node->parent) {
        tm_xml *next = node;
        while (next->chained != w->stamp) {
            next->chained = w->stamp;
            if (!(back ? next->previous : next->next))
                break;
            next = back ? next->previous : next->next;
            if (!meet(w, next) || !walk_below(w, next))
                return false;
        }
    }
    return true;
}

static bool walk_attributes(walk *w, const tm_xml *node)
{
    /* Work: attributes of a node, each charged (meet) */
    for (tm_xml *a = node->kind == TM_XML_INSTRUCTION ? NULL : node->attribute; a; a = a->next)
        if (!meet(w, a))
            return false;
    return true;
}

static bool walk_children(walk *w, const tm_xml *node)
{
    /* Work: children of a node, each charged (meet) */
    for (tm_xml *child = node->first; child; child = child->next)
        if (!meet(w, child))
            return false;
    return true;
}

/* Along the axis from one node. */
static bool walk_from(walk *w, tm_xml *node)
{
    switch (w->step->axis) {
    case TM_AXIS_ANCESTOR:
        return walk_up(w, node);
    case TM_AXIS_ANCESTOR_OR_SELF:
        return meet(w, node) && walk_up(w, node);
    case TM_AXIS_ATTRIBUTE:
        return walk_attributes(w, node);
    case TM_AXIS_CHILD:
        return walk_children(w, node);
    case TM_AXIS_DESCENDANT:
        return walk_below(w, node);
    case TM_AXIS_DESCENDANT_OR_SELF:
        return meet(w, node) && walk_below(w, node);
    case TM_AXIS_FOLLOWING:
        return walk_beside(w, node, false);
    case TM_AXIS_FOLLOWING_SIBLING:
        return walk_siblings(w, node, false);
    case TM_AXIS_PARENT:
        return !node->parent || meet(w, node->parent);
    case TM_AXIS_PRECEDING:
        return walk_beside(w, node, true);
    case TM_AXIS_PRECEDING_SIBLING:
        return walk_siblings(w, node, true);
    case TM_AXIS_SELF:
        return meet(w, node);
    }
    return false;
}

/* --- predicates --- */

/* A number is a position, everything else a truth. What evaluating allocates is given back. */
static bool holds(tm_xpath_run *run, const tm_xpath_expr *predicate, tm_xpath_context at)
{
    const tm_arena_mark mark = tm_arena_save(run->arena);
    const tm_xpath_value v = tm_xpath_eval(run, predicate, at);
    const bool truth =
        v.type == TM_IS_NUMBER ? v.number == (double)at.position : tm_xpath_value_bool(&v);
    if (!run->error)
        tm_arena_restore(run->arena, mark);
    return truth;
}

/* Leaves those of the nodes from `from` on for which each predicate in turn holds. */
static void keep(tm_xpath_run *run, const tm_xpath_predicate *first, tm_xpath_nodes *nodes,
                 size_t from)
{
    /* Work: nodes, each charged, for each predicate */
    for (const tm_xpath_predicate *of = first; of && !run->error; of = of->next) {
        const size_t size = nodes->n - from;
        size_t kept = from;
        for (size_t i = from; i < from + size && tm_xpath_charge(run, 1); i++) {
            const tm_xpath_context at = {
                .node = nodes->node[i], .position = i - from + 1, .size = size};
            if (holds(run, of->expr, at))
                nodes->node[kept++] = nodes->node[i];
        }
        nodes->n = kept;
    }
}

/* Whether a predicate may yield a number, or asks for the position. */
static bool counts(const tm_xpath_expr *e)
{
    static const char *const words[] = {"boolean",         "concat",
                                        "contains",        "ends-with",
                                        "false",           "name",
                                        "local-name",      "lower-case",
                                        "matches",         "not",
                                        "namespace-uri",   "normalize-space",
                                        "replace",         "reverse",
                                        "starts-with",     "string",
                                        "string-join",     "true",
                                        "translate",       "substring",
                                        "substring-after", "substring-before"};
    if (e->positional)
        return true;
    switch (e->kind) {
    case TM_XPATH_NUMBER:
    case TM_XPATH_PLUS:
    case TM_XPATH_MINUS:
    case TM_XPATH_TIMES:
    case TM_XPATH_DIV:
    case TM_XPATH_MOD:
    case TM_XPATH_NEGATE:
        return true;
    case TM_XPATH_CALL:
        /* Work: words of the table */
        for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
            if (tm_text_is(e->name, words[i]))
                return false;
        return true;
    default:
        return false;
    }
}

static bool any_counts(const tm_xpath_predicate *of)
{
    /* Work: predicates of the expression */
    while (of && !counts(of->expr))
        of = of->next;
    return of != NULL;
}

static uint32_t next_stamp(tm_xpath_run *run)
{
    return ++run->stamp;
}

/* Each node's own row along the axis, as far as its predicates hold; then each node once. */
static tm_xpath_nodes step_by_rows(tm_xpath_run *run, const tm_xpath_expr *step, tm_xpath_nodes in)
{
    walk w = {.run = run, .step = step};
    size_t kept = 0;
    /* Work: nodes, each charged (meet, keep) */
    for (size_t i = 0; i < in.n && !run->error; i++) {
        const size_t from = w.out.n;
        w.stamp = next_stamp(run);
        if (walk_from(&w, in.node[i]))
            keep(run, step->predicate, &w.out, from);
    }
    const uint32_t stamp = next_stamp(run);
    for (size_t i = 0; i < w.out.n; i++)
        if (w.out.node[i]->in_set != stamp) {
            w.out.node[i]->in_set = stamp;
            w.out.node[kept++] = w.out.node[i];
        }
    w.out.n = kept;
    return w.out;
}

tm_xpath_nodes tm_xpath_step(tm_xpath_run *run, const tm_xpath_expr *step, tm_xpath_nodes in)
{
    if (any_counts(step->predicate))
        return step_by_rows(run, step, in);
    walk w = {.run = run, .step = step, .stamp = next_stamp(run)};
    /* Work: nodes, each charged (meet) */
    for (size_t i = 0; i < in.n && walk_from(&w, in.node[i]);)
        i++;
    keep(run, step->predicate, &w.out, 0);
    return w.out;
}

tm_xpath_nodes tm_xpath_filter(tm_xpath_run *run, const tm_xpath_expr *filter, tm_xpath_nodes in)
{
    tm_xpath_nodes out = {0};
    /* Work: nodes, each charged */
    for (size_t i = 0; i < in.n && tm_xpath_charge(run, 1); i++)
        tm_xpath_add(run, &out, in.node[i]);
    keep(run, filter->predicate, &out, 0);
    return out;
}

tm_xpath_nodes tm_xpath_unite(tm_xpath_run *run, tm_xpath_nodes a, tm_xpath_nodes b)
{
    const uint32_t stamp = next_stamp(run);
    tm_xpath_nodes out = {0};
    /* Work: nodes, each charged */
    for (size_t i = 0; i < a.n + b.n && tm_xpath_charge(run, 1); i++) {
        tm_xml *node = i < a.n ? a.node[i] : b.node[i - a.n];
        if (node->in_set != stamp) {
            node->in_set = stamp;
            tm_xpath_add(run, &out, node);
        }
    }
    return out;
}
