/* Resolve: the context of rules that do not say theirs (language.md 6.1).
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/resolve.h"

#include "lang/habits.h"
#include "stdlib/fn.h"

/* What the rules mention. */
typedef struct mentions {
    uint32_t levels;            /* bit per level named by a path */
    const tm_node *enums;       /* an enum, or NULL */
    const tm_node *host;        /* a function of the span context only, or NULL */
    const tm_segment *path;     /* the first of all, or NULL */
    const tm_segment *stranger; /* the first that stands where a context would, or NULL */
    const tm_scope *scope;
} mentions;

static void visit(mentions *m, const tm_node *node);

static void visit_all(mentions *m, const tm_node *first)
{
    for (const tm_node *node = first; node; node = node->next)
        visit(m, node);
}

static bool is_parameter(const mentions *m, tm_text name)
{
    for (const tm_scope *scope = m->scope; scope; scope = scope->outer)
        for (unsigned i = 0; i < scope->n; i++)
            if (tm_text_equal(scope->binding[i].name, name))
                return true;
    return false;
}

/* otelcol and instrumentation_scope tell nothing; an unknown context is refused when the rule is
 * resolved. */
static void visit_path(mentions *m, const tm_node *node)
{
    const tm_segment *first = node->segments;
    tm_level level;
    if (is_parameter(m, first->name) || tm_text_is(first->name, "instrumentation_scope"))
        return;
    if (!m->path)
        m->path = first;
    bool known = tm_context_find(first->name, &level);
    if (first->next && known && level != TM_LEVELS)
        m->levels |= 1u << level;
    if (first->next && !known && !m->stranger)
        m->stranger = first;
}

static void visit_call(mentions *m, const tm_node *node)
{
    const tm_function *function = tm_function_find(node->name);
    if (function && (function->hosts & TM_HOST_SPAN))
        m->host = node;
    if (function && (function->hosts & TM_HOST_TRACE))
        m->enums = node; /* where enums are, there is a span */
}

static void visit_lambda(mentions *m, const tm_node *node)
{
    tm_binding binding[TM_PARAMETERS_MOST];
    tm_scope scope = {.outer = m->scope, .binding = binding};
    for (const tm_segment *p = node->parameters; p && scope.n < TM_PARAMETERS_MOST; p = p->next)
        binding[scope.n++].name = p->name;
    m->scope = &scope;
    visit_all(m, node->first);
    m->scope = scope.outer;
}

static void visit(mentions *m, const tm_node *node)
{
    if (node->kind == TM_NODE_LAMBDA) {
        visit_lambda(m, node);
        return;
    }
    if (node->kind == TM_NODE_PATH) {
        visit_path(m, node);
        for (const tm_segment *s = node->segments; s; s = s->next)
            visit_all(m, s->keys);
    }
    if (node->kind == TM_NODE_CALL)
        visit_call(m, node);
    if (node->kind == TM_NODE_ENUM && !tm_function_find(node->name))
        m->enums = node;
    visit_all(m, node->first);
    visit_all(m, node->keys);
}

static bool supports(const mentions *m, tm_level level)
{
    return (!m->host || level == TM_SPAN) && (!m->enums || level >= TM_SPAN);
}

static tm_text dotted(tm_arena *arena, const tm_segment *first)
{
    tm_buf out = {.arena = arena};
    for (const tm_segment *s = first; s; s = s->next)
        tm_buf_print(&out, "%s%.*s", s == first ? "" : ".", TM_PRI(s->name));
    return tm_buf_text(&out);
}

/* No path starts with a context; the first that starts with something else is shown. */
static bool names_none(tm_compiler *c, const mentions *m, const tm_source *source, tm_place place)
{
    const tm_text known[] = {TM_TEXT("span"), TM_TEXT("spanevent"), TM_TEXT("scope"),
                             TM_TEXT("resource")};
    tm_text near = {0};
    if (m->stranger)
        near = tm_nearest(c->arena, m->stranger->name, known, sizeof known / sizeof *known);
    tm_diag_error(c->diags, source, near.n ? m->stranger->place : place, "E0250",
                  "no context can be inferred: no path names one");
    if (!near.n && m->path)
        near = tm_habit_path(c->arena, dotted(c->arena, m->path), TM_SPAN, true, true);
    if (near.n)
        return tm_diag_hint(c->diags, "did you mean %.*s?", TM_PRI(near));
    return tm_diag_hint(c->diags, "start paths with span, spanevent, scope or resource");
}

bool tm_infer_context(tm_compiler *c, const tm_tree *const *trees, unsigned n, tm_level *context)
{
    mentions m = {0};
    for (unsigned i = 0; i < n; i++) {
        visit_all(&m, trees[i]->expression);
        visit_all(&m, trees[i]->where);
    }
    const tm_source *source = n ? trees[0]->source : NULL;
    tm_place place = n ? trees[0]->expression->place : (tm_place){0};
    if (!m.levels)
        return names_none(c, &m, source, place);
    int named = TM_EVENT;
    while (!(m.levels >> named & 1))
        named--;
    *context = (tm_level)named;
    if (supports(&m, *context))
        return true;
    for (int level = TM_EVENT; level > named; level--)
        if (supports(&m, *context = (tm_level)level))
            return true;
    const tm_node *node = m.host ? m.host : m.enums;
    return tm_diag_error(c->diags, source, node->place, "E0250",
                         "the inferred context %s does not support the %s %.*s",
                         tm_context_name((tm_level)named),
                         node->kind == TM_NODE_ENUM ? "enum" : "function", TM_PRI(node->name));
}
