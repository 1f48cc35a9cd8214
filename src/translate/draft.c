/* Draft: what was drafted is written from the inside out, since lengths stand in front.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/draft.h"

#include "otlp/item.h"
#include "otlp/wire.h"

static void add_bytes(tm_buf *out, uint32_t number, tm_text bytes)
{
    char *at = tm_buf_reserve(out, tm_wire_bytes_field_bytes(number, bytes.n));
    out->n = (size_t)(tm_wire_put_bytes_field(at, number, bytes) - out->p);
}

/* A text that is empty is left out, as is a number that is 0. */
static void add_text(tm_buf *out, uint32_t number, tm_text text)
{
    if (text.n)
        add_bytes(out, number, text);
}

static void add_number(tm_buf *out, uint32_t number, uint64_t value)
{
    char *at = tm_buf_reserve(out, 20);
    if (!value)
        return;
    at = tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_VARINT));
    out->n = (size_t)(tm_wire_put_varint(at, value) - out->p);
}

static void add_time(tm_buf *out, uint32_t number, uint64_t time_ns)
{
    char *at = tm_buf_reserve(out, 20);
    if (!time_ns)
        return;
    at = tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_FIXED64));
    out->n = (size_t)(tm_wire_put_fixed64(at, time_ns) - out->p);
}

static void add_attributes(tm_buf *out, uint32_t number, const tm_map *map)
{
    for (uint32_t i = 0; map && i < map->n; i++) {
        size_t n = tm_entry_encoded_bytes(&map->entry[i]);
        char *at = tm_buf_reserve(out, tm_wire_bytes_field_bytes(number, n));
        at = tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_BYTES));
        at = tm_wire_put_varint(at, n);
        out->n = (size_t)(tm_entry_encode(at, &map->entry[i]) - out->p);
    }
}

tm_span_draft tm_draft_span(tm_arena *arena)
{
    return (tm_span_draft){.attributes = tm_map_new(arena, 0), .parts.arena = arena};
}

void tm_draft_add_event(tm_span_draft *span, uint64_t time_ns, tm_text name,
                        const tm_map *attributes, uint32_t dropped)
{
    tm_buf body = {.arena = span->parts.arena};
    add_time(&body, TM_EVENT_TIME, time_ns);
    add_text(&body, TM_EVENT_NAME, name);
    add_attributes(&body, TM_EVENT_ATTRIBUTES, attributes);
    add_number(&body, TM_EVENT_DROPPED_ATTRIBUTES, dropped);
    add_bytes(&span->parts, TM_SPAN_EVENTS, tm_buf_text(&body));
}

void tm_draft_add_link(tm_span_draft *span, tm_text trace_id, tm_text span_id, tm_text trace_state,
                       const tm_map *attributes, uint32_t dropped)
{
    tm_buf body = {.arena = span->parts.arena};
    add_text(&body, TM_NUMBER_LINK_trace_id, trace_id);
    add_text(&body, TM_NUMBER_LINK_span_id, span_id);
    add_text(&body, TM_NUMBER_LINK_trace_state, trace_state);
    add_attributes(&body, TM_NUMBER_LINK_attributes, attributes);
    add_number(&body, TM_NUMBER_LINK_dropped_attributes_count, dropped);
    add_bytes(&span->parts, TM_SPAN_LINKS, tm_buf_text(&body));
}

void tm_draft_add_span(tm_scope_draft *scope, const tm_span_draft *span)
{
    tm_buf body = {.arena = span->parts.arena}, status = body;
    add_text(&body, TM_SPAN_TRACE_ID, span->trace_id);
    add_text(&body, TM_SPAN_SPAN_ID, span->span_id);
    add_text(&body, TM_SPAN_TRACE_STATE, span->trace_state);
    add_text(&body, TM_SPAN_PARENT_SPAN_ID, span->parent_id);
    add_text(&body, TM_SPAN_NAME, span->name);
    add_number(&body, TM_SPAN_KIND, span->kind);
    add_time(&body, TM_SPAN_START, span->start_ns);
    add_time(&body, TM_SPAN_END, span->end_ns);
    add_attributes(&body, TM_SPAN_ATTRIBUTES, span->attributes);
    tm_buf_add(&body, tm_buf_text(&span->parts));
    add_text(&status, TM_NUMBER_STATUS_message, span->status_message);
    add_number(&status, TM_NUMBER_STATUS_code, (uint64_t)(int64_t)(int32_t)span->status_code);
    add_text(&body, TM_SPAN_STATUS, tm_buf_text(&status));
    add_bytes(&scope->spans, TM_NUMBER_SCOPE_SPANS_spans, tm_buf_text(&body));
}

