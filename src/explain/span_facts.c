/* Span facts: reading, and comparing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "explain/span_facts.h"

#include "base/harmless.h"
#include "base/json_write.h"
#include "otlp/enums.h"
#include "otlp/event.h"
#include "otlp/otlp_json_write.h"
#include "otlp/wire.h"
#include "engine/span_value.h"

/* ---- values ---------------------------------------------------------------------------------- */

void tm_span_fact_value(tm_buf *out, tm_value v)
{
    tm_buf plain = {.arena = out->arena};
    if (v.type == TM_STRING) {
        tm_json_write_string(out, tm_value_text(v), TM_JSON_ESCAPE_HARMFUL);
        return;
    }
    if (v.type == TM_NIL)
        tm_buf_add(&plain, TM_TEXT("nil"));
    else
        tm_span_value_text(&plain, v);
    tm_harmless_add(out, tm_buf_text(&plain));
}

static tm_text value_text(tm_arena *arena, tm_value v)
{
    tm_buf out = {.arena = arena};
    tm_span_fact_value(&out, v);
    return tm_buf_text(&out);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Facts in the making. */
typedef struct taking {
    tm_arena *arena;
    tm_span_facts *facts;
} taking;

static void add(const taking *t, tm_text path, tm_text value)
{
    tm_span_facts *f = t->facts;
    if (f->n == f->room) {
        size_t room = f->room ? 2 * f->room : 32;
        f->item =
            tm_arena_grow(t->arena, f->item, f->room * sizeof *f->item, room * sizeof *f->item);
        f->room = room;
    }
    f->item[f->n++] = (tm_span_fact){path, value};
}

static void add_value(const taking *t, const char *prefix, const char *path, tm_value v)
{
    const bool empty = v.type == TM_NIL || (v.type == TM_INT && v.integer == 0) ||
                       (v.type == TM_STRING && v.n == 0);
    if (!empty)
        add(t, tm_arena_print(t->arena, "%s%s", prefix, path), value_text(t->arena, v));
}

static void add_field(const taking *t, const char *prefix, const char *path, const tm_item *item,
                      unsigned field)
{
    add_value(t, prefix, path, tm_item_field(item, field));
}

/* Ids of zeros only are none. */
static tm_text id_of(const tm_item *span, unsigned field)
{
    static const char zeros[16];
    tm_text id = tm_value_text(tm_item_field(span, field));
    return memcmp(id.p, zeros, id.n) == 0 ? TM_TEXT("") : id;
}

static void add_id(const taking *t, const char *path, tm_text id)
{
    tm_buf hex = {.arena = t->arena};
    if (!id.n)
        return;
    tm_buf_add_char(&hex, '"');
    tm_buf_add_hex(&hex, id);
    tm_buf_add_char(&hex, '"');
    add(t, tm_text_of(path), tm_buf_text(&hex));
}

static void add_symbol(const taking *t, const char *path, tm_enum which, int64_t value)
{
    tm_enum_row row = tm_enum_row_of(which, value);
    if (value)
        add(t, tm_text_of(path), row.symbol.n ? row.symbol : value_text(t->arena, tm_int(value)));
}

static void add_time(const taking *t, const char *prefix, const char *path, uint64_t ns)
{
    if (!ns)
        return;
    tm_time time = {.seconds = (int64_t)(ns / 1000000000),
                    .nanoseconds = (int32_t)(ns % 1000000000),
                    .zone = TM_TEXT("UTC")};
    tm_value v = {.type = TM_TIME, .time = &time};
    add_value(t, prefix, path, v);
}

static void add_attributes(const taking *t, const char *prefix, tm_item *item)
{
    const tm_map *map = tm_item_attributes(item);
    for (uint32_t i = 0; i < map->n; i++) {
        tm_buf path = {.arena = t->arena};
        tm_buf_print(&path, "%sattributes[", prefix);
        tm_json_write_string(&path, map->entry[i].key, TM_JSON_ESCAPE_HARMFUL);
        tm_buf_add_char(&path, ']');
        add(t, tm_buf_text(&path), value_text(t->arena, map->entry[i].value));
    }
}

static void add_events(const taking *t, tm_item *span, const tm_needs *needs)
{
    tm_item event = {0};
    tm_event_walk w = tm_event_walk_of(span, &event, needs, NULL, t->arena);
    while (tm_event_walk_next(&w)) {
        const char *prefix = tm_arena_print(t->arena, "events[%u].", w.number).p;
        add_field(t, prefix, "name", w.event, TM_EVENT_NAME);
        add_time(t, prefix, "time", (uint64_t)tm_item_field(w.event, TM_EVENT_TIME).integer);
        add_attributes(t, prefix, w.event);
    }
}

static void add_links(const taking *t, const tm_item *span)
{
    const char *p = span->raw.p, *end = p + span->raw.n;
    tm_wire_field f;
    tm_text error;
    for (unsigned n = 0; p && p < end && (p = tm_wire_next(p, end, &f)) != NULL;) {
        if (f.number != TM_SPAN_LINKS)
            continue;
        tm_buf json = {.arena = t->arena}, shown = json;
        tm_otlp_to_json(&json, TM_MESSAGE_LINK, f.bytes, &error);
        tm_harmless_add(&shown, tm_buf_text(&json));
        add(t, tm_arena_print(t->arena, "links[%u]", n++), tm_buf_text(&shown));
    }
}

static void take_span(const taking *t, tm_item *span, const tm_needs *needs)
{
    tm_span_facts *f = t->facts;
    f->found = true;
    f->name = tm_value_text(tm_item_field(span, TM_SPAN_NAME));
    f->trace_id = id_of(span, TM_SPAN_TRACE_ID);
    f->span_id = id_of(span, TM_SPAN_SPAN_ID);
    f->parent_id = id_of(span, TM_SPAN_PARENT_SPAN_ID);
    f->start_ns = (uint64_t)tm_item_field(span, TM_SPAN_START).integer;
    f->end_ns = (uint64_t)tm_item_field(span, TM_SPAN_END).integer;
    f->status_code = tm_item_field(span, TM_STATUS_CODE).integer;
    add_field(t, "", "name", span, TM_SPAN_NAME);
    add_symbol(t, "kind", TM_ENUM_SPAN_KIND, tm_item_field(span, TM_SPAN_KIND).integer);
    add_symbol(t, "status.code", TM_ENUM_STATUS_CODE, f->status_code);
    add_field(t, "", "status.message", span, TM_STATUS_MESSAGE);
    add_id(t, "trace_id.string", f->trace_id);
    add_id(t, "span_id.string", f->span_id);
    add_id(t, "parent_span_id.string", f->parent_id);
    add_field(t, "", "trace_state", span, TM_SPAN_TRACE_STATE);
    add_field(t, "", "flags", span, TM_SPAN_FLAGS);
    add_time(t, "", "start_time", f->start_ns);
    add_time(t, "", "end_time", f->end_ns);
    if (f->start_ns && f->end_ns)
        add_value(t, "", "end_time - start_time", tm_duration((int64_t)(f->end_ns - f->start_ns)));
    add_attributes(t, "", span);
    add_field(t, "", "dropped_attributes_count", span, TM_SPAN_DROPPED_ATTRIBUTES);
    add_events(t, span, needs);
    add_field(t, "", "dropped_events_count", span, TM_SPAN_DROPPED_EVENTS);
    add_links(t, span);
    add_field(t, "", "dropped_links_count", span, TM_SPAN_DROPPED_LINKS);
}

static void take_above(const taking *t, tm_request *q)
{
    tm_item *scope = &q->item[TM_SCOPE], *resource = &q->item[TM_RESOURCE];
    add_field(t, "scope.", "name", scope, TM_SCOPE_NAME);
    add_field(t, "scope.", "version", scope, TM_SCOPE_VERSION);
    add_attributes(t, "scope.", scope);
    add_field(t, "scope.", "dropped_attributes_count", scope, TM_SCOPE_DROPPED_ATTRIBUTES);
    add_field(t, "scope.", "schema_url", scope, TM_SCHEMA_URL);
    add_attributes(t, "resource.", resource);
    add_field(t, "resource.", "dropped_attributes_count", resource, TM_RESOURCE_DROPPED_ATTRIBUTES);
    add_field(t, "resource.", "schema_url", resource, TM_SCHEMA_URL);
    const tm_entry *service = tm_map_find(tm_item_attributes(resource), TM_TEXT("service.name"));
    if (service && service->value.type == TM_STRING)
        t->facts->service = tm_value_text(service->value);
}

tm_span_facts tm_span_facts_of(tm_arena *arena, tm_text request)
{
    tm_span_facts facts = {0};
    const taking t = {arena, &facts};
    const tm_needs *needs[TM_LEVELS];
    tm_request q;
    for (unsigned level = 0; level < TM_LEVELS; level++)
        needs[level] = tm_needs_new(arena, NULL, 0, UINT32_MAX);
    tm_request_open(&q, arena, needs, TM_NEW_ARRAY(arena, tm_request_slots(needs) + 1, tm_slot),
                    request, false, TM_UTF8_KEEP);
    while (!facts.found && tm_request_next_resource(&q))
        while (!facts.found && tm_request_next_scope(&q))
            if (tm_request_next_span(&q)) {
                take_span(&t, &q.item[TM_SPAN], needs[TM_EVENT]);
                take_above(&t, &q);
            }
    return facts;
}

/* ---- showing --------------------------------------------------------------------------------- */

static void print_fact(tm_buf *out, const tm_screen *screen, tm_ink ink, const char *sign,
                       const tm_span_fact *fact)
{
    tm_buf line = {.arena = out->arena};
    if (ink == TM_INK_PLAIN) {
        tm_screen_add(screen, &line, TM_INK_BLUE, fact->path);
        tm_buf_print(&line, " = %.*s", TM_PRI(fact->value));
    } else {
        tm_screen_print(screen, &line, ink, "%s%.*s = %.*s", sign, TM_PRI(fact->path),
                        TM_PRI(fact->value));
    }
    tm_screen_wrap(screen, out, tm_buf_text(&line), TM_TEXT("    "));
}

void tm_span_facts_print(tm_buf *out, const tm_span_facts *facts, const tm_screen *screen)
{
    for (size_t i = 0; i < facts->n; i++)
        print_fact(out, screen, TM_INK_PLAIN, "", &facts->item[i]);
}

static const tm_span_fact *find(const tm_span_facts *facts, tm_text path)
{
    for (size_t i = 0; i < facts->n; i++)
        if (tm_text_equal(facts->item[i].path, path))
            return &facts->item[i];
    return NULL;
}

size_t tm_span_facts_each_difference(const tm_span_facts *before, const tm_span_facts *after,
                                     tm_span_facts_telling tell, void *owner)
{
    size_t n = 0;
    for (size_t i = 0; i < before->n; i++) {
        const tm_span_fact *old = &before->item[i], *now = find(after, old->path);
        if (now && tm_text_equal(now->value, old->value))
            continue;
        tell(owner, old, now);
        n++;
    }
    for (size_t i = 0; i < after->n; i++) {
        if (find(before, after->item[i].path))
            continue;
        tell(owner, NULL, &after->item[i]);
        n++;
    }
    return n;
}

/* One call of tm_span_facts_diff. */
typedef struct differing {
    tm_buf *out;
    const tm_screen *screen;
} differing;

static void print_difference(void *owner, const tm_span_fact *old, const tm_span_fact *now)
{
    const differing *d = owner;
    if (old)
        print_fact(d->out, d->screen, TM_INK_RED, "- ", old);
    if (now)
        print_fact(d->out, d->screen, TM_INK_GREEN, "+ ", now);
}

bool tm_span_facts_diff(tm_buf *out, const tm_span_facts *before, const tm_span_facts *after,
                        const tm_screen *screen)
{
    differing d = {out, screen};
    return tm_span_facts_each_difference(before, after, print_difference, &d) > 0;
}
