/* Partial: an ExportTraceServiceResponse with partial_success, as protobuf or JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/partial.h"

#include "base/json_write.h"
#include "otlp/wire.h"

enum { PARTIAL_SUCCESS = 1, REJECTED_SPANS = 1, ERROR_MESSAGE = 2, HEAD_BYTES = 32 };

void tm_partial_note(tm_partial *p, uint32_t rejected, tm_text reason)
{
    size_t n = reason.n < TM_PARTIAL_REASON_BYTES ? reason.n : TM_PARTIAL_REASON_BYTES;
    while (n && n < reason.n && ((unsigned char)reason.p[n] & 0xc0) == 0x80)
        n--;
    p->rejected = rejected;
    p->n = (uint32_t)n;
    memcpy(p->reason, reason.p, n);
}

static tm_text reason_of(const tm_partial *p)
{
    return tm_text_slice(p->reason, p->n);
}

static tm_text protobuf(const tm_partial *p, char *room)
{
    char inside[TM_PARTIAL_REASON_BYTES + HEAD_BYTES], *at = inside;
    at = tm_wire_put_varint(at, tm_wire_tag(REJECTED_SPANS, TM_WIRE_VARINT));
    at = tm_wire_put_varint(at, p->rejected);
    at = tm_wire_put_bytes_field(at, ERROR_MESSAGE, reason_of(p));
    const tm_text body = tm_text_slice(inside, (size_t)(at - inside));
    return tm_text_slice(room,
                         (size_t)(tm_wire_put_bytes_field(room, PARTIAL_SUCCESS, body) - room));
}

static tm_text json(const tm_partial *p, char *room)
{
    /* Has room for a reason of which each byte takes six, so that it needs no arena. */
    tm_buf out = {.p = room, .room = TM_PARTIAL_BODY_BYTES};
    tm_buf_add(&out, TM_TEXT("{\"partialSuccess\":{\"rejectedSpans\":\""));
    tm_json_write_uint(&out, p->rejected);
    tm_buf_add(&out, TM_TEXT("\",\"errorMessage\":"));
    tm_json_write_string(&out, reason_of(p), TM_JSON_PLAIN);
    tm_buf_add(&out, TM_TEXT("}}"));
    return tm_buf_text(&out);
}

tm_reply tm_partial_reply(const tm_partial *p, const tm_exchange *x, char *room)
{
    if (!p->rejected)
        return (tm_reply){0};
    const bool is_json = !x->grpc && x->type == TM_BODY_JSON;
    return (tm_reply){.body = is_json ? json(p, room) : protobuf(p, room)};
}