/* What stands under that key; NULL: nothing yet. */
static void *find(const tm_map *index, tm_text key)
{
    const tm_entry *entry = index ? tm_map_find(index, key) : NULL;
    return entry ? entry->value.object : NULL;
}

static void put(tm_arena *arena, tm_map **index, tm_text key, void *what)
{
    if (!*index)
        *index = tm_map_new(arena, 0);
    tm_map_append(arena, *index, key, (tm_value){.type = TM_EVENTS, .object = what});
}

tm_resource_draft *tm_draft_resource(tm_request_draft *q, tm_text key, bool *fresh)
{
    tm_resource_draft *r =
        q->last && tm_text_equal(q->last->key, key) ? q->last : find(q->index, key);
    *fresh = !r;
    if (r)
        return r;
    r = TM_NEW(q->arena, tm_resource_draft);
    *r = (tm_resource_draft){.key = tm_arena_copy(q->arena, key),
                             .attributes = tm_map_new(q->arena, 0)};
    *(q->last ? &q->last->next : &q->resources) = r;
    q->last = r;
    put(q->arena, &q->index, r->key, r);
    return r;
}

static bool is_scope(const tm_scope_draft *s, tm_text name, tm_text version)
{
    return s && tm_text_equal(s->name, name) && tm_text_equal(s->version, version);
}

tm_scope_draft *tm_draft_scope(tm_request_draft *q, tm_resource_draft *r, tm_text name,
                               tm_text version)
{
    if (is_scope(r->used_scope, name, version))
        return r->used_scope;
    tm_buf key = {.arena = q->arena}; /* no other name and version give the same */
    tm_buf_print(&key, "%zu ", name.n);
    tm_buf_add(&key, name);
    tm_buf_add(&key, version);
    tm_scope_draft *s = find(r->index, tm_buf_text(&key));
    if (!s) {
        s = TM_NEW(q->arena, tm_scope_draft);
        *s = (tm_scope_draft){.name = tm_arena_copy(q->arena, name),
                              .version = tm_arena_copy(q->arena, version),
                              .spans.arena = q->arena};
        *(r->last_scope ? &r->last_scope->next : &r->scopes) = s;
        r->last_scope = s;
        put(q->arena, &r->index, tm_buf_text(&key), s);
    }
    r->used_scope = s;
    return s;
}

static void add_scope(tm_buf *out, const tm_scope_draft *s)
{
    tm_buf scope = {.arena = out->arena}, body = scope;
    add_text(&scope, TM_SCOPE_NAME, s->name);
    add_text(&scope, TM_SCOPE_VERSION, s->version);
    add_bytes(&body, TM_NUMBER_SCOPE_SPANS_scope, tm_buf_text(&scope));
    tm_buf_add(&body, tm_buf_text(&s->spans));
    add_bytes(out, TM_NUMBER_RESOURCE_SPANS_scope_spans, tm_buf_text(&body));
}

tm_text tm_draft_request(const tm_request_draft *q)
{
    tm_buf out = {.arena = q->arena};
    for (const tm_resource_draft *r = q->resources; r; r = r->next) {
        tm_buf resource = {.arena = q->arena}, body = resource;
        add_attributes(&resource, TM_RESOURCE_ATTRIBUTES, r->attributes);
        add_bytes(&body, TM_NUMBER_RESOURCE_SPANS_resource, tm_buf_text(&resource));
        for (const tm_scope_draft *s = r->scopes; s; s = s->next)
            add_scope(&body, s);
        add_bytes(&out, TM_NUMBER_REQUEST_resource_spans, tm_buf_text(&body));
    }
    return tm_buf_text(&out);
}
