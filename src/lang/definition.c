/* Definition: the table, what may be defined, and contexts through bodies.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/definition.h"

#include "lang/resolve.h"
#include "stdlib/fn.h"

tm_definition *tm_definition_find(const tm_definitions *definitions, tm_text name)
{
    for (tm_definition *d = definitions ? definitions->first : NULL; d; d = d->next)
        if (tm_text_equal(d->item->name, name))
            return d;
    return NULL;
}

/* ---- names ------------------------------------------------------------------------------------
 */

/* Whether a bare path may start with that name. */
static bool is_path_name(tm_text name)
{
    tm_level level;
    if (tm_context_find(name, &level))
        return true;
    for (const tm_path *row = tm_path_rows(); row->dotted; row++) {
        tm_text dotted = tm_text_of(row->dotted);
        if (tm_text_starts(dotted, name) && (dotted.n == name.n || dotted.p[name.n] == '.'))
            return true;
    }
    return false;
}

static bool defined_twice(tm_diags *diags, const tm_source *source, const tm_file_item *item,
                          const tm_definition *before)
{
    unsigned line, column;
    tm_diag_error(diags, source, item->name_place, "E0310", "%.*s is defined twice",
                  TM_PRI(item->name));
    if (before->source == source)
        return tm_diag_other(diags, before->item->name_place);
    tm_source_position(before->source, before->item->name_place.at, &line, &column);
    return tm_diag_hint(diags, "%.*s:%u defines it, too", TM_PRI(before->source->name), line);
}

static bool check_name(tm_diags *diags, const tm_definitions *definitions, const tm_source *source,
                       const tm_file_item *item)
{
    const tm_definition *before = tm_definition_find(definitions, item->name);
    if (before)
        return defined_twice(diags, source, item, before);
    if (item->kind == TM_FILE_DEF && (tm_function_find_with(definitions->functions, item->name) ||
                                      tm_optional_lacks(item->name)))
        return tm_diag_error(diags, source, item->name_place, "E0311",
                             "%.*s is a function of the language", TM_PRI(item->name));
    if (item->kind == TM_FILE_LET && is_path_name(item->name))
        return tm_diag_error(diags, source, item->name_place, "E0311",
                             "%.*s is the name of a path or a context", TM_PRI(item->name));
    return true;
}

bool tm_definitions_add(tm_arena *arena, tm_diags *diags, tm_definitions *definitions,
                        const tm_rule_file *file)
{
    bool ok = true;
    for (const tm_file_item *item = file->first; item; item = item->next) {
        if ((item->kind != TM_FILE_LET && item->kind != TM_FILE_DEF) || !item->name.n)
            continue;
        if (!check_name(diags, definitions, file->source, item)) {
            ok = false;
            continue;
        }
        tm_definition *d = TM_NEW(arena, tm_definition);
        *d = (tm_definition){.item = item, .source = file->source, .broken = !item->tree};
        *(definitions->last ? &definitions->last->next : &definitions->first) = d;
        definitions->last = d;
    }
    return ok;
}

/* ---- walking through bodies -------------------------------------------------------------------
 */

/* A definition whose body is being walked. */
typedef struct walk {
    const struct walk *outer;
    const tm_definition *definition;
} walk;

typedef struct mentions {
    const tm_definitions *definitions;
    const walk *inside;
    uint32_t levels;
    unsigned steps; /* bodies that call bodies grow fast: resolving will refuse those */
} mentions;

enum { STEPS_MOST = 100000 };

static void visit(mentions *m, const tm_node *node);

static void visit_all(mentions *m, const tm_node *first)
{
    for (const tm_node *node = first; node; node = node->next)
        visit(m, node);
}

static bool is_parameter(const mentions *m, tm_text name)
{
    if (m->inside)
        for (const tm_segment *p = m->inside->definition->item->parameters; p; p = p->next)
            if (tm_text_equal(p->name, name))
                return true;
    return false;
}

static bool is_inside(const mentions *m, const tm_definition *d)
{
    for (const walk *w = m->inside; w; w = w->outer)
        if (w->definition == d)
            return true;
    return false;
}

static void visit_body(mentions *m, const tm_definition *d)
{
    if (!d->item->tree || is_inside(m, d))
        return;
    walk w = {.outer = m->inside, .definition = d};
    m->inside = &w;
    visit(m, d->item->tree->expression);
    m->inside = w.outer;
}

/* A name that is neither parameter nor let may still be a lambda's: its level is that of a span,
 * which a lambda's argument is at most. */
static void visit_path(mentions *m, const tm_node *node)
{
    const tm_segment *first = node->segments;
    const tm_definition *d = tm_definition_find(m->definitions, first->name);
    tm_level level;
    if (is_parameter(m, first->name))
        return;
    if (d)
        visit_body(m, d);
    else if (first->next && tm_context_find(first->name, &level))
        m->levels |= level == TM_LEVELS ? 0 : 1u << level;
    else if (is_path_name(first->name))
        m->levels |= 1u << TM_SPAN;
}

