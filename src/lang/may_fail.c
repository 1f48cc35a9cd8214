/* May fail: what is known of literals, paths and converters.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/may_fail.h"

#include "lang/compile.h"
#include "stdlib/fn.h"

/* ---- paths ----------------------------------------------------------------------------------- */

/* The row of a path that starts with a context, without its keys; NULL: there is none. */
static const tm_path *row_of(const tm_node *node)
{
    char dotted[64];
    size_t n = 0;
    tm_level level;
    if (node->kind != TM_NODE_PATH || !tm_context_find(node->segments->name, &level))
        return NULL;
    for (const tm_segment *s = node->segments->next; s; s = s->next) {
        if (n + s->name.n + 1 > sizeof dotted)
            return NULL;
        if (n)
            dotted[n++] = '.';
        memcpy(dotted + n, s->name.p, s->name.n);
        n += s->name.n;
    }
    for (const tm_path *row = tm_path_rows(); row->dotted; row++)
        if (row->level == level && tm_text_is(tm_text_slice(dotted, n), row->dotted))
            return row;
    return NULL;
}

/* One literal key of attributes or cache reads what is there, or nil. */
static bool path_may_fail(const tm_node *node)
{
    const tm_path *row = row_of(node);
    const tm_node *key = NULL;
    for (const tm_segment *s = node->segments; s; s = s->next)
        key = s->keys ? s->keys : key;
    if (!row)
        return true;
    return key && (key->next || key->kind != TM_NODE_STRING ||
                   (row->access != TM_ACCESS_ATTRIBUTES && row->access != TM_ACCESS_CACHE));
}

/* ---- converters ------------------------------------------------------------------------------ */

/* Whether it yields a string for each span. */
static bool is_text(const tm_node *node)
{
    const tm_path *row = row_of(node);
    if (node->kind == TM_NODE_STRING)
        return true;
    return row && row->type == TM_STRING && row->level != TM_LEVELS && !path_may_fail(node);
}

static tm_failing worst(tm_failing a, tm_failing b)
{
    return a > b ? a : b;
}

static tm_failing worst_of(const tm_node *first)
{
    tm_failing found = TM_FAILS_NEVER;
    for (const tm_node *node = first; node; node = node->next)
        found = worst(found, tm_may_fail(node));
    return found;
}

static tm_failing of_arguments(const tm_node *call)
{
    return worst_of(call->first);
}

/* (subject, "pattern") */
static tm_failing of_match(const tm_node *call)
{
    const tm_node *subject = call->first, *pattern = subject ? subject->next : NULL;
    if (!pattern || pattern->next || pattern->kind != TM_NODE_STRING)
        return TM_FAILS_PERHAPS;
    return is_text(subject) ? TM_FAILS_NEVER : worst(TM_FAILS_ON_NAN, tm_may_fail(subject));
}

static tm_failing of_texts(const tm_node *call)
{
    for (const tm_node *argument = call->first; argument; argument = argument->next)
        if (!is_text(argument))
            return TM_FAILS_PERHAPS;
    return TM_FAILS_NEVER;
}

static tm_failing of_literal(const tm_node *call)
{
    const tm_node *only = call->first;
    return only && !only->next && only->kind == TM_NODE_STRING ? TM_FAILS_NEVER : TM_FAILS_PERHAPS;
}

static tm_failing of_list(const tm_node *call)
{
    const bool list = call->first && call->first->kind == TM_NODE_LIST;
    return list ? worst_of(call->first) : TM_FAILS_PERHAPS;
}

/* The keys of a map that is always one, and asking a list that is always one for an element. */
static tm_failing of_keys(const tm_node *call)
{
    const tm_node *map = call->first;
    const tm_path *row = map ? row_of(map) : NULL;
    return row && !map->next && row->type == TM_MAP && !map->last_segment->keys ? TM_FAILS_NEVER
                                                                                : TM_FAILS_PERHAPS;
}

static tm_failing of_element(const tm_node *call)
{
    const tm_node *list = call->first;
    const bool keys = list && list->kind == TM_NODE_CALL && tm_text_is(list->name, "Keys");
    return keys && !list->keys ? worst_of(list) : TM_FAILS_PERHAPS;
}

/* What is known of converters; all others may fail. */
static const struct {
    const char *name;
    tm_failing (*ask)(const tm_node *call);
} converters[] = {
    {"IsString", of_arguments},    {"IsInt", of_arguments},
    {"IsDouble", of_arguments},    {"IsBool", of_arguments},
    {"IsMap", of_arguments},       {"IsList", of_arguments},
    {"IsEmpty", of_arguments},     {"IsRootSpan", of_arguments},
    {"Coalesce", of_list},         {"Duration", of_literal},
    {"IsMatch", of_match},         {"HasPrefix", of_texts},
    {"HasSuffix", of_texts},       {"Keys", of_keys},
    {"ContainsValue", of_element},
};

static tm_failing of_call(const tm_node *call)
{
    for (size_t i = 0; !call->keys && i < sizeof converters / sizeof *converters; i++)
        if (tm_text_is(call->name, converters[i].name))
            return converters[i].ask(call);
    return TM_FAILS_PERHAPS;
}

static bool is_time(const tm_node *node)
{
    const tm_path *row = row_of(node);
    return row && row->type == TM_TIME;
}

