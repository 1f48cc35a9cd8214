/* gRPC: frames split at every byte, timeouts, messages, content types.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/grpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

/* ---- frames --------------------------------------------------------------------------------- */

/* What came out of a sequence of frames: "B3 abc B0 " and so on; compressed ones with C. */
static void play(tm_text in, const size_t *cuts, size_t count, char *out)
{
    tm_grpc_frame frame = {.have = 0};
    size_t from = 0;
    *out = 0;
    for (size_t i = 0; i <= count; i++) {
        size_t to = i < count ? cuts[i] : in.n;
        tm_text now = tm_text_slice(in.p + from, to - from), part;
        from = to;
        for (;;) {
            tm_grpc_step step = tm_grpc_next(&frame, &now, &part);
            if (step == TM_GRPC_MORE)
                break;
            if (step == TM_GRPC_BEGIN)
                sprintf(out + strlen(out), "%c%u", frame.compressed ? 'C' : 'B', frame.length);
            if (step == TM_GRPC_PART)
                sprintf(out + strlen(out), "%.*s", TM_PRI(part));
            if (step == TM_GRPC_BAD)
                strcat(out, "bad");
            if (step != TM_GRPC_BAD && frame.have == 0)
                strcat(out, "|");
        }
    }
    if (frame.have)
        strcat(out, "...");
}

static const char three[] = "\0\0\0\0\3abc\1\0\0\0\0\0\0\0\0\5hello";
#define THREE tm_text_slice(three, sizeof three - 1)

static void frames_may_be_split_at_every_two_bytes(void **state)
{
    (void)state;
    char whole[64], split[64];
    play(THREE, NULL, 0, whole);
    assert_string_equal(whole, "B3abc|C0|B5hello|");
    for (size_t a = 0; a <= THREE.n; a++)
        for (size_t b = a; b <= THREE.n; b++) {
            play(THREE, (size_t[]){a, b}, 2, split);
            assert_string_equal(split, whole);
        }
}

static void frames_may_come_byte_by_byte(void **state)
{
    (void)state;
    char split[64];
    size_t cuts[64];
    for (size_t i = 0; i < THREE.n; i++)
        cuts[i] = i;
    play(THREE, cuts, THREE.n, split);
    assert_string_equal(split, "B3abc|C0|B5hello|");
}

static void a_frame_that_is_cut_short_shows(void **state)
{
    (void)state;
    char out[64];
    for (size_t n = 1; n < 8; n++) {
        play(tm_text_slice(three, n), NULL, 0, out);
        assert_non_null(strstr(out, "..."));
    }
}

static void flags_are_zero_or_one(void **state)
{
    (void)state;
    char out[64];
    play(tm_text_slice("\2\0\0\0\1x", 6), NULL, 0, out);
    assert_non_null(strstr(out, "bad"));
    play(tm_text_slice("\xff\0\0\0\0", 5), NULL, 0, out);
    assert_non_null(strstr(out, "bad"));
}

static void a_huge_length_is_only_a_number(void **state)
{
    (void)state;
    tm_grpc_frame frame = {.have = 0};
    tm_text in = tm_text_slice("\0\xff\xff\xff\xffx", 6), part;
    assert_int_equal(tm_grpc_next(&frame, &in, &part), TM_GRPC_BEGIN);
    assert_int_equal(frame.length, 0xffffffffu);
    assert_int_equal(tm_grpc_next(&frame, &in, &part), TM_GRPC_PART);
    assert_int_equal(frame.left, 0xfffffffeu);
    uint8_t head[TM_GRPC_HEAD_BYTES];
    tm_grpc_head(head, true, 0x01020304);
    assert_memory_equal(head, "\1\1\2\3\4", 5);
}

/* ---- header values -------------------------------------------------------------------------- */

static void timeouts_are_digits_and_a_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long long ms;
    } rows[] = {
        {"1H", 3600000},
        {"1M", 60000},
        {"1S", 1000},
        {"1m", 1},
        {"1u", 1},
        {"1n", 1},
        {"0S", 0},
        {"1001u", 2},
        {"1000000n", 1},
        {"1000001n", 2},
        {"99999999H", 359999996400000},
        {"99999999n", 100},
        {"00000010S", 10000},
        {"", -1},
        {"S", -1},
        {"1", -1},
        {"1s", -1},
        {"1h", -1},
        {"-1S", -1},
        {"+1S", -1},
        {" 1S", -1},
        {"1 S", -1},
        {"1.5S", -1},
        {"1SS", -1},
        {"100000000n", -1},
        {"1S ", -1},
        {"0x1S", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t ms = 12345;
        bool fits = tm_grpc_timeout(tm_text_of(rows[i].text), &ms);
        if (fits != (rows[i].ms >= 0) || (fits && ms != (uint64_t)rows[i].ms))
            fail_msg("%s: %d %llu", rows[i].text, fits, (unsigned long long)ms);
    }
}

