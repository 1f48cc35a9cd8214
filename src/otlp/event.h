/* Event: the events of a span, opened one at a time as they are walked.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     tm_event_walk w = tm_event_walk_of(span, &event, needs, slots, arena);
 *     while (tm_event_walk_next(&w))
 *         if (judge(w.event)) tm_event_walk_drop(&w); else tm_event_walk_keep(&w);
 *
 * One item serves for all of them: an event of two bytes would else take hundreds. An edited event
 * is encoded when the walk leaves it, and the next walk opens what it has become. */
#ifndef TM_OTLP_EVENT_H
#define TM_OTLP_EVENT_H

#include "otlp/item.h"

typedef struct tm_event_walk {
    tm_item *span, *event;
    const tm_needs *needs;
    tm_slot *slots;
    tm_arena *arena;
    const char *at;
    uint32_t number; /* of the event, from 0; those that were dropped count, too */
} tm_event_walk;

/* Item and slots (needs->n) were zeroed before their first walk, and are those of the last one.
 * `arena` is for what the event decodes, which nobody has any more behind it; it may be the
 * span's. */
tm_event_walk tm_event_walk_of(tm_item *span, tm_item *event, const tm_needs *needs, tm_slot *slots,
                               tm_arena *arena);

/* The next event that was not dropped is in walk->event. Its structure was checked with its span's,
 * so opening cannot fail. Ends at once when all events were cleared. */
bool tm_event_walk_next(tm_event_walk *walk);

/* Keeps the edits of this event, if there are any; removes it. */
void tm_event_walk_keep(const tm_event_walk *walk);
void tm_event_walk_drop(const tm_event_walk *walk);

/* The bytes of an event's field as they leave, by its number and the field as it came; empty when
 * it was dropped. */
tm_text tm_item_event_now(const tm_item *span, uint32_t number, tm_text field);

#endif
