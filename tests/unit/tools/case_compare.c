/* Case compare: what differs, how many times, and how it is shown.
 * SPDX-License-Identifier: Apache-2.0 */
#include "case_reading.h"

#include "tools/case_compare.h"
#include "tools/case_span.h"

static unsigned differs(reading *r, const char *expected, const char *span)
{
    tm_doc *e = yaml_of(r, expected);
    assert_true(tm_case_span_check(&r->diags, e, true));
    return tm_case_differs(e, yaml_of(r, span));
}

static void what_is_not_named_may_be_anything(void **state)
{
    reading *r = *state;
    const char *span =
        "{name: x, status: {code: ERROR, message: no}, attributes: {a: 1, m: {b: 2}}}";
    assert_int_equal(differs(r, "{}", span), 0);
    assert_int_equal(differs(r, "{name: x}", span), 0);
    assert_int_equal(differs(r, "{attributes: {a: 1}}", span), 0);
    assert_int_equal(differs(r, "{attributes: {m: {b: 2}}}", span), 0);
    assert_int_equal(differs(r, "{status: ERROR}", span), 0);
    assert_int_equal(differs(r, "{status: {message: no}}", span), 0);
    assert_int_equal(differs(r, "{name: y, attributes: {a: 2, m: {b: 3}}}", span), 3);
    assert_int_equal(differs(r, "{status: OK}", span), 1);
}

static void types_are_told_apart(void **state)
{
    reading *r = *state;
    const char *span = "{attributes: {i: 1, d: 1.0, s: '1', b: true, n: .nan}}";
    assert_int_equal(differs(r, "{attributes: {i: 1, d: 1.0, s: '1', b: true, n: .nan}}", span), 0);
    assert_int_equal(differs(r, "{attributes: {i: 1.0, d: 1, s: 1, b: 'true', n: 1.0}}", span), 5);
    assert_int_equal(differs(r, "{attributes: {i: {}, d: [], s: {a: 1}}}", span), 3);
}

static void null_is_what_is_absent(void **state)
{
    reading *r = *state;
    assert_int_equal(differs(r, "{attributes: {a: null}}", "{}"), 0);
    assert_int_equal(differs(r, "{attributes: {a: null}}", "{attributes: {b: 1}}"), 0);
    assert_int_equal(differs(r, "{attributes: {a: null}}", "{attributes: {a: 1}}"), 1);
    assert_int_equal(differs(r, "{attributes: null}", "{attributes: {a: 1}}"), 1);
    assert_int_equal(differs(r, "{scope: null, events: null}", "{}"), 0);
    assert_int_equal(differs(r, "{attributes: {a: 1, b: {c: 2, d: null}}}", "{}"), 2);
}

static void lists_have_as_many_items(void **state)
{
    reading *r = *state;
    const char *span = "{events: [{name: a, attributes: {x: 1}}, {name: b}]}";
    assert_int_equal(differs(r, "{events: [{name: a}, {}]}", span), 0);
    assert_int_equal(differs(r, "{events: [{name: a}]}", span), 1);
    assert_int_equal(differs(r, "{events: [{name: b}, {name: a}]}", span), 2);
    assert_int_equal(differs(r, "{events: []}", span), 1);
    assert_int_equal(differs(r, "{events: []}", "{}"), 1);
}

static void defaults_are_there_though_not_said(void **state)
{
    reading *r = *state;
    assert_int_equal(
        differs(r, "{name: '', kind: UNSPECIFIED, status: UNSET, duration: 0s, trace_state: ''}",
                "{}"),
        0);
    assert_int_equal(differs(r, "{kind: SERVER, status: ERROR, duration: 1s}", "{}"), 3);
    assert_int_equal(differs(r, "{attributes: {name: ''}}", "{}"), 1); /* only a span's */
}

/* "key=value " of each. */
static void say(void *owner, const tm_doc *expected, const tm_doc *got)
{
    tm_buf *out = owner;
    tm_buf_print(out, "%.*s=", TM_PRI(expected->key));
    if (got)
        tm_case_print_flow(out, got);
    tm_buf_add_char(out, ' ');
}

static void each_difference_is_told_with_what_is_there(void **state)
{
    reading *r = *state;
    tm_buf out = {.arena = r->arena};
    tm_case_each_difference(
        yaml_of(r, "{kind: SERVER, attributes: {a: 1, b: 2, c: 3}, status: OK, scope: {name: s}}"),
        yaml_of(r, "{attributes: {a: 1, b: 3, c: [1]}, status: {code: ERROR}}"), say, &out);
    assert_string_equal(cstring(&out), "kind=UNSPECIFIED b=3 c=[1] status=ERROR name= ");
}

static void both_are_shown_with_the_same_keys(void **state)
{
    reading *r = *state;
    tm_buf expected = {.arena = r->arena}, got = expected;
    const tm_doc *e = yaml_of(r, "{name: x, attributes: {a: 1, b: '1', m: {c: d}, l: [1, {x: y}]}, "
                                 "scope: {name: s}}");
    tm_case_print(&expected, e);
    assert_string_equal(cstring(&expected),
                        "name: x\nattributes:\n  a: 1\n  b: '1'\n  m:\n    c: d\n"
                        "  l:\n  - 1\n  - {x: y}\nscope:\n  name: s\n");
    tm_case_print_got(&got, e,
                      yaml_of(r, "{attributes: {z: 1, a: a b, m: 7, l: []}, kind: SERVER}"));
    assert_string_equal(cstring(&got), "name: ''\nattributes:\n  a: 'a b'\n  b: null\n  m: 7\n"
                                       "  l: []\nscope: null\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(what_is_not_named_may_be_anything),
        CASE_TEST(types_are_told_apart),
        CASE_TEST(null_is_what_is_absent),
        CASE_TEST(lists_have_as_many_items),
        CASE_TEST(defaults_are_there_though_not_said),
        CASE_TEST(each_difference_is_told_with_what_is_there),
        CASE_TEST(both_are_shown_with_the_same_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
