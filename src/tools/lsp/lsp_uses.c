/* LSP, uses: walks over the trees of rule files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_uses.h"

#include "tools/lsp/lsp_analysis.h"

/* Parameters in sight. */
typedef struct scope {
    const struct scope *outer;
    const tm_segment *parameters;
} scope;

typedef struct walking {
    tm_arena *arena;
    const tm_rule_unit *unit;
    const tm_source *source;
    tm_lsp_use *first;
} walking;

static tm_lsp_use *add(walking *w, tm_lsp_use_kind kind, tm_text name, tm_place place)
{
    tm_lsp_use *u = TM_NEW(w->arena, tm_lsp_use);
    *u = (tm_lsp_use){
        .next = w->first, .kind = kind, .source = w->source, .place = place, .name = name};
    w->first = u;
    return u;
}

static void add_declared(walking *w, tm_lsp_use_kind kind, tm_text name, tm_place place)
{
    tm_lsp_use *u = add(w, kind, name, place);
    u->target = (tm_lsp_target){w->source, place};
    u->definition = kind == TM_LSP_USE_DEF || kind == TM_LSP_USE_LET
                        ? tm_definition_find(&w->unit->definitions, name)
                        : NULL;
}

/* A use of a definition, if there is one of that name. */
static bool add_defined(walking *w, tm_text name, tm_place place)
{
    const tm_definition *d = tm_definition_find(&w->unit->definitions, name);
    if (!d)
        return false;
    tm_lsp_use *u =
        add(w, d->item->kind == TM_FILE_DEF ? TM_LSP_USE_DEF : TM_LSP_USE_LET, name, place);
    u->definition = d;
    u->target = (tm_lsp_target){d->source, d->item->name_place};
    return true;
}

static bool add_parameter(walking *w, const scope *in, const tm_segment *s)
{
    for (; in; in = in->outer)
        for (const tm_segment *p = in->parameters; p; p = p->next)
            if (tm_text_equal(p->name, s->name) && !tm_text_is(p->name, "_")) {
                tm_lsp_use *u = add(w, TM_LSP_USE_PARAMETER, s->name, s->place);
                u->target = (tm_lsp_target){w->source, p->place};
                return true;
            }
    return false;
}

static void add_parameters(walking *w, const tm_segment *parameters)
{
    for (const tm_segment *p = parameters; p; p = p->next)
        if (!tm_text_is(p->name, "_"))
            add_declared(w, TM_LSP_USE_PARAMETER, p->name, p->place);
}

static void walk(walking *w, const tm_node *node, const scope *in);

static void walk_all(walking *w, const tm_node *first, const scope *in)
{
    for (const tm_node *n = first; n; n = n->next)
        walk(w, n, in);
}

static void add_path(walking *w, const tm_node *node, const scope *in)
{
    const tm_segment *first = node->segments;
    tm_place place = first->place;
    for (const tm_segment *s = first; s; s = s->next) {
        walk_all(w, s->keys, in);
        place = tm_place_join(place, s->place);
    }
    if (!add_parameter(w, in, first) && !add_defined(w, first->name, first->place))
        add(w, TM_LSP_USE_PATH, first->name, place);
}

static void walk(walking *w, const tm_node *node, const scope *in)
{
    const scope inner = {in, node->parameters};
    switch (node->kind) {
    case TM_NODE_PATH:
        add_path(w, node, in);
        break;
    case TM_NODE_CALL:
    case TM_NODE_FUNCTION:
        if (!add_defined(w, node->name, node->name_place))
            add(w, TM_LSP_USE_FUNCTION, node->name, node->name_place);
        break;
    case TM_NODE_ENUM:
        if (!add_defined(w, node->name, node->name_place))
            add(w, TM_LSP_USE_ENUM, node->name, node->name_place);
        break;
    default:
        break;
    }
    add_parameters(w, node->parameters);
    walk_all(w, node->first, &inner);
    walk_all(w, node->keys, in);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void add_import(walking *w, const tm_file_item *item)
{
    const tm_text end = TM_TEXT(".ottl");
    tm_text full =
        tm_text_ends(item->name, end) ? item->name : tm_arena_join(w->arena, item->name, end);
    while (tm_text_starts(full, TM_TEXT("./")) || tm_text_starts(full, TM_TEXT("../")))
        full = tm_text_skip(full, full.p[1] == '/' ? 2 : 3);
    tm_lsp_use *u = add(w, TM_LSP_USE_IMPORT, item->name, item->text);
    for (const tm_unit_file *f = w->unit->first; f && !u->target.source; f = f->next) {
        const tm_text path = f->file->source->name;
        if (f->file->source != w->source && tm_text_ends(path, full) &&
            (path.n == full.n || path.p[path.n - full.n - 1] == '/'))
            u->target.source = f->file->source;
    }
}

static void add_item(walking *w, const tm_file_item *item)
{
    const scope in = {NULL, item->parameters};
    const bool rule =
        item->kind == TM_FILE_DROP || item->kind == TM_FILE_KEEP || item->kind == TM_FILE_EDIT;
    if (item->kind == TM_FILE_IMPORT && item->name.n)
        add_import(w, item);
    else if (rule && item->name.n)
        add_declared(w, TM_LSP_USE_LABEL, item->name, item->name_place);
    else if ((item->kind == TM_FILE_LET || item->kind == TM_FILE_DEF) && item->name.n)
        add_declared(w, item->kind == TM_FILE_DEF ? TM_LSP_USE_DEF : TM_LSP_USE_LET, item->name,
                     item->name_place);
    add_parameters(w, item->parameters);
    if (!item->tree)
        return;
    walk(w, item->tree->expression, &in);
    if (item->tree->where)
        walk(w, item->tree->where, &in);
}

const tm_lsp_use *tm_lsp_uses_of(tm_arena *arena, const tm_rule_unit *unit,
                                 const tm_rule_file *file)
{
    walking w = {.arena = arena, .unit = unit, .source = file->source};
    for (const tm_file_item *i = file->first; i; i = i->next)
        add_item(&w, i);
    return w.first;
}

const tm_lsp_use *tm_lsp_use_at(const tm_lsp_use *uses, size_t at)
{
    const tm_lsp_use *found = NULL;
    for (const tm_lsp_use *u = uses; u; u = u->next)
        if (at >= u->place.at && at <= u->place.at + u->place.n &&
            (!found || u->place.n < found->place.n))
            found = u;
    return found;
}

bool tm_lsp_same_target(tm_lsp_target a, tm_lsp_target b)
{
    return a.source && b.source && a.place.at == b.place.at && a.place.n == b.place.n &&
           tm_lsp_same_file(a.source->name, b.source->name);
}
