/* Prefix: paths, and what hides them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/prefix.h"

#include "lang/compile.h"

/* The parameters in sight, innermost lambda first. */
typedef struct sight {
    const struct sight *outer;
    const tm_segment *parameters;
} sight;

typedef struct prefixing {
    tm_arena *arena;
    tm_level level;
    const sight *sight;
} prefixing;

static bool is_parameter(const prefixing *p, tm_text name)
{
    for (const sight *s = p->sight; s; s = s->outer)
        for (const tm_segment *parameter = s->parameters; parameter; parameter = parameter->next)
            if (tm_text_equal(parameter->name, name) && !tm_text_is(name, "_"))
                return true;
    return false;
}

/* A field of the span may be called like a context. */
static bool can_stand_alone(const prefixing *p, const tm_segment *field)
{
    tm_level level;
    return !is_parameter(p, field->name) && (!field->next || !tm_context_find(field->name, &level));
}

static void prefix_path(prefixing *p, tm_node *node)
{
    tm_segment *first = node->segments;
    tm_level level;
    if (is_parameter(p, first->name))
        return;
    if (first->next && !first->keys && tm_context_find(first->name, &level)) {
        if (level == TM_SPAN && can_stand_alone(p, first->next))
            node->segments = first->next;
        return;
    }
    if (p->level == TM_SPAN)
        return;
    node->segments = TM_NEW(p->arena, tm_segment);
    *node->segments = (tm_segment){.name = tm_text_of(tm_context_name(p->level)), .next = first};
}

static void visit(prefixing *p, tm_node *node);

static void visit_all(prefixing *p, tm_node *first)
{
    for (tm_node *node = first; node; node = node->next)
        visit(p, node);
}

static void visit(prefixing *p, tm_node *node)
{
    const sight inner = {.outer = p->sight, .parameters = node->parameters};
    for (tm_segment *s = node->segments; s; s = s->next)
        visit_all(p, s->keys);
    if (node->kind == TM_NODE_PATH)
        prefix_path(p, node);
    visit_all(p, node->keys);
    p->sight = &inner;
    visit_all(p, node->first);
    p->sight = inner.outer;
}

void tm_prefix_paths(tm_arena *arena, tm_tree *tree, tm_level level)
{
    prefixing p = {.arena = arena, .level = level};
    visit(&p, tree->expression);
    if (tree->where)
        visit(&p, tree->where);
}
