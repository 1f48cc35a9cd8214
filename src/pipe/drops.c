/* Drops: a ring under a lock, filled once a request from what a worker noted without one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/drops_inside.h"

#include "otlp/item.h"
#include "otlp/service_name.h"
#include "otlp/wire.h"

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

static void let_go(tm_drops *d, tm_drop_rule *rule)
{
    if (--rule->drops)
        return;
    tm_drop_rule **at = &d->rules;
    while (*at != rule)
        at = &(*at)->next;
    *at = rule->next;
    tm_heap_free(d->options.heap, rule);
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

/* A dropped span; the number tells which of the request's it was. */
typedef struct noted {
    uint64_t number;
    const tm_rule *rule;
    tm_drop drop; /* without its rule */
} noted;

struct tm_drop_notes {
    const tm_drops *drops;
    noted *noted; /* a ring, room for so many: */
    char *values; /* beside it */
    uint32_t room;
    uint64_t n;           /* noted so far */
    uint64_t seen;        /* dropped so far, noted or not */
    const char *resource; /* whose service is known */
    tm_text service;
};

tm_drop_notes *tm_drop_notes_new(const tm_drops *drops)
{
    const tm_heap *heap = drops->options.heap;
    const uint32_t room = drops->options.keep < NOTED_MOST ? drops->options.keep : NOTED_MOST;
    tm_drop_notes *notes = tm_heap_alloc(heap, sizeof *notes);
    if (!notes)
        return NULL;
    *notes = (tm_drop_notes){.drops = drops, .room = room};
    notes->noted = tm_heap_alloc(heap, room * sizeof *notes->noted);
    if (drops->options.values)
        notes->values = tm_heap_alloc(heap, (size_t)room * TM_DROP_VALUES_BYTES);
    if (notes->noted && (notes->values || !drops->options.values))
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
    tm_heap_free(heap, notes->values);
    tm_heap_free(heap, notes);
}

void tm_drop_notes_begin(tm_drop_notes *notes)
{
    notes->n = notes->seen = 0;
    notes->resource = NULL;
}

/* The body of the field, tag and length taken off. */
static tm_text body_of(tm_text field)
{
    tm_wire_field f;
    return field.n && tm_wire_next(field.p, field.p + field.n, &f) && f.type == TM_WIRE_BYTES
               ? f.bytes
               : TM_TEXT("");
}

/* By the last 56 bits of the trace id, as samplers that go by it decide. */
static bool is_sampled(double share, tm_text trace_id)
{
    enum { TRACE_ID_BYTES = 16, RANDOM_BYTES = 7 };
    if (share >= 1 || trace_id.n != TRACE_ID_BYTES)
        return share > 0;
    uint64_t random = 0;
    for (size_t i = TRACE_ID_BYTES - RANDOM_BYTES; i < TRACE_ID_BYTES; i++)
        random = random << 8 | (uint8_t)trace_id.p[i];
    return (double)random >= (1 - share) * 0x1p56;
}

static uint8_t put(char *at, tm_text text, size_t most)
{
    size_t n = text.n;
    if (n > most)
        for (n = most; n && ((uint8_t)text.p[n] & 0xc0) == 0x80;)
            n--;
    if (n)
        memcpy(at, text.p, n);
    return (uint8_t)n;
}

/* Who a span is: the fields that SDKs write first. */
typedef struct identity {
    tm_text trace_id, span_id, name;
} identity;

static identity identity_of(tm_text span)
{
    identity id = {0};
    tm_wire_field f;
    const char *p = span.p, *end = p + span.n;
    while (p < end && !(id.trace_id.p && id.span_id.p && id.name.p) &&
           (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.type != TM_WIRE_BYTES)
            continue;
        if (f.number == TM_SPAN_TRACE_ID)
            id.trace_id = f.bytes;
        else if (f.number == TM_SPAN_SPAN_ID)
            id.span_id = f.bytes;
        else if (f.number == TM_SPAN_NAME)
            id.name = f.bytes;
    }
    return id;
}

static const tm_text *service_of_request(tm_drop_notes *notes, const tm_request *q)
{
    const tm_text group = q->group[TM_RESOURCE].body;
    if (notes->resource != group.p)
        notes->service = tm_service_name_of(group);
    notes->resource = group.p;
    return &notes->service;
}

void tm_drop_note(void *owner, const tm_rule *rule, const tm_request *q)
{
    tm_drop_notes *notes = owner;
    const tm_text span = body_of(q->span_field);
    const identity id = identity_of(span);
    notes->seen++;
    if (!is_sampled(notes->drops->options.sample, id.trace_id))
        return;
    const uint32_t at = (uint32_t)(notes->n++ % notes->room);
    noted *n = &notes->noted[at];
    tm_drop *drop = &n->drop;
    n->number = notes->seen;
    n->rule = rule;
    drop->trace_id_bytes = put(drop->trace_id, id.trace_id, sizeof drop->trace_id);
    drop->span_id_bytes = put(drop->span_id, id.span_id, sizeof drop->span_id);
    drop->name_bytes = put(drop->name, id.name, sizeof drop->name);
    drop->service_bytes = put(drop->service, *service_of_request(notes, q), sizeof drop->service);
    drop->values_bytes = 0;
    if (notes->values)
        drop->values_bytes =
            tm_drop_values(span, notes->values + (size_t)at * TM_DROP_VALUES_BYTES);
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

static void add_one(tm_drops *d, const noted *n, tm_drop_rule *rule, const char *values,
                    uint64_t now_ns)
{
    const uint32_t at = (uint32_t)(d->n % d->options.keep);
    tm_drop *drop = &d->drop[at];
    rule->drops++;
    if (d->n++ >= d->options.keep)
        let_go(d, drop->rule);
    *drop = n->drop;
    drop->rule = rule;
    drop->time_ns = now_ns;
    if (values)
        memcpy(d->values + (size_t)at * TM_DROP_VALUES_BYTES, values, drop->values_bytes);
}

void tm_drops_add(tm_drops *d, tm_drop_notes *notes, uint64_t dropped)
{
    const uint64_t first = notes->n > notes->room ? notes->n - notes->room : 0;
    const tm_rule *last = NULL;
    tm_drop_rule *rule = NULL;
    if (!notes->n || !dropped)
        return;
    const uint64_t now_ns = tm_clock_realtime_ns(d->options.clock);
    pthread_mutex_lock(&d->lock);
    for (uint64_t i = first; i < notes->n; i++) {
        const uint32_t at = (uint32_t)(i % notes->room);
        const noted *n = &notes->noted[at];
        if (n->number + dropped <= notes->seen) /* of an attempt before text was mended */
            continue;
        if (n->rule != last)
            rule = rule_of(d, n->rule);
        last = n->rule;
        if (rule)
            add_one(d, n, rule,
                    notes->values ? notes->values + (size_t)at * TM_DROP_VALUES_BYTES : NULL,
                    now_ns);
    }
    pthread_mutex_unlock(&d->lock);
}
