/* Drops: rings under a lock, filled once a request from what a worker noted without one.
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
    const size_t keep = options->keep;
    d->drop = tm_heap_alloc(options->heap, keep * sizeof *d->drop);
    d->name_rest = tm_heap_alloc(options->heap, keep * sizeof *d->name_rest);
    d->origin = tm_heap_alloc(options->heap, keep * sizeof *d->origin);
    if (options->values)
        d->values = tm_heap_alloc(options->heap, keep * sizeof *d->values);
    pthread_mutex_init(&d->lock, NULL);
    if (d->drop && d->name_rest && d->origin && (d->values || !options->values))
        return d;
    tm_drops_free(d);
    return NULL;
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
    tm_heap_free(d->options.heap, d->name_rest);
    tm_heap_free(d->options.heap, d->origin);
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

/* Frees what no drop names any more. */
static void forget_rules(tm_drops *d)
{
    for (tm_drop_rule **at = &d->rules; *at;) {
        tm_drop_rule *rule = *at;
        if (rule->named + d->options.keep > d->added) {
            at = &rule->next;
            continue;
        }
        *at = rule->next;
        tm_heap_free(d->options.heap, rule);
    }
}

/* The texts of a rule, which outlive its ruleset as long as a drop names it. NULL: out of memory.
 */
static tm_drop_rule *rule_of(tm_drops *d, const tm_rule *rule)
{
    for (tm_drop_rule *r = d->rules; r; r = r->next)
        if (tm_text_equal(r->rule.name, rule->name) && tm_text_equal(r->rule.file, rule->file) &&
            tm_text_equal(r->rule.text, rule->text))
            return r;
    forget_rules(d);
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
    const char *resource;       /* the latest one, ... */
    uint32_t origin;            /* ... and its place */
} adding;

tm_text tm_drop_short(tm_text text, size_t most)
{
    size_t n = text.n;
    if (n > most)
        for (n = most; n && ((uint8_t)text.p[n] & 0xc0) == 0x80;)
            n--;
    return tm_text_slice(text.p, n);
}

/* A rule that is known stays, whatever is added in this request. */
static __attribute__((noinline)) void find_rule(adding *a, const tm_rule *rule)
{
    const uint32_t at = rule->number % KNOWN;
    a->rule[at] = rule;
    a->copy[at] = rule_of(a->drops, rule);
    if (a->copy[at])
        a->copy[at]->named = a->drops->added + NOTED_MOST;
}

static __attribute__((noinline)) void find_origin(adding *a, tm_text resource)
{
    tm_drops *d = a->drops;
    const tm_text service = tm_drop_short(tm_service_name_of(resource), TM_DROP_SERVICE_BYTES);
    a->resource = resource.p;
    a->origin = d->next_origin;
    d->next_origin = a->origin + 1 < d->options.keep ? a->origin + 1 : 0;
    tm_drop_origin *origin = &d->origin[a->origin];
    origin->time_ns = a->now_ns;
    origin->service_n = (uint8_t)service.n;
    tm_wire_put_text(origin->service, service);
}

/* Ids and name of any span. */
static __attribute__((noinline)) void put_identity(tm_drop *drop, char *rest, tm_text span)
{
    const tm_span_identity id = tm_span_identify(span);
    assert(id.trace_id.n <= sizeof drop->trace_id && id.span_id.n <= sizeof drop->span_id);
    drop->ids = (uint8_t)((id.trace_id.n ? TM_DROP_HAS_TRACE_ID : 0) |
                          (id.span_id.n ? TM_DROP_HAS_SPAN_ID : 0));
    tm_wire_put_text(drop->trace_id, id.trace_id);
    tm_wire_put_text(drop->span_id, id.span_id);
    const tm_text name = tm_drop_short(id.name, TM_DROP_NAME_BYTES);
    const size_t here = name.n < TM_DROP_NAME_HERE ? name.n : TM_DROP_NAME_HERE;
    drop->name_n = (uint8_t)name.n;
    tm_wire_put_text(drop->name, tm_text_slice(name.p, here));
    tm_wire_put_text(rest, tm_text_slice(name.p + here, name.n - here));
}

/* Spans as SDKs write them begin with what is kept, and are long enough to copy all that a name may
 * take without asking how much it does. Nothing else of them is ever shown. */
enum { USUAL_BYTES = 128 };

static inline bool put_usual(tm_drop *drop, char *rest, const char *p)
{
    const char *name = tm_span_usual_name(p);
    if (!name || (uint8_t)*name > TM_DROP_NAME_BYTES)
        return false;
    drop->name_n = (uint8_t)*name;
    drop->ids = TM_DROP_HAS_BOTH;
    memcpy(drop->trace_id, p + 2, sizeof drop->trace_id);
    memcpy(drop->span_id, p + 20, sizeof drop->span_id);
    memcpy(drop->name, name + 1, TM_DROP_NAME_HERE);
    if ((uint8_t)*name > TM_DROP_NAME_HERE)
        memcpy(rest, name + 1 + TM_DROP_NAME_HERE, TM_DROP_NAME_REST);
    return true;
}

static __attribute__((noinline)) void put_values(const tm_drops *d, uint32_t at, tm_text span)
{
    d->values[at].n = tm_drop_values(span, d->values[at].text);
}

/* So many of them: what a dropped span costs, kept short (tests/bench/drops). Each takes the place
 * of the oldest drop, if there is one. */
static void add_some(adding *a, const noted *n, uint32_t count)
{
    tm_drops *d = a->drops;
    const bool values = d->values;
    const uint32_t keep = d->options.keep;
    uint32_t at = d->next, added = 0;
    for (const noted *end = n + count; n < end; n++) {
        const uint32_t known = n->rule->number % KNOWN;
        if (a->rule[known] != n->rule)
            find_rule(a, n->rule);
        if (!a->copy[known])
            continue;
        if (a->resource != n->resource.p)
            find_origin(a, n->resource);
        tm_drop *drop = &d->drop[at];
        drop->rule = a->copy[known];
        drop->origin = a->origin;
        if (n->span.n < USUAL_BYTES || !put_usual(drop, d->name_rest[at], n->span.p))
            put_identity(drop, d->name_rest[at], n->span);
        if (values)
            put_values(d, at, n->span);
        added++;
        if (++at == keep)
            at = 0;
    }
    d->next = at;
    d->added += added;
}

void tm_drops_add(tm_drops *d, const tm_drop_notes *notes)
{
    if (!notes->next && !notes->is_full)
        return;
    adding a = {.drops = d, .now_ns = tm_clock_realtime_ns(d->options.clock)};
    pthread_mutex_lock(&d->lock);
    if (notes->is_full)
        add_some(&a, notes->noted + notes->next, notes->room - notes->next);
    add_some(&a, notes->noted, notes->next);
    pthread_mutex_unlock(&d->lock);
}
