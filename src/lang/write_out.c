/* Write out: values, calls and conditions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/write_inside.h"

#include "stdlib/fn.h"

enum { NODES_MOST = 100000 };

/* ---- nodes ----------------------------------------------------------------------------------- */

tm_node *tm_written_node(tm_arena *arena, tm_node_kind kind)
{
    tm_node *node = TM_NEW(arena, tm_node);
    *node = (tm_node){.kind = kind, .depth = 1};
    return node;
}

void tm_written_add(tm_node *parent, tm_node *child)
{
    *(parent->last ? &parent->last->next : &parent->first) = child;
    parent->last = child;
}

static tm_node *group(tm_arena *arena, tm_node *inside)
{
    tm_node *node = tm_written_node(arena, TM_NODE_GROUP);
    tm_written_add(node, inside);
    return node;
}

tm_node *tm_written_part(tm_arena *arena, tm_node *c, bool negated)
{
    const bool chain = c->kind == TM_NODE_AND || c->kind == TM_NODE_OR;
    const bool one = c->kind == TM_NODE_COMPARE || c->kind == TM_NODE_NOT;
    return chain || (negated && one) ? group(arena, c) : c;
}

void tm_written_join(tm_arena *arena, tm_node *chain, tm_node *condition)
{
    if (condition->kind != chain->kind) {
        tm_written_add(chain, tm_written_part(arena, condition, false));
        return;
    }
    for (tm_node *part = condition->first, *next; part; part = next) {
        next = part->next;
        part->next = NULL;
        tm_written_add(chain, part);
    }
}

tm_node *tm_write_refuse(tm_writing *w, const char *why, tm_text name)
{
    if (!w->failed)
        tm_diag_error(w->diags, w->source, w->place, "E0330", "plain OTTL cannot say this: %.*s%s",
                      TM_PRI(name), why);
    w->failed = true;
    return tm_written_node(w->arena, TM_NODE_NIL);
}

/* The node alone, without what hangs on it. */
tm_node *tm_write_copy(tm_writing *w, const tm_node *node)
{
    tm_node *out = TM_NEW(w->arena, tm_node);
    *out = *node;
    out->next = out->first = out->last = out->keys = out->last_key = NULL;
    out->segments = out->last_segment = out->parameters = NULL;
    if (w->nodes++ > NODES_MOST)
        tm_write_refuse(w, "it grows too large when it is written out", TM_TEXT(""));
    return out;
}

static bool is_sum(const tm_node *node)
{
    return node->kind == TM_NODE_ARITHMETIC || node->kind == TM_NODE_SIGN;
}

static tm_node *operand(tm_writing *w, const tm_node *node)
{
    tm_node *out = tm_write_value(w, node);
    return is_sum(out) && !is_sum(node) ? group(w->arena, out) : out;
}

/* A sign before a number makes a literal; before what stands for a number it does not. */
static tm_node *signed_operand(tm_writing *w, const tm_node *node)
{
    tm_node *out = tm_write_value(w, node);
    const bool number = out->kind == TM_NODE_INT || out->kind == TM_NODE_DOUBLE;
    return is_sum(out) || (number && node->kind != out->kind) ? group(w->arena, out) : out;
}

tm_node *tm_write_keys(tm_writing *w, const tm_node *first, tm_node **last)
{
    tm_node *out = NULL;
    for (; first; first = first->next) {
        tm_node *key = tm_write_value(w, first);
        if (is_sum(key) && !is_sum(first))
            key = group(w->arena, key);
        *(out ? &(*last)->next : &out) = key;
        *last = key;
    }
    return out;
}

/* More keys behind what a name stands for. */
tm_node *tm_write_indexed(tm_writing *w, tm_node *node, const tm_node *more)
{
    tm_node *last = NULL, *added = tm_write_keys(w, more, &last);
    if (!added)
        return node;
    if (node->kind != TM_NODE_PATH && node->kind != TM_NODE_CALL)
        return tm_write_refuse(w, "what has no name cannot be indexed", TM_TEXT(""));
    tm_node **end = node->kind == TM_NODE_PATH ? &node->last_segment->keys : &node->keys;
    while (*end)
        end = &(*end)->next;
    *end = added;
    return node;
}

/* ---- calls, values, conditions --------------------------------------------------------------- */

static bool is_own(const tm_function *function)
{
    return function && strcmp(function->origin, "OTTL") != 0;
}

static tm_node *refuse_own(tm_writing *w, const tm_node *node)
{
    return tm_write_refuse(w, " is a function of tamis", node->name);
}

static tm_node *plain_call(tm_writing *w, const tm_node *node)
{
    const tm_function *function = tm_function_find(node->name);
    tm_node *out = tm_write_copy(w, node), *last = NULL;
    if (is_own(function))
        return refuse_own(w, node);
    for (const tm_node *a = node->first; a; a = a->next) {
        tm_node *written = tm_write_value(w, a);
        written->label = a->label;
        written->label_place = a->label_place;
        tm_written_add(out, written);
    }
    out->keys = tm_write_keys(w, node->keys, &last);
    return out;
}

