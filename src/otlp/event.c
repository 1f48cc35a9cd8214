/* Events: opened one at a time as they are walked, and links, which are only counted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/event.h"

#include "otlp/pieces.h"
#include "otlp/walk.h"

#include <assert.h>

static const char gone[1]; /* stands where an event was dropped */

static uint32_t count_fields(const tm_item *item, unsigned number)
{
    uint32_t n = 0;
    tm_wire_field f;
    const char *p = item->raw.p, *end = p + item->raw.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL)
        n += f.number == number;
    return n;
}

static bool is_cleared(const tm_item *span, unsigned number)
{
    return span->changed >> number & 1;
}

/* Counts once: *came is 1 + the number. */
static uint32_t count_once(const tm_item *span, unsigned number, uint32_t *came)
{
    if (!*came)
        *came = 1 + count_fields(span, number);
    return *came - 1;
}

uint32_t tm_item_event_count(tm_item *span)
{
    if (is_cleared(span, TM_SPAN_EVENTS))
        return 0;
    return count_once(span, TM_SPAN_EVENTS, &span->events_came) - span->events_gone;
}

uint32_t tm_item_link_count(tm_item *span)
{
    if (is_cleared(span, TM_SPAN_LINKS))
        return 0;
    return count_once(span, TM_SPAN_LINKS, &span->links_came);
}

void tm_item_clear_events(tm_item *span)
{
    span->changed |= 1u << TM_SPAN_EVENTS;
}

void tm_item_clear_links(tm_item *span)
{
    span->changed |= 1u << TM_SPAN_LINKS;
}

tm_text tm_item_event_now(const tm_item *span, uint32_t number, tm_text field)
{
    const tm_text now = span->event_now ? span->event_now[number] : (tm_text){0};
    return now.p ? now : field; /* of one that is gone nothing */
}

/* --- walking --- */

tm_event_walk tm_event_walk_of(tm_item *span, tm_item *event, const tm_needs *needs, tm_slot *slots,
                               tm_arena *arena)
{
    return (tm_event_walk){.span = span,
                           .event = event,
                           .needs = needs,
                           .slots = slots,
                           .arena = arena,
                           .at = span->raw.p,
                           .number = UINT32_MAX};
}

static void open_event(const tm_event_walk *w, tm_text body)
{
    tm_item *event = w->event;
    tm_item_reset(event, TM_EVENT, w->arena, w->needs, w->slots);
    event->raw = body;
    event->parent = w->span;
    tm_fault fault;
    tm_soundness s = tm_item_walk(event, &fault);
    assert(s != TM_MALFORMED); /* it was checked with its span */
    (void)s;
}

bool tm_event_walk_next(tm_event_walk *w)
{
    const char *end = w->span->raw.p + w->span->raw.n;
    tm_wire_field f;
    while (w->at < end && !is_cleared(w->span, TM_SPAN_EVENTS)) {
        const char *start = w->at;
        w->at = tm_wire_next(start, end, &f);
        if (f.number != TM_SPAN_EVENTS)
            continue;
        w->number++;
        const tm_text field = tm_text_slice(start, (size_t)(w->at - start));
        const tm_text now = tm_item_event_now(w->span, w->number, field);
        if (now.p == gone)
            continue;
        if (now.p != field.p)
            tm_wire_next(now.p, now.p + now.n, &f);
        open_event(w, f.bytes);
        return true;
    }
    return false;
}

static tm_text *place_of(const tm_event_walk *w)
{
    tm_item *span = w->span;
    if (!span->event_now)
        span->event_now = TM_NEW_ARRAY(
            span->arena, count_once(span, TM_SPAN_EVENTS, &span->events_came), tm_text);
    return &span->event_now[w->number];
}

void tm_event_walk_keep(const tm_event_walk *w)
{
    if (!tm_item_is_edited(w->event) || is_cleared(w->span, TM_SPAN_EVENTS))
        return;
    const tm_arena_mark mark = tm_arena_save(w->arena);
    tm_pieces pieces = {.arena = w->arena};
    tm_pieces_add_item(&pieces, w->event, TM_SPAN_EVENTS);
    char *at = tm_arena_alloc(w->span->arena, pieces.bytes);
    tm_pieces_copy(&pieces, at);
    *place_of(w) = tm_text_slice(at, pieces.bytes);
    if (w->arena != w->span->arena)
        tm_arena_restore(w->arena, mark);
}

void tm_event_walk_drop(const tm_event_walk *w)
{
    if (is_cleared(w->span, TM_SPAN_EVENTS))
        return;
    *place_of(w) = tm_text_slice(gone, 0);
    w->span->events_gone++;
}