/* Whether it is an int whatever the span is. */
static bool is_count(const tm_node *node)
{
    const tm_path *row = row_of(node);
    if (node->kind == TM_NODE_ARITHMETIC && node->op != TM_DIV)
        return is_count(node->first) && is_count(node->last);
    if (node->kind == TM_NODE_GROUP || node->kind == TM_NODE_SIGN)
        return is_count(node->first);
    return node->kind == TM_NODE_INT || (row && row->type == TM_INT);
}

/* Times have a difference, and ints wrap. */
static bool sum_may_fail(const tm_node *node)
{
    const tm_node *left = node->first, *right = node->last;
    if (node->kind == TM_NODE_SIGN)
        return !is_count(left) && left->kind != TM_NODE_DOUBLE;
    if (node->op == TM_SUB && is_time(left) && is_time(right))
        return false;
    return node->op == TM_DIV || !is_count(left) || !is_count(right);
}

tm_failing tm_may_fail(const tm_node *node)
{
    switch (node->kind) {
    case TM_NODE_NIL:
    case TM_NODE_BOOL:
    case TM_NODE_INT:
    case TM_NODE_DOUBLE:
    case TM_NODE_STRING:
    case TM_NODE_BYTES:
    case TM_NODE_ENUM:
        return TM_FAILS_NEVER;
    case TM_NODE_PATH:
        return path_may_fail(node) ? TM_FAILS_PERHAPS : TM_FAILS_NEVER;
    case TM_NODE_CALL:
        return of_call(node);
    case TM_NODE_ARITHMETIC:
    case TM_NODE_SIGN:
        return sum_may_fail(node) ? TM_FAILS_PERHAPS : TM_FAILS_NEVER;
    case TM_NODE_FUNCTION:
    case TM_NODE_LAMBDA:
        return TM_FAILS_PERHAPS;
    default:
        return worst_of(node->first);
    }
}

/* Attributes, caches and their entries take any value. */
static bool takes_all(const tm_node *path)
{
    const tm_path *row = row_of(path);
    return row && !path_may_fail(path) && row->type == TM_MAP && row->level != TM_LEVELS;
}

static bool is_literal(const tm_node *node)
{
    if (node->kind == TM_NODE_LIST || node->kind == TM_NODE_MAP)
        for (const tm_node *child = node->first; child; child = child->next)
            if (!is_literal(child))
                return false;
    return node->kind <= TM_NODE_ENUM || node->kind == TM_NODE_LIST || node->kind == TM_NODE_MAP ||
           node->kind == TM_NODE_SIGN;
}

/* Whether entries of maps can hold what it yields. */
static bool is_storable(const tm_node *node)
{
    const tm_path *row = row_of(node);
    return is_literal(node) || (row && (row->type == TM_STRING || row->type == TM_INT ||
                                        row->access == TM_ACCESS_ATTRIBUTES));
}

static tm_failing of_editor(const tm_node *call)
{
    const tm_node *target = call->first, *second = target ? target->next : NULL;
    const bool whole = target && target->kind == TM_NODE_PATH && !target->last_segment->keys;
    if (!target || !second || second->next || !takes_all(target))
        return TM_FAILS_PERHAPS;
    if (tm_text_is(call->name, "set") && !whole)
        return is_storable(second) ? tm_may_fail(second) : TM_FAILS_PERHAPS;
    const bool deletes =
        tm_text_is(call->name, "delete_key") || tm_text_is(call->name, "delete_matching_keys");
    return deletes && whole && second->kind == TM_NODE_STRING ? TM_FAILS_NEVER : TM_FAILS_PERHAPS;
}

tm_failing tm_tree_may_fail(const tm_tree *tree)
{
    const tm_failing whole =
        tree->entry == TM_STATEMENT ? of_editor(tree->expression) : tm_may_fail(tree->expression);
    return tree->where ? worst(whole, tm_may_fail(tree->where)) : whole;
}

/* ---- what else is asked of an expression ------------------------------------------------------
 */

typedef bool question(const tm_node *node);

static bool holds_within(const tm_node *node, question *asked)
{
    if (asked(node))
        return true;
    for (const tm_segment *s = node->segments; s; s = s->next)
        for (const tm_node *key = s->keys; key; key = key->next)
            if (holds_within(key, asked))
                return true;
    for (const tm_node *child = node->first; child; child = child->next)
        if (holds_within(child, asked))
            return true;
    for (const tm_node *key = node->keys; key; key = key->next)
        if (holds_within(key, asked))
            return true;
    return false;
}

static bool is_impure(const tm_node *node)
{
    const tm_function *f = node->kind == TM_NODE_CALL ? tm_function_find(node->name) : NULL;
    return f && f->hosts & TM_HOST_IMPURE;
}

static bool is_events(const tm_node *node)
{
    const tm_path *row = row_of(node);
    return row && row->access == TM_ACCESS_EVENTS;
}

static bool is_lambda(const tm_node *node)
{
    return node->kind == TM_NODE_LAMBDA;
}

bool tm_may_change(const tm_node *node)
{
    return holds_within(node, is_impure);
}

bool tm_mentions_events(const tm_node *node)
{
    return holds_within(node, is_events);
}

bool tm_mentions_lambda(const tm_node *node)
{
    return holds_within(node, is_lambda);
}
