/* Recording: every framing, cut at every byte, read in pieces of every size.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "io/compress.h"
#include "otlp/structure.h"
#include "otlp/otlp_json_read.h"
#include "otlp/split.h"
#include "recording/unit.h"

/* Reads `text` in steps of `step` bytes and counts what comes of it. */
typedef struct reading {
    tm_text rest;
    size_t step;
    unsigned faults;
    uint64_t fault_at; /* of the last */
    uint32_t spans, units;
} reading;

static bool read_step(void *owner, char *at, size_t room, size_t *n)
{
    reading *r = owner;
    *n = r->rest.n < r->step ? r->rest.n : r->step;
    *n = *n < room ? *n : room;
    memcpy(at, r->rest.p, *n);
    r->rest = tm_text_skip(r->rest, *n);
    return true;
}

static void tell(void *owner, uint64_t position, const char *what)
{
    reading *r = owner;
    assert_true(strlen(what) > 0);
    r->faults++;
    r->fault_at = position;
}

static void count_unit(reading *r, tm_unit_reader *reader, const tm_block *b, size_t i)
{
    tm_text request, error;
    tm_fault fault;
    r->units++;
    if (!tm_unit_read(reader, b, &b->unit[i], &request, &error)) {
        r->faults++;
        r->fault_at = b->unit[i].position;
        return;
    }
    assert_int_not_equal(tm_check(TM_MESSAGE_REQUEST, request, &fault), TM_MALFORMED);
    r->spans += tm_split_count(request);
}

static reading read_all(tm_text text, size_t step)
{
    reading r = {.rest = text, .step = step};
    tm_arena *arena = tm_arena_new(NULL);
    tm_block *b = calloc(1, sizeof *b);
    tm_unit_reader reader;
    assert_true(tm_unit_reader_init(&reader, NULL, arena));
    tm_recording *recording = tm_recording_new(NULL, read_step, tell, &r);
    while (tm_recording_next(recording, b))
        for (size_t i = 0; i < b->units; i++)
            count_unit(&r, &reader, b, i);
    assert_false(tm_recording_next(recording, b));
    tm_recording_free(recording);
    tm_unit_reader_free(&reader);
    tm_bytes_free(&b->bytes);
    free(b);
    tm_arena_free(arena);
    return r;
}

#define RESOURCE(name)                                                                             \
    "{\"resource\":{\"attributes\":[{\"key\":\"k\",\"value\":{\"stringValue\":\"}]\\\"[{\"}}]},"   \
    "\"scopeSpans\":[{\"spans\":[{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":"    \
    "\"0102030405060708\",\"name\":\"" name "\"}]}]}"
#define REQUEST "{\"resourceSpans\":[" RESOURCE("a") "," RESOURCE("b") "]}"

static tm_text protobuf(tm_arena *arena)
{
    tm_text out, error;
    assert_true(tm_otlp_from_json(arena, TM_TEXT(REQUEST), &out, &error));
    return out;
}

/* How requests are put one behind the other. */
typedef enum framing { JSON, PLAIN, VARINT, LENGTH4, FRAMINGS } framing;

/* What stands in front of a message. */
static void add_length(tm_buf *out, framing how, size_t n)
{
    char head[10], *end = head;
    if (how == VARINT)
        end = tm_wire_put_varint(head, n);
    else if (how == LENGTH4)
        for (int shift = 24; shift >= 0; shift -= 8)
            *end++ = (char)(n >> shift);
    tm_buf_add(out, tm_text_slice(head, (size_t)(end - head)));
}

static void frame(tm_buf *out, framing how)
{
    tm_text request = how == JSON ? TM_TEXT(REQUEST) : protobuf(out->arena);
    add_length(out, how, request.n);
    tm_buf_add(out, request);
    if (how == JSON)
        tm_buf_add_char(out, '\n');
}

static void every_framing_is_told_by_its_bytes(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (framing how = JSON; how < FRAMINGS; how++) {
        tm_buf file = {.arena = arena};
        for (unsigned i = 0; i < 3; i++)
            frame(&file, how);
        for (size_t step = 1; step < file.n + 2; step = step * 3 + 1) {
            reading r = read_all(tm_buf_text(&file), step);
            assert_int_equal(r.faults, 0);
            assert_int_equal(r.spans, 6);
        }
    }
    tm_arena_free(arena);
}

/* What is whole is used, once, and the cut is told where it is. */
static void a_recording_may_be_cut_at_every_byte(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (framing how = JSON; how < FRAMINGS; how++) {
        tm_buf file = {.arena = arena};
        frame(&file, how);
        size_t one = file.n;
        frame(&file, how);
        for (size_t cut = 0; cut < file.n; cut++) {
            reading r = read_all(tm_text_slice(file.p, cut), 7);
            assert_true(r.faults <= 1);
            assert_true(r.spans <= 4 && (cut < one || r.spans >= 2));
            if (r.faults && cut > 32)
                assert_int_equal(r.fault_at, cut);
        }
    }
    tm_arena_free(arena);
}

