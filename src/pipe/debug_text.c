/* Debug text: the lines of the Collector's otlptext.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/debug_text.h"

#include "base/harmless.h"
#include "otlp/enums.h"
#include "otlp/event.h"
#include "otlp/request.h"
#include "otlp/wire.h"
#include "vm/convert.h"

#include <stdio.h>
#include <time.h>

static const char LEAF[] = "     -> ";           /* before what belongs to a heading */
static const char DEEP_LEAF[] = "          -> "; /* one deeper */

/* ---- pieces ---------------------------------------------------------------------------------- */

/* "    Trace ID       : " */
static void add_name(tm_buf *out, const char *name)
{
    tm_buf_print(out, "    %-15s: ", name);
}

static void end_text(tm_buf *out, tm_text text)
{
    tm_harmless_add(out, text);
    tm_buf_add_char(out, '\n');
}

static void end_hex(tm_buf *out, tm_text id)
{
    tm_buf_add_hex(out, id);
    tm_buf_add_char(out, '\n');
}

static tm_text id_of(tm_value id)
{
    bool zero = true;
    for (uint32_t i = 0; i < id.n; i++)
        zero &= !id.p[i];
    return zero ? TM_TEXT("") : tm_text_slice(id.p, id.n);
}

/* "2026-01-02 03:04:05.678 +0000 UTC", as Go prints times. */
static void end_time(tm_buf *out, int64_t unix_nano)
{
    enum { SECOND = 1000000000 };
    uint64_t nano = (uint64_t)unix_nano % SECOND;
    time_t seconds = (time_t)((uint64_t)unix_nano / SECOND);
    char text[40], fraction[16];
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    int n = snprintf(fraction, sizeof fraction, ".%09u", (unsigned)nano);
    while (n > 1 && fraction[n - 1] == '0')
        n--;
    tm_buf_print(out, "%s%.*s +0000 UTC\n", text, n > 1 ? n : 0, fraction);
}

static const char *type_name(tm_value value)
{
    switch (value.type) {
    case TM_STRING:
        return "Str";
    case TM_BOOL:
        return "Bool";
    case TM_INT:
        return "Int";
    case TM_DOUBLE:
        return "Double";
    case TM_MAP:
        return "Map";
    case TM_LIST:
        return "Slice";
    case TM_BYTES:
        return "Bytes";
    default:
        return "Empty";
    }
}

static void add_attributes(tm_buf *out, const char *heading, const char *leaf, tm_item *item)
{
    const tm_map *map = tm_item_attributes(item);
    if (map->n)
        tm_buf_print(out, "%s:\n", heading);
    for (uint32_t i = 0; i < map->n; i++) {
        tm_value value = map->entry[i].value;
        tm_buf_print(out, "%s", leaf);
        tm_harmless_add(out, map->entry[i].key);
        tm_buf_print(out, ": %s(", type_name(value));
        tm_harmless_add(out, tm_data_text(out->arena, value));
        tm_buf_print(out, ")\n");
    }
}

static tm_text text_of(const tm_item *item, unsigned field)
{
    return tm_value_text(tm_item_field(item, field));
}

/* ---- events and links ------------------------------------------------------------------------ */

static void add_events(tm_buf *out, tm_item *span, const tm_needs *needs)
{
    tm_item item = {.level = TM_EVENT}, *event = &item;
    tm_slot *slots = TM_NEW_ARRAY(out->arena, needs->n, tm_slot);
    tm_event_walk w = tm_event_walk_of(span, event, needs, slots, out->arena);
    while (tm_event_walk_next(&w)) {
        if (w.number == 0)
            tm_buf_print(out, "Events:\n");
        tm_buf_print(out, "SpanEvent #%u\n%sName: ", w.number, LEAF);
        end_text(out, text_of(event, TM_EVENT_NAME));
        tm_buf_print(out, "%sTimestamp: ", LEAF);
        end_time(out, tm_item_field(event, TM_EVENT_TIME).integer);
        tm_buf_print(out, "%sDroppedAttributesCount: %lld\n", LEAF,
                     (long long)tm_item_field(event, TM_EVENT_DROPPED_ATTRIBUTES).integer);
        add_attributes(out, "     -> Attributes:", DEEP_LEAF, event);
    }
}

/* The link's attributes under the number that they have in events, to be read as those. */
static tm_text as_event(tm_arena *arena, tm_text link)
{
    tm_buf out = {.arena = arena};
    tm_wire_field f = {0};
    for (const char *p = link.p, *end = p + link.n; p < end && (p = tm_wire_next(p, end, &f));) {
        if (f.number != TM_NUMBER_LINK_attributes || f.type != TM_WIRE_BYTES)
            continue;
        char *at = tm_buf_reserve(&out, f.bytes.n + 16);
        out.n += (size_t)(tm_wire_put_bytes_field(at, TM_EVENT_ATTRIBUTES, f.bytes) - at);
    }
    return tm_buf_text(&out);
}

