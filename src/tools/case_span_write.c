/* Case span: the short form to OTLP.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"
#include "base/hex.h"
#include "engine/actions.h"
#include "otlp/enums.h"
#include "otlp/field_numbers.h"
#include "otlp/wire.h"
#include "tools/case_span.h"

/* The head of a ResourceSpans and of a ScopeSpans. */
enum { HEAD = TM_NUMBER_RESOURCE_SPANS_resource };

static void add_text(tm_buf *out, uint32_t number, tm_text text)
{
    char *at = tm_buf_reserve(out, tm_wire_bytes_field_bytes(number, text.n));
    out->n += (size_t)(tm_wire_put_bytes_field(at, number, text) - at);
}

static void add_number(tm_buf *out, uint32_t number, uint64_t value)
{
    char *at = tm_buf_reserve(out, 20);
    char *end = tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_VARINT));
    out->n += (size_t)(tm_wire_put_varint(end, value) - at);
}

static void add_time(tm_buf *out, uint32_t number, uint64_t ns)
{
    char *at = tm_buf_reserve(out, 20);
    char *end = tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_FIXED64));
    out->n += (size_t)(tm_wire_put_fixed64(end, ns) - at);
}

static const tm_doc *member(const tm_doc *map, const char *key)
{
    const tm_doc *d = tm_doc_find(map, tm_text_of(key));
    return d && d->type != TM_DOC_NULL ? d : NULL;
}

static void add_member(tm_buf *out, uint32_t number, const tm_doc *map, const char *key)
{
    const tm_doc *d = member(map, key);
    if (d)
        add_text(out, number, d->text);
}

static void add_id(tm_buf *out, uint32_t number, const tm_doc *map, const char *key)
{
    char id[16];
    const tm_doc *d = member(map, key);
    if (d && tm_hex_read(id, d->text))
        add_text(out, number, tm_text_slice(id, d->text.n / 2));
}

static void add_attributes(tm_buf *out, tm_level level, const tm_doc *map)
{
    for (const tm_doc *d = map ? map->first : NULL; d; d = d->next) {
        const tm_entry entry = {.key = d->key, .value = tm_doc_value(out->arena, d)};
        if (d->type != TM_DOC_NULL)
            tm_buf_add(out, tm_attribute_field(out->arena, level, &entry));
    }
}

static void add_events(tm_buf *out, const tm_doc *list)
{
    for (const tm_doc *d = list ? list->first : NULL; d; d = d->next) {
        tm_buf event = {.arena = out->arena};
        const tm_doc *time = member(d, "time_unix_nano");
        if (time)
            add_time(&event, TM_EVENT_TIME, (uint64_t)time->integer);
        add_member(&event, TM_EVENT_NAME, d, "name");
        add_attributes(&event, TM_EVENT, member(d, "attributes"));
        add_text(out, TM_SPAN_EVENTS, tm_buf_text(&event));
    }
}

/* What is in front of an event's attribute, whose tag is one byte, is another number. */
static void add_link_attributes(tm_buf *out, const tm_doc *map)
{
    for (const tm_doc *d = map ? map->first : NULL; d; d = d->next) {
        const tm_entry entry = {.key = d->key, .value = tm_doc_value(out->arena, d)};
        tm_text field = tm_attribute_field(out->arena, TM_EVENT, &entry);
        tm_buf_add_char(out, (char)tm_wire_tag(TM_NUMBER_LINK_attributes, TM_WIRE_BYTES));
        tm_buf_add(out, tm_text_skip(field, 1));
    }
}

static void add_links(tm_buf *out, const tm_doc *list)
{
    for (const tm_doc *d = list ? list->first : NULL; d; d = d->next) {
        tm_buf link = {.arena = out->arena};
        add_id(&link, TM_NUMBER_LINK_trace_id, d, "trace_id");
        add_id(&link, TM_NUMBER_LINK_span_id, d, "span_id");
        add_member(&link, TM_NUMBER_LINK_trace_state, d, "trace_state");
        add_link_attributes(&link, member(d, "attributes"));
        add_text(out, TM_SPAN_LINKS, tm_buf_text(&link));
    }
}

