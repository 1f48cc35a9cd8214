/* Resolve: lets and defs of rule files, written out where they are named.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/definition.h"
#include "lang/resolve.h"

enum { INLINED_MOST = 20000, DEPTH_MOST = 64 };

/* What of the resolver changes with the text that it is in. */
typedef struct stand {
    const tm_inlining *inlining;
    const tm_scope *scope;
    const tm_source *source;
    tm_diags *diags;
} stand;

static stand stand_of(const tm_resolver *r)
{
    return (stand){
        .inlining = r->inlining, .scope = r->scope, .source = r->source, .diags = r->diags};
}

static void move_to(tm_resolver *r, stand s)
{
    r->inlining = s.inlining;
    r->scope = s.scope;
    r->source = s.source;
    r->diags = s.diags;
}

static stand caller_of(const tm_inlining *frame)
{
    return (stand){.inlining = frame->caller,
                   .scope = frame->scope,
                   .source = frame->source,
                   .diags = frame->diags};
}

/* ---- references -------------------------------------------------------------------------------
 */

/* The argument that a parameter of the body around has, or NULL. */
static const tm_node *argument_of(const tm_resolver *r, tm_text name)
{
    unsigned i = 0;
    if (r->inlining)
        for (const tm_segment *p = r->inlining->definition->item->parameters; p; p = p->next, i++)
            if (tm_text_equal(p->name, name))
                return r->inlining->argument[i];
    return NULL;
}

static tm_definition *let_of(const tm_resolver *r, tm_text name)
{
    tm_definition *d = tm_definition_find(r->compiler->definitions, name);
    return d && d->item->kind == TM_FILE_LET ? d : NULL;
}

static bool is_local(const tm_resolver *r, const tm_node *node)
{
    return node->kind == TM_NODE_PATH && tm_resolve_local(r, node->segments->name);
}

static bool is_reference(const tm_resolver *r, const tm_node *node)
{
    return node->kind == TM_NODE_PATH && !is_local(r, node) &&
           (argument_of(r, node->segments->name) || let_of(r, node->segments->name));
}

/* ---- bodies -----------------------------------------------------------------------------------
 */

/* What went wrong in a body with these arguments, told at the call in the rule. */
static void tell_inside(tm_resolver *r, const tm_diags *aside, const tm_definition *d,
                        tm_place place)
{
    unsigned line, column;
    const tm_diag *wrong = aside->first;
    while (wrong->severity != TM_ERROR)
        wrong = wrong->next;
    if (strcmp(wrong->code, "E0315") == 0 || strcmp(wrong->code, "E0314") == 0) {
        tm_diag_error(r->diags, r->source, place, wrong->code, "%.*s", TM_PRI(wrong->message));
        if (wrong->hint.n) /* further inside it was told already */
            tm_diag_hint(r->diags, "%.*s", TM_PRI(wrong->hint));
        return;
    }
    tm_diag_error(r->diags, r->source, place, "E0315", "in %.*s, written out here: %.*s",
                  TM_PRI(d->item->name), TM_PRI(wrong->message));
    tm_source_position(wrong->source, wrong->place.at, &line, &column);
    tm_diag_hint(r->diags, "see %.*s:%u:%u%s%.*s", TM_PRI(wrong->source->name), line, column,
                 wrong->hint.n ? "; " : "", TM_PRI(wrong->hint));
}

static bool may_enter(tm_resolver *r, const tm_definition *d, tm_place place)
{
    if (d->broken)
        return false;
    if (r->inlined++ < INLINED_MOST && (!r->inlining || r->inlining->depth < DEPTH_MOST))
        return true;
    return tm_diag_error(r->diags, r->source, place, "E0314",
                         "%.*s grows too large when it is written out", TM_PRI(d->item->name));
}

/* Resolves the body of a definition in the frame, which holds the arguments. */
static tm_expr *resolve_body(tm_resolver *r, const tm_definition *d, tm_inlining *frame,
                             tm_place place)
{
    if (!may_enter(r, d, place))
        return NULL;
    stand here = stand_of(r);
    tm_diags aside = {.arena = r->arena};
    frame->caller = here.inlining;
    frame->scope = here.scope;
    frame->source = here.source;
    frame->diags = here.diags;
    frame->definition = d;
    frame->place = here.inlining ? here.inlining->place : place;
    frame->depth = here.inlining ? here.inlining->depth + 1 : 0;
    move_to(r, (stand){.inlining = frame, .source = d->source, .diags = &aside});
    const tm_tree *body = d->item->tree;
    tm_expr *e = body->entry == TM_CONDITION ? tm_resolve_condition(r, body->expression)
                                             : tm_resolve_value(r, body->expression);
    move_to(r, here);
    if (!e && aside.errors)
        tell_inside(r, &aside, d, place);
    return e;
}

