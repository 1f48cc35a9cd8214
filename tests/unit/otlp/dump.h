/* Dump: what a request says, as text; once as our reader reads it, once as libprotobuf-c does.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_OTLP_DUMP_H
#define TM_TEST_OTLP_DUMP_H

#include "base/buf.h"
#include "otlp/event.h"
#include "otlp/request.h"
#include "otlp.pb-c.h"

static inline void dump_hex(tm_buf *out, const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tm_buf_print(out, "%02x", ((const uint8_t *)p)[i]);
}

/* Up to the first NUL, where C's strings end. */
static inline void dump_text(tm_buf *out, const char *name, const char *p, size_t n)
{
    const char *nul = n ? memchr(p, 0, n) : NULL;
    tm_buf_print(out, "%s'%.*s' ", name, (int)(nul ? nul - p : (ptrdiff_t)n), n ? p : "");
}

/* --- libprotobuf-c --- */

static inline void dump_pb_value(tm_buf *out, const Otlp__AnyValue *v);

static inline void dump_pb_pairs(tm_buf *out, Otlp__KeyValue **kv, size_t n)
{
    tm_buf_print(out, "{");
    for (size_t i = 0; i < n; i++) {
        dump_text(out, "", kv[i]->key, strlen(kv[i]->key));
        dump_pb_value(out, kv[i]->value);
    }
    tm_buf_print(out, "}");
}

static inline void dump_pb_value(tm_buf *out, const Otlp__AnyValue *v)
{
    uint64_t bits = 0;
    switch (v ? v->value_case : OTLP__ANY_VALUE__VALUE__NOT_SET) {
    case OTLP__ANY_VALUE__VALUE_STRING_VALUE:
        dump_text(out, "=", v->string_value, strlen(v->string_value));
        break;
    case OTLP__ANY_VALUE__VALUE_BOOL_VALUE:
        tm_buf_print(out, "=%s ", v->bool_value ? "true" : "false");
        break;
    case OTLP__ANY_VALUE__VALUE_INT_VALUE:
        tm_buf_print(out, "=%lld ", (long long)v->int_value);
        break;
    case OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE:
        memcpy(&bits, &v->double_value, 8);
        tm_buf_print(out, "=d%llx ", (unsigned long long)bits);
        break;
    case OTLP__ANY_VALUE__VALUE_ARRAY_VALUE:
        tm_buf_print(out, "=[");
        for (size_t i = 0; i < v->array_value->n_values; i++)
            dump_pb_value(out, v->array_value->values[i]);
        tm_buf_print(out, "]");
        break;
    case OTLP__ANY_VALUE__VALUE_KVLIST_VALUE:
        tm_buf_print(out, "=");
        dump_pb_pairs(out, v->kvlist_value->values, v->kvlist_value->n_values);
        break;
    case OTLP__ANY_VALUE__VALUE_BYTES_VALUE:
        tm_buf_print(out, "=b");
        dump_hex(out, v->bytes_value.data, v->bytes_value.len);
        break;
    default:
        tm_buf_print(out, "=nil ");
    }
}

static inline void dump_pb_id(tm_buf *out, const char *name, ProtobufCBinaryData id)
{
    tm_buf_print(out, "%s", name);
    dump_hex(out, id.data, id.len);
    tm_buf_print(out, " ");
}

static inline void dump_pb_event(tm_buf *out, const Otlp__Event *e)
{
    tm_buf_print(out, "\n    event %llu ", (unsigned long long)e->time_unix_nano);
    dump_text(out, "name", e->name, strlen(e->name));
    tm_buf_print(out, "dropped%u ", e->dropped_attributes_count);
    dump_pb_pairs(out, e->attributes, e->n_attributes);
}

static inline void dump_pb_links(tm_buf *out, const Otlp__Span *s)
{
    for (size_t i = 0; i < s->n_links; i++) {
        const Otlp__Link *link = s->links[i];
        tm_buf_print(out, "\n    link ");
        dump_pb_id(out, "trace", link->trace_id);
        dump_pb_id(out, "span", link->span_id);
        dump_text(out, "state", link->trace_state, strlen(link->trace_state));
        tm_buf_print(out, "flags%u dropped%u ", link->flags, link->dropped_attributes_count);
        dump_pb_pairs(out, link->attributes, link->n_attributes);
    }
}

