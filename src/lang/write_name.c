/* Write out: names, and the bodies that they stand for.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The order of looking names up is the resolver's (resolve_inline.c): parameters of lambdas, then
 * of the def around, then lets, then paths. */
#include "lang/write_inside.h"

/* ---- names ----------------------------------------------------------------------------------- */

static const tm_write_local *local_of(const tm_writing *w, tm_text name)
{
    for (const tm_write_local *l = w->locals; l; l = l->outer)
        if (tm_text_equal(l->name, name) && !tm_text_is(name, "_"))
            return l;
    return NULL;
}

static const tm_node *argument_of(const tm_writing *w, tm_text name)
{
    unsigned i = 0;
    if (w->frame)
        for (const tm_segment *p = w->frame->definition->item->parameters; p; p = p->next, i++)
            if (tm_text_equal(p->name, name))
                return w->frame->argument[i];
    return NULL;
}

static const tm_definition *let_of(const tm_writing *w, tm_text name)
{
    const tm_definition *d = tm_definition_find(w->definitions, name);
    return d && d->item->kind == TM_FILE_LET ? d : NULL;
}

/* Whether names inside a lambda could mean another thing once bodies are written around them. */
static bool may_be_taken(const tm_writing *w, tm_text name)
{
    tm_level level;
    return w->frame || local_of(w, name) || tm_context_find(name, &level) ||
           tm_definition_find(w->definitions, name);
}

static bool is_used(const tm_writing *w, tm_text written)
{
    for (const tm_write_local *l = w->locals; l; l = l->outer)
        if (tm_text_equal(l->written, written))
            return true;
    for (const tm_write_frame *f = w->frame; f; f = f->caller)
        for (const tm_write_local *l = f->locals; l; l = l->outer)
            if (tm_text_equal(l->written, written))
                return true;
    return false;
}

/* A name for a lambda's parameter that no other one in sight has, nor a context. */
tm_text tm_write_name_for(tm_writing *w, tm_text name)
{
    tm_text written = name;
    tm_level level;
    if (tm_text_is(name, "_") || !may_be_taken(w, name))
        return name;
    while (is_used(w, written) || tm_context_find(written, &level))
        written = tm_arena_print(w->arena, "%.*s%u", TM_PRI(name), ++w->names);
    return written;
}

/* ---- definitions ----------------------------------------------------------------------------- */

/* The body of a definition; *inside is its frame. */
tm_node *tm_write_body(tm_writing *w, const tm_write_frame *inside, tm_writer *write)
{
    const tm_write_frame *frame_before = w->frame;
    const tm_write_local *locals_before = w->locals;
    w->frame = inside;
    w->locals = NULL;
    tm_node *out = write(w, inside->definition->item->tree->expression);
    w->frame = frame_before;
    w->locals = locals_before;
    return out;
}

tm_write_frame *tm_write_frame_of(tm_writing *w, const tm_definition *d, const tm_node *call)
{
    tm_write_frame *f = TM_NEW(w->arena, tm_write_frame);
    unsigned n = 0;
    *f = (tm_write_frame){.caller = w->frame, .locals = w->locals, .definition = d};
    for (const tm_node *a = call ? call->first : NULL; a && n < TM_PARAMETERS_OF_DEF_MOST;
         a = a->next)
        f->argument[n++] = a;
    return f;
}

/* An argument, as it stands where the definition is called. */
static tm_node *argument(tm_writing *w, const tm_node *node)
{
    const tm_write_frame *inside = w->frame;
    const tm_write_local *locals_before = w->locals;
    w->frame = inside->caller;
    w->locals = inside->locals;
    tm_node *out = tm_write_value(w, node);
    w->frame = inside;
    w->locals = locals_before;
    return out;
}

static tm_node *plain_path(tm_writing *w, const tm_node *node, const tm_write_local *renamed)
{
    tm_level level;
    tm_node *out = tm_write_copy(w, node);
    tm_segment **end = &out->segments;
    const tm_segment *first = node->segments;
    const bool bare =
        !renamed && (!first->next || first->keys || !tm_context_find(first->name, &level));
    if (bare) {
        *end = TM_NEW(w->arena, tm_segment);
        **end = (tm_segment){.name = TM_TEXT("span")};
        end = &(*end)->next;
    }
    for (const tm_segment *s = first; s; s = s->next) {
        tm_node *last = NULL;
        tm_segment *written = out->last_segment = *end = TM_NEW(w->arena, tm_segment);
        *written = (tm_segment){.name = s->name, .keys = tm_write_keys(w, s->keys, &last)};
        if (s == first && renamed)
            written->name = renamed->written;
        else if (s == first && !bare && tm_text_is(s->name, "instrumentation_scope"))
            written->name = TM_TEXT("scope");
        end = &written->next;
    }
    return out;
}

tm_node *tm_write_path(tm_writing *w, const tm_node *node)
{
    const tm_segment *first = node->segments;
    const tm_write_local *l = local_of(w, first->name);
    if (l && l->value)
        return tm_write_indexed(w, tm_write_value(w, l->value), first->keys);
    if (l)
        return plain_path(w, node, l);
    const tm_node *given = argument_of(w, first->name);
    const tm_definition *let = given ? NULL : let_of(w, first->name);
    if (given)
        return tm_write_indexed(w, argument(w, given), first->keys);
    if (let)
        return tm_write_indexed(
            w, tm_write_body(w, tm_write_frame_of(w, let, NULL), tm_write_value), first->keys);
    return plain_path(w, node, NULL);
}

const tm_definition *tm_write_def_of(const tm_writing *w, const tm_node *node)
{
    return node->kind == TM_NODE_CALL ? tm_definition_find(w->definitions, node->name) : NULL;
}

bool tm_write_is_condition_of(const tm_definition *d)
{
    return d && d->item->tree->entry == TM_CONDITION;
}