static void timeouts_are_written_so_that_they_fit(void **state)
{
    (void)state;
    static const uint64_t times[] = {0, 1, 99999999, 100000000, 123456789012345, UINT64_MAX};
    static const char *const texts[] = {"0m",      "1m",        "99999999m",
                                        "100000S", "99999999S", "99999999S"};
    for (size_t i = 0; i < 6; i++) {
        tm_bytes out = {0};
        assert_true(tm_grpc_timeout_add(times[i], &out));
        assert_true(tm_text_is(tm_bytes_text(&out), texts[i]));
        assert_true(out.n <= 9);
        tm_bytes_free(&out);
    }
}

static tm_bytes encoded(tm_text message)
{
    tm_bytes out = {0};
    assert_true(tm_grpc_message_add(message, &out));
    return out;
}

static void messages_are_percent_encoded(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"plain ~!", "plain ~!"},
        {"100%", "100%25"},
        {"a\r\nb", "a%0D%0Ab"},
        {"d\xc3\xa9j\xc3\xa0", "d%C3%A9j%C3%A0"},
        {"\x7f", "%7F"},
        {"\xff!", "%EF%BF%BD!"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_bytes out = encoded(tm_text_of(rows[i][0])), back = {0};
        assert_true(tm_text_is(tm_bytes_text(&out), rows[i][1]));
        assert_true(tm_grpc_message_read(tm_bytes_text(&out), &back));
        if (rows[i][0][0] != '\xff')
            assert_true(tm_text_is(tm_bytes_text(&back), rows[i][0]));
        tm_bytes_free(&out), tm_bytes_free(&back);
    }
}

static void long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    char text[3001] = "";
    for (int i = 0; i < 1500; i++)
        memcpy(text + 2 * i, "\xc3\xa9", 2);
    tm_bytes out = encoded(tm_text_slice(text, 3000));
    assert_true(out.n <= TM_GRPC_MESSAGE_MAX && out.n > TM_GRPC_MESSAGE_MAX - 6);
    assert_int_equal(out.n % 6, 0);
    tm_bytes_free(&out);
    memset(text, 'x', 3000);
    out = encoded(tm_text_slice(text, 3000));
    assert_int_equal(out.n, TM_GRPC_MESSAGE_MAX);
    tm_bytes_free(&out);
}

static void bad_escapes_stand_for_themselves(void **state)
{
    (void)state;
    tm_bytes out = {0};
    assert_true(tm_grpc_message_read(TM_TEXT("%4a%4A%zz%4%"), &out));
    assert_true(tm_text_is(tm_bytes_text(&out), "JJ%zz%4%"));
    tm_bytes_free(&out);
}

static void content_types_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        tm_grpc_type type;
    } rows[] = {
        {"application/grpc", TM_GRPC_TYPE_PROTO},
        {"application/grpc+proto", TM_GRPC_TYPE_PROTO},
        {"Application/GRPC", TM_GRPC_TYPE_PROTO},
        {"application/grpc; charset=utf-8", TM_GRPC_TYPE_PROTO},
        {"application/grpc+proto;a=b", TM_GRPC_TYPE_PROTO},
        {"application/grpc+json", TM_GRPC_TYPE_OTHER},
        {"application/grpc+", TM_GRPC_TYPE_OTHER},
        {"application/grpc-web", TM_GRPC_TYPE_NONE},
        {"application/grpc-web+proto", TM_GRPC_TYPE_NONE},
        {"application/grpcx", TM_GRPC_TYPE_NONE},
        {"application/json", TM_GRPC_TYPE_NONE},
        {"application/x-protobuf", TM_GRPC_TYPE_NONE},
        {"", TM_GRPC_TYPE_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (tm_grpc_type_of(tm_text_of(rows[i].text)) != rows[i].type)
            fail_msg("%s", rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_may_be_split_at_every_two_bytes),
        cmocka_unit_test(frames_may_come_byte_by_byte),
        cmocka_unit_test(a_frame_that_is_cut_short_shows),
        cmocka_unit_test(flags_are_zero_or_one),
        cmocka_unit_test(a_huge_length_is_only_a_number),
        cmocka_unit_test(timeouts_are_digits_and_a_unit),
        cmocka_unit_test(timeouts_are_written_so_that_they_fit),
        cmocka_unit_test(messages_are_percent_encoded),
        cmocka_unit_test(long_messages_are_cut_between_characters),
        cmocka_unit_test(bad_escapes_stand_for_themselves),
        cmocka_unit_test(content_types_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
