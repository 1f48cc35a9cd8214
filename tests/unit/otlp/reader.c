/* Reader: requests made at random, read in place and by libprotobuf-c; both must say the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dump.h"
#include "making.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { REQUESTS = 1500 };

typedef struct counts {
    unsigned agreed, refused, laxer, stricter;
} counts;

/* --- where libprotobuf-c 1.4 is laxer: what it accepts and the reader refuses, by the reader's
 * reason --- */

static const char *const laxer[] = {
    "a trace id has 16 bytes", /* protobuf knows bytes of any length */
    "a span id has 8 bytes",
    "text is not UTF-8",               /* proto3 demands it, protobuf-c does not look */
    "arrays and maps nest too deeply", /* protobuf-c nests until the stack ends */
    "wrong wire type",                 /* of bool_value: protobuf-c takes any */
    "not a protobuf field",            /* only as in is_lax_field */
};

/* A varint as long as it goes, at most ten bytes; its length, 0 when it is cut off. */
static size_t varint_length(const char *p, const char *end)
{
    size_t n = 0;
    while (p + n < end && n < 10)
        if ((uint8_t)p[n++] < 0x80)
            return n;
    return 0;
}

/* A field with a number above 2^29-1, or a varint above 2^64-1: protobuf-c reads both. */
static bool is_lax_field(const char *p, const char *end)
{
    size_t n = varint_length(p, end);
    if (n == 0 || n > 5)
        return false;
    uint64_t tag = 0;
    for (size_t i = 0; i < n; i++)
        tag |= (uint64_t)((uint8_t)p[i] & 0x7f) << (7 * i);
    if (tag > UINT32_MAX)
        return true;
    size_t m = varint_length(p + n, end);
    return (tag & 7) == TM_WIRE_VARINT && m == 10 && (uint8_t)p[n + 9] > 1;
}

static bool is_laxer(const tm_request *q)
{
    for (size_t i = 0; i < sizeof laxer / sizeof *laxer; i++)
        if (strcmp(q->fault.what, laxer[i]) != 0)
            continue;
        else if (strcmp(q->fault.what, "wrong wire type") == 0)
            return strcmp(q->fault.field, "bool_value") == 0;
        else
            return strcmp(q->fault.what, "not a protobuf field") != 0 ||
                   is_lax_field(q->fault.at, q->bytes.p + q->bytes.n);
    return false;
}

/* --- and where it is stricter: tags and lengths of more than five bytes, which the reader takes
 * --- */

static bool has_long_header(tm_message message, tm_text body)
{
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        size_t tag = varint_length(f.start, end);
        if (tag > 5 || (f.type == TM_WIRE_BYTES && varint_length(f.start + tag, end) > 5))
            return true;
        const tm_field_row *row = tm_field_find(message, f.number);
        if (row && row->kind == TM_FIELD_MESSAGE && f.type == TM_WIRE_BYTES &&
            has_long_header(row->sub, f.bytes))
            return true;
    }
    return false;
}

/* --- */

/* Where both start to differ. */
static void show(const char *what, tm_text ours, tm_text theirs)
{
    size_t same = 0, from;
    while (same < ours.n && same < theirs.n && ours.p[same] == theirs.p[same])
        same++;
    from = same > 80 ? same - 80 : 0;
    fprintf(stderr, "%s\n  ours: %.*s\n  libprotobuf-c: %.*s\n", what,
            (int)(ours.n - from < 160 ? ours.n - from : 160), ours.p + from,
            (int)(theirs.n - from < 160 ? theirs.n - from : 160), theirs.p ? theirs.p + from : "");
}

/* Whoever looks at no resource, or at no scope, refuses and passes on the same. */
static void compare_without_heads(tm_arena *arena, tm_text bytes, const tm_request *with)
{
    for (uint8_t heads = 0; heads < 1 << TM_SPAN; heads++) {
        tm_request q;
        dump_open(&q, arena, bytes, NULL, 0);
        q.heads = heads;
        while (tm_request_next_resource(&q))
            ;
        assert_int_equal(q.soundness, with->soundness);
        if (q.soundness == TM_SOUND)
            assert_true(tm_text_equal(bytes, dump_bytes(arena, tm_request_finish(&q))));
    }
}

