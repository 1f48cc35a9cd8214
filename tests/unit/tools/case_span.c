/* Case span: the short form, to OTLP and back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "case_reading.h"

#include "tools/case_compare.h"
#include "tools/case_seen.h"
#include "tools/case_span.h"

/* The span as it comes back, on one line. */
static const char *there_and_back(reading *r, const char *text)
{
    tm_doc *doc = yaml_of(r, text);
    tm_buf bytes = {.arena = r->arena}, out = bytes;
    tm_case_seens seen = {0};
    if (!tm_case_span_check(&r->diags, doc, false))
        return told(r);
    tm_case_span_write_one(&bytes, doc);
    tm_case_seen_add(r->arena, &seen, tm_buf_text(&bytes));
    assert_int_equal(seen.count, 1);
    tm_case_print_flow(&out, seen.first->span);
    return cstring(&out);
}

static void every_key_comes_back_as_it_was(void **state)
{
    static const char *const spans[] = {
        "{}",
        "{name: GET, kind: SERVER}",
        "{status: {code: ERROR, message: no}}",
        "{attributes: {s: x, i: -7, d: 2.5, b: true, l: [1, a, [2.0]], m: {a: {b: c}}}}",
        "{resource: {service.name: shop}, scope: {name: s, version: '1', attributes: {a: 1}}}",
        "{events: [{name: e, time_unix_nano: 7, attributes: {a: 1}}, {name: f}]}",
        "{links: [{trace_id: 0102030405060708090a0b0c0d0e0f10, span_id: '0102030405060708', "
        "trace_state: a=b, attributes: {a: {b: [x]}}}]}",
        "{duration: 1m30s, start_time_unix_nano: 1700000000000000000}",
        "{trace_id: 0102030405060708090a0b0c0d0e0f10, span_id: 010203040506070a, "
        "parent_span_id: 010203040506070b, trace_state: a=b}",
    };
    reading *r = *state;
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        const char *back = there_and_back(r, spans[i]);
        /* Quotes may come and go: both mean the same. */
        tm_doc *was = yaml_of(r, spans[i]), *is = yaml_of(r, back);
        assert_true(tm_case_span_check(&r->diags, was, false));
        assert_true(tm_case_span_check(&r->diags, is, false));
        if (tm_case_differs(was, is) || tm_case_differs(is, was))
            fail_msg("%s came back as %s", spans[i], back);
    }
}

static void what_has_several_spellings_has_one_afterwards(void **state)
{
    reading *r = *state;
    assert_string_equal(there_and_back(r, "{kind: SPAN_KIND_CLIENT, name: 404, duration: 1000ms}"),
                        "{name: '404', kind: CLIENT, duration: 1s}");
    assert_string_equal(there_and_back(r, "{status: STATUS_CODE_OK, attributes: {gone: null}}"),
                        "{status: {code: OK}}");
    assert_string_equal(there_and_back(r, "{trace_id: 0A0B0C0D0E0F0A0B0C0D0E0F0A0B0C0D}"),
                        "{trace_id: 0a0b0c0d0e0f0a0b0c0d0e0f0a0b0c0d}");
    assert_string_equal(there_and_back(r, "{attributes: {a: 1e3, b: 0x10, c: '1', d: \"$x\"}}"),
                        "{attributes: {a: 1000.0, b: 16, c: '1', d: \"$x\"}}");
}

static void mistakes_are_all_told(void **state)
{
    reading *r = *state;
    assert_string_equal(there_and_back(r, "{nmae: x, kind: SERVR, status: {code: 7, msg: x}}"),
                        "E0601 a span has no key nmae (did you mean name?);"
                        "E0602 SERVR is no kind of span (did you mean SERVER?);"
                        "E0601 a status has no key msg (there are code and message);"
                        "E0602 7 is no status code (there are UNSET, OK and ERROR);");
    assert_string_equal(there_and_back(r, "{name: [x], attributes: x, events: [x, {nam: x}]}"),
                        "E0602 name: expected a string, found a list;"
                        "E0602 attributes: expected a map, found a string x;"
                        "E0602 expected an event, found a string x;"
                        "E0601 an event has no key nam (did you mean name?);");
    assert_string_equal(there_and_back(r, "{duration: -1s, trace_id: xyz, span_id: 12}"),
                        "E0602 duration: expected a duration such as 250ms, found a string -1s;"
                        "E0602 trace_id: expected 32 hex digits, found a string xyz;"
                        "E0602 span_id: expected 16 hex digits, found an int 12;");
    assert_string_equal(there_and_back(r, "{start_time_unix_nano: -1, name: null}"),
                        "E0602 start_time_unix_nano: expected a number from 0 on, found an int -1;"
                        "E0602 name: expected a string, found nothing;");
    assert_string_equal(there_and_back(r, "[]"), "E0602 expected a span, found a list;");
}

static void only_what_is_expected_may_be_null(void **state)
{
    reading *r = *state;
    assert_true(tm_case_span_check(&r->diags, yaml_of(r, "{name: null, scope: null}"), true));
    assert_string_equal(told(r), "");
}

static void several_spans_are_one_request(void **state)
{
    reading *r = *state;
    tm_buf bytes = {.arena = r->arena};
    tm_case_seens seen = {0};
    tm_doc *list = yaml_of(r, "[{name: a}, {name: b, resource: {x: 1}}, {}]");
    tm_case_span_write(&bytes, list->first);
    tm_case_seen_add(r->arena, &seen, tm_buf_text(&bytes));
    assert_int_equal(seen.count, 3);
    const tm_text one = tm_case_seen_request(r->arena, seen.first->next);
    seen = (tm_case_seens){0};
    tm_case_seen_add(r->arena, &seen, one);
    assert_int_equal(seen.count, 1);
    assert_false(tm_case_differs(list->first->next, seen.first->span));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(every_key_comes_back_as_it_was),
        CASE_TEST(what_has_several_spellings_has_one_afterwards),
        CASE_TEST(mistakes_are_all_told),
        CASE_TEST(only_what_is_expected_may_be_null),
        CASE_TEST(several_spans_are_one_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
