/* Said: what a request says whatever the order of its attributes, and its unknown fields.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_OTLP_SAID_H
#define TM_TEST_OTLP_SAID_H

#include "dump.h"

static inline void *said_take(void *arena, size_t n)
{
    return tm_arena_alloc(arena, n);
}

static inline void said_keep(void *arena, void *block)
{
    (void)arena;
    (void)block;
}

static inline Otlp__ExportTraceServiceRequest *said_unpack(tm_arena *arena, tm_text bytes)
{
    ProtobufCAllocator a = {.alloc = said_take, .free = said_keep, .allocator_data = arena};
    return otlp__export_trace_service_request__unpack(&a, bytes.n, (const uint8_t *)bytes.p);
}

static inline tm_text said_pair_text(tm_arena *arena, Otlp__KeyValue *kv)
{
    tm_buf out = {.arena = arena};
    dump_pb_pairs(&out, &kv, 1);
    return tm_buf_text(&out);
}

static inline void said_sort_pairs(tm_arena *arena, Otlp__KeyValue **kv, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0; k--) {
            Otlp__KeyValue *this = kv[k], *before = kv[k - 1];
            if (tm_text_compare(said_pair_text(arena, this), said_pair_text(arena, before)) >= 0)
                break;
            kv[k - 1] = this;
            kv[k] = before;
        }
}

static inline void said_dump_unknown(tm_buf *out, const ProtobufCMessage *m)
{
    for (unsigned i = 0; m && i < m->n_unknown_fields; i++) {
        tm_buf_print(out, "?%u:", m->unknown_fields[i].tag);
        dump_hex(out, m->unknown_fields[i].data, m->unknown_fields[i].len);
    }
}

static inline tm_text said_text(tm_arena *arena, Otlp__ExportTraceServiceRequest *r)
{
    tm_buf out = {.arena = arena};
    for (size_t i = 0; i < r->n_resource_spans; i++) {
        Otlp__ResourceSpans *g = r->resource_spans[i];
        if (g->resource)
            said_sort_pairs(arena, g->resource->attributes, g->resource->n_attributes);
        said_dump_unknown(&out, &g->base);
        for (size_t k = 0; k < g->n_scope_spans; k++) {
            Otlp__ScopeSpans *s = g->scope_spans[k];
            if (s->scope)
                said_sort_pairs(arena, s->scope->attributes, s->scope->n_attributes);
            said_dump_unknown(&out, &s->base);
            for (size_t j = 0; j < s->n_spans; j++) {
                said_sort_pairs(arena, s->spans[j]->attributes, s->spans[j]->n_attributes);
                said_dump_unknown(&out, &s->spans[j]->base);
                dump_pb_links(&out, s->spans[j]);
                for (size_t e = 0; e < s->spans[j]->n_events; e++)
                    said_sort_pairs(arena, s->spans[j]->events[e]->attributes,
                                    s->spans[j]->events[e]->n_attributes);
            }
        }
    }
    dump_pb_request(&out, r);
    return tm_buf_text(&out);
}

/* Parents and ids of links that are zeros only are no ids, and are left out. */
static inline void said_without_zeros(ProtobufCBinaryData *id)
{
    static const uint8_t zeros[16] = {0};
    if (id->len && memcmp(id->data, zeros, id->len) == 0)
        *id = (ProtobufCBinaryData){0};
}

static inline void said_without_zero_ids(Otlp__Span *pb)
{
    said_without_zeros(&pb->parent_span_id);
    for (size_t i = 0; i < pb->n_links; i++) {
        said_without_zeros(&pb->links[i]->trace_id);
        said_without_zeros(&pb->links[i]->span_id);
    }
}

/* Where two such texts start to differ, for a message; empty: they are the same. */
static inline tm_text said_difference(tm_arena *arena, tm_text is, tm_text want)
{
    enum { AROUND = 120 };
    size_t same = 0, from;
    if (tm_text_equal(is, want))
        return TM_TEXT("");
    while (same < is.n && same < want.n && is.p[same] == want.p[same])
        same++;
    from = same > AROUND ? same - AROUND : 0;
    return tm_arena_print(arena, "is ...%.*s\nwant ...%.*s",
                          (int)(is.n - from < 2 * AROUND ? is.n - from : 2 * AROUND), is.p + from,
                          (int)(want.n - from < 2 * AROUND ? want.n - from : 2 * AROUND),
                          want.p + from);
}

#endif