static tm_node *call(tm_writing *w, const tm_node *node)
{
    const tm_definition *d = tm_write_def_of(w, node);
    if (!d)
        return plain_call(w, node);
    if (tm_write_is_condition_of(d))
        return tm_write_refuse(w, " is a condition, which is no value", node->name);
    return tm_write_indexed(w, tm_write_body(w, tm_write_frame_of(w, d, node), tm_write_value),
                            node->keys);
}

static tm_node *with_children(tm_writing *w, const tm_node *node, tm_writer *write)
{
    tm_node *out = tm_write_copy(w, node);
    for (const tm_node *child = node->first; child; child = child->next) {
        tm_node *written = write(w, child);
        written->label = child->label;
        written->label_place = child->label_place;
        tm_written_add(out, written);
    }
    return out;
}

static tm_node *value_inside(tm_writing *w, const tm_node *node)
{
    switch (node->kind) {
    case TM_NODE_PATH:
        return tm_write_path(w, node);
    case TM_NODE_CALL:
        return call(w, node);
    case TM_NODE_LAMBDA:
        return tm_write_lambda(w, node);
    case TM_NODE_SIGN:
        return with_children(w, node, signed_operand);
    case TM_NODE_ARITHMETIC:
        return with_children(w, node, operand);
    case TM_NODE_GROUP:
        return tm_write_value(w, node->first);
    case TM_NODE_ENUM:
    case TM_NODE_FUNCTION:
        return is_own(tm_function_find(node->name)) ? refuse_own(w, node) : tm_write_copy(w, node);
    case TM_NODE_LIST:
    case TM_NODE_MAP:
    case TM_NODE_COMPARE:
        return with_children(w, node, tm_write_value);
    default:
        return tm_write_copy(w, node);
    }
}

/* Messages show the part of the rule itself, not of a body. */
static tm_node *at_its_place(tm_writing *w, const tm_node *node, tm_writer *write)
{
    const tm_place before = w->place;
    if (!w->frame)
        w->place = node->place;
    tm_node *out = w->failed ? tm_written_node(w->arena, TM_NODE_NIL) : write(w, node);
    w->place = before;
    return out;
}

tm_node *tm_write_value(tm_writing *w, const tm_node *node)
{
    return at_its_place(w, node, value_inside);
}

static tm_node *chain(tm_writing *w, const tm_node *node)
{
    tm_node *out = tm_write_copy(w, node);
    for (const tm_node *child = node->first; child; child = child->next)
        tm_written_join(w->arena, out, tm_write_condition(w, child));
    return out;
}

static tm_node *negated(tm_writing *w, const tm_node *node)
{
    return tm_written_part(w->arena, tm_write_condition(w, node), true);
}

/* The body of a definition that is used as a condition. */
static tm_node *body_of_condition(tm_writing *w, const tm_node *node)
{
    return tm_write_is_condition(node) || node->kind == TM_NODE_CALL || node->kind == TM_NODE_GROUP
               ? tm_write_condition(w, node)
               : tm_write_value(w, node);
}

static tm_node *condition_of_call(tm_writing *w, const tm_node *node)
{
    const tm_definition *d = tm_write_def_of(w, node);
    tm_node *out = d ? NULL : tm_write_chain(w, node);
    if (out || w->failed)
        return out ? out : tm_written_node(w->arena, TM_NODE_NIL);
    out = d && !node->keys ? tm_write_body(w, tm_write_frame_of(w, d, node), body_of_condition)
                           : call(w, node);
    if (out->kind == TM_NODE_CALL || out->kind == TM_NODE_BOOL || tm_write_is_condition(out) ||
        w->failed)
        return out;
    return tm_write_refuse(w, " stands for no condition", node->name);
}

static tm_node *condition_inside(tm_writing *w, const tm_node *node)
{
    switch (node->kind) {
    case TM_NODE_CALL:
        return condition_of_call(w, node);
    case TM_NODE_GROUP:
        return tm_write_condition(w, node->first);
    case TM_NODE_NOT:
        return with_children(w, node, negated);
    case TM_NODE_AND:
    case TM_NODE_OR:
        return chain(w, node);
    default:
        return tm_write_value(w, node);
    }
}

tm_node *tm_write_condition(tm_writing *w, const tm_node *node)
{
    return at_its_place(w, node, condition_inside);
}

tm_tree *tm_write_out(tm_arena *arena, tm_diags *diags, const tm_definitions *definitions,
                      const tm_tree *rule)
{
    tm_writing w = {.arena = arena,
                    .diags = diags,
                    .definitions = definitions,
                    .source = rule->source,
                    .place = rule->expression->place};
    tm_tree *out = TM_NEW(arena, tm_tree);
    *out = (tm_tree){.entry = rule->entry, .source = rule->source};
    out->expression = rule->entry == TM_CONDITION ? tm_write_condition(&w, rule->expression)
                                                  : plain_call(&w, rule->expression);
    if (rule->where)
        out->where = tm_write_condition(&w, rule->where);
    return w.failed ? NULL : out;
}