static void compare(tm_arena *arena, tm_text bytes, counts *c)
{
    const tm_text keys[] = {TM_TEXT("a"), TM_TEXT("http.route"), TM_TEXT("k"), TM_TEXT(""),
                            TM_TEXT("key7")};
    tm_request q;
    tm_buf ours = {.arena = arena};
    dump_open(&q, arena, bytes, keys, 5);
    dump_request(&ours, &q);
    tm_text theirs = dump_pb(arena, bytes);
    compare_without_heads(arena, bytes, &q);
    if (q.soundness != TM_SOUND) {
        c->refused++;
        if (theirs.p) {
            c->laxer++;
            if (!is_laxer(&q))
                show("only the reader refuses", tm_request_reason(&q), theirs);
            assert_true(is_laxer(&q));
        }
        return;
    }
    if (!theirs.p) {
        c->stricter++;
        if (!has_long_header(TM_MESSAGE_REQUEST, bytes))
            show("only libprotobuf-c refuses", tm_buf_text(&ours), theirs);
        assert_true(has_long_header(TM_MESSAGE_REQUEST, bytes));
        return;
    }
    c->agreed++;
    if (!tm_text_equal(tm_buf_text(&ours), theirs))
        show("both read, but not the same", tm_buf_text(&ours), theirs);
    assert_true(tm_text_equal(tm_buf_text(&ours), theirs));
    assert_true(tm_text_equal(bytes, dump_bytes(arena, tm_request_finish(&q))));
}

static counts compare_many(unsigned odd, bool mutate)
{
    counts c = {0};
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned seed = 1; seed <= REQUESTS; seed++) {
        tm_making m = making_of(arena, seed + odd * 100000u, odd);
        tm_text bytes = making_request(&m);
        compare(arena, mutate ? making_mutated(&m, bytes) : bytes, &c);
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
    return c;
}

static void plain_requests_read_as_protobuf_reads_them(void **state)
{
    (void)state;
    counts c = compare_many(0, false);
    assert_int_equal(c.agreed, REQUESTS);
}

static void odd_requests_read_as_protobuf_reads_them(void **state)
{
    (void)state;
    counts c = compare_many(TM_ODD_ALL, false);
    assert_int_equal(c.agreed, REQUESTS);
}

static void wrong_requests_are_refused_as_protobuf_refuses_them(void **state)
{
    (void)state;
    counts c = compare_many(TM_ODD_ALL | TM_ODD_GROUPS | TM_ODD_TYPES, false);
    assert_true(c.refused > REQUESTS / 20 && c.agreed > REQUESTS / 10);
}

static void bad_ids_and_texts_are_refused_although_protobuf_takes_them(void **state)
{
    (void)state;
    counts c = compare_many(TM_ODD_UTF8 | TM_ODD_IDS, false);
    assert_true(c.laxer > REQUESTS / 20 && c.laxer == c.refused);
}

static void mutated_requests_are_read_or_refused_as_by_protobuf(void **state)
{
    (void)state;
    counts plain = compare_many(0, true), odd = compare_many(TM_ODD_ALL, true);
    assert_true(plain.refused > REQUESTS / 4 && plain.agreed > REQUESTS / 4);
    assert_true(odd.refused > REQUESTS / 4 && odd.agreed > REQUESTS / 10);
}

/* One row a place where both differ on purpose: bytes of a request, whether each takes it. */
typedef struct lax_row {
    const char *what, *bytes;
    size_t n;
    bool ours, theirs;
} lax_row;

#define ROW(what, bytes, ours, theirs)                                                             \
    {                                                                                              \
        what, bytes, sizeof(bytes) - 1, ours, theirs                                               \
    }
/* 0a 0x 12 0y 12 0z: a resource, a scope, a span around what is odd */
static const lax_row rows[] = {
    ROW("a varint of 2^64",
        "\x0a\x10\x12\x0e\x12\x0c\xa0\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", false, true),
    ROW("a varint of eleven bytes",
        "\x0a\x0f\x12\x0d\x12\x0b\x30\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", false, false),
    ROW("field number 0", "\x0a\x06\x12\x04\x12\x02\x00\x01", false, false),
    ROW("field number 2^29", "\x0a\x0a\x12\x08\x12\x06\x80\x80\x80\x80\x10\x01", false, true),
    ROW("a trace id of 3 bytes",
        "\x0a\x09\x12\x07\x12\x05\x0a\x03"
        "abc",
        false, true),
    ROW("a name that is no UTF-8", "\x0a\x08\x12\x06\x12\x04\x2a\x02\xc3\x28", false, true),
    ROW("a tag of six bytes", "\x0a\x0b\x12\x09\x12\x07\xb0\x80\x80\x80\x80\x00\x01", true, false),
    ROW("a length of six bytes", "\x0a\x0b\x12\x09\x12\x07\x2a\x80\x80\x80\x80\x80\x00", true,
        false),
    ROW("a group", "\x0a\x06\x12\x04\x12\x02\x7b\x7c", false, false),
    ROW("a span that ends early", "\x0a\x06\x12\x04\x12\x05\x30\x01", false, false),
    ROW("a name that is a varint", "\x0a\x06\x12\x04\x12\x02\x28\x01", false, false),
};