static void pack(tm_arena *arena, tm_coding coding, tm_text in, tm_buf *out)
{
    tm_deflater *deflater = tm_deflater_new(NULL);
    tm_deflate_part part = {.bytes = in};
    tm_bytes packed = {0};
    (void)arena;
    assert_true(tm_deflate(deflater, coding, 0, &part, 1, &packed));
    tm_buf_add(out, tm_bytes_text(&packed));
    tm_bytes_free(&packed);
    tm_deflater_free(deflater);
}

static void compressed_members_join(void **state)
{
    (void)state;
    static const tm_coding codings[] = {TM_CODING_GZIP, TM_CODING_ZSTD};
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned i = 0; i < 2; i++) {
        tm_buf file = {.arena = arena}, packed = file;
        frame(&file, LENGTH4);
        for (unsigned k = 0; k < 3; k++)
            pack(arena, codings[i], tm_buf_text(&file), &packed);
        for (size_t step = 1; step < packed.n + 2; step = step * 3 + 1) {
            reading r = read_all(tm_buf_text(&packed), step);
            assert_int_equal(r.faults, 0);
            assert_int_equal(r.spans, 6);
        }
        reading r = read_all(tm_text_slice(packed.p, packed.n - 3), 100);
        assert_true(r.faults >= 1 && r.spans >= 4);
    }
    tm_arena_free(arena);
}

/* As the Collector's file exporter compresses: each message by itself, behind its length. */
static void messages_may_be_compressed_one_by_one(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    const tm_text messages[] = {TM_TEXT(REQUEST), protobuf(arena)};
    for (unsigned i = 0; i < 2; i++) {
        tm_buf packed = {.arena = arena}, file = packed;
        pack(arena, TM_CODING_ZSTD, messages[i], &packed);
        for (unsigned k = 0; k < 2; k++) {
            for (int shift = 24; shift >= 0; shift -= 8)
                tm_buf_add_char(&file, (char)(packed.n >> shift));
            tm_buf_add(&file, tm_buf_text(&packed));
        }
        reading r = read_all(tm_buf_text(&file), 1000);
        assert_int_equal(r.faults, 0);
        assert_int_equal(r.spans, 4);
    }
    tm_arena_free(arena);
}

/* Documents longer than a block are read item by item. */
static void long_documents_are_read_in_pieces(void **state)
{
    (void)state;
    static const struct {
        const char *front, *item, *back;
    } forms[] = {{"{\"x\":{\"a\":[1]},\"resourceSpans\":[", RESOURCE("a"), "],\"y\":[{}]}\n"},
                 {"{\"trace\":{\"resourceSpans\":[", RESOURCE("a"), "]},\"metrics\":{}}"},
                 {"[", "{\"traceId\":\"1\",\"id\":\"2\",\"name\":\"n\"}", "]"},
                 {"{\"data\":[",
                  "{\"traceID\":\"1\",\"spans\":[{\"traceID\":\"1\",\"spanID\":\"2\"}]}",
                  "],\"total\":0,\"errors\":null}"}};
    enum { ITEMS = 20000 };
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        tm_arena *arena = tm_arena_new(NULL);
        tm_buf file = {.arena = arena};
        tm_buf_add(&file, tm_text_of(forms[f].front));
        for (unsigned i = 0; i < ITEMS || file.n < 3 * TM_BLOCK_BYTES; i++) {
            if (i)
                tm_buf_add(&file, TM_TEXT(",\n"));
            tm_buf_add(&file, tm_text_of(forms[f].item));
        }
        uint32_t items =
            (uint32_t)((file.n - strlen(forms[f].front) + 2) / (strlen(forms[f].item) + 2));
        tm_buf_add(&file, tm_text_of(forms[f].back));
        reading r = read_all(tm_buf_text(&file), 100000);
        assert_int_equal(r.faults, 0);
        assert_int_equal(r.spans, items);
        assert_true(r.units > 1);
        tm_arena_free(arena);
    }
}

static void a_large_message_is_read_field_by_field(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text one = protobuf(arena);
    tm_buf body = {.arena = arena}, file = body;
    while (body.n < 3 * TM_BLOCK_BYTES)
        tm_buf_add(&body, one);
    char head[10];
    tm_buf_add(&file, tm_text_slice(head, (size_t)(tm_wire_put_varint(head, body.n) - head)));
    tm_buf_add(&file, tm_buf_text(&body));
    frame(&file, VARINT);
    reading r = read_all(tm_buf_text(&file), 100000);
    assert_int_equal(r.faults, 0);
    assert_int_equal(r.spans, 2 * (body.n / one.n) + 2);
    tm_arena_free(arena);
}

/* A heap that counts what is in use, and a stream that it reads. */
typedef struct streaming {
    tm_heap heap;
    size_t used, peak;
    tm_text period; /* which the stream repeats */
    size_t at;
    uint64_t left;
} streaming;

enum { HEADER = 16 }; /* in front of each block: its size */

