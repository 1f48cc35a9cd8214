/* Squeeze: ISA-L's deflate, level 0 with Huffman codes of our own.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Level 1 makes codes for each block anew; level 0 takes those it is given. Spans of the same
 * senders are alike for a long time, so codes made of a first sample do nearly as well for what
 * follows (1 % larger) in four fifths of the time. They are made again from time to time, and when
 * they no longer fit.
 *
 * Whatever is compressed goes through one buffer: ISA-L takes twice as long for parts of some
 * hundred bytes. */
#include "io/isal.h"

#if defined(__has_include)
#if __has_include(<isa-l/igzip_lib.h>)
#define TM_HAS_ISAL 1
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#endif
#endif

#ifdef TM_HAS_ISAL

enum {
    STEP = 128 << 10,
    OUTPUT = 16 << 10,       /* least room for output before each call */
    SAMPLE = 16 << 10,       /* least to make codes of */
    FRESH_BYTES = 128 << 20, /* what is compressed with the same codes */
    WORSE_BY = 8,            /* an eighth larger than with fresh codes: they no longer fit */
};

struct tm_isal {
    const tm_heap *heap;
    struct isal_zstream stream;
    struct isal_hufftables codes;
    struct isal_huff_histogram histogram;
    bool has_codes;
    size_t coded_bytes;         /* since the codes were made */
    size_t fresh_in, fresh_out; /* of the first run with them */
    uint8_t level1[ISAL_DEF_LVL1_DEFAULT];
    char step[STEP]; /* what is compressed next: it stays in the cache */
};

tm_isal *tm_isal_new(const tm_heap *heap)
{
    tm_isal *isal = tm_heap_alloc(heap, sizeof *isal);
    if (!isal)
        return NULL;
    isal->heap = heap;
    isal->has_codes = false;
    return isal;
}

void tm_isal_free(tm_isal *isal)
{
    if (isal)
        tm_heap_free(isal->heap, isal);
}

static void make_codes(tm_isal *z, size_t n)
{
    memset(&z->histogram, 0, sizeof z->histogram);
    isal_update_histogram((uint8_t *)z->step, (int)n, &z->histogram);
    z->has_codes = isal_create_hufftables(&z->codes, &z->histogram) == 0;
    z->coded_bytes = z->fresh_in = z->fresh_out = 0;
}

/* Begins a run of which the first n bytes stand in z->step. True: with codes of our own. */
static bool start(tm_isal *z, size_t n)
{
    struct isal_zstream *s = &z->stream;
    if (n >= SAMPLE && (!z->has_codes || z->coded_bytes > FRESH_BYTES))
        make_codes(z, n);
    isal_deflate_init(s);
    s->gzip_flag = IGZIP_DEFLATE;
    s->level = z->has_codes ? 0 : 1;
    s->level_buf = z->has_codes ? NULL : z->level1;
    s->level_buf_size = z->has_codes ? 0 : sizeof z->level1;
    if (z->has_codes)
        isal_deflate_set_hufftables(s, &z->codes, IGZIP_HUFFTABLE_CUSTOM);
    return z->has_codes;
}

/* Compresses the first n bytes of z->step; at the end of a run up to a whole byte. */
static bool add_step(tm_isal *z, size_t n, bool last, tm_bytes *out)
{
    struct isal_zstream *s = &z->stream;
    s->next_in = (uint8_t *)z->step;
    s->avail_in = (uint32_t)n;
    s->flush = last ? SYNC_FLUSH : NO_FLUSH;
    do {
        if (!tm_bytes_reserve(out, OUTPUT))
            return false;
        size_t room = out->room - out->n;
        s->next_out = (uint8_t *)out->p + out->n;
        s->avail_out = room < UINT32_MAX ? (uint32_t)room : UINT32_MAX;
        isal_deflate(s);
        out->n = (size_t)((char *)s->next_out - out->p);
    } while (s->avail_in || s->avail_out == 0);
    return true;
}