static void add_link(tm_buf *out, tm_text link, const tm_needs *needs)
{
    tm_wire_field last[TM_NUMBER_LINK_dropped_attributes_count + 1] = {0}, f;
    for (const char *p = link.p, *end = p + link.n; p < end && (p = tm_wire_next(p, end, &f));)
        if (f.number <= TM_NUMBER_LINK_dropped_attributes_count &&
            f.type == (f.number == TM_NUMBER_LINK_dropped_attributes_count ? TM_WIRE_VARINT
                                                                           : TM_WIRE_BYTES))
            last[f.number] = f;
    tm_buf_print(out, "%sTrace ID: ", LEAF);
    end_hex(out, last[TM_NUMBER_LINK_trace_id].bytes);
    tm_buf_print(out, "%sID: ", LEAF);
    end_hex(out, last[TM_NUMBER_LINK_span_id].bytes);
    tm_buf_print(out, "%sTraceState: ", LEAF);
    end_text(out, last[TM_NUMBER_LINK_trace_state].bytes);
    tm_buf_print(out, "%sDroppedAttributesCount: %u\n", LEAF,
                 (unsigned)last[TM_NUMBER_LINK_dropped_attributes_count].number_value);
    tm_slot no_slot;
    tm_item *item = tm_arena_zero(out->arena, 1, sizeof *item);
    tm_item_reset(item, TM_EVENT, out->arena, needs, &no_slot);
    item->raw = as_event(out->arena, link);
    add_attributes(out, "     -> Attributes:", DEEP_LEAF, item);
}

static void add_links(tm_buf *out, const tm_item *span, const tm_needs *needs)
{
    unsigned number = 0;
    tm_wire_field f = {0};
    tm_text raw = span->raw;
    for (const char *p = raw.p, *end = p + raw.n; p < end && (p = tm_wire_next(p, end, &f));) {
        if (f.number != TM_SPAN_LINKS || f.type != TM_WIRE_BYTES)
            continue;
        tm_buf_print(out, "%sSpanLink #%u\n", number ? "" : "Links:\n", number);
        number++;
        add_link(out, f.bytes, needs);
    }
}

/* ---- spans ----------------------------------------------------------------------------------- */

static void add_heads(tm_buf *out, const tm_item *span)
{
    tm_text state = text_of(span, TM_SPAN_TRACE_STATE);
    add_name(out, "Trace ID");
    end_hex(out, id_of(tm_item_field(span, TM_SPAN_TRACE_ID)));
    add_name(out, "Parent ID");
    end_hex(out, id_of(tm_item_field(span, TM_SPAN_PARENT_SPAN_ID)));
    add_name(out, "ID");
    end_hex(out, id_of(tm_item_field(span, TM_SPAN_SPAN_ID)));
    add_name(out, "Name");
    end_text(out, text_of(span, TM_SPAN_NAME));
    add_name(out, "Kind");
    end_text(out,
             tm_enum_row_of(TM_ENUM_SPAN_KIND, tm_item_field(span, TM_SPAN_KIND).integer).word);
    if (state.n) {
        add_name(out, "TraceState");
        end_text(out, state);
    }
    add_name(out, "Start time");
    end_time(out, tm_item_field(span, TM_SPAN_START).integer);
    add_name(out, "End time");
    end_time(out, tm_item_field(span, TM_SPAN_END).integer);
}

static void add_counts(tm_buf *out, const tm_item *span)
{
    static const struct {
        const char *name;
        unsigned field;
    } counts[] = {{"DroppedAttributesCount", TM_SPAN_DROPPED_ATTRIBUTES},
                  {"DroppedEventsCount", TM_SPAN_DROPPED_EVENTS},
                  {"DroppedLinksCount", TM_SPAN_DROPPED_LINKS}};
    add_name(out, "Status code");
    end_text(out,
             tm_enum_row_of(TM_ENUM_STATUS_CODE, tm_item_field(span, TM_STATUS_CODE).integer).word);
    add_name(out, "Status message");
    end_text(out, text_of(span, TM_STATUS_MESSAGE));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        add_name(out, counts[i].name);
        tm_buf_print(out, "%lld\n", (long long)tm_item_field(span, counts[i].field).integer);
    }
}

static void add_span(tm_buf *out, tm_item *span, const tm_needs *needs)
{
    add_heads(out, span);
    add_counts(out, span);
    add_attributes(out, "Attributes", LEAF, span);
    add_events(out, span, needs);
    add_links(out, span, needs);
}

static void add_scope(tm_buf *out, tm_item *scope, unsigned number)
{
    tm_buf_print(out, "ScopeSpans #%u\nScopeSpans SchemaURL: ", number);
    end_text(out, text_of(scope, TM_SCHEMA_URL));
    tm_buf_print(out, "InstrumentationScope ");
    tm_harmless_add(out, text_of(scope, TM_SCOPE_NAME));
    tm_buf_add_char(out, ' ');
    end_text(out, text_of(scope, TM_SCOPE_VERSION));
    add_attributes(out, "InstrumentationScope attributes", LEAF, scope);
}

void tm_debug_text_add(tm_buf *out, tm_text request, unsigned *resources)
{
    const tm_needs *all = tm_needs_new(out->arena, NULL, 0, UINT32_MAX);
    const tm_needs *needs[TM_LEVELS] = {all, all, all, all};
    tm_slot no_slot;
    tm_request q;
    tm_request_open(&q, out->arena, needs, &no_slot, request, false, TM_UTF8_KEEP);
    while (tm_request_next_resource(&q)) {
        unsigned scopes = 0;
        tm_item *resource = &q.item[TM_RESOURCE];
        tm_buf_print(out, "ResourceSpans #%u\nResource SchemaURL: ", (*resources)++);
        end_text(out, text_of(resource, TM_SCHEMA_URL));
        add_attributes(out, "Resource attributes", LEAF, resource);
        while (tm_request_next_scope(&q)) {
            unsigned spans = 0;
            add_scope(out, &q.item[TM_SCOPE], scopes++);
            while (tm_request_next_span(&q)) {
                tm_buf_print(out, "Span #%u\n", spans++);
                add_span(out, &q.item[TM_SPAN], all);
            }
        }
    }
}
