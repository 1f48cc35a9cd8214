/* Identity: ids and name are found in whatever order a span is written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/identity.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TRACE                                                                                      \
    "\x0a\x10"                                                                                     \
    "0123456789abcdef"
#define SPAN                                                                                       \
    "\x12\x08"                                                                                     \
    "01234567"
#define PARENT                                                                                     \
    "\x22\x08"                                                                                     \
    "76543210"
#define NAME                                                                                       \
    "\x2a\x04"                                                                                     \
    "name"
#define BYTES(text) tm_text_slice(text, sizeof(text) - 1)

static void check(tm_text span)
{
    const tm_span_identity id = tm_span_identify(span);
    assert_true(tm_text_is(id.trace_id, "0123456789abcdef"));
    assert_true(tm_text_is(id.span_id, "01234567"));
    assert_true(tm_text_is(id.name, "name"));
    assert_true(tm_text_is(tm_span_trace_id(span), "0123456789abcdef"));
}

static void fields_are_found_in_any_order(void **state)
{
    (void)state;
    check(BYTES(TRACE SPAN NAME));
    check(BYTES(TRACE SPAN PARENT NAME));
    check(BYTES(NAME "\x30\x02" SPAN "\x1a\x00" TRACE));
    assert_memory_equal(tm_span_usual_name(TRACE SPAN NAME "0123456789"), "\4name0123", 9);
    assert_memory_equal(tm_span_usual_name(TRACE SPAN PARENT NAME), "\4name", 5);
    assert_null(tm_span_usual_name(TRACE SPAN "\x1a\x00" NAME "0123456789"));
    assert_null(tm_span_usual_name(SPAN TRACE NAME "0123456789"));
}

static void what_is_absent_or_cut_is_no_text(void **state)
{
    (void)state;
    const tm_span_identity id = tm_span_identify(BYTES(SPAN "\x2a\x04"
                                                            "nam"));
    assert_true(!id.trace_id.p && !id.name.p && id.span_id.p);
    assert_int_equal(tm_span_trace_id(TM_TEXT("")).n, 0);
    assert_int_equal(tm_span_trace_id(BYTES("\x0a\x10"
                                            "0123"))
                         .n,
                     0);
    assert_int_equal(tm_span_trace_id(BYTES("\x0a\x04"
                                            "0123"))
                         .n,
                     4); /* in no sound request */
    assert_true(tm_text_is(tm_wire_body(BYTES(NAME)), "name"));
    assert_int_equal(tm_wire_body(BYTES("\x30\x02")).n, 0);
    assert_int_equal(tm_wire_body(TM_TEXT("")).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_in_any_order),
        cmocka_unit_test(what_is_absent_or_cut_is_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
