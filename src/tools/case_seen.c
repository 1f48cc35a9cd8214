/* Case seen: OTLP to the short form.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_seen.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/number.h"
#include "otlp/enums.h"
#include "otlp/pieces.h"
#include "otlp/field_numbers.h"
#include "otlp/wire.h"

/* The head of a ResourceSpans and of a ScopeSpans. */
enum { HEAD = TM_NUMBER_RESOURCE_SPANS_resource };

/* Steps over the fields of a message that is known to be sound. */
typedef struct fields {
    const char *at, *end;
    tm_wire_field f;
} fields;

static fields fields_of(tm_text body)
{
    return (fields){.at = body.p, .end = body.n ? body.p + body.n : body.p};
}

static bool next(fields *m)
{
    return m->at && m->at < m->end && (m->at = tm_wire_next(m->at, m->end, &m->f)) != NULL;
}

/* ---- scalars --------------------------------------------------------------------------------- */

static void add(tm_doc *map, const char *key, tm_doc *child)
{
    child->key = tm_text_of(key);
    tm_doc_append(map, child);
}

static tm_doc *text_of(tm_arena *arena, tm_text text)
{
    tm_doc *doc = tm_doc_new(arena, TM_DOC_STRING);
    doc->text = text;
    return doc;
}

static tm_doc *int_of(tm_arena *arena, int64_t value)
{
    tm_doc *doc = tm_doc_new(arena, TM_DOC_INT);
    doc->integer = value;
    doc->text = tm_arena_print(arena, "%lld", (long long)value);
    return doc;
}

/* Always with a point or an exponent, so that it does not look like an int. */
static tm_doc *double_of(tm_arena *arena, uint64_t bits)
{
    tm_doc *doc = tm_doc_new(arena, TM_DOC_DOUBLE);
    char *at = tm_arena_alloc(arena, TM_NUMBER_ROOM + 2);
    memcpy(&doc->number, &bits, sizeof bits);
    size_t n = tm_number_print(at, doc->number, TM_EXPONENT_SHORT);
    if (!memchr(at, '.', n) && !memchr(at, 'e', n) && !memchr(at, 'N', n) && !memchr(at, 'I', n))
        at[n++] = '.', at[n++] = '0';
    doc->text = tm_text_slice(at, n);
    return doc;
}

static tm_doc *hex_of(tm_arena *arena, tm_text bytes)
{
    tm_buf out = {.arena = arena};
    tm_buf_add_hex(&out, bytes);
    return text_of(arena, tm_buf_text(&out));
}

/* ---- attributes ------------------------------------------------------------------------------ */

static tm_doc *any_of(tm_arena *arena, tm_text body);

static tm_doc *pair_of(tm_arena *arena, tm_text body)
{
    tm_text key = TM_TEXT(""), value = {0};
    for (fields m = fields_of(body); next(&m);) {
        if (m.f.number == TM_NUMBER_KEY_VALUE_key)
            key = m.f.bytes;
        else if (m.f.number == TM_NUMBER_KEY_VALUE_value)
            value = m.f.bytes;
    }
    tm_doc *doc = any_of(arena, value);
    doc->key = key;
    return doc;
}

static tm_doc *list_of(tm_arena *arena, tm_text body, bool map)
{
    const uint32_t number = map ? TM_NUMBER_KV_LIST_values : TM_NUMBER_ARRAY_VALUE_values;
    tm_doc *list = tm_doc_new(arena, map ? TM_DOC_MAP : TM_DOC_LIST);
    for (fields m = fields_of(body); next(&m);)
        if (m.f.number == number && m.f.type == TM_WIRE_BYTES)
            tm_doc_append(list, map ? pair_of(arena, m.f.bytes) : any_of(arena, m.f.bytes));
    return list;
}

