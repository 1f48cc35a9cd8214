/* gRPC: frames and header values.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/grpc.h"

#include "base/hex.h"
#include "base/utf8.h"

#include <stdio.h>

/* Collects the head; true when it is complete. */
static bool take_head(tm_grpc_frame *frame, tm_text *in)
{
    while (frame->have < TM_GRPC_HEAD_BYTES && in->n > 0) {
        frame->head[frame->have++] = (uint8_t)*in->p;
        *in = tm_text_skip(*in, 1);
    }
    return frame->have == TM_GRPC_HEAD_BYTES;
}

tm_grpc_step tm_grpc_next(tm_grpc_frame *frame, tm_text *in, tm_text *part)
{
    const uint8_t *h = frame->head;
    if (in->n == 0)
        return TM_GRPC_MORE;
    if (frame->have < TM_GRPC_HEAD_BYTES) {
        if (!take_head(frame, in))
            return TM_GRPC_MORE;
        frame->compressed = h[0] == 1;
        frame->length = (uint32_t)h[1] << 24 | (uint32_t)h[2] << 16 | (uint32_t)h[3] << 8 | h[4];
        frame->left = frame->length;
        if (frame->left == 0)
            frame->have = 0;
        return h[0] > 1 ? TM_GRPC_BAD : TM_GRPC_BEGIN;
    }
    size_t n = in->n < frame->left ? in->n : frame->left;
    *part = tm_text_slice(in->p, n);
    *in = tm_text_skip(*in, n);
    frame->left -= (uint32_t)n;
    if (frame->left == 0)
        frame->have = 0;
    return TM_GRPC_PART;
}

void tm_grpc_head(uint8_t head[TM_GRPC_HEAD_BYTES], bool compressed, uint32_t n)
{
    head[0] = compressed;
    for (int i = 1; i < TM_GRPC_HEAD_BYTES; i++)
        head[i] = (uint8_t)(n >> (32 - 8 * i));
}

bool tm_grpc_timeout(tm_text value, uint64_t *ms)
{
    static const struct {
        char unit;
        uint64_t nanos;
    } units[] = {{'H', 3600000000000}, {'M', 60000000000}, {'S', 1000000000},
                 {'m', 1000000},       {'u', 1000},        {'n', 1}};
    uint64_t count = 0;
    if (value.n < 2 || value.n > 9)
        return false;
    for (size_t i = 0; i + 1 < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return false;
        count = count * 10 + (uint64_t)(value.p[i] - '0');
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (units[i].unit != value.p[value.n - 1])
            continue;
        if (units[i].nanos >= 1000000)
            *ms = count * (units[i].nanos / 1000000);
        else
            *ms = (count * units[i].nanos + 999999) / 1000000;
        return true;
    }
    return false;
}

bool tm_grpc_timeout_add(uint64_t ms, tm_bytes *out)
{
    char text[24];
    bool fits = ms < 100000000;
    uint64_t seconds = ms / 1000 < 99999999 ? ms / 1000 : 99999999;
    int n = snprintf(text, sizeof text, "%llu%c", (unsigned long long)(fits ? ms : seconds),
                     fits ? 'm' : 'S');
    return tm_bytes_add(out, tm_text_slice(text, (size_t)n));
}

bool tm_grpc_message_add(tm_text message, tm_bytes *out)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t start = out->n;
    if (!tm_bytes_reserve(out, TM_GRPC_MESSAGE_MAX))
        return false;
    while (message.n > 0) {
        size_t width;
        uint32_t rune = tm_utf8_next(message, &width);
        tm_text bytes = tm_text_slice(message.p, width);
        bool plain = rune >= 0x20 && rune <= 0x7e && rune != '%';
        if (rune == 0xfffd && width == 1)
            bytes = TM_TEXT("\xEF\xBF\xBD");
        if (out->n - start + (plain ? 1 : 3 * bytes.n) > TM_GRPC_MESSAGE_MAX)
            break;
        for (size_t i = 0; i < bytes.n; i++) {
            uint8_t byte = (uint8_t)bytes.p[i];
            if (plain) {
                out->p[out->n++] = (char)byte;
                continue;
            }
            out->p[out->n++] = '%';
            out->p[out->n++] = digits[byte >> 4];
            out->p[out->n++] = digits[byte & 15];
        }
        message = tm_text_skip(message, width);
    }
    return true;
}

bool tm_grpc_message_read(tm_text value, tm_bytes *out)
{
    if (!tm_bytes_reserve(out, value.n))
        return false;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '%' && value.n - i > 2 && tm_hex_read(&c, tm_text_slice(value.p + i + 1, 2)))
            i += 2;
        out->p[out->n++] = c;
    }
    return true;
}

tm_grpc_type tm_grpc_type_of(tm_text content_type)
{
    tm_text name = TM_TEXT("application/grpc");
    if (content_type.n < name.n || !tm_text_same_word(tm_text_slice(content_type.p, name.n), name))
        return TM_GRPC_TYPE_NONE;
    tm_text rest = tm_text_skip(content_type, name.n), suffix;
    tm_text_next(&rest, ';', &suffix);
    suffix = tm_text_trim(suffix);
    if (suffix.n == 0 || tm_text_same_word(suffix, TM_TEXT("+proto")))
        return TM_GRPC_TYPE_PROTO;
    return suffix.p[0] == '+' ? TM_GRPC_TYPE_OTHER : TM_GRPC_TYPE_NONE;
}
