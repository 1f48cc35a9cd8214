/* Edit: random edits made through items, and the same edits made to what libprotobuf-c decoded;
 * what leaves must decode to the latter. What was not edited must leave byte for byte.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dump.h"
#include "making.h"
#include "printed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { REQUESTS = 1200, KEYS = 6 };

static const tm_text keys[KEYS] = {{"a", 1}, {"http.route", 10}, {"user_agent", 10}, {"k", 1},
                                   {"", 0},  {"cluster", 7}};

/* One request, held twice. */
typedef struct both {
    tm_arena *arena;
    tm_making m;
    tm_request q;
    Otlp__ExportTraceServiceRequest *pb;
    bool prune;
} both;

/* --- libprotobuf-c's side: everything lies in the arena, so arrays and texts can be replaced ---
 */

static char *c_text(tm_arena *arena, tm_text t)
{
    return (char *)(uintptr_t)tm_arena_copy(arena, t).p;
}

static Otlp__AnyValue *pb_value(tm_arena *arena, tm_value v)
{
    char *at = tm_arena_alloc(arena, tm_value_encoded_bytes(v));
    size_t n = (size_t)(tm_value_encode(at, v) - at);
    ProtobufCAllocator a = {.alloc = said_take, .free = said_keep, .allocator_data = arena};
    return otlp__any_value__unpack(&a, n, (const uint8_t *)at);
}

static void pb_put(tm_arena *arena, Otlp__KeyValue ***kv, size_t *n, tm_text key, tm_value v)
{
    for (size_t i = 0; i < *n; i++)
        if (tm_text_is(key, (*kv)[i]->key)) {
            (*kv)[i]->value = pb_value(arena, v);
            return;
        }
    Otlp__KeyValue **more = TM_NEW_ARRAY(arena, *n + 1, Otlp__KeyValue *);
    if (*n)
        memcpy(more, *kv, *n * sizeof *more);
    more[*n] = TM_NEW(arena, Otlp__KeyValue);
    otlp__key_value__init(more[*n]);
    more[*n]->key = c_text(arena, key);
    more[*n]->value = pb_value(arena, v);
    *kv = more;
    ++*n;
}

static void pb_remove(Otlp__KeyValue **kv, size_t *n, tm_text key)
{
    for (size_t i = 0; i < *n; i++)
        if (tm_text_is(key, kv[i]->key)) {
            kv[i] = kv[--*n]; /* as the Collector: it matters when a key stands there three times */
            return;
        }
}

/* --- edits, on both sides --- */

static tm_value some_value(both *b)
{
    tm_list *list = tm_list_new(b->arena, 0);
    tm_map *map = tm_map_new(b->arena, 0);
    switch (making_below(&b->m, 7)) {
    case 0:
        return tm_bool(making_below(&b->m, 2));
    case 1:
        return tm_int((int64_t)making_number(&b->m));
    case 2:
        return tm_double(1.5);
    case 3:
        tm_list_append(b->arena, list, tm_string(making_text(&b->m)));
        tm_list_append(b->arena, list, tm_nil());
        return tm_list_value(list, TM_DATA);
    case 4:
        tm_map_append(b->arena, map, TM_TEXT("in"), tm_int(7));
        return tm_map_value(map, TM_DATA);
    default:
        return tm_string(making_text(&b->m));
    }
}

