/* Format: what Go's printf prints, row by row.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stdlib/fn.h"
#include "stdlib/letter.h"

#include <stdlib.h>

static tm_value text(const char *t)
{
    return tm_string(tm_text_of(t));
}

static tm_value bytes(const char *t)
{
    return tm_bytes_value(tm_text_of(t));
}

static tm_value list_of(tm_arena *arena, unsigned n, const tm_value *items)
{
    tm_list *list = tm_list_new(arena, n);
    for (unsigned i = 0; i < n; i++)
        tm_list_append(arena, list, items[i]);
    return tm_list_value(list, TM_LITERAL);
}

#define VALUES(...)                                                                                \
    sizeof((tm_value[]){__VA_ARGS__}) / sizeof(tm_value), (tm_value[])                             \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define LIST(...) list_of(s, VALUES(__VA_ARGS__))
#define PRINTS(arena, expected, format, ...)                                                       \
    prints(arena, expected, format, list_of(arena, VALUES(__VA_ARGS__)))

/* Calls Format as a rule would. */
static void prints(tm_arena *arena, const char *expected, const char *format, tm_value values)
{
    static const tm_argument arguments[2] = {{.given = true}, {.given = true}};
    const tm_function *f = tm_function_find(TM_TEXT("Format"));
    const tm_call_site site = {.function = f, .argument = arguments, .arguments = 2};
    tm_value arg[2] = {text(format), values};
    tm_vm vm;
    tm_vm_init(&vm, arena, arena, NULL);
    tm_call c = {.vm = &vm, .arena = arena, .site = &site, .arg = arg};
    assert_true(f->body(&c));
    assert_int_equal(c.result.type, TM_STRING);
    tm_text got = tm_arena_copy(arena, tm_value_text(c.result));
    assert_string_equal(got.p, expected);
}

static void numbers_print_in_all_notations(void **state)
{
    tm_arena *s = *state;
    PRINTS(s, "00042|42   |+42| 42", "%05d|%-5d|%+d|% d", tm_int(42), tm_int(42), tm_int(42),
           tm_int(42));
    PRINTS(s, "ff|FF|0xff|010|0o10|101", "%x|%X|%#x|%#o|%O|%b", tm_int(255), tm_int(255),
           tm_int(255), tm_int(8), tm_int(8), tm_int(5));
    PRINTS(s, "  007|  007||", "%5.3d|%05.3d|%.0d|", tm_int(7), tm_int(7), tm_int(0));
    PRINTS(s, "A|'A'|U+0041|U+1F600 '😀'", "%c|%q|%U|%#U", tm_int(65), tm_int(65), tm_int(65),
           tm_int(128512));
    PRINTS(s, "�|'�'", "%c|%q", tm_int(-1), tm_int(-1));
    PRINTS(s, "1e+06|100000|0.0001|1e-05", "%v|%v|%v|%v", tm_double(1000000.0), tm_double(100000.0),
           tm_double(0.0001), tm_double(0.00001));
    PRINTS(s, "1.23456789e+08|-0", "%v|%v", tm_double(123456789.0), tm_double(-0.0));
    PRINTS(s, "1.234568e+04|2e+00|1.000000E+00", "%e|%.0e|%E", tm_double(12345.678), tm_double(2.5),
           tm_double(1.0));
    PRINTS(s, "2.250000|2.2|1.500000", "%f|%.1f|%F", tm_double(2.25), tm_double(2.25),
           tm_double(1.5));
    PRINTS(s, "0.1|1.23e+03|1E+12|1.00000", "%g|%.3g|%G|%#g", tm_double(0.1), tm_double(1234.5),
           tm_double(1000000000000.0), tm_double(1.0));
    PRINTS(s, "0x1.4p+01|-0X1.999999999999AP-04|0x1.0p+01|0x1.4000p+01", "%x|%X|%.1x|%#x",
           tm_double(2.5), tm_double(-0.1), tm_double(1.97), tm_double(2.5));
    PRINTS(s, "5629499534213120p-51", "%b", tm_double(2.5));
    PRINTS(s, "0003.142|+003.142|3.142   |", "%08.3f|%+08.3f|%-8.3f|", tm_double(3.14159),
           tm_double(3.14159), tm_double(3.14159));
}