static inline void dump_pb_span(tm_buf *out, const Otlp__Span *s)
{
    tm_buf_print(out, "\n   span ");
    dump_pb_id(out, "trace", s->trace_id);
    dump_pb_id(out, "span", s->span_id);
    dump_pb_id(out, "parent", s->parent_span_id);
    dump_text(out, "state", s->trace_state, strlen(s->trace_state));
    dump_text(out, "name", s->name, strlen(s->name));
    tm_buf_print(out, "kind%d start%llu end%llu dropped%u,%u,%u flags%u links%zu ", s->kind,
                 (unsigned long long)s->start_time_unix_nano,
                 (unsigned long long)s->end_time_unix_nano, s->dropped_attributes_count,
                 s->dropped_events_count, s->dropped_links_count, s->flags, s->n_links);
    const char *message = s->status ? s->status->message : "";
    dump_text(out, "status", message, strlen(message));
    tm_buf_print(out, "code%d ", s->status ? s->status->code : 0);
    dump_pb_pairs(out, s->attributes, s->n_attributes);
    for (size_t i = 0; i < s->n_events; i++)
        dump_pb_event(out, s->events[i]);
}

static inline void dump_pb_scope(tm_buf *out, const Otlp__ScopeSpans *g)
{
    const Otlp__InstrumentationScope *scope = g->scope;
    tm_buf_print(out, "\n  scope ");
    dump_text(out, "url", g->schema_url, strlen(g->schema_url));
    dump_text(out, "name", scope ? scope->name : "", scope ? strlen(scope->name) : 0);
    dump_text(out, "version", scope ? scope->version : "", scope ? strlen(scope->version) : 0);
    tm_buf_print(out, "dropped%u ", scope ? scope->dropped_attributes_count : 0);
    dump_pb_pairs(out, scope ? scope->attributes : NULL, scope ? scope->n_attributes : 0);
    for (size_t i = 0; i < g->n_spans; i++)
        dump_pb_span(out, g->spans[i]);
}

static inline void dump_pb_request(tm_buf *out, const Otlp__ExportTraceServiceRequest *r)
{
    for (size_t i = 0; i < r->n_resource_spans; i++) {
        const Otlp__ResourceSpans *g = r->resource_spans[i];
        tm_buf_print(out, "\n resource ");
        dump_text(out, "url", g->schema_url, strlen(g->schema_url));
        tm_buf_print(out, "dropped%u ", g->resource ? g->resource->dropped_attributes_count : 0);
        dump_pb_pairs(out, g->resource ? g->resource->attributes : NULL,
                      g->resource ? g->resource->n_attributes : 0);
        for (size_t k = 0; k < g->n_scope_spans; k++)
            dump_pb_scope(out, g->scope_spans[k]);
    }
}

/* --- ours --- */

static inline void dump_value(tm_buf *out, tm_value v);

static inline void dump_map(tm_buf *out, const tm_map *map)
{
    tm_buf_print(out, "{");
    for (uint32_t i = 0; i < map->n; i++) {
        dump_text(out, "", map->entry[i].key.p, map->entry[i].key.n);
        dump_value(out, map->entry[i].value);
    }
    tm_buf_print(out, "}");
}

static inline void dump_value(tm_buf *out, tm_value v)
{
    switch (v.type) {
    case TM_STRING:
        dump_text(out, "=", v.p, v.n);
        break;
    case TM_BOOL:
        tm_buf_print(out, "=%s ", v.truth ? "true" : "false");
        break;
    case TM_INT:
        tm_buf_print(out, "=%lld ", (long long)v.integer);
        break;
    case TM_DOUBLE:
        tm_buf_print(out, "=d%llx ", (unsigned long long)v.integer);
        break;
    case TM_LIST:
        tm_buf_print(out, "=[");
        for (uint32_t i = 0; i < v.list->n; i++)
            dump_value(out, v.list->item[i]);
        tm_buf_print(out, "]");
        break;
    case TM_MAP:
        tm_buf_print(out, "=");
        dump_map(out, v.map);
        break;
    case TM_BYTES:
        tm_buf_print(out, "=b");
        dump_hex(out, v.p, v.n);
        break;
    default:
        tm_buf_print(out, "=nil ");
    }
}

static inline void dump_id(tm_buf *out, const char *name, const tm_item *item, unsigned field)
{
    tm_buf_print(out, "%s", name);
    if (item->seen >> field & 1)
        dump_hex(out, item->field[field].p, item->field[field].n);
    tm_buf_print(out, " ");
}

static inline void dump_string(tm_buf *out, const char *name, const tm_item *item, unsigned field)
{
    tm_text t = tm_value_text(tm_item_field(item, field));
    dump_text(out, name, t.p, t.n);
}

static inline unsigned long long dump_int(const tm_item *item, unsigned field)
{
    return (unsigned long long)tm_item_field(item, field).integer;
}