/* Attributes through slots, and now and then through the map. */
static void edit_attributes(both *b, tm_item *item, Otlp__KeyValue ***kv, size_t *n)
{
    for (unsigned times = making_below(&b->m, 4); times > 0; times--) {
        unsigned slot = making_below(&b->m, KEYS);
        bool found;
        if (making_below(&b->m, 6) == 0)
            tm_item_attributes(item);
        if (making_below(&b->m, 3) == 0) {
            tm_item_remove_attribute(item, slot);
            pb_remove(*kv, n, keys[slot]);
            continue;
        }
        tm_value v = some_value(b);
        if (making_below(&b->m, 5) == 0) {
            tm_map_put(b->arena, tm_item_change_attributes(item), keys[slot], v);
        } else if (making_below(&b->m, 2)) {
            tm_entry entry = {.key = keys[slot], .value = v};
            tm_text *field = TM_NEW(b->arena, tm_text);
            *field = tm_attribute_field(b->arena, (tm_level)item->level, &entry);
            tm_item_put_constant(item, slot, v, field);
        } else {
            tm_item_put_attribute(item, slot, v);
        }
        pb_put(b->arena, kv, n, keys[slot], v);
        assert_int_equal(tm_item_attribute_found(item, slot, &found).type, v.type);
        assert_true(found);
    }
}

static void edit_number(both *b, tm_item *item, unsigned field, uint64_t mask, void *to,
                        size_t size)
{
    if (making_below(&b->m, 4))
        return;
    uint64_t n = making_number(&b->m) & mask;
    int64_t i = size == 8 ? (int64_t)n : mask > INT32_MAX ? (int64_t)n : (int32_t)n;
    tm_item_set_field(item, field, tm_int(i));
    memcpy(to, &n, size); /* on little-endian machines, which the tests run on */
}

static void edit_text(both *b, tm_item *item, unsigned field, char **to)
{
    if (making_below(&b->m, 4))
        return;
    tm_text t = making_text(&b->m);
    tm_item_set_field(item, field, tm_string(t));
    *to = c_text(b->arena, t);
}

static void edit_event(both *b, tm_item *event, Otlp__Event *pb)
{
    edit_number(b, event, TM_EVENT_TIME, UINT64_MAX, &pb->time_unix_nano, 8);
    edit_text(b, event, TM_EVENT_NAME, &pb->name);
    edit_attributes(b, event, &pb->attributes, &pb->n_attributes);
}

static void edit_events(both *b, tm_item *span, Otlp__Span *pb)
{
    size_t kept = 0;
    if (making_below(&b->m, 6) == 0) {
        tm_item_clear_events(span);
        pb->n_events = 0;
        return;
    }
    tm_item event = {.level = TM_EVENT};
    tm_slot *slots = TM_NEW_ARRAY(b->arena, span->needs->n, tm_slot);
    tm_event_walk w = tm_event_walk_of(span, &event, span->needs, slots, b->arena);
    while (tm_event_walk_next(&w)) {
        Otlp__Event *each = pb->events[w.number];
        if (making_below(&b->m, 4) == 0) {
            tm_event_walk_drop(&w);
            continue;
        }
        if (making_below(&b->m, 2))
            edit_event(b, &event, each);
        tm_event_walk_keep(&w);
        pb->events[kept++] = each;
    }
    assert_int_equal(w.number + 1, pb->n_events);
    pb->n_events = kept;
    assert_int_equal(tm_item_event_count(span), kept);
}

static void edit_status(both *b, tm_item *span, Otlp__Span *pb)
{
    if (!pb->status) {
        pb->status = TM_NEW(b->arena, Otlp__Status);
        otlp__status__init(pb->status);
    }
    edit_text(b, span, TM_STATUS_MESSAGE, &pb->status->message);
    edit_number(b, span, TM_STATUS_CODE, INT32_MAX, &pb->status->code, 4);
}

/* Zeros as often as not. */
static void edit_parent(both *b, tm_item *span, Otlp__Span *pb)
{
    char *id = TM_NEW_ARRAY(b->arena, 8, char);
    id[3] = (char)making_below(&b->m, 2);
    tm_item_set_field(span, TM_SPAN_PARENT_SPAN_ID,
                      (tm_value){.type = TM_SPAN_ID, .n = 8, .p = id});
    pb->parent_span_id = (ProtobufCBinaryData){8, (uint8_t *)id};
}

