/* Drops: a ring under a lock, filled once a request from what a worker noted without one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/drops_inside.h"

#include "otlp/identity.h"
#include "otlp/item.h"
#include "otlp/service_name.h"
#include "otlp/wire.h"

#include <assert.h>

enum { NOTED_MOST = 4096 };

/* --- making --- */

tm_drops *tm_drops_new(const tm_drops_options *options)
{
    tm_drops *d = tm_heap_alloc(options->heap, sizeof *d);
    if (!d)
        return NULL;
    *d = (tm_drops){.options = *options};
    d->drop = tm_heap_alloc(options->heap, options->keep * sizeof *d->drop);
    if (options->values)
        d->values = tm_heap_alloc(options->heap, (size_t)options->keep * TM_DROP_VALUES_BYTES);
    pthread_mutex_init(&d->lock, NULL);
    if (d->drop && (d->values || !options->values))
        return d;
    tm_drops_free(d);
    return NULL;
}

static __attribute__((noinline)) void forget(tm_drops *d, tm_drop_rule *rule)
{
    tm_drop_rule **at = &d->rules;
    while (*at != rule)
        at = &(*at)->next;
    *at = rule->next;
    tm_heap_free(d->options.heap, rule);
}

static inline void let_go(tm_drops *d, tm_drop_rule *rule)
{
    if (--rule->drops == 0)
        forget(d, rule);
}

void tm_drops_free(tm_drops *d)
{
    if (!d)
        return;
    while (d->rules) {
        tm_drop_rule *rule = d->rules;
        d->rules = rule->next;
        tm_heap_free(d->options.heap, rule);
    }
    pthread_mutex_destroy(&d->lock);
    tm_heap_free(d->options.heap, d->drop);
    tm_heap_free(d->options.heap, d->values);
    tm_heap_free(d->options.heap, d);
}

/* --- noting --- */

/* A dropped span where it lies. */
typedef struct noted {
    const tm_rule *rule;
    tm_text span, resource; /* bodies of the Span and of its ResourceSpans */
} noted;

struct tm_drop_notes {
    const tm_drops *drops;
    noted *noted; /* a ring */
    uint32_t room, next;
    bool is_full;  /* it has gone round */
    bool is_asked; /* not every trace is noted */
};

tm_drop_notes *tm_drop_notes_new(const tm_drops *drops)
{
    const tm_heap *heap = drops->options.heap;
    const uint32_t room = drops->options.keep < NOTED_MOST ? drops->options.keep : NOTED_MOST;
    tm_drop_notes *notes = tm_heap_alloc(heap, sizeof *notes);
    if (!notes)
        return NULL;
    *notes = (tm_drop_notes){.drops = drops, .room = room, .is_asked = drops->options.sample < 1};
    notes->noted = tm_heap_alloc(heap, room * sizeof *notes->noted);
    if (notes->noted)
        return notes;
    tm_drop_notes_free(notes);
    return NULL;
}

void tm_drop_notes_free(tm_drop_notes *notes)
{
    if (!notes)
        return;
    const tm_heap *heap = notes->drops->options.heap;
    tm_heap_free(heap, notes->noted);
    tm_heap_free(heap, notes);
}

void tm_drop_notes_begin(void *owner)
{
    tm_drop_notes *notes = owner;
    notes->next = 0;
    notes->is_full = false;
}

bool tm_drops_is_sampled(double share, tm_text trace_id)
{
    enum { TRACE_ID_BYTES = 16, RANDOM_BYTES = 7 };
    if (share >= 1 || trace_id.n != TRACE_ID_BYTES)
        return share > 0;
    uint64_t random = 0;
    for (size_t i = TRACE_ID_BYTES - RANDOM_BYTES; i < TRACE_ID_BYTES; i++)
        random = random << 8 | (uint8_t)trace_id.p[i];
    return (double)random >= (1 - share) * 0x1p56;
}

static inline void note(tm_drop_notes *notes, const tm_rule *rule, const tm_request *q)
{
    noted *n = &notes->noted[notes->next];
    n->rule = rule;
    n->span = q->item[TM_SPAN].raw;
    n->resource = q->group[TM_RESOURCE].body;
    if (++notes->next < notes->room)
        return;
    notes->next = 0;
    notes->is_full = true;
}

static __attribute__((noinline)) void note_sampled(tm_drop_notes *notes, const tm_rule *rule,
                                                   const tm_request *q)
{
    if (tm_drops_is_sampled(notes->drops->options.sample, tm_span_trace_id(q->item[TM_SPAN].raw)))
        note(notes, rule, q);
}

void tm_drop_note(void *owner, const tm_rule *rule, const tm_request *q)
{
    tm_drop_notes *notes = owner;
    if (notes->is_asked)
        note_sampled(notes, rule, q);
    else
        note(notes, rule, q);
}

/* --- adding --- */

/* The texts of a rule, which outlive its ruleset as long as a drop names it. NULL: out of memory.
 */
