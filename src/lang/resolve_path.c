/* Resolve: paths, their contexts and keys (language.md 1.4, 3).
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/resolve.h"

#include "lang/definition.h"
#include "lang/habits.h"

enum { ROWS_MOST = 96 };

static const struct {
    const char *name;
    tm_level level;
} contexts[] = {
    {"resource", TM_RESOURCE}, {"scope", TM_SCOPE},    {"span", TM_SPAN},
    {"spanevent", TM_EVENT},   {"otelcol", TM_LEVELS}, {"instrumentation_scope", TM_SCOPE},
};

enum { CONTEXTS = sizeof contexts / sizeof *contexts };

/* How many keys a path takes: most none. */
static const uint8_t keys_most[] = {
    [TM_ACCESS_TRACE_STATE] = 1,         [TM_ACCESS_ATTRIBUTES] = UINT8_MAX,
    [TM_ACCESS_CACHE] = UINT8_MAX,       [TM_ACCESS_CLIENT_METADATA] = UINT8_MAX,
    [TM_ACCESS_CLIENT_AUTH] = UINT8_MAX, [TM_ACCESS_GRPC_METADATA] = UINT8_MAX,
};

const char *tm_context_name(tm_level level)
{
    return contexts[level].name;
}

bool tm_context_find(tm_text name, tm_level *level)
{
    for (unsigned i = 0; i < CONTEXTS; i++)
        if (tm_text_is(name, contexts[i].name)) {
            *level = contexts[i].level;
            return true;
        }
    return false;
}

/* "resource, scope and span": the contexts that a path may name here. */
static tm_text contexts_in_reach(tm_resolver *r)
{
    tm_buf b = {.arena = r->arena};
    for (int level = (int)r->context; level >= 0; level--)
        tm_buf_print(&b, "%s%s", b.n ? ", " : "", tm_context_name((tm_level)level));
    tm_buf_print(&b, ", otelcol");
    return tm_buf_text(&b);
}

static tm_text dotted_name(tm_resolver *r, const tm_segment *from, const tm_segment *end)
{
    tm_buf b = {.arena = r->arena};
    for (const tm_segment *s = from; s != end; s = s->next)
        tm_buf_print(&b, "%s%.*s", b.n ? "." : "", TM_PRI(s->name));
    return tm_buf_text(&b);
}

static const tm_path *find_row(tm_level level, tm_text dotted)
{
    for (const tm_path *row = tm_path_rows(); row->dotted; row++)
        if (row->level == level && tm_text_is(dotted, row->dotted))
            return row;
    return NULL;
}

static tm_place path_place(const tm_segment *from)
{
    tm_place place = from->place;
    for (const tm_segment *s = from; s; s = s->next)
        place = tm_place_join(place, s->place);
    return place;
}

static bool missing_context(tm_resolver *r, const tm_node *node)
{
    tm_text name = dotted_name(r, node->segments, NULL);
    tm_diag_error(r->diags, r->source, path_place(node->segments), "E0202",
                  "missing context name for path %.*s", TM_PRI(name));
    for (int level = (int)r->context; level >= 0; level--)
        if (find_row((tm_level)level, name))
            return tm_diag_hint(r->diags, "did you mean %s.%.*s?", tm_context_name((tm_level)level),
                                TM_PRI(name));
    return tm_diag_hint(r->diags, "start it with one of %.*s", TM_PRI(contexts_in_reach(r)));
}

static bool wrong_context(tm_resolver *r, const tm_segment *first)
{
    tm_diag_error(r->diags, r->source, first->place, "E0203",
                  "context %.*s is not valid in the %s context", TM_PRI(first->name),
                  tm_context_name(r->context));
    return tm_diag_hint(r->diags, "it must be one of %.*s", TM_PRI(contexts_in_reach(r)));
}

/* Takes the context off the front of the path; without one, the path is of the rule's own context.
 */
static bool take_context(tm_resolver *r, const tm_node *node, tm_level *level,
                         const tm_segment **rest)
{
    const tm_segment *first = node->segments;
    bool could = first->next && !first->keys;
    bool named = could && tm_context_find(first->name, level);
    if (!named && r->mode == TM_PATHS_PREFIXED)
        return could ? wrong_context(r, first) : missing_context(r, node);
    /* instrumentation_scope is no name of the scope context itself where the Collector looks names
     * up by prefix. */
    const bool prefixed = r->mode == TM_PATHS_PREFIXED || r->mode == TM_PATHS_EITHER;
    if (named && prefixed && r->context == TM_SCOPE &&
        tm_text_is(first->name, "instrumentation_scope"))
        return wrong_context(r, first);
    if (named && *level != TM_LEVELS && *level > r->context)
        return wrong_context(r, first);
    if (named)
        *rest = first->next;
    else
        *level = r->mode == TM_PATHS_SPAN ? TM_SPAN : r->context;
    return true;
}

