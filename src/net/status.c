/* Status: google.rpc.Status in both encodings, and the base64 that carries it in a header.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/status.h"

#include "base/utf8.h"

#include <stdio.h>

typedef struct status_row {
    const char *name;
    int http;
} status_row;

static const status_row rows[] = {
#define STATUS(name, number, http) [number] = {#name, http},
#include "net/status.def"
};

enum { ROWS = sizeof rows / sizeof *rows };

#define RETRY_INFO "type.googleapis.com/google.rpc.RetryInfo"

const char *tm_status_name(tm_status_code code)
{
    return (unsigned)code < ROWS ? rows[code].name : "UNKNOWN";
}

int tm_status_http(tm_status_code code)
{
    return (unsigned)code < ROWS ? rows[code].http : 500;
}

tm_status_code tm_status_of_http(int http_status)
{
    switch (http_status) {
    case 400:
    case 431:
        return TM_STATUS_INTERNAL;
    case 401:
        return TM_STATUS_UNAUTHENTICATED;
    case 403:
        return TM_STATUS_PERMISSION_DENIED;
    case 404:
        return TM_STATUS_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return TM_STATUS_UNAVAILABLE;
    default:
        return TM_STATUS_UNKNOWN;
    }
}

/* ---- protobuf ------------------------------------------------------------------------------- */

/* A small message on the stack; everything put into it has a known upper length. */
typedef struct scrap {
    char p[96];
    size_t n;
} scrap;

static size_t put_varint(char *p, uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        p[n++] = (char)(v | 0x80);
    p[n++] = (char)v;
    return n;
}

static void add_number(scrap *s, unsigned field, uint64_t v)
{
    if (v == 0)
        return;
    s->p[s->n++] = (char)(field << 3);
    s->n += put_varint(s->p + s->n, v);
}

static void add_part(scrap *s, unsigned field, tm_text t)
{
    s->p[s->n++] = (char)(field << 3 | 2);
    s->n += put_varint(s->p + s->n, t.n);
    memcpy(s->p + s->n, t.p, t.n);
    s->n += t.n;
}

static tm_text scrap_text(const scrap *s)
{
    return tm_text_slice(s->p, s->n);
}