/* Bytes are shown in base64. */
static tm_doc *any_of(tm_arena *arena, tm_text body)
{
    tm_doc *doc = tm_doc_new(arena, TM_DOC_NULL);
    for (fields m = fields_of(body); next(&m);) {
        tm_buf out = {.arena = arena};
        switch (m.f.number) {
        case TM_NUMBER_ANY_VALUE_string_value:
            doc = text_of(arena, m.f.bytes);
            break;
        case TM_NUMBER_ANY_VALUE_bool_value:
            doc = tm_doc_new(arena, TM_DOC_BOOL);
            doc->truth = m.f.number_value != 0;
            doc->text = doc->truth ? TM_TEXT("true") : TM_TEXT("false");
            break;
        case TM_NUMBER_ANY_VALUE_int_value:
            doc = int_of(arena, (int64_t)m.f.number_value);
            break;
        case TM_NUMBER_ANY_VALUE_double_value:
            doc = double_of(arena, m.f.number_value);
            break;
        case TM_NUMBER_ANY_VALUE_array_value:
        case TM_NUMBER_ANY_VALUE_kvlist_value:
            doc = list_of(arena, m.f.bytes, m.f.number == TM_NUMBER_ANY_VALUE_kvlist_value);
            break;
        case TM_NUMBER_ANY_VALUE_bytes_value:
            tm_base64_encode(&out, m.f.bytes, 0);
            doc = text_of(arena, tm_buf_text(&out));
            break;
        default:
            break;
        }
    }
    return doc;
}

/* The attributes of a message under `key`, when it has some. */
static void add_attributes(tm_arena *arena, tm_doc *map, const char *key, tm_text body,
                           uint32_t number)
{
    tm_doc *attributes = tm_doc_new(arena, TM_DOC_MAP);
    for (fields m = fields_of(body); next(&m);)
        if (m.f.number == number && m.f.type == TM_WIRE_BYTES)
            tm_doc_append(attributes, pair_of(arena, m.f.bytes));
    if (attributes->first)
        add(map, key, attributes);
}

/* ---- parts of a span ------------------------------------------------------------------------- */

/* The enum's symbol behind its beginning; the number when it has none. */
static tm_doc *enum_of(tm_arena *arena, tm_enum which, const char *beginning, uint64_t value)
{
    tm_text symbol = tm_enum_row_of(which, (int32_t)value).symbol;
    return symbol.n ? text_of(arena, tm_text_skip(symbol, strlen(beginning)))
                    : int_of(arena, (int32_t)value);
}

static void add_status(tm_arena *arena, tm_doc *span, tm_text body)
{
    tm_doc *status = tm_doc_new(arena, TM_DOC_MAP);
    tm_text message = TM_TEXT("");
    uint64_t code = 0;
    for (fields m = fields_of(body); next(&m);) {
        if (m.f.number == TM_NUMBER_STATUS_code)
            code = m.f.number_value;
        else if (m.f.number == TM_NUMBER_STATUS_message)
            message = m.f.bytes;
    }
    add(status, "code", enum_of(arena, TM_ENUM_STATUS_CODE, "STATUS_CODE_", code));
    if (message.n)
        add(status, "message", text_of(arena, message));
    add(span, "status", status);
}

static tm_doc *event_of(tm_arena *arena, tm_text body)
{
    tm_doc *event = tm_doc_new(arena, TM_DOC_MAP);
    for (fields m = fields_of(body); next(&m);) {
        if (m.f.number == TM_EVENT_NAME)
            add(event, "name", text_of(arena, m.f.bytes));
        else if (m.f.number == TM_EVENT_TIME && m.f.number_value)
            add(event, "time_unix_nano", int_of(arena, (int64_t)m.f.number_value));
    }
    add_attributes(arena, event, "attributes", body, TM_EVENT_ATTRIBUTES);
    return event;
}

static tm_doc *link_of(tm_arena *arena, tm_text body)
{
    tm_doc *link = tm_doc_new(arena, TM_DOC_MAP);
    for (fields m = fields_of(body); next(&m);) {
        if (m.f.number == TM_NUMBER_LINK_trace_id)
            add(link, "trace_id", hex_of(arena, m.f.bytes));
        else if (m.f.number == TM_NUMBER_LINK_span_id)
            add(link, "span_id", hex_of(arena, m.f.bytes));
        else if (m.f.number == TM_NUMBER_LINK_trace_state)
            add(link, "trace_state", text_of(arena, m.f.bytes));
    }
    add_attributes(arena, link, "attributes", body, TM_NUMBER_LINK_attributes);
    return link;
}

