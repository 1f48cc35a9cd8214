/* Mend: a request whose strings were not UTF-8, rewritten so that no backend refuses it for them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "otlp/request.h"
#include "otlp/wire.h"

static tm_text mend_message(tm_arena *arena, tm_message message, tm_text body)
{
    tm_fault fault;
    if (tm_check(message, body, &fault) == TM_SOUND)
        return body;
    tm_pieces out = {.arena = arena};
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        const tm_field_row *row = tm_field_find(message, f.number);
        tm_text mended = f.bytes;
        if (row && row->kind == TM_FIELD_STRING)
            mended = tm_utf8_mend(arena, f.bytes);
        else if (row && row->kind == TM_FIELD_MESSAGE)
            mended = mend_message(arena, row->sub, f.bytes);
        if (f.type != TM_WIRE_BYTES || mended.p == f.bytes.p) {
            tm_pieces_add(&out, tm_text_slice(f.start, (size_t)(p - f.start)));
            continue;
        }
        tm_pieces_mark opened = tm_pieces_open(&out);
        tm_pieces_add(&out, mended);
        tm_pieces_close(&out, opened, f.number);
    }
    char *at = tm_arena_alloc(arena, out.bytes);
    tm_pieces_copy(&out, at);
    return tm_text_slice(at, out.bytes);
}

tm_text tm_request_mend(tm_arena *arena, tm_text bytes)
{
    return mend_message(arena, TM_MESSAGE_REQUEST, bytes);
}
