/* Tracestate: what is read of it, and how it is written anew.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/tracestate.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Asserts what is wrong with `text` (NULL: nothing) and what it becomes when it is written. */
static void becomes(tm_tracestate *state, const char *text, const char *wrong, const char *want)
{
    char out[TM_TRACESTATE_ROOM + 1];
    const char *why = tm_tracestate_read(state, tm_text_of(text));
    if (!wrong != !why || (wrong && !strstr(why, wrong)))
        fail_msg("\"%s\": %s", text, why ? why : "nothing is wrong");
    out[tm_tracestate_write(state, out)] = 0;
    assert_string_equal(out, want);
}

static void is_sound(const char *text, const char *want)
{
    tm_tracestate state;
    becomes(&state, text, NULL, want);
}

static void is_wrong(const char *text, const char *wrong, const char *want)
{
    tm_tracestate state;
    becomes(&state, text, wrong, want);
}

static void members_of_others_stay_in_their_order(void **state)
{
    (void)state;
    is_sound("", "");
    is_sound("a=b", "a=b");
    is_sound("a=b,t1@vendor=x y", "a=b,t1@vendor=x y");
    is_sound(" a=b\t, ,,c*/_-=!~ ,", "a=b,c*/_-=!~");
    is_sound("a= b", "a= b");
    is_sound("a=b,a=c", "a=b,a=c");
}

static void the_sampling_fields_go_first(void **state)
{
    (void)state;
    is_sound("a=b,ot=p:8;th:8;r:62;rv:0123456789ABcd,c=d",
             "ot=rv:0123456789ABcd;th:8;p:8;r:62,a=b,c=d");
    is_sound("ot=th:0", "ot=th:0");
    is_sound("ot=x1:;y:Z.9_-", "ot=x1:;y:Z.9_-");
}

static void of_several_members_or_fields_of_one_name_the_last_counts(void **state)
{
    (void)state;
    is_sound("ot=rv:00000000000001;th:1;a:b,ot=th:2", "ot=th:2");
    is_sound("ot=th:1;th:2", "ot=th:2");
    is_sound("ot=a:b;a:c", "ot=a:b;a:c");
}

static void what_w3c_does_not_know_is_malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "not a state", "=v",    "k=",  "K=v",        "1k=v", "@s=v",  "t@=v",   "t@1=v",
        "t@s@s=v",     "k=a=b", "k= ", "k=\xc3\xa9", "k",    "k\t=v", "k=\x7f", "a=b,k"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        is_wrong(texts[i], "malformed", "");
}

static void what_ot_does_not_know_leaves_the_other_members(void **state)
{
    (void)state;
    static const char *const fields[] = {";",   "a",    ":b",   "A:b",      "1:b",  "a:b:c",
                                         "a:+", "a:b;", ";a:b", "a:b;;c:d", "a:b c"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char text[64];
        snprintf(text, sizeof text, "x=y,ot=%s", fields[i]);
        is_wrong(text, "malformed", "x=y");
    }
    is_wrong("ot=th:8,ot=?,x=y", "malformed", "x=y");
}

static void sampling_fields_are_hex_digits_of_a_known_number(void **state)
{
    (void)state;
    is_wrong("ot=rv:0123456789abc;a:b", "rv", "ot=a:b");
    is_wrong("ot=rv:0123456789abcde", "rv", "");
    is_wrong("ot=rv:0123456789abcg;th:4", "rv", "ot=th:4");
    is_wrong("ot=rv:0123456789abcg;rv:0123456789abcd", "rv", "ot=rv:0123456789abcd");
    is_wrong("ot=th:", "th", "");
    is_wrong("ot=th:x", "th", "");
    is_wrong("ot=th:0123456789abcde,c=d", "th", "c=d");
}

static void there_are_at_most_31_members_the_empty_ones_counting(void **state)
{
    (void)state;
    char text[128] = "a=b", want[64] = "a=b";
    for (unsigned i = 2; i < 31; i++)
        strcat(text, ",");
    strcat(text, ",c=d");
    is_sound(text, "a=b,c=d");
    strcat(text, ",");
    is_sound(text, "a=b,c=d");
    strcat(text, "e=f");
    strcat(want, ",c=d");
    is_wrong(text, "too long", want);
}

/* "kkk...@sss=v" with so many letters; system 0: no "@". */
static const char *with_key(char *room, size_t tenant, size_t system)
{
    memset(room, 'k', tenant);
    size_t n = tenant + (system > 0);
    if (system)
        room[tenant] = '@';
    memset(room + n, 's', system);
    strcpy(room + n + system, "=v");
    return room;
}

