/* Zipkin, protobuf: spans of v2, a zipkin.proto3.ListOfSpans.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/zipkin_span.h"

#include "base/utf8.h"
#include "otlp/wire.h"

/* Numbers of fields. */
enum { LIST_SPANS = 1 };
enum { ENDPOINT_SERVICE_NAME = 1, ENDPOINT_IPV4, ENDPOINT_IPV6, ENDPOINT_PORT };
enum { ANNOTATION_TIMESTAMP = 1, ANNOTATION_VALUE };
enum { TAG_KEY = 1, TAG_VALUE };
enum {
    SPAN_TRACE_ID = 1,
    SPAN_PARENT_ID,
    SPAN_ID,
    SPAN_KIND,
    SPAN_NAME,
    SPAN_TIMESTAMP,
    SPAN_DURATION,
    SPAN_LOCAL_ENDPOINT,
    SPAN_REMOTE_ENDPOINT,
    SPAN_ANNOTATIONS,
    SPAN_TAGS
};

/* Number and wire type in one, since a field of another type is an unknown one. */
enum { TYPE_BITS = 3 };
#define FIELD(number, type) ((number) << TYPE_BITS | TM_WIRE_##type)

/* Takes the next field off the front of *rest. False at the end, or when it is malformed: then *ok
 * is false. */
static bool next_field(tm_zipkin *z, tm_text *rest, tm_wire_field *f, bool *ok)
{
    if (!rest->n || !*ok)
        return false;
    const char *end = rest->p + rest->n, *p = tm_wire_next(rest->p, end, f);
    if (!p) {
        *ok = tm_zipkin_fail(z, "the protobuf is malformed");
        return false;
    }
    *rest = tm_text_slice(p, (size_t)(end - p));
    return true;
}

static uint32_t field_of(const tm_wire_field *f)
{
    return f->number << TYPE_BITS | f->type;
}

