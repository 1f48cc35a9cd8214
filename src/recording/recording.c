/* Recording: bytes from the reader, decompressed, cut into blocks of whole units.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recording/recording.h"

#include "io/unpack.h"
#include "recording/frames.h"

#include <stdio.h>

struct tm_recording {
    const tm_heap *heap;
    tm_recording_tell *tell;
    void *owner;
    tm_unpack *unpack;
    tm_frames frames;
    tm_bytes rest;     /* of the last block: what is of no whole unit yet */
    uint64_t position; /* of the rest, decompressed */
    bool last;         /* nothing comes behind the rest */
    bool over;
};

tm_recording *tm_recording_new(const tm_heap *heap, tm_recording_read *read,
                               tm_recording_tell *tell, void *owner)
{
    tm_recording *r = tm_heap_alloc(heap, sizeof *r);
    if (!r)
        return NULL;
    *r = (tm_recording){.heap = heap,
                        .tell = tell,
                        .owner = owner,
                        .unpack = tm_unpack_new(heap, read, owner),
                        .rest.heap = heap};
    if (r->unpack)
        return r;
    tm_heap_free(heap, r);
    return NULL;
}

void tm_recording_free(tm_recording *r)
{
    if (!r)
        return;
    tm_unpack_free(r->unpack);
    tm_bytes_free(&r->rest);
    tm_heap_free(r->heap, r);
}

uint64_t tm_recording_taken(const tm_recording *r)
{
    return tm_unpack_taken(r->unpack);
}

static void out_of_memory(tm_recording *r)
{
    r->tell(r->owner, r->position, "out of memory");
    r->last = r->over = true;
}

static void tell_packing(tm_recording *r, tm_unpack_result result)
{
    static const char *const what[] = {
        [TM_UNPACK_CUT] = "the compressed data are cut here",
        [TM_UNPACK_CORRUPT] = "the compressed data are damaged here",
        [TM_UNPACK_READ] = "reading failed here",
        [TM_UNPACK_MEMORY] = "out of memory while decompressing",
    };
    r->tell(r->owner, tm_unpack_taken(r->unpack), what[result]);
}

/* Adds what one read gives to the block. False: out of memory. */
static bool read_more(tm_recording *r, tm_bytes *bytes)
{
    size_t room = bytes->n < TM_BLOCK_BYTES / 2 ? TM_BLOCK_BYTES - bytes->n : TM_BLOCK_BYTES, n;
    if (!tm_bytes_reserve(bytes, room))
        return false;
    tm_unpack_result result = tm_unpack_next(r->unpack, bytes->p + bytes->n, room, &n);
    if (result != TM_UNPACK_OK)
        tell_packing(r, result);
    bytes->n += n;
    r->last = n == 0;
    return true;
}

static void tell_fault(tm_recording *r, const tm_frame_data *d)
{
    char text[96];
    if (!d->cut) {
        r->tell(r->owner, r->position + d->wrong, d->what);
        return;
    }
    snprintf(text, sizeof text, "it is cut here, in a %s that begins at byte %llu", d->what,
             (unsigned long long)(r->position + d->wrong));
    r->tell(r->owner, r->position + d->bytes.n, text);
}

/* Cuts the block into units. What is left of it starts at the offset that is returned. */
static size_t cut(tm_recording *r, tm_block *b)
{
    tm_frame_data d = {.bytes = tm_bytes_text(&b->bytes), .last = r->last};
    while (b->units < TM_BLOCK_UNITS)
        switch (tm_frames_next(&r->frames, &d)) {
        case TM_FRAME_UNIT:
            b->unit[b->units] = d.unit;
            b->unit[b->units++].position = r->position + d.unit.at;
            break;
        case TM_FRAME_PAST:
            break;
        case TM_FRAME_FAULT:
            tell_fault(r, &d);
            break;
        case TM_FRAME_MORE:
            return d.at;
        case TM_FRAME_END:
            r->over = true;
            return d.bytes.n;
        }
    return d.at;
}

/* Keeps what is left for the next block. */
static void keep_rest(tm_recording *r, const tm_block *b, size_t from)
{
    r->position += from;
    r->rest.n = 0;
    if (!tm_bytes_add(&r->rest, tm_text_skip(tm_bytes_text(&b->bytes), from)))
        out_of_memory(r);
}

bool tm_recording_next(tm_recording *r, tm_block *b)
{
    b->units = 0;
    b->bytes.n = 0;
    if (r->over)
        return false;
    if (!tm_bytes_add(&b->bytes, tm_bytes_text(&r->rest))) {
        out_of_memory(r);
        return false;
    }
    bool enough = r->rest.n >= TM_BLOCK_BYTES / 2; /* what a block of many small units left over */
    while (!b->units && !r->over) {
        if (!enough && !r->last && !read_more(r, &b->bytes)) {
            out_of_memory(r);
            return false;
        }
        enough = false;
        size_t from = cut(r, b);
        if (b->units || r->over) {
            keep_rest(r, b, from);
        } else if (from) {
            tm_bytes_skip(&b->bytes, from);
            r->position += from;
        }
    }
    return b->units > 0;
}