static void texts_and_bytes_print_as_they_are_quoted_or_in_hex(void **state)
{
    tm_arena *s = *state;
    PRINTS(s, "héllo|     héllo|héllo     |hé", "%s|%10s|%-10s|%.2s", text("héllo"), text("héllo"),
           text("héllo"), text("héllo"));
    PRINTS(s, "\"a\\té\"|\"\\u00e9\\u263a\"|`a b`|\"a`b\"", "%q|%+q|%#q|%#q", text("a\té"),
           text("é☺"), text("a b"), text("a`b"));
    PRINTS(s, "616263|61 62 63|0x61 0x62 0x63|0X616263|6162", "%x|% x|%# x|%#X|%.2x", text("abc"),
           text("abc"), text("abc"), text("abc"), text("abc"));
    PRINTS(s, "000ab| true|false", "%05s|%5t|%t", text("ab"), tm_bool(true), tm_bool(false));
    PRINTS(s, "[1 2]|[1 2]|AB|0102|\"A\"", "%v|%d|%s|%x|%q", bytes("\001\002"), bytes("\001\002"),
           bytes("\101\102"), bytes("\001\002"), bytes("\101"));
    PRINTS(s, "[]byte{0x1, 0x2}|[]uint8|[%!t(uint8=1)]", "%#v|%T|%t", bytes("\001\002"),
           bytes("\001\002"), bytes("\001"));
}

static void nil_lists_and_bad_verbs_leave_marks(void **state)
{
    tm_arena *s = *state;
    PRINTS(s, "<nil>|<nil>|<nil>", "%v|%#v|%T", tm_nil(), tm_nil(), tm_nil());
    PRINTS(s, "%!d(<nil>)|%!s(<nil>)", "%d|%s", tm_nil(), tm_nil());
    PRINTS(s, "[1 a <nil>]|[1 %!d(string=a) <nil>]|[\"a\" \"b\"]", "%v|%d|%q",
           LIST(tm_int(1), text("a"), tm_nil()), LIST(tm_int(1), text("a"), tm_nil()),
           LIST(text("a"), text("b")));
    PRINTS(s, "[]interface {}{1, \"a\", interface {}(nil), []uint8{0x41}}|[]interface {}", "%#v|%T",
           LIST(tm_int(1), text("a"), tm_nil(), bytes("\101")), LIST(tm_int(1)));
    PRINTS(s, "%!d(string=    x)|%!t(string=x)|%!d(float64=1.5)", "%5d|%t|%d", text("x"), text("x"),
           tm_double(1.5));
    PRINTS(s, "%!z(int64=1)|%!!(int64=1)|%!w(int64=1)", "%z|%!|%w", tm_int(1), tm_int(1),
           tm_int(1));
    PRINTS(s, "1 %!d(MISSING)", "%d %d", tm_int(1));
}

static void arguments_are_taken_in_order_or_by_index(void **state)
{
    tm_arena *s = *state;
    PRINTS(s, "1%!(EXTRA int64=2, <nil>, string=a)", "%d", tm_int(1), tm_int(2), tm_nil(),
           text("a"));
    PRINTS(s, "2 1", "%[2]d %[1]d", tm_int(1), tm_int(2));
    PRINTS(s, "%!d(BADINDEX)|%!d(BADINDEX)|%!d(BADINDEX)", "%[3]d|%[x]d|%[]d", tm_int(1));
    PRINTS(s, "%!d(BADINDEX)|%!d(BADINDEX)", "%[1]2d|%[1].2d", tm_int(1));
    PRINTS(s, "   42|42   |3.14", "%*d|%-*d|%.*f", tm_int(5), tm_int(42), tm_int(5), tm_int(42),
           tm_int(2), tm_double(3.14159));
    PRINTS(s, "%!(BADWIDTH)42|%!(BADPREC)1.500000", "%*d|%.*f", text("a"), tm_int(42), tm_int(-1),
           tm_double(1.5));
    PRINTS(s, "50%|%|", "%d%%|%5%|", tm_int(50));
    PRINTS(s, "%!(NOVERB)", "%");
    PRINTS(s, "%!(NOVERB)", "%[1]", tm_int(1));
    PRINTS(s, "100%!.(MISSING)", "100%.");
    PRINTS(s, "%!(NOVERB)%!(EXTRA int64=1)", "%99999999d", tm_int(1));
}

