/* Loaded: reading, and the table of spans.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/loaded.h"

#include "otlp/event.h"
#include "otlp/identity.h"
#include "otlp/request.h"
#include "otlp/walk.h"
#include "tools/complain.h"
#include "tools/run_gather.h"
#include "tools/unit_walk.h"

#include <stdlib.h>

enum { SPANS_MOST = 4096, SPANS_OF_A_PIECE = 1024, KEYS_MOST = 2000, SPANS_ASKED_FOR_KEYS = 20000 };

/* One call of tm_loaded_read. */
typedef struct reading {
    tm_loaded *loaded;
    tm_arena *arena; /* of a unit */
    tm_unit_walk walk;
    tm_run_gathered gathered;
    tm_request request;
    bool (*stop)(void *owner);
    void *owner;
} reading;

/* ---- the table ------------------------------------------------------------------------------- */

static void open_request(reading *r, tm_text bytes)
{
    const tm_needs *needs[TM_LEVELS] = {NULL};
    for (unsigned level = 0; level < TM_LEVELS; level++)
        needs[level] = tm_needs_new(r->arena, NULL, 0, 0);
    tm_request_open(&r->request, r->arena, needs, TM_NEW(r->arena, tm_slot), bytes, false,
                    TM_UTF8_KEEP);
}

static void add_row(reading *r, tm_bytes *rows, const void *row, size_t bytes)
{
    if (!tm_bytes_add(rows, tm_text_slice(row, bytes)))
        tm_arena_out_of_memory(r->arena);
}

/* Of a request that stays where it is. */
static void add_spans(reading *r, tm_text bytes)
{
    tm_loaded *l = r->loaded;
    tm_request *q = &r->request;
    const tm_loaded_request row = {.bytes = bytes, .first = tm_loaded_count(l)};
    add_row(r, &l->requests, &row, sizeof row);
    open_request(r, bytes);
    while (tm_request_next_resource(q))
        while (tm_request_next_scope(q)) {
            const tm_loaded_group group = {q->group[TM_RESOURCE].body, q->group[TM_SCOPE].body};
            const size_t number = l->groups.n / sizeof group;
            add_row(r, &l->groups, &group, sizeof group);
            while (tm_request_next_span(q)) {
                const tm_loaded_span span = {.field = q->span_field.p,
                                             .n = (uint32_t)q->span_field.n,
                                             .group = (uint32_t)number};
                add_row(r, &l->spans, &span, sizeof span);
            }
        }
}

/* How many spans there are in sound bytes; false when they are not. */
static bool count_spans(reading *r, tm_text bytes, uint32_t *spans)
{
    tm_request *q = &r->request;
    open_request(r, bytes);
    while (tm_request_next_resource(q))
        while (tm_request_next_scope(q))
            while (tm_request_next_span(q))
                continue;
    *spans = q->spans_in;
    if (q->soundness == TM_MALFORMED)
        tm_unit_walk_tell(&r->walk, tm_request_reason(q));
    return q->soundness != TM_MALFORMED;
}

static void add_piece(reading *r)
{
    tm_run_gather_close(&r->gathered);
    if (r->gathered.short_of_memory)
        tm_arena_out_of_memory(r->arena);
    tm_text piece = tm_bytes_text(&r->gathered.request);
    const tm_request here = r->request;
    if (piece.n)
        add_spans(r, tm_arena_copy(r->loaded->arena, piece));
    r->request = here;
    r->gathered.request.n = 0;
}

/* A request of very many spans becomes several, so that threads can share them. */
static void add_pieces(reading *r, tm_text bytes)
{
    tm_request *q = &r->request;
    open_request(r, bytes);
    while (tm_request_next_resource(q))
        while (tm_request_next_scope(q))
            while (tm_request_next_span(q)) {
                const tm_run_drop span = {.span_field = q->span_field,
                                          .scope_body = q->group[TM_SCOPE].body,
                                          .resource_body = q->group[TM_RESOURCE].body};
                tm_run_gather(&r->gathered, &span);
                if (q->spans_in % SPANS_OF_A_PIECE == 0)
                    add_piece(r);
            }
    add_piece(r);
}

static bool take_unit(void *owner, tm_text bytes)
{
    reading *r = owner;
    uint32_t spans;
    if (!count_spans(r, bytes, &spans))
        return true;
    if (spans > SPANS_MOST)
        add_pieces(r, bytes);
    else
        add_spans(r, tm_arena_copy(r->loaded->arena, bytes));
    return true;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
    return tm_text_compare(*(const tm_text *)a, *(const tm_text *)b);
}

static void add_keys(tm_arena *arena, tm_texts *keys, const tm_map *map)
{
    for (uint32_t i = 0; i < map->n && keys->count < KEYS_MOST; i++) {
        tm_text key = map->entry[i].key;
        if (keys->count && bsearch(&key, keys->items, keys->count, sizeof key, by_text))
            continue;
        keys->items = tm_arena_grow(arena, keys->items, keys->count * sizeof key,
                                    (keys->count + 1) * sizeof key);
        keys->items[keys->count++] = tm_arena_copy(arena, key);
        qsort(keys->items, keys->count, sizeof key, by_text);
    }
}

static void note_event_keys(reading *r, tm_item *span)
{
    tm_item event = {0};
    tm_event_walk w =
        tm_event_walk_of(span, &event, tm_needs_new(r->arena, NULL, 0, 0), NULL, r->arena);
    while (tm_event_walk_next(&w))
        add_keys(r->loaded->arena, &r->loaded->keys[TM_EVENT], tm_item_attributes(w.event));
}