static void add_members(tm_arena *arena, tm_doc *span, const char *key, tm_text body,
                        uint32_t number, tm_doc *(*member_of)(tm_arena *arena, tm_text body))
{
    tm_doc *list = tm_doc_new(arena, TM_DOC_LIST);
    for (fields m = fields_of(body); next(&m);)
        if (m.f.number == number && m.f.type == TM_WIRE_BYTES)
            tm_doc_append(list, member_of(arena, m.f.bytes));
    if (list->first)
        add(span, key, list);
}

static void add_scope(tm_arena *arena, tm_doc *span, tm_text body)
{
    tm_doc *scope = tm_doc_new(arena, TM_DOC_MAP);
    for (fields m = fields_of(body); next(&m);) {
        if (m.f.number == TM_SCOPE_NAME && m.f.bytes.n)
            add(scope, "name", text_of(arena, m.f.bytes));
        else if (m.f.number == TM_SCOPE_VERSION && m.f.bytes.n)
            add(scope, "version", text_of(arena, m.f.bytes));
    }
    add_attributes(arena, scope, "attributes", body, TM_SCOPE_ATTRIBUTES);
    if (scope->first)
        add(span, "scope", scope);
}

static void add_duration(tm_arena *arena, tm_doc *span, uint64_t start, uint64_t end)
{
    tm_buf out = {.arena = arena};
    tm_duration_print((int64_t)(end - start), &out);
    if (end != start)
        add(span, "duration", text_of(arena, tm_buf_text(&out)));
    if (start)
        add(span, "start_time_unix_nano", int_of(arena, (int64_t)start));
}

/* ---- a span ---------------------------------------------------------------------------------- */

/* The scalar fields; the last one counts. */
typedef struct scalars {
    tm_text bytes[TM_SPAN_STATUS + 1];
    uint64_t number[TM_SPAN_STATUS + 1];
} scalars;

static const tm_doc *span_of(tm_arena *arena, tm_text resource, tm_text scope, tm_text body)
{
    tm_doc *span = tm_doc_new(arena, TM_DOC_MAP);
    scalars s = {0};
    for (fields m = fields_of(body); next(&m);)
        if (m.f.number <= TM_SPAN_STATUS) {
            if (m.f.type == TM_WIRE_BYTES)
                s.bytes[m.f.number] = m.f.bytes;
            else
                s.number[m.f.number] = m.f.number_value;
        }
    if (s.bytes[TM_SPAN_NAME].n)
        add(span, "name", text_of(arena, s.bytes[TM_SPAN_NAME]));
    if (s.number[TM_SPAN_KIND])
        add(span, "kind", enum_of(arena, TM_ENUM_SPAN_KIND, "SPAN_KIND_", s.number[TM_SPAN_KIND]));
    if (s.bytes[TM_SPAN_STATUS].n)
        add_status(arena, span, s.bytes[TM_SPAN_STATUS]);
    add_attributes(arena, span, "attributes", body, TM_SPAN_ATTRIBUTES);
    add_attributes(arena, span, "resource", resource, TM_RESOURCE_ATTRIBUTES);
    add_scope(arena, span, scope);
    add_members(arena, span, "events", body, TM_SPAN_EVENTS, event_of);
    add_members(arena, span, "links", body, TM_SPAN_LINKS, link_of);
    add_duration(arena, span, s.number[TM_SPAN_START], s.number[TM_SPAN_END]);
    static const struct {
        unsigned number;
        const char *key;
    } ids[] = {{TM_SPAN_TRACE_ID, "trace_id"},
               {TM_SPAN_SPAN_ID, "span_id"},
               {TM_SPAN_PARENT_SPAN_ID, "parent_span_id"}};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (s.bytes[ids[i].number].n)
            add(span, ids[i].key, hex_of(arena, s.bytes[ids[i].number]));
    if (s.bytes[TM_SPAN_TRACE_STATE].n)
        add(span, "trace_state", text_of(arena, s.bytes[TM_SPAN_TRACE_STATE]));
    return span;
}