static void keys_have_the_lengths_of_w3c(void **state)
{
    (void)state;
    char room[512];
    is_sound(with_key(room, 256, 0), room);
    is_wrong(with_key(room, 257, 0), "too long", "");
    is_sound(with_key(room, 241, 14), room);
    is_wrong(with_key(room, 242, 13), "too long", "");
    is_wrong(with_key(room, 1, 15), "too long", "");
}

static void a_state_of_1024_bytes_and_its_sampling_fields_fit(void **state)
{
    (void)state;
    char text[TM_TRACESTATE_MOST + 2], out[TM_TRACESTATE_ROOM];
    memset(text, ' ', sizeof text);
    for (size_t i = 0; i < TM_TRACESTATE_MOST; i += 256) {
        memcpy(text + i, i ? ",k=" : "kkk=", i ? 3 : 4);
        text[i + 255] = 'v';
    }
    tm_tracestate s;
    assert_null(tm_tracestate_read(&s, tm_text_slice(text, TM_TRACESTATE_MOST)));
    tm_tracestate_set_randomness(&s, 1);
    tm_tracestate_raise(&s, 1);
    assert_int_equal(tm_tracestate_write(&s, out), TM_TRACESTATE_MOST + 39);
    text[TM_TRACESTATE_MOST] = ' ';
    const char *why = tm_tracestate_read(&s, tm_text_slice(text, TM_TRACESTATE_MOST + 1));
    assert_string_equal(why, "the trace state is too long");
    assert_int_equal(tm_tracestate_write(&s, out), 0);
}

static void short_thresholds_stand_for_long_ones(void **state)
{
    (void)state;
    tm_tracestate s;
    assert_null(tm_tracestate_read(&s, TM_TEXT("ot=th:8")));
    assert_true(s.threshold == UINT64_C(0x80000000000000));
    assert_null(tm_tracestate_read(&s, TM_TEXT("ot=rv:00000000000fFf;th:00000000000001")));
    assert_true(s.threshold == 1 && s.randomness == 0xfff);
    assert_null(tm_tracestate_read(&s, TM_TEXT("a=b")));
    assert_true(s.threshold == 0 && s.th.n == 0 && s.rv.n == 0);
}

static void a_threshold_rises_and_never_falls(void **state)
{
    (void)state;
    static const struct row {
        const char *text;
        uint64_t threshold;
        const char *want;
    } rows[] = {{"", 0, "ot=th:0"},
                {"a=b", UINT64_C(0xfd70a000000000), "ot=th:fd70a,a=b"},
                {"ot=th:8", UINT64_C(0xc0000000000000), "ot=th:c"},
                {"ot=th:8000", UINT64_C(0x80000000000000), "ot=th:8"},
                {"ot=th:8000", UINT64_C(0x7fffffffffffff), "ot=th:8000"},
                {"ot=a:b", 16, "ot=th:0000000000001;a:b"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_tracestate s;
        char out[TM_TRACESTATE_ROOM];
        assert_null(tm_tracestate_read(&s, tm_text_of(rows[i].text)));
        tm_tracestate_raise(&s, rows[i].threshold);
        size_t n = tm_tracestate_write(&s, out);
        assert_int_equal(n, strlen(rows[i].want));
        assert_memory_equal(out, rows[i].want, n);
    }
}

static void a_cleared_threshold_is_gone(void **state)
{
    (void)state;
    tm_tracestate s;
    char out[TM_TRACESTATE_ROOM];
    assert_null(tm_tracestate_read(&s, TM_TEXT("ot=th:8,a=b")));
    tm_tracestate_clear_threshold(&s);
    assert_int_equal(tm_tracestate_write(&s, out), 3);
    assert_memory_equal(out, "a=b", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_others_stay_in_their_order),
        cmocka_unit_test(the_sampling_fields_go_first),
        cmocka_unit_test(of_several_members_or_fields_of_one_name_the_last_counts),
        cmocka_unit_test(what_w3c_does_not_know_is_malformed),
        cmocka_unit_test(what_ot_does_not_know_leaves_the_other_members),
        cmocka_unit_test(sampling_fields_are_hex_digits_of_a_known_number),
        cmocka_unit_test(there_are_at_most_31_members_the_empty_ones_counting),
        cmocka_unit_test(keys_have_the_lengths_of_w3c),
        cmocka_unit_test(a_state_of_1024_bytes_and_its_sampling_fields_fit),
        cmocka_unit_test(short_thresholds_stand_for_long_ones),
        cmocka_unit_test(a_threshold_rises_and_never_falls),
        cmocka_unit_test(a_cleared_threshold_is_gone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
