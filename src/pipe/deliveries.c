/* Deliveries: rings under a lock, filled once a request and once an answer to a batch.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/deliveries_inside.h"

/* --- making --- */

tm_deliveries *tm_deliveries_new(const tm_deliveries_options *options)
{
    const tm_heap *heap = options->heap;
    tm_deliveries *d = tm_heap_alloc(heap, sizeof *d);
    if (!d)
        return NULL;
    *d = (tm_deliveries){.options = *options};
    pthread_mutex_init(&d->lock, NULL);
    d->delivery = tm_heap_alloc(heap, options->keep * sizeof *d->delivery);
    d->trace = tm_heap_alloc(heap, options->keep * sizeof *d->trace);
    if (d->delivery && d->trace)
        return d;
    tm_deliveries_free(d);
    return NULL;
}

void tm_deliveries_free(tm_deliveries *d)
{
    if (!d)
        return;
    while (d->names) {
        tm_delivery_name *name = d->names;
        d->names = name->next;
        tm_heap_free(d->options.heap, name);
    }
    pthread_mutex_destroy(&d->lock);
    tm_heap_free(d->options.heap, d->delivery);
    tm_heap_free(d->options.heap, d->trace);
    tm_heap_free(d->options.heap, d);
}

/* --- what they share --- */

/* An id that is there for as long as the deliveries; NULL: there are too many, or no memory. */
static const tm_delivery_name *name_of(tm_deliveries *d, tm_text text)
{
    for (const tm_delivery_name *name = d->names; name; name = name->next)
        if (tm_text_equal(name->text, text))
            return name;
    tm_delivery_name *name = d->name_count < TM_DELIVERY_NAMES
                                 ? tm_heap_alloc(d->options.heap, sizeof *name + text.n)
                                 : NULL;
    if (!name)
        return NULL;
    *name = (tm_delivery_name){.next = d->names, .text = tm_text_slice(name + 1, text.n)};
    if (text.n)
        memcpy(name + 1, text.p, text.n);
    d->names = name;
    d->name_count++;
    return name;
}

/* The number of the reason, which is kept while no 64 others have come. */
static uint64_t reason_of(tm_deliveries *d, tm_text text)
{
    size_t n = text.n < TM_DELIVERY_REASON_BYTES ? text.n : TM_DELIVERY_REASON_BYTES;
    while (n && n < text.n && ((uint8_t)text.p[n] & 0xc0) == 0x80)
        n--;
    text = tm_text_slice(text.p, n);
    for (uint32_t i = 0; i < TM_DELIVERY_REASONS; i++)
        if (d->reason[i].number &&
            tm_text_equal(tm_text_slice(d->reason[i].text, d->reason[i].n), text))
            return d->reason[i].number;
    tm_delivery_reason *reason = &d->reason[++d->reasons % TM_DELIVERY_REASONS];
    reason->number = d->reasons;
    reason->n = (uint16_t)n;
    if (n)
        memcpy(reason->text, text.p, n);
    return reason->number;
}

tm_text tm_deliveries_reason(const tm_deliveries *d, uint64_t number)
{
    const tm_delivery_reason *reason = &d->reason[number % TM_DELIVERY_REASONS];
    return number && reason->number == number ? tm_text_slice(reason->text, reason->n)
                                              : (tm_text){0};
}

tm_delivery *tm_deliveries_find(tm_deliveries *d, uint64_t request)
{
    const bool is_there =
        request && request <= d->requests && d->requests - request < d->options.keep;
    return is_there ? &d->delivery[request % d->options.keep] : NULL;
}

/* --- a request --- */

/* The place of the first of them in the ring, which goes round at its end. */
static uint32_t add_traces(tm_deliveries *d, const tm_trace_notes *notes)
{
    const tm_delivered_trace *noted = notes->trace + 1;
    const uint32_t first = d->next_trace, left = d->options.keep - first;
    const uint32_t n = notes->n < left ? notes->n : left;
    memcpy(d->trace + first, noted, n * sizeof *noted);
    memcpy(d->trace, noted + n, (notes->n - n) * sizeof *noted);
    d->next_trace = notes->n < left ? first + n : notes->n - n;
    return first;
}