static void note_keys(reading *r, tm_text request)
{
    tm_request *q = &r->request;
    tm_loaded *l = r->loaded;
    open_request(r, request);
    while (tm_request_next_resource(q)) {
        add_keys(l->arena, &l->keys[TM_RESOURCE], tm_item_attributes(&q->item[TM_RESOURCE]));
        while (tm_request_next_scope(q)) {
            add_keys(l->arena, &l->keys[TM_SCOPE], tm_item_attributes(&q->item[TM_SCOPE]));
            while (tm_request_next_span(q)) {
                add_keys(l->arena, &l->keys[TM_SPAN], tm_item_attributes(&q->item[TM_SPAN]));
                note_event_keys(r, &q->item[TM_SPAN]);
            }
        }
    }
}

/* Of as many requests, spread evenly, as hold the spans that are asked. */
static void note_all_keys(void *argument)
{
    reading *r = argument;
    const size_t spans = tm_loaded_count(r->loaded), n = tm_loaded_requests(r->loaded);
    const size_t stride = spans / SPANS_ASKED_FOR_KEYS + 1;
    for (size_t i = 0; i < n; i += stride) {
        tm_arena_reset(r->arena);
        note_keys(r, tm_loaded_request_at(r->loaded, i)->bytes);
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool is_to_stop(void *owner)
{
    const reading *r = owner;
    return r->stop && r->stop(r->owner);
}

static bool read_all(reading *r, tm_texts paths)
{
    r->walk = (tm_unit_walk){.arena = r->arena,
                             .take = take_unit,
                             .owner = r,
                             .shows_progress = true,
                             .whole = true,
                             .stop = is_to_stop};
    if (!tm_unit_walk_open(&r->walk))
        return false;
    tm_unit_walk_all(&r->walk, &paths);
    r->loaded->fault |= tm_unit_walk_fault(&r->walk);
    if (r->walk.stopped)
        return tm_complain("interrupted");
    return (!r->walk.short_of_memory && tm_arena_try(r->arena, note_all_keys, r)) ||
           tm_complain("out of memory");
}

bool tm_loaded_read(tm_loaded *l, tm_texts paths, bool (*stop)(void *owner), void *owner)
{
    reading *r = calloc(1, sizeof *r);
    bool done = false;
    *l = (tm_loaded){.arena = tm_arena_new(NULL)};
    if (r)
        *r = (reading){.loaded = l, .arena = tm_arena_new(NULL), .stop = stop, .owner = owner};
    if (r && l->arena && r->arena) {
        tm_arena_follow(l->arena, r->arena);
        done = read_all(r, paths);
        tm_arena_follow(l->arena, NULL);
    } else {
        tm_complain("out of memory");
    }
    if (r) {
        tm_unit_walk_drop(&r->walk);
        tm_run_gather_free(&r->gathered);
        tm_arena_free(r->arena);
    }
    free(r);
    if (!done)
        tm_loaded_free(l);
    return done;
}

void tm_loaded_free(tm_loaded *l)
{
    tm_bytes_free(&l->requests);
    tm_bytes_free(&l->groups);
    tm_bytes_free(&l->spans);
    tm_arena_free(l->arena);
    *l = (tm_loaded){0};
}

/* ---- one span -------------------------------------------------------------------------------- */

tm_text tm_loaded_alone(tm_arena *arena, const tm_loaded *l, size_t i)
{
    /* ResourceSpans, ScopeSpans and Span with nothing in them. */
    static const char nothing[] = "\x0a\x04\x12\x02\x12\x00";
    if (i >= tm_loaded_count(l))
        return tm_text_slice(nothing, sizeof nothing - 1);
    const tm_loaded_span *span = tm_loaded_span_at(l, i);
    const tm_loaded_group *group = tm_loaded_group_of(l, span);
    const tm_run_drop one = {.span_field = tm_text_slice(span->field, span->n),
                             .scope_body = group->scope_body,
                             .resource_body = group->resource_body};
    return tm_run_gather_one(arena, &one);
}

static uint64_t fixed64(const tm_wire_field *f)
{
    return f->type == TM_WIRE_FIXED64 ? f->number_value : 0;
}

/* An Error has code 2. */
static bool says_error(tm_text status)
{
    const char *p = status.p, *end = p + status.n;
    tm_wire_field f;
    bool error = false;
    while (p && p < end && (p = tm_wire_next(p, end, &f)) != NULL)
        if (f.number == TM_NUMBER_STATUS_code)
            error = f.number_value == 2;
    return error;
}

tm_loaded_ids tm_loaded_ids_of(const tm_loaded_span *span)
{
    const tm_text body = tm_wire_body(tm_text_slice(span->field, span->n));
    const tm_span_identity id = tm_span_identify(body);
    tm_loaded_ids ids = {.trace_id = id.trace_id, .span_id = id.span_id, .name = id.name};
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p && p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number == TM_SPAN_PARENT_SPAN_ID)
            ids.parent_id = f.bytes;
        else if (f.number == TM_SPAN_START)
            ids.start_ns = fixed64(&f);
        else if (f.number == TM_SPAN_END)
            ids.end_ns = fixed64(&f);
        else if (f.number == TM_SPAN_STATUS)
            ids.is_error = says_error(f.bytes);
    }
    if (ids.parent_id.n == 8 && memcmp(ids.parent_id.p, "\0\0\0\0\0\0\0\0", 8) == 0)
        ids.parent_id.n = 0;
    return ids;
}

tm_text tm_loaded_id(const tm_loaded_span *span, unsigned field)
{
    tm_text body = tm_wire_body(tm_text_slice(span->field, span->n)), id = TM_TEXT("");
    tm_wire_next_bytes(&body, field, &id);
    return id;
}
