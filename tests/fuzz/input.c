/* Fuzz: any bytes as a recording. The first byte says in pieces of which size it is read. What
 * comes out of JSON, OTLP or any other, is a sound request.
 *
 *     clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/input.c
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/structure.h"
#include "otlp/split.h"
#include "recording/unit.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct reading {
    tm_text rest;
    size_t step, size;
    tm_arena *arena;
    tm_block *block;
    tm_unit_reader reader;
    const tm_unit *unit;
    uint64_t spans;
} reading;

static bool read_step(void *owner, char *at, size_t room, size_t *n)
{
    reading *r = owner;
    *n = r->rest.n < r->step ? r->rest.n : r->step;
    *n = *n < room ? *n : room;
    if (*n)
        memcpy(at, r->rest.p, *n);
    r->rest = tm_text_skip(r->rest, *n);
    return true;
}

static void tell(void *owner, uint64_t position, const char *what)
{
    (void)owner, (void)position;
    assert(*what);
}

static void read_unit(void *argument)
{
    reading *r = argument;
    tm_text request, error;
    tm_fault fault;
    if (!tm_unit_read(&r->reader, r->block, r->unit, &request, &error)) {
        assert(error.n);
        return;
    }
    bool sound = tm_check(TM_MESSAGE_REQUEST, request, &fault) != TM_MALFORMED;
    assert(sound || r->unit->kind == TM_UNIT_PROTOBUF || r->unit->kind == TM_UNIT_ZSTD);
    if (sound)
        r->spans += tm_split_count(request);
}

static uint64_t count_spans(tm_text bytes, size_t step)
{
    reading r = {.rest = bytes, .step = step, .arena = tm_arena_new(NULL)};
    r.block = calloc(1, sizeof *r.block);
    bool made = tm_unit_reader_init(&r.reader, NULL, r.arena);
    tm_recording *recording = tm_recording_new(NULL, read_step, tell, &r);
    assert(made && recording);
    while (tm_recording_next(recording, r.block))
        for (size_t i = 0; i < r.block->units; i++) {
            r.unit = &r.block->unit[i];
            assert(r.unit->at + r.unit->n <= r.block->bytes.n);
            tm_arena_reset(r.arena);
            assert(tm_arena_try(r.arena, read_unit, &r));
        }
    tm_recording_free(recording);
    tm_unit_reader_free(&r.reader);
    tm_bytes_free(&r.block->bytes);
    free(r.block);
    tm_arena_free(r.arena);
    return r.spans;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    tm_text bytes = tm_text_slice(data + 1, size - 1);
    count_spans(bytes, data[0] + 1u);
    count_spans(bytes, SIZE_MAX);
    return 0;
}