static inline void dump_event(tm_buf *out, tm_item *e)
{
    tm_buf_print(out, "\n    event %llu ", dump_int(e, TM_EVENT_TIME));
    dump_string(out, "name", e, TM_EVENT_NAME);
    tm_buf_print(out, "dropped%u ", (unsigned)dump_int(e, TM_EVENT_DROPPED_ATTRIBUTES));
    dump_map(out, tm_item_attributes(e));
}

static inline void dump_span(tm_buf *out, tm_item *s)
{
    tm_buf_print(out, "\n   span ");
    dump_id(out, "trace", s, TM_SPAN_TRACE_ID);
    dump_id(out, "span", s, TM_SPAN_SPAN_ID);
    dump_id(out, "parent", s, TM_SPAN_PARENT_SPAN_ID);
    dump_string(out, "state", s, TM_SPAN_TRACE_STATE);
    dump_string(out, "name", s, TM_SPAN_NAME);
    tm_buf_print(out, "kind%d start%llu end%llu dropped%u,%u,%u flags%u links%u ",
                 (int)dump_int(s, TM_SPAN_KIND), dump_int(s, TM_SPAN_START),
                 dump_int(s, TM_SPAN_END), (unsigned)dump_int(s, TM_SPAN_DROPPED_ATTRIBUTES),
                 (unsigned)dump_int(s, TM_SPAN_DROPPED_EVENTS),
                 (unsigned)dump_int(s, TM_SPAN_DROPPED_LINKS), (unsigned)dump_int(s, TM_SPAN_FLAGS),
                 tm_item_link_count(s));
    dump_string(out, "status", s, TM_STATUS_MESSAGE);
    tm_buf_print(out, "code%d ", (int)dump_int(s, TM_STATUS_CODE));
    dump_map(out, tm_item_attributes(s));
    tm_item event = {.level = TM_EVENT};
    tm_slot *slots = TM_NEW_ARRAY(out->arena, s->needs->n, tm_slot);
    tm_event_walk w = tm_event_walk_of(s, &event, s->needs, slots, out->arena);
    while (tm_event_walk_next(&w))
        dump_event(out, &event);
}

/* Steps through a request and dumps it; the request is then at its end. */
static inline void dump_request(tm_buf *out, tm_request *q)
{
    tm_item *resource = &q->item[TM_RESOURCE], *scope = &q->item[TM_SCOPE];
    while (tm_request_next_resource(q)) {
        tm_buf_print(out, "\n resource ");
        dump_string(out, "url", resource, TM_SCHEMA_URL);
        tm_buf_print(out, "dropped%u ",
                     (unsigned)dump_int(resource, TM_RESOURCE_DROPPED_ATTRIBUTES));
        dump_map(out, tm_item_attributes(resource));
        while (tm_request_next_scope(q)) {
            tm_buf_print(out, "\n  scope ");
            dump_string(out, "url", scope, TM_SCHEMA_URL);
            dump_string(out, "name", scope, TM_SCOPE_NAME);
            dump_string(out, "version", scope, TM_SCOPE_VERSION);
            tm_buf_print(out, "dropped%u ", (unsigned)dump_int(scope, TM_SCOPE_DROPPED_ATTRIBUTES));
            dump_map(out, tm_item_attributes(scope));
            while (tm_request_next_span(q))
                dump_span(out, &q->item[TM_SPAN]);
        }
    }
}

/* --- both, from bytes --- */

/* What libprotobuf-c reads; p NULL when it refuses. */
static inline tm_text dump_pb(tm_arena *arena, tm_text bytes)
{
    Otlp__ExportTraceServiceRequest *r =
        otlp__export_trace_service_request__unpack(NULL, bytes.n, (const uint8_t *)bytes.p);
    if (!r)
        return (tm_text){0};
    tm_buf out = {.arena = arena};
    dump_pb_request(&out, r);
    otlp__export_trace_service_request__free_unpacked(r, NULL);
    return tm_buf_text(&out);
}

/* Opens a request that reads every field and these keys at every level. */
static inline void dump_open(tm_request *q, tm_arena *arena, tm_text bytes, const tm_text *keys,
                             uint32_t n)
{
    const tm_needs *all = tm_needs_new(arena, keys, n, UINT32_MAX);
    const tm_needs *needs[TM_LEVELS] = {all, all, all, all};
    tm_slot *slots = TM_NEW_ARRAY(arena, tm_request_slots(needs) + 1, tm_slot);
    tm_request_open(q, arena, needs, slots, bytes, false, TM_UTF8_REFUSE);
}

/* The bytes of pieces in one run. */
static inline tm_text dump_bytes(tm_arena *arena, const tm_pieces *out)
{
    char *at = tm_arena_alloc(arena, out->bytes);
    tm_pieces_copy(out, at);
    return tm_text_slice(at, out->bytes);
}

#endif