static void each_difference_from_protobuf_is_known(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_text bytes = tm_text_slice(rows[i].bytes, rows[i].n);
        tm_request q;
        tm_buf ours = {.arena = arena};
        dump_open(&q, arena, bytes, NULL, 0);
        dump_request(&ours, &q);
        bool theirs = dump_pb(arena, bytes).p != NULL;
        if ((q.soundness == TM_SOUND) != rows[i].ours || theirs != rows[i].theirs)
            fail_msg("%s: ours %d, libprotobuf-c %d", rows[i].what, q.soundness == TM_SOUND,
                     theirs);
    }
    tm_arena_free(arena);
}

/* Two resources: "0a 03 61", cut off within a key that goes on in the other one, "62 63". */
static void parts_of_a_message_must_be_sound_each_by_itself(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text bytes = TM_TEXT("\x0a\x0e\x0a\x05\x0a\x05\x0a\x03"
                            "a"
                            "\x0a\x05"
                            "bc"
                            "\x12\x01\x10");
    tm_text cut = TM_TEXT("\x0a\x0a\x0a\x04\x0a\x04\x0a\x02\x0a\x02"
                          "ab");
    counts c = {0};
    compare(arena, bytes, &c);
    compare(arena, cut, &c);
    assert_int_equal(c.refused, 2);
    tm_arena_free(arena);
}

/* A value of so many lists, one in the other. */
static tm_text nested(tm_arena *arena, unsigned depth)
{
    tm_text value = TM_TEXT("\x10\x01");
    for (unsigned i = 0; i < depth; i++) {
        char *p = tm_arena_alloc(arena, value.n + 24), *at = p;
        size_t inner = tm_wire_bytes_field_bytes(1, value.n);
        at = tm_wire_put_varint(tm_wire_put_varint(at, 5 << 3 | 2), inner);
        at = tm_wire_put_bytes_field(at, 1, value);
        value = tm_text_slice(p, (size_t)(at - p));
    }
    return value;
}

static tm_text wrapped(tm_arena *arena, unsigned number, tm_text t)
{
    char *p = tm_arena_alloc(arena, t.n + 16);
    return tm_text_slice(p, (size_t)(tm_wire_put_bytes_field(p, number, t) - p));
}

static tm_soundness soundness_of_depth(tm_arena *arena, unsigned depth)
{
    tm_text request = wrapped(
        arena, 1,
        wrapped(arena, 2,
                wrapped(arena, 2, wrapped(arena, 9, wrapped(arena, 2, nested(arena, depth))))));
    tm_request q;
    tm_buf out = {.arena = arena};
    dump_open(&q, arena, request, NULL, 0);
    dump_request(&out, &q);
    return q.soundness;
}

static void lists_nest_32_deep_and_no_deeper(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    assert_int_equal(soundness_of_depth(arena, 32), TM_SOUND);
    assert_int_equal(soundness_of_depth(arena, 33), TM_MALFORMED);
    assert_int_equal(soundness_of_depth(arena, 2000), TM_MALFORMED);
    tm_arena_free(arena);
}

static void every_prefix_of_a_request_is_read_without_reading_beyond(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    counts c = {0};
    for (unsigned seed = 1; seed <= 12; seed++) {
        tm_making m = making_of(arena, seed, seed % 2 ? 0 : TM_ODD_ALL);
        tm_text whole = tm_arena_copy(arena, making_request(&m));
        tm_arena *each = tm_arena_new(NULL);
        for (size_t n = 0; n < whole.n && n < 3000; n++) {
            char *exact = test_malloc(n + 1); /* checked for writes behind it; ASan checks reads */
            memcpy(exact, whole.p, n);
            compare(each, tm_text_slice(exact, n), &c);
            test_free(exact);
            tm_arena_reset(each);
        }
        tm_arena_free(each);
    }
    assert_true(c.refused > 1000);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_requests_read_as_protobuf_reads_them),
        cmocka_unit_test(odd_requests_read_as_protobuf_reads_them),
        cmocka_unit_test(wrong_requests_are_refused_as_protobuf_refuses_them),
        cmocka_unit_test(bad_ids_and_texts_are_refused_although_protobuf_takes_them),
        cmocka_unit_test(mutated_requests_are_read_or_refused_as_by_protobuf),
        cmocka_unit_test(each_difference_from_protobuf_is_known),
        cmocka_unit_test(parts_of_a_message_must_be_sound_each_by_itself),
        cmocka_unit_test(lists_nest_32_deep_and_no_deeper),
        cmocka_unit_test(every_prefix_of_a_request_is_read_without_reading_beyond),
    };
    return cmocka_run_group_tests_name("otlp/reader", tests, NULL, NULL);
}
