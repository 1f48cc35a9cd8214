/* What the sink counts: spans of a request, by walking lengths.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_BENCH_SINK_COUNT_H
#define TM_TESTS_BENCH_SINK_COUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

/* Field numbers of ExportTraceServiceRequest, ResourceSpans and ScopeSpans. */
enum { RESOURCE_SPANS = 1, SCOPE_SPANS = 2, SPANS = 2 };

typedef struct {
    const uint8_t *p, *end;
} slice;

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void *must(void *p)
{
    if (!p)
        fail("sink");
    return p;
}

/* Reads a varint; false at the end of the slice. */
static bool varint(slice *in, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; in->p < in->end && shift < 64; shift += 7) {
        *value |= (uint64_t)(*in->p & 0x7f) << shift;
        if (*in->p++ < 0x80)
            return true;
    }
    return false;
}

/* Takes the next length-delimited field of that number, stepping over all others; false when there
 * is none. */
static bool next_field(slice *in, uint64_t number, slice *field)
{
    uint64_t tag, size;
    while (varint(in, &tag)) {
        switch (tag & 7) {
        case 0:
            if (!varint(in, &size))
                return false;
            continue;
        case 1:
            size = 8;
            break;
        case 5:
            size = 4;
            break;
        case 2:
            if (!varint(in, &size))
                return false;
            break;
        default:
            return false;
        }
        if (size > (uint64_t)(in->end - in->p))
            return false;
        *field = (slice){in->p, in->p + size};
        in->p += size;
        if ((tag & 7) == 2 && tag >> 3 == number)
            return true;
    }
    return false;
}

static uint64_t count_spans(slice request)
{
    uint64_t n = 0;
    slice resource, scope, span;
    while (next_field(&request, RESOURCE_SPANS, &resource))
        while (next_field(&resource, SCOPE_SPANS, &scope))
            while (next_field(&scope, SPANS, &span))
                n++;
    return n;
}

/* Counts the spans of a gzip'd message; 0 when it is broken. */
static uint64_t count_compressed(slice message)
{
    static const size_t step = 1 << 20;
    z_stream z = {.next_in = (Bytef *)message.p, .avail_in = (uInt)(message.end - message.p)};
    uint8_t *out = NULL;
    size_t room = 0;
    int state = inflateInit2(&z, 15 + 16);
    while (state == Z_OK) {
        if (z.total_out == room)
            out = must(realloc(out, room += step + room / 2));
        z.next_out = out + z.total_out;
        z.avail_out = (uInt)(room - z.total_out);
        state = inflate(&z, Z_NO_FLUSH);
    }
    uint64_t n = state == Z_STREAM_END ? count_spans((slice){out, out + z.total_out}) : 0;
    inflateEnd(&z);
    free(out);
    return n;
}

#endif