static void edit_span(both *b, tm_item *span, Otlp__Span *pb)
{
    if (making_below(&b->m, 4) == 0)
        edit_parent(b, span, pb);
    edit_text(b, span, TM_SPAN_NAME, &pb->name);
    edit_text(b, span, TM_SPAN_TRACE_STATE, &pb->trace_state);
    edit_number(b, span, TM_SPAN_KIND, INT32_MAX, &pb->kind, 4);
    edit_number(b, span, TM_SPAN_START, UINT64_MAX, &pb->start_time_unix_nano, 8);
    edit_number(b, span, TM_SPAN_DROPPED_LINKS, UINT32_MAX, &pb->dropped_links_count, 4);
    edit_number(b, span, TM_SPAN_FLAGS, UINT32_MAX, &pb->flags, 4);
    edit_attributes(b, span, &pb->attributes, &pb->n_attributes);
    if (making_below(&b->m, 3) == 0)
        edit_status(b, span, pb);
    if (making_below(&b->m, 3) == 0)
        edit_events(b, span, pb);
    if (making_below(&b->m, 8) == 0) {
        tm_item_clear_links(span);
        pb->n_links = 0;
    }
}

static void edit_scope(both *b, tm_item *scope, Otlp__ScopeSpans *pb)
{
    if (!pb->scope) {
        pb->scope = TM_NEW(b->arena, Otlp__InstrumentationScope);
        otlp__instrumentation_scope__init(pb->scope);
    }
    edit_text(b, scope, TM_SCOPE_VERSION, &pb->scope->version);
    edit_text(b, scope, TM_SCHEMA_URL, &pb->schema_url);
    edit_attributes(b, scope, &pb->scope->attributes, &pb->scope->n_attributes);
}

static void edit_resource(both *b, tm_item *resource, Otlp__ResourceSpans *pb)
{
    if (!pb->resource) {
        pb->resource = TM_NEW(b->arena, Otlp__Resource);
        otlp__resource__init(pb->resource);
    }
    edit_text(b, resource, TM_SCHEMA_URL, &pb->schema_url);
    edit_attributes(b, resource, &pb->resource->attributes, &pb->resource->n_attributes);
}

/* --- walking both --- */

/* In `chance` of ten spans something is done to them; half of that is dropping. */
static void walk_spans(both *b, Otlp__ScopeSpans *g, bool gone, unsigned chance)
{
    size_t i = 0, kept = 0;
    while (tm_request_next_span(&b->q)) {
        Otlp__Span *pb = g->spans[i++];
        bool touch = !gone && making_below(&b->m, 10) < chance;
        if (touch && making_below(&b->m, 2))
            tm_request_drop_span(&b->q);
        else if (!gone)
            g->spans[kept++] = pb;
        if (touch && !b->q.span_dropped)
            edit_span(b, &b->q.item[TM_SPAN], pb);
        said_without_zero_ids(pb);
    }
    assert_int_equal(i, g->n_spans);
    g->n_spans = kept;
}

static void walk_scopes(both *b, Otlp__ResourceSpans *g, bool gone, unsigned chance)
{
    size_t i = 0, kept = 0;
    while (tm_request_next_scope(&b->q)) {
        Otlp__ScopeSpans *pb = g->scope_spans[i++];
        bool drop = making_below(&b->m, 40) < chance / 3;
        if (drop)
            tm_request_drop_scope(&b->q);
        else if (making_below(&b->m, 20) < chance)
            edit_scope(b, &b->q.item[TM_SCOPE], pb);
        walk_spans(b, pb, gone || drop, chance);
        if (!drop && !(b->prune && pb->n_spans == 0))
            g->scope_spans[kept++] = pb;
    }
    g->n_scope_spans = kept;
}