static tm_drop_rule *rule_of(tm_drops *d, const tm_rule *rule)
{
    for (tm_drop_rule *r = d->rules; r; r = r->next)
        if (tm_text_equal(r->rule.name, rule->name) && tm_text_equal(r->rule.file, rule->file) &&
            tm_text_equal(r->rule.text, rule->text))
            return r;
    tm_drop_rule *r =
        tm_heap_alloc(d->options.heap, sizeof *r + rule->name.n + rule->file.n + rule->text.n);
    if (!r)
        return NULL;
    char *at = (char *)(r + 1);
    *r = (tm_drop_rule){
        .next = d->rules,
        .rule = {.name = tm_text_slice(at, rule->name.n),
                 .file = tm_text_slice(at + rule->name.n, rule->file.n),
                 .text = tm_text_slice(at + rule->name.n + rule->file.n, rule->text.n)}};
    at = tm_wire_put_text(at, rule->name);
    at = tm_wire_put_text(at, rule->file);
    tm_wire_put_text(at, rule->text);
    d->rules = r;
    return r;
}

enum { KNOWN = 16 };

/* A request whose notes are added: what its drops share. */
typedef struct adding {
    tm_drops *drops;
    uint64_t now_ns;
    const tm_rule *rule[KNOWN]; /* the latest ones, by the last bits of their numbers, ... */
    tm_drop_rule *copy[KNOWN];  /* ... and their texts; NULL: out of memory */
    const char *resource;
    tm_drop_lengths lengths; /* of most of them */
    char service[TM_DROP_SERVICE_BYTES];
} adding;

tm_text tm_drop_short(tm_text text, size_t most)
{
    size_t n = text.n;
    if (n > most)
        for (n = most; n && ((uint8_t)text.p[n] & 0xc0) == 0x80;)
            n--;
    return tm_text_slice(text.p, n);
}

/* What is known counts as a drop: it stays although the ring may go round meanwhile. */
static __attribute__((noinline)) void find_rule(adding *a, const tm_rule *rule)
{
    const uint32_t at = rule->number % KNOWN;
    if (a->copy[at])
        let_go(a->drops, a->copy[at]);
    a->rule[at] = rule;
    a->copy[at] = rule_of(a->drops, rule);
    if (a->copy[at])
        a->copy[at]->drops++;
}

static __attribute__((noinline)) void find_service(adding *a, tm_text resource)
{
    const tm_text service = tm_drop_short(tm_service_name_of(resource), sizeof a->service);
    a->resource = resource.p;
    tm_wire_put_text(a->service, service);
    a->lengths = (tm_drop_lengths){.head = TM_DROP_HEAD_BYTES, .service = (uint8_t)service.n};
}

/* Keeps ids and name of a span that is short, or not written as SDKs do. */
static __attribute__((noinline)) void put_head(tm_drop *drop, tm_text span)
{
    const tm_span_identity id = tm_span_identify(span);
    char *at = drop->head;
    assert(id.trace_id.n <= 16 && id.span_id.n <= 8); /* the walk checks that */
    at = tm_wire_put_bytes_field(at, TM_SPAN_TRACE_ID, id.trace_id);
    at = tm_wire_put_bytes_field(at, TM_SPAN_SPAN_ID, id.span_id);
    at = tm_wire_put_bytes_field(at, TM_SPAN_NAME, tm_drop_short(id.name, TM_DROP_NAME_BYTES));
    drop->lengths.head = (uint8_t)(at - drop->head);
}

static __attribute__((noinline)) void put_values(const tm_drops *d, tm_drop *drop, tm_text span)
{
    char *at = d->values + (size_t)(drop - d->drop) * TM_DROP_VALUES_BYTES;
    drop->lengths.values = tm_drop_values(span, at);
}

/* Takes the place of the oldest drop, if there is one. */
static inline void add_one(const adding *a, const noted *n, tm_drop *drop, bool is_full)
{
    tm_drop_rule *rule = a->copy[n->rule->number % KNOWN];
    if (is_full)
        let_go(a->drops, drop->rule);
    rule->drops++;
    drop->rule = rule;
    drop->time_ns = a->now_ns;
    drop->lengths = a->lengths;
    memcpy(drop->service, a->service, sizeof drop->service);
    if (n->span.n >= TM_DROP_HEAD_BYTES && tm_span_has_usual_head(n->span.p))
        memcpy(drop->head, n->span.p, TM_DROP_HEAD_BYTES);
    else
        put_head(drop, n->span);
}

/* Most of what drops cost: kept short (tests/bench/drops). */
static void add_some(adding *a, const noted *n, const noted *end)
{
    tm_drops *d = a->drops;
    const bool values = d->values;
    tm_drop *drop = d->drop + d->next, *const last = d->drop + d->options.keep;
    bool is_full = d->is_full;
    for (; n < end; n++) {
        if (a->rule[n->rule->number % KNOWN] != n->rule)
            find_rule(a, n->rule);
        if (a->resource != n->resource.p)
            find_service(a, n->resource);
        if (!a->copy[n->rule->number % KNOWN])
            continue;
        add_one(a, n, drop, is_full);
        if (values)
            put_values(d, drop, n->span);
        if (++drop < last)
            continue;
        drop = d->drop;
        is_full = true;
    }
    d->next = (uint32_t)(drop - d->drop);
    d->is_full = is_full;
}

void tm_drops_add(tm_drops *d, const tm_drop_notes *notes)
{
    if (!notes->next && !notes->is_full)
        return;
    adding a = {.drops = d, .now_ns = tm_clock_realtime_ns(d->options.clock)};
    pthread_mutex_lock(&d->lock);
    const noted *next = notes->noted + notes->next;
    if (notes->is_full)
        add_some(&a, next, notes->noted + notes->room);
    add_some(&a, notes->noted, next);
    for (uint32_t i = 0; i < KNOWN; i++)
        if (a.copy[i])
            let_go(d, a.copy[i]);
    pthread_mutex_unlock(&d->lock);
}
