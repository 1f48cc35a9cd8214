/* Messages: diagnostics as structs of the host's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed.h"

typedef struct telling {
    tamis_messages *messages;
    const tm_diags *diags;
} telling;

static const char *string_of(tm_arena *arena, tm_text text)
{
    return tm_arena_copy(arena, text).p;
}

static tamis_message message_of(tm_arena *arena, const tm_diag *d)
{
    tm_buf drawn = {.arena = arena};
    tamis_message m = {.size = sizeof m,
                       .warning = d->severity == TM_WARNING,
                       .code = string_of(arena, tm_text_of(d->code)),
                       .file = string_of(arena, d->source ? d->source->name : TM_TEXT("")),
                       .text = string_of(arena, d->message),
                       .hint = string_of(arena, d->hint)};
    if (d->source)
        tm_source_position(d->source, d->place.at, &m.line, &m.column);
    tm_diag_render(d, false, &drawn);
    m.drawn = string_of(arena, tm_buf_text(&drawn));
    return m;
}

static void tell(void *argument)
{
    const telling *t = argument;
    tamis_messages *m = t->messages;
    size_t n = 0;
    for (const tm_diag *d = t->diags->first; d; d = d->next)
        n++;
    m->message = TM_NEW_ARRAY(m->arena, n, tamis_message);
    for (const tm_diag *d = t->diags->first; d; d = d->next)
        m->message[m->n++] = message_of(m->arena, d);
}

tamis_messages *tm_messages_of(const tamis_engine *engine, const tm_diags *diags)
{
    tamis_messages *m = diags->first ? tm_heap_alloc(tm_engine_heap(engine), sizeof *m) : NULL;
    if (!m)
        return NULL;
    *m = (tamis_messages){
        .tag = TM_TAG_MESSAGES, .heap = engine->heap, .has_heap = engine->has_heap};
    m->arena = tm_arena_new(m->has_heap ? &m->heap : NULL);
    telling t = {m, diags};
    if (m->arena && tm_arena_try(m->arena, tell, &t))
        return m;
    tamis_messages_free(m);
    return NULL;
}

tamis_status tamis_message_at(const tamis_messages *messages, size_t i, tamis_message *message)
{
    if (!message || (messages && messages->tag != TM_TAG_MESSAGES))
        return TAMIS_BAD_ARGUMENT;
    if (!messages || i >= messages->n)
        return TAMIS_NO_SUCH;
    return tm_embed_give(message, &messages->message[i], sizeof *messages->message)
               ? TAMIS_OK
               : TAMIS_BAD_ARGUMENT;
}

void tamis_messages_free(tamis_messages *messages)
{
    if (!TM_IS_TAGGED(messages, TM_TAG_MESSAGES))
        return;
    const tm_heap heap = messages->heap;
    const bool has_heap = messages->has_heap;
    tm_arena_free(messages->arena);
    messages->tag = TM_TAG_GONE;
    tm_heap_free(has_heap ? &heap : NULL, messages);
}