/* More keys behind an expression. */
static tm_expr *add_keys(tm_resolver *r, tm_expr *e, const tm_node *keys, tm_text name)
{
    tm_expr *more = NULL, **end = &e->keys;
    if (!keys)
        return e;
    if (e->kind != TM_EXPR_PATH && e->kind != TM_EXPR_LOCAL && e->kind != TM_EXPR_CALL) {
        tm_diag_error(r->diags, r->source, keys->place, "E0316",
                      "%.*s stands for something that has no keys", TM_PRI(name));
        return NULL;
    }
    if (!tm_resolve_keys(r, keys, &more))
        return NULL;
    while (*end)
        end = &(*end)->next;
    *end = more;
    if (e->kind == TM_EXPR_PATH)
        tm_resolve_note(r, e);
    return e;
}

static tm_expr *resolve_in(tm_resolver *r, stand there, const tm_node *node)
{
    stand here = stand_of(r);
    move_to(r, there);
    tm_expr *e = tm_resolve_value(r, node);
    move_to(r, here);
    return e;
}

bool tm_resolve_reference(tm_resolver *r, const tm_node *node, tm_expr **out)
{
    const tm_segment *first = node->segments;
    if (!is_reference(r, node))
        return false;
    const tm_node *argument = argument_of(r, first->name);
    *out = NULL;
    if (first->next) {
        tm_diag_error(r->diags, r->source, first->next->place, "E0316",
                      "%.*s cannot be followed by a dot", TM_PRI(first->name));
        tm_diag_hint(r->diags, "index it: %.*s[\"%.*s\"]", TM_PRI(first->name),
                     TM_PRI(first->next->name));
        return true;
    }
    tm_inlining frame = {0};
    tm_expr *e = argument ? resolve_in(r, caller_of(r->inlining), argument)
                          : resolve_body(r, let_of(r, first->name), &frame, node->place);
    *out = e ? add_keys(r, e, first->keys, first->name) : NULL;
    return true;
}

/* The arguments of a call, by position. */
static bool bind(tm_resolver *r, const tm_node *node, const tm_file_item *def, tm_inlining *frame)
{
    unsigned n = 0;
    for (const tm_node *a = node->first; a; a = a->next, n++) {
        if (a->label.n)
            return tm_diag_error(r->diags, r->source, a->label_place, "E0312",
                                 "arguments of a def have no names");
        if (n < def->parameter_count)
            frame->argument[n] = a;
    }
    if (n == def->parameter_count)
        return true;
    return tm_diag_error(r->diags, r->source, node->place, "E0312",
                         "%.*s takes %u argument%s but got %u", TM_PRI(def->name),
                         def->parameter_count, def->parameter_count == 1 ? "" : "s", n);
}

bool tm_resolve_defined(tm_resolver *r, const tm_node *node, tm_expr **out)
{
    const tm_definition *d = tm_definition_find(r->compiler->definitions, node->name);
    if (!d)
        return false;
    tm_inlining *frame = TM_NEW(r->arena, tm_inlining);
    *out = NULL;
    if (bind(r, node, d->item, frame))
        *out = resolve_body(r, d, frame, node->place);
    if (*out)
        *out = add_keys(r, *out, node->keys, node->name);
    return true;
}

bool tm_resolve_follow(tm_resolver *r, const tm_node *node, tm_follow follow, void *owner,
                       bool *done)
{
    if (!is_reference(r, node) || node->segments->next || node->segments->keys)
        return false;
    stand here = stand_of(r);
    const tm_node *argument = argument_of(r, node->segments->name);
    tm_inlining *frame = TM_NEW(r->arena, tm_inlining);
    const tm_definition *let = argument ? NULL : let_of(r, node->segments->name);
    if (let && let->broken) {
        *done = false;
        return true;
    }
    if (argument) {
        move_to(r, caller_of(r->inlining));
    } else {
        *frame = (tm_inlining){.caller = here.inlining,
                               .scope = here.scope,
                               .source = here.source,
                               .diags = here.diags,
                               .definition = let,
                               .place = here.inlining ? here.inlining->place : node->place,
                               .depth = here.inlining ? here.inlining->depth + 1 : 0};
        move_to(r, (stand){.inlining = frame, .source = let->source, .diags = here.diags});
    }
    *done = follow(r, argument ? argument : let->item->tree->expression, owner);
    move_to(r, here);
    return true;
}