static void *streaming_grow(void *owner, void *block, size_t size)
{
    streaming *s = owner;
    char *old = block ? (char *)block - HEADER : NULL;
    s->used -= old ? *(size_t *)old : 0;
    char *grown = realloc(old, size + HEADER);
    assert_non_null(grown);
    *(size_t *)grown = size;
    s->used += size;
    s->peak = s->used > s->peak ? s->used : s->peak;
    return grown + HEADER;
}

static void *streaming_alloc(void *owner, size_t size)
{
    return streaming_grow(owner, NULL, size);
}

static void streaming_drop(void *owner, void *block)
{
    if (!block)
        return;
    ((streaming *)owner)->used -= *(size_t *)((char *)block - HEADER);
    free((char *)block - HEADER);
}

static bool stream(void *owner, char *at, size_t room, size_t *n)
{
    streaming *s = owner;
    for (*n = 0; *n < room && s->left;) {
        size_t part = s->period.n - s->at;
        part = part < room - *n ? part : room - *n;
        part = part < s->left ? part : (size_t)s->left;
        memcpy(at + *n, s->period.p + s->at, part);
        *n += part;
        s->at = (s->at + part) % s->period.n;
        s->left -= part;
    }
    return true;
}

static void no_fault(void *owner, uint64_t position, const char *what)
{
    (void)owner;
    fail_msg("%llu: %s", (unsigned long long)position, what);
}

/* The peak in bytes over `periods` of the stream. */
static size_t peak_over(tm_text period, uint64_t periods)
{
    streaming s = {.heap = {streaming_alloc, streaming_grow, streaming_drop, &s},
                   .period = period,
                   .left = periods * period.n};
    tm_block *b = calloc(1, sizeof *b);
    b->bytes.heap = &s.heap;
    tm_recording *recording = tm_recording_new(&s.heap, stream, no_fault, &s);
    uint64_t bytes = 0;
    while (tm_recording_next(recording, b))
        for (size_t i = 0; i < b->units; i++)
            bytes += b->unit[i].n;
    assert_true(bytes <= periods * period.n && bytes > periods * period.n * 9 / 10);
    tm_recording_free(recording);
    tm_bytes_free(&b->bytes);
    free(b);
    assert_int_equal(s.used, 0);
    return s.peak;
}

/* One message of any length as well as many; one stream is longer than 32 bits can count. */
static void memory_does_not_grow_with_the_stream(void **state)
{
    (void)state;
    static const uint64_t long_bytes[FRAMINGS] = {
        [JSON] = 64 << 20, [PLAIN] = 256 << 20, [VARINT] = 5000000000, [LENGTH4] = 256 << 20};
    for (framing how = JSON; how < FRAMINGS; how++) {
        tm_arena *arena = tm_arena_new(NULL);
        tm_buf body = {.arena = arena}, period = body;
        for (unsigned i = 0; i < 500; i++)
            frame(&body, how == JSON ? JSON : PLAIN);
        add_length(&period, how, body.n);
        tm_buf_add(&period, tm_buf_text(&body));
        const tm_text text = tm_buf_text(&period);
        const size_t peak = peak_over(text, (16 << 20) / text.n);
        assert_in_range(peak, 1, 8 * TM_BLOCK_BYTES);
        assert_int_equal(peak_over(text, long_bytes[how] / text.n), peak);
        tm_arena_free(arena);
    }
}

static void a_broken_line_costs_itself_alone(void **state)
{
    (void)state;
    static const char *const broken[] = {"{\"resourceSpans\":[{\"res", "rubbish", "\x01\x02\x03",
                                         "{\"resourceSpans\":7}", "{\"a\":1}"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        tm_arena *arena = tm_arena_new(NULL);
        tm_text file = tm_arena_print(arena, "%s\n%s\n%s\n", REQUEST, broken[i], REQUEST);
        reading r = read_all(file, 50);
        assert_int_equal(r.faults, 1);
        assert_int_equal(r.fault_at, strlen(REQUEST) + 1);
        assert_int_equal(r.spans, 4);
        tm_arena_free(arena);
    }
}

static void rubbish_and_nothing(void **state)
{
    (void)state;
    assert_int_equal(read_all(TM_TEXT(""), 1).faults, 0);
    assert_int_equal(read_all(TM_TEXT(" \n\t\n"), 1).faults, 0);
    assert_int_equal(read_all(TM_TEXT("\x7f\x45\x4c\x46\x02\x01\x01"), 1).faults, 1);
    assert_int_equal(read_all(TM_TEXT("hello, world, hello, world, hello, world"), 9).faults, 1);
    assert_int_equal(read_all(TM_TEXT("\x1f\x8b\x08 not gzip at all"), 9).faults, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_framing_is_told_by_its_bytes),
        cmocka_unit_test(a_recording_may_be_cut_at_every_byte),
        cmocka_unit_test(compressed_members_join),
        cmocka_unit_test(messages_may_be_compressed_one_by_one),
        cmocka_unit_test(long_documents_are_read_in_pieces),
        cmocka_unit_test(a_large_message_is_read_field_by_field),
        cmocka_unit_test(memory_does_not_grow_with_the_stream),
        cmocka_unit_test(a_broken_line_costs_itself_alone),
        cmocka_unit_test(rubbish_and_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