static void visit(mentions *m, const tm_node *node)
{
    if (m->steps++ > STEPS_MOST)
        return;
    if (node->kind == TM_NODE_PATH) {
        visit_path(m, node);
        for (const tm_segment *s = node->segments; s; s = s->next)
            visit_all(m, s->keys);
    }
    if (node->kind == TM_NODE_CALL) {
        const tm_definition *d = tm_definition_find(m->definitions, node->name);
        const tm_function *function = tm_function_find_with(m->definitions->functions, node->name);
        if (d)
            visit_body(m, d);
        if (function && function->hosts & (TM_HOST_SPAN | TM_HOST_TRACE))
            m->levels |= 1u << TM_SPAN;
    }
    if (node->kind == TM_NODE_ENUM && !tm_function_find_with(m->definitions->functions, node->name))
        m->levels |= 1u << TM_SPAN;
    visit_all(m, node->first);
    visit_all(m, node->keys);
}

tm_level tm_definition_context(const tm_definitions *definitions, const tm_tree *tree)
{
    mentions m = {.definitions = definitions};
    visit(&m, tree->expression);
    if (tree->where)
        visit(&m, tree->where);
    for (int level = TM_EVENT; level >= 0; level--)
        if (m.levels >> level & 1)
            return (tm_level)level;
    return TM_SPAN;
}

/* ---- checking ---------------------------------------------------------------------------------
 */

typedef struct check {
    tm_arena *arena;
    tm_diags *diags;
    const tm_definitions *definitions;
} check;

/* The chain of bodies that leads back to the one it starts with, or NULL. */
static const tm_definition *find_cycle(const check *c, const tm_node *node, const walk *inside);

static const tm_definition *cycle_in(const check *c, const tm_node *first, const walk *inside)
{
    const tm_definition *found = NULL;
    for (const tm_node *node = first; node && !found; node = node->next)
        found = find_cycle(c, node, inside);
    return found;
}

static void tell_cycle(const check *c, const tm_definition *start, const walk *inside)
{
    tm_buf chain = {.arena = c->arena};
    tm_buf_print(&chain, "%.*s", TM_PRI(start->item->name));
    for (const walk *w = inside; w && w->definition != start; w = w->outer) {
        tm_buf next = {.arena = c->arena};
        tm_buf_print(&next, "%.*s -> %.*s", TM_PRI(w->definition->item->name),
                     TM_PRI(tm_buf_text(&chain)));
        chain = next;
    }
    tm_diag_error(c->diags, start->source, start->item->name_place, "E0313",
                  "%.*s is defined by itself: %.*s -> %.*s", TM_PRI(start->item->name),
                  TM_PRI(start->item->name), TM_PRI(tm_buf_text(&chain)));
}

static const tm_definition *enter_body(const check *c, tm_definition *d, const walk *inside)
{
    if (d->body == TM_BODY_OPEN) {
        tell_cycle(c, d, inside);
        return d;
    }
    if (d->broken || d->body == TM_BODY_DONE)
        return NULL;
    walk w = {.outer = inside, .definition = d};
    d->body = TM_BODY_OPEN;
    const tm_definition *found = find_cycle(c, d->item->tree->expression, &w);
    d->body = TM_BODY_DONE;
    d->broken = found != NULL;
    return found;
}

static const tm_definition *find_cycle(const check *c, const tm_node *node, const walk *inside)
{
    const tm_definition *found = NULL;
    tm_text name = node->kind == TM_NODE_PATH   ? node->segments->name
                   : node->kind == TM_NODE_CALL ? node->name
                                                : TM_TEXT("");
    tm_definition *d = name.n ? tm_definition_find(c->definitions, name) : NULL;
    for (const tm_segment *p = d ? inside->definition->item->parameters : NULL; p; p = p->next)
        if (tm_text_equal(p->name, name))
            d = NULL;
    if (d)
        found = enter_body(c, d, inside);
    if (node->kind == TM_NODE_PATH)
        for (const tm_segment *s = node->segments; s && !found; s = s->next)
            found = cycle_in(c, s->keys, inside);
    if (!found)
        found = cycle_in(c, node->first, inside);
    return found ? found : cycle_in(c, node->keys, inside);
}

/* All that take part in a cycle are broken: what is told of one is enough. */
static bool break_cycles(const check *c)
{
    bool ok = true;
    for (tm_definition *d = c->definitions->first; d; d = d->next)
        ok &= !enter_body(c, d, NULL);
    return ok;
}

/* Without parameters the whole body is resolved; with them each call does that. */
static bool check_body(const check *c, tm_definition *d)
{
    tm_need_table needs = {.arena = c->arena};
    tm_compiler compiler = {.arena = c->arena,
                            .diags = c->diags,
                            .needs = &needs,
                            .definitions = c->definitions,
                            .functions = c->definitions->functions};
    tm_tree tree = *d->item->tree;
    if (d->item->parameters)
        return true;
    return tm_compile_tree(&compiler, &tree, tm_definition_context(c->definitions, &tree),
                           TM_PATHS_SPAN) != NULL;
}

bool tm_definitions_check(tm_arena *arena, tm_diags *diags, const tm_definitions *definitions)
{
    check c = {.arena = arena, .diags = diags, .definitions = definitions};
    bool ok = break_cycles(&c);
    for (tm_definition *d = definitions->first; d; d = d->next) {
        if (d->broken) {
            ok = false;
        } else if (!check_body(&c, d)) {
            d->broken = true;
            ok = false;
        }
    }
    return ok;
}