/* Notes how well the codes did, which decides whether they are made anew. */
static void watch_codes(tm_isal *z, size_t in, size_t out)
{
    z->coded_bytes += in;
    if (in < SAMPLE)
        return;
    if (!z->fresh_in) {
        z->fresh_in = in;
        z->fresh_out = out;
    } else if ((double)out * (double)z->fresh_in * WORSE_BY >
               (double)in * (double)z->fresh_out * (WORSE_BY + 1)) {
        z->has_codes = false;
    }
}

bool tm_isal_deflate_run(tm_isal *z, tm_fill *fill, void *owner, tm_bytes *out, tm_run *run)
{
    const size_t before = out->n;
    size_t n = fill(owner, z->step, STEP);
    const bool coded = start(z, n);
    *run = (tm_run){0};
    while (n) {
        run->crc = crc32_gzip_refl(run->crc, (const unsigned char *)z->step, n);
        run->bytes += n;
        if (!add_step(z, n, false, out))
            return false;
        n = fill(owner, z->step, STEP);
    }
    if (!add_step(z, 0, true, out))
        return false;
    if (coded)
        watch_codes(z, run->bytes, out->n - before);
    return true;
}

/* --- members --- */

/* Parts that are not packed yet, one behind the other. */
typedef struct tm_plain_parts {
    const tm_deflate_part *part, *end;
    size_t done; /* of the first */
} tm_plain_parts;

static size_t next_bytes(void *owner, char *at, size_t room)
{
    tm_plain_parts *plain = owner;
    size_t filled = 0;
    while (plain->part < plain->end && filled < room) {
        tm_text left = tm_text_skip(plain->part->bytes, plain->done);
        size_t n = left.n < room - filled ? left.n : room - filled;
        memcpy(at + filled, left.p, n);
        filled += n;
        plain->done += n;
        if (n == left.n) {
            plain->part++;
            plain->done = 0;
        }
    }
    return filled;
}

static bool add_parts(tm_isal *z, const tm_deflate_part *part, const tm_deflate_part *end,
                      tm_bytes *out, tm_run *whole)
{
    while (part < end) {
        tm_run run = part->run;
        if (part->packed) {
            if (!tm_bytes_add(out, part->bytes))
                return false;
            part++;
        } else {
            tm_plain_parts plain = {.part = part, .end = part};
            while (plain.end < end && !plain.end->packed)
                plain.end++;
            part = plain.end;
            if (!tm_isal_deflate_run(z, next_bytes, &plain, out, &run))
                return false;
        }
        *whole = tm_run_join(*whole, run);
    }
    return true;
}

bool tm_isal_deflate(tm_isal *z, const tm_deflate_part *parts, size_t count, tm_bytes *out)
{
    char head[TM_GZIP_END_BYTES], tail[TM_GZIP_END_BYTES];
    tm_run whole = {0};
    tm_gzip_ends(whole, head, tail);
    if (!tm_bytes_add(out, tm_text_slice(head, sizeof head)) ||
        !add_parts(z, parts, parts + count, out, &whole))
        return false;
    tm_gzip_ends(whole, head, tail);
    return tm_bytes_add(out, tm_text_slice(tail, sizeof tail));
}

#else

tm_isal *tm_isal_new(const tm_heap *heap)
{
    (void)heap;
    return NULL;
}

void tm_isal_free(tm_isal *isal)
{
    (void)isal;
}

bool tm_isal_deflate_run(tm_isal *isal, tm_fill *fill, void *owner, tm_bytes *out, tm_run *run)
{
    (void)isal;
    (void)fill;
    (void)owner;
    (void)out;
    (void)run;
    return false;
}

bool tm_isal_deflate(tm_isal *isal, const tm_deflate_part *parts, size_t count, tm_bytes *out)
{
    (void)isal;
    (void)parts;
    (void)count;
    (void)out;
    return false;
}

#endif
