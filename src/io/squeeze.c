/* Squeeze: ISA-L's deflate, level 1.
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/squeeze.h"

#if defined(__has_include)
#if __has_include(<isa-l/igzip_lib.h>)
#define TM_HAS_ISAL 1
#include <isa-l/igzip_lib.h>
#endif
#endif

#ifdef TM_HAS_ISAL

enum { TM_SQUEEZE_STEP = 64 << 10 };

struct tm_squeezer {
    const tm_heap *heap;
    struct isal_zstream stream;
    uint8_t level_memory[ISAL_DEF_LVL1_DEFAULT];
};

tm_squeezer *tm_squeezer_new(const tm_heap *heap)
{
    tm_squeezer *squeezer = tm_heap_alloc(heap, sizeof *squeezer);
    if (squeezer)
        squeezer->heap = heap;
    return squeezer;
}

void tm_squeezer_free(tm_squeezer *squeezer)
{
    if (squeezer)
        tm_heap_free(squeezer->heap, squeezer);
}

static bool add_part(struct isal_zstream *s, struct iovec part, bool last, tm_bytes *out)
{
    do {
        uint32_t turn = part.iov_len < UINT32_MAX ? (uint32_t)part.iov_len : UINT32_MAX;
        s->next_in = part.iov_base;
        s->avail_in = turn;
        s->end_of_stream = last && turn == part.iov_len;
        do {
            if (!tm_bytes_reserve(out, TM_SQUEEZE_STEP))
                return false;
            size_t room = out->room - out->n;
            s->next_out = (uint8_t *)out->p + out->n;
            s->avail_out = room < UINT32_MAX ? (uint32_t)room : UINT32_MAX;
            isal_deflate(s);
            out->n = (size_t)((char *)s->next_out - out->p);
        } while (s->avail_in || (s->avail_out == 0) ||
                 (s->end_of_stream && s->internal_state.state != ZSTATE_END));
        part.iov_base = (char *)part.iov_base + turn;
        part.iov_len -= turn;
    } while (part.iov_len);
    return true;
}

bool tm_squeeze(tm_squeezer *squeezer, const struct iovec *parts, size_t count, tm_bytes *out)
{
    struct isal_zstream *s = &squeezer->stream;
    isal_deflate_init(s);
    s->level = 1;
    s->level_buf = squeezer->level_memory;
    s->level_buf_size = sizeof squeezer->level_memory;
    s->gzip_flag = IGZIP_GZIP;
    s->flush = NO_FLUSH;
    for (size_t i = 0; i < count; i++)
        if (!add_part(s, parts[i], false, out))
            return false;
    return add_part(s, (struct iovec){.iov_base = (void *)""}, true, out);
}

#else

tm_squeezer *tm_squeezer_new(const tm_heap *heap)
{
    (void)heap;
    return NULL;
}

void tm_squeezer_free(tm_squeezer *squeezer)
{
    (void)squeezer;
}

bool tm_squeeze(tm_squeezer *squeezer, const struct iovec *parts, size_t count, tm_bytes *out)
{
    (void)squeezer;
    (void)parts;
    (void)count;
    (void)out;
    return false;
}

#endif