static void walk_all(both *b, unsigned chance)
{
    size_t i = 0, kept = 0;
    while (tm_request_next_resource(&b->q)) {
        Otlp__ResourceSpans *pb = b->pb->resource_spans[i++];
        bool drop = making_below(&b->m, 40) < chance / 3;
        if (drop)
            tm_request_drop_resource(&b->q);
        else if (making_below(&b->m, 20) < chance)
            edit_resource(b, &b->q.item[TM_RESOURCE], pb);
        walk_scopes(b, pb, drop, chance);
        if (!drop && !(b->prune && pb->n_scope_spans == 0))
            b->pb->resource_spans[kept++] = pb;
    }
    b->pb->n_resource_spans = kept;
}

static void open_both(both *b, tm_arena *arena, unsigned seed, unsigned odd)
{
    *b = (both){.arena = arena, .m = making_of(arena, seed, odd)};
    tm_text bytes = making_request(&b->m);
    const tm_needs *all = tm_needs_new(arena, keys, KEYS, UINT32_MAX);
    const tm_needs *needs[TM_LEVELS] = {all, all, all, all};
    b->prune = making_below(&b->m, 2);
    tm_slot *slots = TM_NEW_ARRAY(arena, tm_request_slots(needs), tm_slot);
    tm_request_open(&b->q, arena, needs, slots, bytes, b->prune, TM_UTF8_REFUSE);
    b->pb = said_unpack(arena, bytes);
}

static tm_text edit_and_compare(tm_arena *arena, unsigned seed, unsigned odd)
{
    both b;
    open_both(&b, arena, seed, odd);
    walk_all(&b, making_below(&b.m, 10));
    assert_int_equal(b.q.soundness, TM_SOUND);
    tm_text out = dump_bytes(arena, tm_request_finish(&b.q));
    Otlp__ExportTraceServiceRequest *left = said_unpack(arena, out);
    assert_non_null(left);
    tm_text differs = said_difference(arena, said_text(arena, left), said_text(arena, b.pb));
    if (differs.n)
        fail_msg("seed %u, odd %u: %.*s", seed, odd, TM_PRI(differs));
    return out;
}

static void edits_leave_as_if_made_to_the_decoded_message(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned seed = 1; seed <= REQUESTS; seed++) {
        edit_and_compare(arena, seed, seed % 2 ? TM_ODD_ALL : 0);
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
}

static void ids_of_zeros_only_are_left_out_of_edited_spans_and_others(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned seed = 1; seed <= REQUESTS; seed++) {
        edit_and_compare(arena, seed, TM_ODD_ZEROS | (seed % 2 ? TM_ODD_ALL : 0));
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
}

static bool is_short(const char *p, size_t n)
{
    return n == 1 || p[n - 1] != 0;
}

/* True when every tag and every length is as short as it can be. */
static bool is_minimal(tm_message message, tm_text body)
{
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        size_t tag = tm_wire_varint_bytes((uint64_t)f.number << 3);
        if (!is_short(f.start, tag) || (f.start[tag - 1] & 0x80))
            return false;
        if (f.type != TM_WIRE_BYTES)
            continue;
        if ((size_t)(p - f.start) != tm_wire_bytes_field_bytes(f.number, f.bytes.n))
            return false;
        const tm_field_row *row = tm_field_find(message, f.number);
        if (row && row->kind == TM_FIELD_MESSAGE && !is_minimal(row->sub, f.bytes))
            return false;
    }
    return true;
}

static void lengths_that_are_written_are_as_short_as_can_be(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned seed = 1; seed <= REQUESTS / 4; seed++) {
        tm_text out = edit_and_compare(arena, seed, TM_ODD_ORDER | TM_ODD_UNKNOWN);
        assert_true(is_minimal(TM_MESSAGE_REQUEST, out));
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_leave_as_if_made_to_the_decoded_message),
        cmocka_unit_test(ids_of_zeros_only_are_left_out_of_edited_spans_and_others),
        cmocka_unit_test(lengths_that_are_written_are_as_short_as_can_be),
    };
    return cmocka_run_group_tests_name("otlp/edit", tests, NULL, NULL);
}
