/* Unit: decompressed if need be, made whole if it is a part, translated if it is foreign.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recording/unit.h"

#include "translate/document.h"

bool tm_unit_reader_init(tm_unit_reader *reader, const tm_heap *heap, tm_arena *arena)
{
    *reader =
        (tm_unit_reader){.arena = arena, .inflater = tm_inflater_new(heap), .plain.heap = heap};
    return reader->inflater;
}

void tm_unit_reader_free(tm_unit_reader *reader)
{
    tm_inflater_free(reader->inflater);
    tm_bytes_free(&reader->plain);
}

/* Items as the document that they were taken from. */
static tm_text whole(tm_arena *arena, tm_unit_kind kind, tm_text items)
{
    const char *front = kind == TM_UNIT_RESOURCES ? "{\"resourceSpans\":["
                        : kind == TM_UNIT_TRACES  ? "{\"data\":["
                                                  : "[";
    tm_text back = kind == TM_UNIT_ITEMS ? TM_TEXT("]") : TM_TEXT("]}");
    return tm_arena_join(arena, tm_arena_join(arena, tm_text_of(front), items), back);
}

static bool unzip(tm_unit_reader *r, tm_text packed, tm_text *plain, tm_text *error)
{
    r->plain.n = 0;
    tm_inflate_result result =
        tm_inflate(r->inflater, TM_CODING_ZSTD, packed, TM_UNIT_MOST_BYTES, &r->plain);
    if (result == TM_INFLATE_MEMORY)
        tm_arena_out_of_memory(r->arena);
    *error = result == TM_INFLATE_TOO_LARGE ? TM_TEXT("the message is too large decompressed")
                                            : TM_TEXT("the compressed message is damaged");
    *plain = tm_bytes_text(&r->plain);
    return result == TM_INFLATE_OK;
}

bool tm_unit_read(tm_unit_reader *r, const tm_block *b, const tm_unit *unit, tm_text *request,
                  tm_text *error)
{
    tm_text bytes = tm_text_slice(b->bytes.p + unit->at, unit->n);
    switch (unit->kind) {
    case TM_UNIT_PROTOBUF:
        *request = bytes;
        return true;
    case TM_UNIT_ZSTD:
        if (!unzip(r, bytes, &bytes, error))
            return false;
        if (!bytes.n || *bytes.p != '{') {
            *request = bytes;
            return true;
        }
        break;
    case TM_UNIT_JSON:
        break;
    default:
        bytes = whole(r->arena, unit->kind, bytes);
    }
    return tm_document_translate(r->arena, bytes, request, error);
}