tm_origin tm_deliveries_add(tm_deliveries *d, const tm_trace_notes *notes,
                            const tm_delivered_request *request)
{
    if (!notes->n)
        return (tm_origin){0};
    const uint64_t now_ns = tm_clock_realtime_ns(d->options.clock);
    pthread_mutex_lock(&d->lock);
    const uint64_t number = ++d->requests;
    tm_delivery *delivery = &d->delivery[number % d->options.keep];
    *delivery = (tm_delivery){.time_ns = now_ns,
                              .pipeline = name_of(d, request->pipeline),
                              .received = request->received,
                              .kept = request->kept,
                              .traces = notes->n,
                              .first = add_traces(d, notes),
                              .judged = !request->refusal.p};
    if (request->refusal.p)
        delivery->told = reason_of(d, request->refusal);
    pthread_mutex_unlock(&d->lock);
    return (tm_origin){d, number};
}

void tm_deliveries_add_refused(tm_deliveries *d, tm_trace_notes *notes, tm_text bytes,
                               const tm_delivered_request *request)
{
    tm_trace_note_all(notes, bytes);
    tm_deliveries_add(d, notes, request);
}

void tm_deliveries_tell(tm_origin origin, tm_text refusal)
{
    tm_deliveries *d = origin.deliveries;
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    tm_delivery *delivery = tm_deliveries_find(d, origin.request);
    if (delivery)
        delivery->told = reason_of(d, refusal);
    pthread_mutex_unlock(&d->lock);
}

/* --- its ways --- */

/* The way to that exporter, or NULL. Under the lock. */
static tm_delivery_way *way_to(tm_deliveries *d, uint64_t request, tm_text exporter)
{
    tm_delivery *delivery = tm_deliveries_find(d, request);
    for (uint32_t i = 0; delivery && i < delivery->ways && i < TM_DELIVERY_WAYS; i++) {
        const tm_delivery_name *name = delivery->way[i].exporter;
        if (name && tm_text_equal(name->text, exporter))
            return &delivery->way[i];
    }
    return NULL;
}

void tm_deliveries_offer(tm_origin origin, tm_text exporter, uint32_t spans)
{
    tm_deliveries *d = origin.deliveries;
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    tm_delivery *delivery = tm_deliveries_find(d, origin.request);
    if (delivery && delivery->ways++ < TM_DELIVERY_WAYS)
        delivery->way[delivery->ways - 1] =
            (tm_delivery_way){.exporter = name_of(d, exporter), .offered = spans};
    pthread_mutex_unlock(&d->lock);
}

void tm_deliveries_refuse(tm_origin origin, tm_text exporter)
{
    tm_deliveries *d = origin.deliveries;
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    tm_delivery_way *way = way_to(d, origin.request, exporter);
    if (way)
        way->refused = true;
    pthread_mutex_unlock(&d->lock);
}

static void note_try(tm_delivery_way *way, const tm_delivery_try *answer, uint32_t spans,
                     uint64_t reason)
{
    if (answer->code == TM_STATUS_OK) {
        way->sent += spans;
        way->rejected += (uint32_t)answer->rejected;
    } else {
        way->tries++;
        way->code = (uint16_t)answer->code;
        way->failed += answer->ends ? spans : 0;
    }
    if (reason)
        way->reason = reason;
}

void tm_deliveries_tried(const tm_batch *batch, const tm_delivery_try *answer)
{
    if (!batch->parts)
        return;
    tm_deliveries *d = batch->part->origin.deliveries;
    pthread_mutex_lock(&d->lock);
    const bool tells = answer->code != TM_STATUS_OK || answer->rejected;
    const uint64_t reason = tells ? reason_of(d, answer->message) : 0;
    for (uint32_t i = 0; i < batch->parts; i++) {
        tm_delivery_way *way = way_to(d, batch->part[i].origin.request, answer->exporter);
        if (way)
            note_try(way, answer, batch->part[i].spans, reason);
    }
    pthread_mutex_unlock(&d->lock);
}