static void lists_print_down_to_a_depth(void **state)
{
    tm_arena *s = *state;
    tm_value v = tm_int(1);
    for (unsigned i = 0; i < 100000; i++)
        v = list_of(s, 1, &v);
    tm_text end = tm_arena_print(s, "%0128d...%0128d", 0, 0);
    for (char *p = (char *)end.p; p < end.p + end.n; p++)
        *p = *p == '0' ? p < end.p + 128 ? '[' : ']' : *p;
    PRINTS(s, end.p, "%v", v);
}

static void doubles_that_are_no_numbers_have_names(void **state)
{
    tm_arena *s = *state;
    tm_value inf = tm_double(strtod("inf", NULL)), nan = tm_double(strtod("nan", NULL));
    PRINTS(s, "  +Inf|+Inf  |-Inf", "%06.2f|%-6v|%g", inf, inf, tm_double(-inf.number));
    PRINTS(s, "NaN|+NaN| NaN", "%v|%+f|% e", nan, nan, nan);
}

/* Members of a time of Go are shown to verbs that want no text. */
static void times_durations_and_ids_have_texts_of_their_own(void **state)
{
    tm_arena *s = *state;
    const tm_time t = {.seconds = 1700000000, .nanoseconds = 120000000, .zone = TM_TEXT("UTC")};
    const tm_time east = {.seconds = 0, .offset_seconds = 5400};
    tm_value v = {.type = TM_TIME, .time = &t}, e = {.type = TM_TIME, .time = &east};
    tm_value id = {.type = TM_SPAN_ID, .n = 8, .p = "\1\2\3\4\5\6\7\10"};
    PRINTS(s, "2023-11-14 22:13:20.12 +0000 UTC|1970-01-01 01:30:00 +0130 +0130", "%v|%s", v, e);
    PRINTS(s, "{120000000 63835596800 0}|time.Time", "%d|%T", v, v);
    PRINTS(s, "time.Date(2023, time.November, 14, 22, 13, 20, 120000000, time.UTC)", "%#v", v);
    PRINTS(s, "1m30s|90000000000|%!t(time.Duration=90000000000)", "%v|%d|%t",
           tm_duration(90000000000), tm_duration(90000000000), tm_duration(90000000000));
    PRINTS(s, "0102030405060708|[1 2 3 4 5 6 7 8]|pcommon.SpanID", "%s|%d|%T", id, id, id);
}

static void letters_map_one_to_one(void **state)
{
    (void)state;
    assert_int_equal(tm_letter_upper(0xdf), 0xdf);
    assert_int_equal(tm_letter_lower(0x130), 'i');
    assert_int_equal(tm_letter_upper(0x1c6), 0x1c4);
    assert_int_equal(tm_letter_lower(0x3a3), 0x3c3);
    assert_true(tm_letter_is_space(0x3000) && tm_letter_is_space(0x85));
    assert_false(tm_letter_is_space(0x200b));
    assert_true(tm_letter_is_printable(0x1f600) && tm_letter_is_printable(' '));
    assert_false(tm_letter_is_printable(0xad) || tm_letter_is_printable(0x3000));
}

static void the_last_letter_is_found_from_the_end(void **state)
{
    size_t width;
    (void)state;
    assert_int_equal(tm_letter_last(TM_TEXT("a\xe2\x82\xac"), &width), 0x20ac);
    assert_int_equal(width, 3);
    assert_int_equal(tm_letter_last(TM_TEXT("a\x82"), &width), 0xfffd);
    assert_int_equal(width, 1);
}

static int open_arena(void **state)
{
    *state = tm_arena_new(NULL);
    return 0;
}

static int close_arena(void **state)
{
    tm_arena_free(*state);
    return 0;
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(numbers_print_in_all_notations),
        WITH_ARENA(texts_and_bytes_print_as_they_are_quoted_or_in_hex),
        WITH_ARENA(nil_lists_and_bad_verbs_leave_marks),
        WITH_ARENA(arguments_are_taken_in_order_or_by_index),
        WITH_ARENA(lists_print_down_to_a_depth),
        WITH_ARENA(doubles_that_are_no_numbers_have_names),
        WITH_ARENA(times_durations_and_ids_have_texts_of_their_own),
        cmocka_unit_test(letters_map_one_to_one),
        cmocka_unit_test(the_last_letter_is_found_from_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