/* The text with U+FFFD for each bad byte, escaped for JSON when `json`. */
static bool add_mended(tm_text t, bool json, tm_bytes *out)
{
    while (t.n > 0) {
        size_t width;
        uint32_t rune = tm_utf8_next(t, &width);
        char escape[8];
        tm_text add = tm_text_slice(t.p, width);
        if (rune == 0xfffd && width == 1)
            add = TM_TEXT("\xEF\xBF\xBD");
        else if (json && (rune < 0x20 || rune == 0x7f || rune == '"' || rune == '\\'))
            add = tm_text_slice(escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", rune));
        if (!tm_bytes_add(out, add))
            return false;
        t = tm_text_skip(t, width);
    }
    return true;
}

bool tm_status_protobuf(const tm_status *status, tm_bytes *out)
{
    tm_bytes message = {.heap = out->heap};
    scrap head = {.n = 0}, details = {.n = 0};
    add_number(&head, 1, (uint64_t)status->code);
    if (status->retry_after_ms) {
        scrap duration = {.n = 0}, info = {.n = 0}, any = {.n = 0};
        add_number(&duration, 1, status->retry_after_ms / 1000);
        add_number(&duration, 2, status->retry_after_ms % 1000 * 1000000);
        add_part(&info, 1, scrap_text(&duration));
        add_part(&any, 1, TM_TEXT(RETRY_INFO));
        add_part(&any, 2, scrap_text(&info));
        add_part(&details, 3, scrap_text(&any));
    }
    bool fits = add_mended(status->message, false, &message);
    if (message.n > 0) {
        head.p[head.n++] = 2 << 3 | 2;
        head.n += put_varint(head.p + head.n, message.n);
    }
    fits = fits && tm_bytes_add(out, scrap_text(&head)) &&
           tm_bytes_add(out, tm_bytes_text(&message)) && tm_bytes_add(out, scrap_text(&details));
    tm_bytes_free(&message);
    return fits;
}

bool tm_status_json(const tm_status *status, tm_bytes *out)
{
    char head[48], tail[160] = "\"}";
    snprintf(head, sizeof head, "{\"code\":%d,\"message\":\"", (int)status->code);
    if (status->retry_after_ms)
        snprintf(tail, sizeof tail,
                 "\",\"details\":[{\"@type\":\"" RETRY_INFO "\",\"retryDelay\":\"%llu.%03us\"}]}",
                 (unsigned long long)(status->retry_after_ms / 1000),
                 (unsigned)(status->retry_after_ms % 1000));
    return tm_bytes_add(out, tm_text_of(head)) && add_mended(status->message, true, out) &&
           tm_bytes_add(out, tm_text_of(tail));
}

typedef struct field {
    unsigned number;
    uint64_t value; /* of a varint */
    tm_text bytes;  /* of a length-delimited field */
} field;

static bool take_varint(tm_text *in, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; shift < 64 && in->n > 0; shift += 7) {
        uint8_t byte = (uint8_t)*in->p;
        *in = tm_text_skip(*in, 1);
        *v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* Takes the next field of any wire type but groups off the front of *in. */
static bool take_field(tm_text *in, field *f)
{
    uint64_t tag, n = 0;
    *f = (field){.bytes = tm_text_slice("", 0)};
    if (!take_varint(in, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
        return false;
    f->number = (unsigned)(tag >> 3);
    switch (tag & 7) {
    case 0:
        return take_varint(in, &f->value);
    case 1:
        n = 8;
        break;
    case 2:
        if (!take_varint(in, &n))
            return false;
        break;
    case 5:
        n = 4;
        break;
    default:
        return false;
    }
    if (n > in->n)
        return false;
    if ((tag & 7) == 2)
        f->bytes = tm_text_slice(in->p, n);
    *in = tm_text_skip(*in, n);
    return true;
}

static bool read_duration(tm_text in, uint64_t *ms)
{
    uint64_t seconds = 0, nanos = 0;
    for (field f; in.n > 0;) {
        if (!take_field(&in, &f))
            return false;
        if (f.number == 1)
            seconds = f.value;
        if (f.number == 2)
            nanos = f.value;
    }
    bool usable = seconds < UINT32_MAX && nanos < 1000000000; /* else negative or absurd: none */
    *ms = usable ? seconds * 1000 + (nanos + 999999) / 1000000 : 0;
    return true;
}

static bool read_detail(tm_text in, uint64_t *ms)
{
    tm_text type = {0}, value = {0};
    for (field f; in.n > 0;) {
        if (!take_field(&in, &f))
            return false;
        if (f.number == 1)
            type = f.bytes;
        if (f.number == 2)
            value = f.bytes;
    }
    if (!tm_text_ends(type, TM_TEXT("/google.rpc.RetryInfo")))
        return true;
    for (field f; value.n > 0;)
        if (!take_field(&value, &f) || (f.number == 1 && !read_duration(f.bytes, ms)))
            return false;
    return true;
}

bool tm_status_read(tm_text in, tm_status *status)
{
    *status = (tm_status){.message = tm_text_slice("", 0)};
    for (field f; in.n > 0;) {
        if (!take_field(&in, &f))
            return false;
        if (f.number == 1)
            status->code = (tm_status_code)f.value;
        if (f.number == 2)
            status->message = f.bytes;
        if (f.number == 3 && !read_detail(f.bytes, &status->retry_after_ms))
            return false;
    }
    return true;
}

/* ---- base64 --------------------------------------------------------------------------------- */

bool tm_base64_add(tm_text in, tm_bytes *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (in.n > SIZE_MAX / 2 || !tm_bytes_reserve(out, in.n / 3 * 4 + 4))
        return false;
    const uint8_t *p = (const uint8_t *)in.p;
    for (size_t i = 0; i < in.n; i += 3) {
        size_t left = in.n - i;
        uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                     (left > 2 ? p[i + 2] : 0);
        for (size_t k = 0; k < (left > 2 ? 4 : left + 1); k++)
            out->p[out->n++] = digits[v >> (18 - 6 * k) & 63];
    }
    return true;
}

static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool tm_base64_read(tm_text in, tm_bytes *out)
{
    for (int pads = in.n % 4 ? 0 : 2; pads > 0 && in.n > 0 && in.p[in.n - 1] == '='; pads--)
        in.n--;
    if (in.n % 4 == 1 || !tm_bytes_reserve(out, in.n / 4 * 3 + 3))
        return false;
    uint32_t v = 0;
    for (size_t i = 0; i < in.n; i++) {
        int digit = digit_value(in.p[i]);
        if (digit < 0)
            return false;
        v = v << 6 | (uint32_t)digit;
        if (i % 4 > 0)
            out->p[out->n++] = (char)(v >> (6 - 2 * (i % 4)));
    }
    return true;
}