static bool set_text(tm_zipkin *z, const tm_wire_field *f, tm_text *to)
{
    *to = f->bytes;
    return tm_utf8_valid(f->bytes) || tm_zipkin_fail(z, "a string is no UTF-8");
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* An endpoint given twice is one. */
static bool read_endpoint(tm_zipkin *z, tm_text body, tm_zipkin_endpoint *to)
{
    tm_wire_field f;
    bool ok = true;
    while (next_field(z, &body, &f, &ok))
        switch (field_of(&f)) {
        case FIELD(ENDPOINT_SERVICE_NAME, BYTES):
            ok = set_text(z, &f, &to->service);
            break;
        case FIELD(ENDPOINT_IPV4, BYTES):
            to->ipv4 = f.bytes.n ? tm_zipkin_address(z->scratch, f.bytes) : (tm_text){0};
            break;
        case FIELD(ENDPOINT_IPV6, BYTES):
            to->ipv6 = f.bytes.n ? tm_zipkin_address(z->scratch, f.bytes) : (tm_text){0};
            break;
        case FIELD(ENDPOINT_PORT, VARINT):
            to->port = (uint16_t)f.number_value;
            break;
        }
    return ok;
}

static bool read_annotation(tm_zipkin *z, tm_text body, tm_zipkin_span *span)
{
    tm_wire_field f;
    tm_text value = {0};
    uint64_t us = 0;
    bool ok = true;
    while (next_field(z, &body, &f, &ok))
        switch (field_of(&f)) {
        case FIELD(ANNOTATION_TIMESTAMP, FIXED64):
            us = f.number_value;
            break;
        case FIELD(ANNOTATION_VALUE, BYTES):
            ok = set_text(z, &f, &value);
            break;
        }
    if (ok)
        tm_zipkin_annotate(z->scratch, span, us * TM_ZIPKIN_NS_PER_US, value);
    return ok;
}

static bool read_tag(tm_zipkin *z, tm_text body, tm_zipkin_span *span)
{
    tm_wire_field f;
    tm_text key = {0}, value = {0};
    bool ok = true;
    while (next_field(z, &body, &f, &ok))
        switch (field_of(&f)) {
        case FIELD(TAG_KEY, BYTES):
            ok = set_text(z, &f, &key);
            break;
        case FIELD(TAG_VALUE, BYTES):
            ok = set_text(z, &f, &value);
            break;
        }
    if (ok)
        tm_map_append(z->scratch, span->tags, key.n ? key : TM_TEXT(""), tm_string(value));
    return ok;
}

/* ---- spans ----------------------------------------------------------------------------------- */

static tm_text kind_of(uint64_t kind)
{
    static const char *const names[] = {"", "CLIENT", "SERVER", "PRODUCER", "CONSUMER"};
    return tm_text_of(names[kind < sizeof names / sizeof *names ? kind : 0]);
}

static bool read_field(tm_zipkin *z, const tm_wire_field *f, tm_zipkin_span *s)
{
    switch (field_of(f)) {
    case FIELD(SPAN_TRACE_ID, BYTES):
        s->trace_id = f->bytes;
        return true;
    case FIELD(SPAN_PARENT_ID, BYTES):
        s->parent_id = f->bytes;
        return true;
    case FIELD(SPAN_ID, BYTES):
        s->id = f->bytes;
        return true;
    case FIELD(SPAN_KIND, VARINT):
        s->kind = kind_of(f->number_value);
        return true;
    case FIELD(SPAN_NAME, BYTES):
        return set_text(z, f, &s->name);
    case FIELD(SPAN_TIMESTAMP, FIXED64):
        s->start_ns = f->number_value * TM_ZIPKIN_NS_PER_US;
        return true;
    case FIELD(SPAN_DURATION, VARINT):
        s->duration_ns = f->number_value * TM_ZIPKIN_NS_PER_US;
        return true;
    case FIELD(SPAN_LOCAL_ENDPOINT, BYTES):
        return read_endpoint(z, f->bytes, &s->local);
    case FIELD(SPAN_REMOTE_ENDPOINT, BYTES):
        return read_endpoint(z, f->bytes, &s->remote);
    case FIELD(SPAN_ANNOTATIONS, BYTES):
        return read_annotation(z, f->bytes, s);
    case FIELD(SPAN_TAGS, BYTES):
        return read_tag(z, f->bytes, s);
    default:
        return true;
    }
}

static bool has_bytes(tm_zipkin *z, const char *name, tm_text id, size_t bytes)
{
    return id.n == bytes || tm_zipkin_fail(z, "%s has %zu bytes, not %zu", name, id.n, bytes);
}

/* Brave's are 8 bytes long unless it is told otherwise, which is what the schema allows and the
 * Collector refuses. */
static bool widen_trace_id(tm_zipkin *z, tm_text *id)
{
    if (id->n != 8)
        return has_bytes(z, "trace_id", *id, 16);
    char *wide = tm_arena_zero(z->scratch, 16, 1);
    memcpy(wide + 8, id->p, 8);
    *id = tm_text_slice(wide, 16);
    return true;
}

/* A span without a time has begun in 1970, as in the Collector, which marks it in JSON only. */
static bool read_span(tm_zipkin *z, tm_text body)
{
    tm_zipkin_span s = {.tags = tm_map_new(z->scratch, 0), .timed = true};
    tm_wire_field f;
    bool ok = true;
    while (next_field(z, &body, &f, &ok))
        ok = read_field(z, &f, &s);
    if (!ok || !widen_trace_id(z, &s.trace_id) ||
        (s.parent_id.n && !has_bytes(z, "parent_id", s.parent_id, 8)) ||
        !has_bytes(z, "id", s.id, 8))
        return false;
    tm_map_unique(z->scratch, s.tags);
    return tm_zipkin_add(z, &s);
}

bool tm_zipkin_read_protobuf(tm_zipkin *z, tm_text body)
{
    tm_wire_field f;
    bool ok = true;
    while (next_field(z, &body, &f, &ok)) {
        if (field_of(&f) != FIELD(LIST_SPANS, BYTES))
            continue;
        tm_arena_mark mark = tm_arena_save(z->scratch);
        if (!read_span(z, f.bytes))
            return false;
        tm_arena_restore(z->scratch, mark);
        z->spans++;
    }
    return ok;
}
