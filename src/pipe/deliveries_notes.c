/* Deliveries, notes: which traces are left of a request, counted without a lock while it is judged.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/identity.h"
#include "pipe/deliveries_inside.h"
#include "pipe/drops_inside.h"

enum { MOST = 4096, ID_BYTES = 16 };

tm_trace_notes *tm_trace_notes_new(const tm_deliveries *deliveries)
{
    const tm_heap *heap = deliveries->options.heap;
    const uint32_t keep = deliveries->options.keep, room = keep < MOST ? keep : MOST;
    tm_trace_notes *notes = tm_heap_alloc(heap, sizeof *notes);
    if (!notes)
        return NULL;
    *notes = (tm_trace_notes){
        .deliveries = deliveries, .room = room, .is_asked = deliveries->options.sample < 1};
    notes->trace = tm_heap_alloc(heap, (room + 1) * sizeof *notes->trace);
    if (notes->trace) {
        notes->trace[0] = (tm_delivered_trace){.spans = 0};
        return notes;
    }
    tm_trace_notes_free(notes);
    return NULL;
}

void tm_trace_notes_free(tm_trace_notes *notes)
{
    if (!notes)
        return;
    tm_heap_free(notes->deliveries->options.heap, notes->trace);
    tm_heap_free(notes->deliveries->options.heap, notes);
}

void tm_trace_notes_begin(void *owner)
{
    tm_trace_notes *notes = owner;
    if (notes->n)
        memset(notes->latest, 0, sizeof notes->latest);
    notes->n = 0;
}

static inline void note_new(tm_trace_notes *notes, const char *id, uint16_t *latest)
{
    if (notes->n == notes->room)
        return;
    const uint32_t n = ++notes->n;
    tm_delivered_trace *trace = &notes->trace[n];
    memcpy(trace->id, id, ID_BYTES);
    trace->spans = 1;
    *latest = (uint16_t)n;
}

static __attribute__((noinline)) void note_sampled(tm_trace_notes *notes, const char *id,
                                                   uint16_t *latest)
{
    if (tm_drops_is_sampled(notes->deliveries->options.sample, tm_text_slice(id, ID_BYTES)))
        note_new(notes, id, latest);
}

/* Once for each span that is kept, so it is kept short (tests/bench/drops). Spans of a trace stand
 * together, most often: a trace that others of the same hash have parted is noted once more. */
static inline void note(tm_trace_notes *notes, const char *id)
{
    const uint64_t mixed = tm_wire_load64(id + 8) * 0x9e3779b97f4a7c15u;
    uint16_t *latest = &notes->latest[mixed >> (64 - TM_TRACE_NOTES_BITS)];
    tm_delivered_trace *trace = &notes->trace[*latest];
    if (memcmp(trace->id, id, ID_BYTES) == 0)
        trace->spans++;
    else if (notes->is_asked)
        note_sampled(notes, id, latest);
    else
        note_new(notes, id, latest);
}

/* Of a span in any form. */
static __attribute__((noinline)) void note_span(tm_trace_notes *notes, tm_text span)
{
    const tm_text id = tm_span_trace_id(span);
    if (id.n == ID_BYTES)
        note(notes, id.p);
}

void tm_trace_note(void *owner, const tm_request *q)
{
    const tm_text span = q->item[TM_SPAN].raw;
    if (tm_span_begins_with_trace_id(span))
        note(owner, span.p + 2);
    else
        note_span(owner, span);
}

void tm_trace_note_all(tm_trace_notes *notes, tm_text request)
{
    tm_text resource, scope, span;
    tm_trace_notes_begin(notes);
    while (tm_wire_next_bytes(&request, TM_NUMBER_REQUEST_resource_spans, &resource))
        while (tm_wire_next_bytes(&resource, TM_NUMBER_RESOURCE_SPANS_scope_spans, &scope))
            while (tm_wire_next_bytes(&scope, TM_NUMBER_SCOPE_SPANS_spans, &span))
                note_span(notes, span);
}
