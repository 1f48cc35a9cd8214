/* Split: spans one by one into the open part, envelopes repeated around them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/split.h"

#include "otlp/field_numbers.h"
#include "otlp/wire.h"

/* Field numbers: of resource_spans in a request, and of the members in ResourceSpans and
 * ScopeSpans. */
enum {
    TM_SPLIT_RESOURCES = TM_NUMBER_REQUEST_resource_spans,
    TM_SPLIT_MEMBERS = TM_NUMBER_SCOPE_SPANS_spans
};

typedef struct tm_splitter {
    tm_arena *arena;
    uint32_t max_spans;  /* of the open part */
    uint32_t next_spans; /* of those behind it */
    size_t max_bytes;
    tm_split_part take;
    void *owner;
    tm_pieces part;
    uint32_t spans;
    tm_text resource, scope;            /* bodies of the groups around the current span */
    size_t resource_bytes, scope_bytes; /* of them, without their members */
    tm_pieces_mark resource_opened, scope_opened;
    bool resource_open, scope_open; /* in the part */
} tm_splitter;

/* Everything of a group but its members. */
static void add_envelope(tm_pieces *out, tm_text group)
{
    tm_wire_field f;
    const char *p = group.p, *end = p + group.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL)
        if (f.number != TM_SPLIT_MEMBERS)
            tm_pieces_add(out, tm_text_slice(f.start, (size_t)(p - f.start)));
}

static size_t envelope_bytes(tm_text group)
{
    size_t n = 0;
    tm_wire_field f;
    const char *p = group.p, *end = p + group.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL)
        n += f.number == TM_SPLIT_MEMBERS ? 0 : (size_t)(p - f.start);
    return n;
}

static void close_scope(tm_splitter *s)
{
    if (s->scope_open)
        tm_pieces_close(&s->part, s->scope_opened, TM_SPLIT_MEMBERS);
    s->scope_open = false;
}

static void close_resource(tm_splitter *s)
{
    close_scope(s);
    if (s->resource_open)
        tm_pieces_close(&s->part, s->resource_opened, TM_SPLIT_RESOURCES);
    s->resource_open = false;
}

static void open_groups(tm_splitter *s)
{
    if (!s->resource_open) {
        s->resource_opened = tm_pieces_open(&s->part);
        add_envelope(&s->part, s->resource);
        s->resource_open = true;
    }
    if (!s->scope_open) {
        s->scope_opened = tm_pieces_open(&s->part);
        add_envelope(&s->part, s->scope);
        s->scope_open = true;
    }
}

static bool finish_part(tm_splitter *s)
{
    close_resource(s);
    bool ok = s->part.bytes == 0 || s->take(s->owner, &s->part, s->spans);
    tm_pieces_rewind(&s->part, (tm_pieces_mark){0});
    s->spans = 0;
    s->max_spans = s->next_spans;
    return ok;
}

/* Most bytes that the headers of open groups can still take. */
enum { TM_SPLIT_HEADERS_MOST = 2 * 11 };

/* True when so many bytes more, with the groups around them, would be too many for the open part.
 */
static bool is_heavy(const tm_splitter *s, size_t more)
{
    more += TM_SPLIT_HEADERS_MOST + (s->resource_open ? 0 : s->resource_bytes) +
            (s->scope_open ? 0 : s->scope_bytes);
    return s->max_bytes && s->part.bytes + more > s->max_bytes;
}

/* Groups without spans give way to a span that would not fit beside them. */
static void forget_part(tm_splitter *s)
{
    tm_pieces_rewind(&s->part, (tm_pieces_mark){0});
    s->resource_open = s->scope_open = false;
}

static bool add_span(tm_splitter *s, tm_text field)
{
    bool full = s->max_spans && s->spans >= s->max_spans;
    bool heavy = is_heavy(s, field.n);
    if (s->spans && (full || heavy) && !finish_part(s))
        return false;
    if (!s->spans && heavy)
        forget_part(s);
    open_groups(s);
    tm_pieces_add(&s->part, field);
    s->spans++;
    return true;
}

static bool add_scope(tm_splitter *s)
{
    tm_wire_field f;
    const char *p = s->scope.p, *end = p + s->scope.n;
    bool any = false;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        any |= f.number == TM_SPLIT_MEMBERS;
        if (f.number == TM_SPLIT_MEMBERS &&
            !add_span(s, tm_text_slice(f.start, (size_t)(p - f.start))))
            return false;
    }
    if (!any && !is_heavy(s, 0))
        open_groups(s);
    close_scope(s);
    return true;
}

static bool add_resource(tm_splitter *s)
{
    tm_wire_field f;
    const char *p = s->resource.p, *end = p + s->resource.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number != TM_SPLIT_MEMBERS)
            continue;
        s->scope = f.bytes;
        s->scope_bytes = envelope_bytes(f.bytes);
        if (!add_scope(s))
            return false;
    }
    close_resource(s);
    return true;
}

bool tm_split(tm_arena *arena, tm_text request, uint32_t first_spans, uint32_t max_spans,
              size_t max_bytes, tm_split_part take, void *owner)
{
    tm_splitter s = {.arena = arena,
                     .max_spans = first_spans ? first_spans : max_spans,
                     .next_spans = max_spans,
                     .max_bytes = max_bytes,
                     .take = take,
                     .owner = owner,
                     .part = {.arena = arena}};
    tm_wire_field f;
    const char *p = request.p, *end = p + request.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number != TM_SPLIT_RESOURCES)
            continue;
        s.resource = f.bytes;
        s.resource_bytes = envelope_bytes(f.bytes);
        if (!add_resource(&s))
            return false;
    }
    return finish_part(&s);
}

static uint32_t count_members(tm_text body, unsigned depth)
{
    uint32_t n = 0;
    uint32_t number = depth == 0 ? TM_SPLIT_RESOURCES : TM_SPLIT_MEMBERS;
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL)
        if (f.number == number)
            n += depth == 2 ? 1 : count_members(f.bytes, depth + 1);
    return n;
}

uint32_t tm_split_count(tm_text request)
{
    return count_members(request, 0);
}