static uint64_t enum_of(tm_arena *arena, tm_enum which, const char *beginning, tm_text word)
{
    int64_t value = 0;
    tm_enum_read(which, tm_arena_join(arena, tm_text_of(beginning), word), &value);
    return (uint64_t)value;
}

static void add_status(tm_buf *out, const tm_doc *status)
{
    const tm_doc *code = status && status->type == TM_DOC_MAP ? member(status, "code") : status;
    tm_buf body = {.arena = out->arena};
    if (status && status->type == TM_DOC_MAP)
        add_member(&body, TM_NUMBER_STATUS_message, status, "message");
    if (code)
        add_number(&body, TM_NUMBER_STATUS_code,
                   enum_of(out->arena, TM_ENUM_STATUS_CODE, "STATUS_CODE_", code->text));
    if (status)
        add_text(out, TM_SPAN_STATUS, tm_buf_text(&body));
}

static void add_times(tm_buf *out, const tm_doc *span)
{
    const tm_doc *start = member(span, "start_time_unix_nano"), *long_ = member(span, "duration");
    int64_t began = start ? start->integer : 0, ns = 0;
    if (!start && !long_)
        return;
    if (long_)
        tm_duration_read(long_->text, &ns);
    add_time(out, TM_SPAN_START, (uint64_t)began);
    add_time(out, TM_SPAN_END, (uint64_t)began + (uint64_t)ns);
}

static void add_span(tm_buf *out, const tm_doc *span)
{
    tm_buf body = {.arena = out->arena};
    const tm_doc *kind = member(span, "kind");
    add_id(&body, TM_SPAN_TRACE_ID, span, "trace_id");
    add_id(&body, TM_SPAN_SPAN_ID, span, "span_id");
    add_member(&body, TM_SPAN_TRACE_STATE, span, "trace_state");
    add_id(&body, TM_SPAN_PARENT_SPAN_ID, span, "parent_span_id");
    add_member(&body, TM_SPAN_NAME, span, "name");
    if (kind)
        add_number(&body, TM_SPAN_KIND,
                   enum_of(out->arena, TM_ENUM_SPAN_KIND, "SPAN_KIND_", kind->text));
    add_times(&body, span);
    add_attributes(&body, TM_SPAN, member(span, "attributes"));
    add_events(&body, member(span, "events"));
    add_links(&body, member(span, "links"));
    add_status(&body, member(span, "status"));
    add_text(out, TM_NUMBER_SCOPE_SPANS_spans, tm_buf_text(&body));
}

void tm_case_span_write_one(tm_buf *out, const tm_doc *span)
{
    tm_buf resource = {.arena = out->arena}, attributes = resource, scope = resource,
           head = resource;
    const tm_doc *said = member(span, "scope");
    add_attributes(&attributes, TM_RESOURCE, member(span, "resource"));
    if (said) {
        add_member(&head, TM_SCOPE_NAME, said, "name");
        add_member(&head, TM_SCOPE_VERSION, said, "version");
        add_attributes(&head, TM_SCOPE, member(said, "attributes"));
        add_text(&scope, HEAD, tm_buf_text(&head));
    }
    add_span(&scope, span);
    add_text(&resource, HEAD, tm_buf_text(&attributes));
    add_text(&resource, TM_NUMBER_RESOURCE_SPANS_scope_spans, tm_buf_text(&scope));
    add_text(out, TM_NUMBER_REQUEST_resource_spans, tm_buf_text(&resource));
}

void tm_case_span_write(tm_buf *out, const tm_doc *first)
{
    for (const tm_doc *span = first; span; span = span->next)
        tm_case_span_write_one(out, span);
}