static size_t names_of(tm_level level, tm_text name[ROWS_MOST])
{
    size_t n = 0;
    for (const tm_path *row = tm_path_rows(); row->dotted && n < ROWS_MOST; row++)
        if (row->level == level)
            name[n++] = tm_text_of(row->dotted);
    return n;
}

/* Paths, and the lets of rule files where a path is one word. */
static size_t names_near(const tm_resolver *r, tm_level level, const tm_segment *rest,
                         tm_text name[ROWS_MOST])
{
    size_t n = names_of(level, name);
    const tm_definitions *ours = rest->next ? NULL : r->compiler->definitions;
    for (const tm_definition *d = ours ? ours->first : NULL; d && n < ROWS_MOST; d = d->next)
        if (d->item->kind == TM_FILE_LET)
            name[n++] = d->item->name;
    return n;
}

/* Of a habit that is meant with a comparison, what stands before that, where none is written. */
static tm_text without_comparison(const tm_resolver *r, tm_place path, tm_text meant)
{
    const ptrdiff_t comparison = tm_text_find(meant, TM_TEXT(" > "));
    const tm_text behind = tm_text_trim(tm_text_skip(r->source->text, path.at + path.n));
    if (comparison < 0 || (behind.n && strchr("<>=!", behind.p[0])))
        return meant;
    return tm_text_slice(meant.p, (size_t)comparison);
}

static bool unknown_path(tm_resolver *r, tm_level level, const tm_segment *rest)
{
    tm_text name[ROWS_MOST], dotted = dotted_name(r, rest, NULL);
    size_t n = names_near(r, level, rest, name);
    tm_level context;
    tm_diag_error(r->diags, r->source, path_place(rest), "E0201",
                  "%.*s is not a path of the %s context", TM_PRI(dotted),
                  level == TM_LEVELS ? "otelcol" : tm_context_name(level));
    bool prefixed = r->mode == TM_PATHS_PREFIXED || level != r->context;
    tm_text near = without_comparison(r, path_place(rest),
                                      tm_habit_path(r->arena, dotted, level, prefixed, true));
    if (!near.n)
        near = tm_nearest(r->arena, dotted, name, n);
    if (!near.n)
        near = tm_nearest(r->arena, rest->name, name, n);
    if (!near.n)
        near = tm_habit_path(r->arena, dotted, level, prefixed, false);
    if (!near.n)
        near = rest->next ? near : tm_habit_enum(dotted);
    if (!near.n && !rest->next && tm_context_find(rest->name, &context) && context != TM_LEVELS)
        return tm_diag_hint(r->diags, "a context is no value: such as %.*s.attributes[\"key\"]",
                            TM_PRI(rest->name));
    return near.n ? tm_diag_hint(r->diags, "did you mean %.*s?", TM_PRI(near)) : false;
}

/* Only the first segments of a path, up to before `superfluous`, are one. */
static void superfluous_segment(tm_resolver *r, tm_level level, const tm_segment *rest,
                                const tm_segment *superfluous)
{
    tm_text known = dotted_name(r, rest, superfluous), name[ROWS_MOST];
    tm_diag_error(r->diags, r->source, path_place(superfluous), "E0204",
                  "the path section %.*s was not used by %.*s", TM_PRI(superfluous->name),
                  TM_PRI(known));
    if (find_row(level, known)->access == TM_ACCESS_ATTRIBUTES) {
        tm_diag_hint(r->diags, "did you mean attributes[\"%.*s\"]?",
                     TM_PRI(dotted_name(r, superfluous, NULL)));
        return;
    }
    tm_text near = tm_nearest(r->arena, dotted_name(r, rest, NULL), name, names_of(level, name));
    if (near.n && !tm_text_equal(near, known))
        tm_diag_hint(r->diags, "did you mean %.*s?", TM_PRI(near));
}

/* Longest match; every segment must take part. */
static const tm_path *find_path(tm_resolver *r, tm_level level, const tm_segment *rest)
{
    const tm_path *row = find_row(level, dotted_name(r, rest, NULL));
    if (row)
        return row;
    const tm_segment *end = rest, *longest = NULL;
    for (; end->next; end = end->next)
        if (find_row(level, dotted_name(r, rest, end->next)))
            longest = end;
    if (!longest) {
        unknown_path(r, level, rest);
        return NULL;
    }
    superfluous_segment(r, level, rest, longest->next);
    return NULL;
}

static bool superfluous_keys(tm_resolver *r, const tm_segment *s, const tm_node *key)
{
    return tm_diag_error(r->diags, r->source, key->place, "E0205",
                         "the keys indexing %.*s were not used: it takes %s", TM_PRI(s->name),
                         key == s->keys ? "none" : "one");
}

