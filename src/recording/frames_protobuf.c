/* Frames, protobuf: one request, or requests behind their lengths.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recording/frames.h"

#include "otlp/wire.h"

enum {
    RESOURCE_SPANS = 0x0a, /* the tag of the only field of a request */
    LENGTH4_BYTES = 4,
    MOST_VARINT = 10
};

static uint32_t load_length4(const char *p)
{
    const uint8_t *b = (const uint8_t *)p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Whether a request of n bytes begins here: its first field ends within it. */
static bool is_request(const char *p, const char *end, uint64_t n)
{
    uint64_t field;
    if (p == end || (uint8_t)*p != RESOURCE_SPANS)
        return false;
    const char *body = tm_wire_varint(p + 1, end, &field);
    return body && field <= n && (uint64_t)(body - p) <= n - field;
}

/* Whether the body of a ResourceSpans begins here: resource, scope_spans or schema_url. */
static bool is_resource_spans(const char *p, const char *end, uint64_t n)
{
    return n == 0 || (p < end && (*p == 0x0a || *p == 0x12 || *p == 0x1a));
}

static bool is_zstd(const char *p, const char *end)
{
    return end - p >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0;
}

static bool is_length4(tm_text bytes)
{
    const char *body = bytes.p + LENGTH4_BYTES, *end = bytes.p + bytes.n;
    if (bytes.n <= LENGTH4_BYTES)
        return false;
    uint64_t n = load_length4(bytes.p);
    return n && (is_request(body, end, n) || is_zstd(body, end) || *body == '{');
}

static bool is_varint(tm_text bytes)
{
    uint64_t n;
    const char *end = bytes.p + bytes.n, *body = tm_wire_varint(bytes.p, end, &n);
    return body && n && is_request(body, end, n);
}

static bool is_plain(tm_text bytes)
{
    uint64_t n, inner;
    const char *p = bytes.p, *end = p + bytes.n;
    if (!bytes.n || (uint8_t)*p != RESOURCE_SPANS)
        return false;
    const char *body = tm_wire_varint(p + 1, end, &n);
    if (!body || !is_resource_spans(body, end, n))
        return false;
    const char *first = n ? tm_wire_varint(body + 1, end, &inner) : NULL;
    return n == 0 || (first && inner <= n && (uint64_t)(first - body) <= n - inner);
}

/* Each could be taken for another in rare cases. A first byte of 0 is that of a length below 16
 * MiB; of the others, a request shows three lengths that agree, a varint two, four bytes of length
 * one. */
tm_framing tm_frames_tell_protobuf(tm_text bytes)
{
    bool zero = bytes.n && *bytes.p == 0;
    return zero && is_length4(bytes) ? TM_FRAMING_LENGTH4
           : is_plain(bytes)         ? TM_FRAMING_PLAIN
           : is_varint(bytes)        ? TM_FRAMING_VARINT
           : is_length4(bytes)       ? TM_FRAMING_LENGTH4
                                     : TM_FRAMING_UNKNOWN;
}

static tm_frame give_up(tm_frames *f, tm_frame_data *d, size_t wrong, const char *what)
{
    f->framing = TM_FRAMING_OVER;
    f->inside = 0;
    d->at = d->bytes.n;
    return tm_frame_fault(d, wrong, what);
}

static tm_frame cut(tm_frames *f, tm_frame_data *d)
{
    f->framing = TM_FRAMING_OVER;
    f->inside = 0;
    return tm_frame_cut(d, "message");
}

/* The field at `at`, or where it is known to end. 0: it is none; SIZE_MAX: it is not whole. */
static size_t field_end(tm_text bytes, size_t at)
{
    const char *p = bytes.p + at, *end = bytes.p + bytes.n;
    uint64_t n;
    if (p == end)
        return SIZE_MAX;
    if ((uint8_t)*p != RESOURCE_SPANS)
        return 0;
    const char *body = tm_wire_varint(p + 1, end, &n);
    if (!body)
        return end - p > MOST_VARINT ? 0 : SIZE_MAX;
    if (n > TM_UNIT_MOST_BYTES)
        return 0;
    return n <= (uint64_t)(end - body) ? (size_t)(body - bytes.p) + (size_t)n : SIZE_MAX;
}

static tm_frame unit(tm_frame_data *d, tm_unit_kind kind, size_t n)
{
    d->unit = (tm_unit){.kind = kind, .at = d->at, .n = n};
    d->at += n;
    return TM_FRAME_UNIT;
}

/* As many whole fields as there are, up to a block. */
static tm_frame next_fields(tm_frames *f, tm_frame_data *d)
{
    size_t to = d->at, most = f->inside ? d->at + f->inside : SIZE_MAX, end = 0;
    while (to < most && to - d->at < TM_BLOCK_BYTES) {
        end = field_end(d->bytes, to);
        if (end == 0 || end == SIZE_MAX || end > most)
            break;
        to = end;
    }
    if (to == d->at && end == SIZE_MAX && !d->last)
        return TM_FRAME_MORE;
    if (to == d->at)
        return end == SIZE_MAX ? cut(f, d) : give_up(f, d, d->at, "from here on it is no OTLP");
    if (f->inside)
        f->inside -= to - d->at;
    return unit(d, TM_UNIT_PROTOBUF, to - d->at);
}

/* Reads the length in front of the next request. False: it is cut or none. */
static bool read_length(const tm_frames *f, const tm_frame_data *d, size_t *head, uint64_t *n)
{
    const char *p = d->bytes.p + d->at, *end = d->bytes.p + d->bytes.n;
    if (f->framing == TM_FRAMING_LENGTH4) {
        *head = LENGTH4_BYTES;
        if (end - p < LENGTH4_BYTES)
            return false;
        *n = load_length4(p);
        return true;
    }
    const char *body = tm_wire_varint(p, end, n);
    *head = body ? (size_t)(body - p) : 0;
    return body;
}

/* What begins behind a length. */
static tm_unit_kind kind_of(const char *p, const char *end)
{
    return is_zstd(p, end) ? TM_UNIT_ZSTD : *p == '{' ? TM_UNIT_JSON : TM_UNIT_PROTOBUF;
}

static tm_frame next_delimited(tm_frames *f, tm_frame_data *d)
{
    size_t head, rest = d->bytes.n - d->at;
    uint64_t n;
    bool whole = read_length(f, d, &head, &n);
    if (!whole && rest > MOST_VARINT)
        return give_up(f, d, d->at, "here should be the length of a message");
    if (whole && n == 0) {
        d->at += head;
        return TM_FRAME_PAST;
    }
    if (!whole || rest == head || (rest < head + n && n <= TM_BLOCK_BYTES))
        return d->last ? cut(f, d) : TM_FRAME_MORE;
    const char *body = d->bytes.p + d->at + head;
    tm_unit_kind kind = kind_of(body, d->bytes.p + d->bytes.n);
    if (kind == TM_UNIT_PROTOBUF && (uint8_t)*body != RESOURCE_SPANS)
        return give_up(f, d, d->at, "from here on it is no OTLP");
    if (rest >= head + n) {
        d->at += head;
        return unit(d, kind, (size_t)n);
    }
    if (kind == TM_UNIT_PROTOBUF) { /* a large one: field by field */
        f->inside = n;
        d->at += head;
        return TM_FRAME_PAST;
    }
    if (n > TM_UNIT_MOST_BYTES)
        return give_up(f, d, d->at, "this message is longer than 256 MiB");
    return d->last ? cut(f, d) : TM_FRAME_MORE;
}

tm_frame tm_frames_next_protobuf(tm_frames *f, tm_frame_data *d)
{
    return f->framing == TM_FRAMING_PLAIN || f->inside ? next_fields(f, d) : next_delimited(f, d);
}