static void append(tm_arena *arena, tm_case_seens *list, tm_case_seen seen)
{
    tm_case_seen *s = TM_NEW(arena, tm_case_seen);
    *s = seen;
    s->span = span_of(arena, s->resource, s->scope, s->body);
    *(list->last ? &list->last->next : &list->first) = s;
    list->last = s;
    list->count++;
}

/* The head of a group: its last field 1. */
static tm_text head_of(tm_text group)
{
    tm_text head = {0};
    for (fields m = fields_of(group); next(&m);)
        if (m.f.number == HEAD && m.f.type == TM_WIRE_BYTES)
            head = m.f.bytes;
    return head;
}

static void add_scope_spans(tm_arena *arena, tm_case_seens *list, tm_text resource, tm_text group)
{
    const tm_text scope = head_of(group);
    for (fields m = fields_of(group); next(&m);)
        if (m.f.number == TM_NUMBER_SCOPE_SPANS_spans && m.f.type == TM_WIRE_BYTES)
            append(arena, list,
                   (tm_case_seen){.resource = resource, .scope = scope, .body = m.f.bytes});
}

void tm_case_seen_add(tm_arena *arena, tm_case_seens *list, tm_text request)
{
    for (fields q = fields_of(request); next(&q);) {
        if (q.f.number != TM_NUMBER_REQUEST_resource_spans || q.f.type != TM_WIRE_BYTES)
            continue;
        for (fields r = fields_of(q.f.bytes); next(&r);)
            if (r.f.number == TM_NUMBER_RESOURCE_SPANS_scope_spans && r.f.type == TM_WIRE_BYTES)
                add_scope_spans(arena, list, head_of(q.f.bytes), r.f.bytes);
    }
}

/* The body of an item as it is now. */
static tm_text body_of(tm_arena *arena, const tm_item *item)
{
    tm_pieces pieces = {.arena = arena};
    tm_pieces_add_item(&pieces, item, 1);
    char *bytes = tm_arena_alloc(arena, pieces.bytes);
    tm_pieces_copy(&pieces, bytes);
    fields m = fields_of(tm_text_slice(bytes, pieces.bytes));
    return next(&m) ? m.f.bytes : (tm_text){0};
}

void tm_case_seen_add_current(tm_arena *arena, tm_case_seens *list, const tm_request *q,
                              const tm_rule *by)
{
    tm_text head[2];
    for (unsigned level = TM_RESOURCE; level <= TM_SCOPE; level++)
        head[level] = q->heads >> level & 1 ? body_of(arena, &q->item[level])
                                            : tm_arena_copy(arena, head_of(q->group[level].body));
    append(arena, list,
           (tm_case_seen){.by = by,
                          .resource = head[TM_RESOURCE],
                          .scope = head[TM_SCOPE],
                          .body = body_of(arena, &q->item[TM_SPAN])});
}

static tm_text group_of(tm_arena *arena, tm_text head, uint32_t number, tm_text member)
{
    const size_t room =
        tm_wire_bytes_field_bytes(HEAD, head.n) + tm_wire_bytes_field_bytes(number, member.n);
    char *bytes = tm_arena_alloc(arena, room);
    char *end = tm_wire_put_bytes_field(bytes, HEAD, head);
    return tm_text_slice(bytes, (size_t)(tm_wire_put_bytes_field(end, number, member) - bytes));
}

tm_text tm_case_seen_request(tm_arena *arena, const tm_case_seen *seen)
{
    const tm_text scope = group_of(arena, seen->scope, TM_NUMBER_SCOPE_SPANS_spans, seen->body);
    const tm_text resource =
        group_of(arena, seen->resource, TM_NUMBER_RESOURCE_SPANS_scope_spans, scope);
    char *bytes = tm_arena_alloc(
        arena, tm_wire_bytes_field_bytes(TM_NUMBER_REQUEST_resource_spans, resource.n));
    char *end = tm_wire_put_bytes_field(bytes, TM_NUMBER_REQUEST_resource_spans, resource);
    return tm_text_slice(bytes, (size_t)(end - bytes));
}