/* Only the last segment may have keys, and no more than the path takes. */
static bool check_keys(tm_resolver *r, const tm_path *path, const tm_segment *rest)
{
    for (; rest->next; rest = rest->next)
        if (rest->keys)
            return superfluous_keys(r, rest, rest->keys);
    unsigned most = path->access < sizeof keys_most ? keys_most[path->access] : 0;
    for (const tm_node *key = rest->keys; key; key = key->next)
        if (most != UINT8_MAX && most-- == 0)
            return superfluous_keys(r, rest, key);
    return true;
}

bool tm_resolve_keys(tm_resolver *r, const tm_node *keys, tm_expr **first)
{
    tm_expr *last = NULL;
    bool ok = true;
    *first = NULL;
    for (const tm_node *key = keys; key; key = key->next) {
        tm_expr *e = tm_resolve_value(r, key);
        ok = ok && e;
        if (e)
            tm_expr_append(first, &last, e);
    }
    return ok;
}

tm_binding *tm_resolve_local(const tm_resolver *r, tm_text name)
{
    for (const tm_scope *scope = r->scope; scope; scope = scope->outer)
        for (unsigned i = 0; i < scope->n; i++)
            if (tm_text_equal(scope->binding[i].name, name) && !tm_text_is(name, "_"))
                return &scope->binding[i];
    return NULL;
}

static tm_expr *resolve_local(tm_resolver *r, const tm_node *node, tm_binding *binding)
{
    const tm_segment *first = node->segments;
    tm_expr *e = tm_expr_new(r, TM_EXPR_LOCAL, node->place);
    e->binding = binding;
    if (first->next) {
        tm_diag_error(r->diags, r->source, path_place(first), "E0234",
                      "lambda parameter %.*s cannot be followed by a dot", TM_PRI(first->name));
        tm_diag_hint(r->diags, "index it: %.*s[\"%.*s\"]", TM_PRI(first->name),
                     TM_PRI(first->next->name));
        return NULL;
    }
    return tm_resolve_keys(r, first->keys, &e->keys) ? e : NULL;
}

void tm_resolve_note(tm_resolver *r, tm_expr *e)
{
    const tm_path *path = e->path;
    if (path->access == TM_ACCESS_CACHE)
        r->impure = true;
    if (path->access == TM_ACCESS_GRPC_METADATA)
        r->compiler->needs->grpc_metadata = true;
    if (path->level == TM_LEVELS)
        return;
    r->reads |= (uint8_t)(1u << path->level);
    if (path->access == TM_ACCESS_EVENTS)
        r->reads |= (uint8_t)(1u << TM_EVENT);
    const tm_expr *key = e->keys;
    if (path->access != TM_ACCESS_ATTRIBUTES) {
        if (path->field)
            tm_need_field(r->compiler->needs, path->level, path->field);
    } else if (key && key->kind == TM_EXPR_CONSTANT && key->value.type == TM_STRING) {
        e->slot = (int32_t)tm_need_slot(r->compiler->needs, path->level, tm_value_text(key->value));
    } else {
        tm_need_field(r->compiler->needs, path->level, path->field); /* all attributes */
    }
    if (path->access == TM_ACCESS_STATUS) {
        tm_need_field(r->compiler->needs, path->level, TM_STATUS_CODE);
        tm_need_field(r->compiler->needs, path->level, TM_STATUS_MESSAGE);
    }
}

/* The cache is that of the rule's own context, under that context's plain name. */
static bool check_cache(tm_resolver *r, const tm_node *node, tm_level level)
{
    if (level == r->context && !tm_text_is(node->segments->name, "instrumentation_scope"))
        return true;
    tm_diag_error(r->diags, r->source, node->place, "E0206",
                  "the cache of the %.*s context cannot be reached from the %s context",
                  TM_PRI(node->segments->name), tm_context_name(r->context));
    return tm_diag_hint(r->diags, "use %s.cache", tm_context_name(r->context));
}

tm_expr *tm_resolve_path(tm_resolver *r, const tm_node *node)
{
    tm_binding *binding = tm_resolve_local(r, node->segments->name);
    if (binding)
        return resolve_local(r, node, binding);
    tm_expr *named;
    if (tm_resolve_reference(r, node, &named))
        return named;
    tm_level level = r->context;
    const tm_segment *rest = node->segments;
    if (!take_context(r, node, &level, &rest))
        return NULL;
    const tm_path *path = find_path(r, level, rest);
    if (!path || !check_keys(r, path, rest))
        return NULL;
    if (path->access == TM_ACCESS_CACHE && !check_cache(r, node, level))
        return NULL;
    const tm_segment *last = rest;
    while (last->next)
        last = last->next;
    tm_expr *e = tm_expr_new(r, TM_EXPR_PATH, node->place);
    e->path = path;
    if (!tm_resolve_keys(r, last->keys, &e->keys))
        return NULL;
    tm_resolve_note(r, e);
    return e;
}
