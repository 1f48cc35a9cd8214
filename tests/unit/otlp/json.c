/* OTLP/JSON to protobuf and back. Ids such as OJ-02 are those of docs/protocol.md.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/otlp_json_read.h"
#include "otlp/otlp_json_write.h"
#include "tests/whole_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "same_doc.h"

/* ---- the vectors ---------------------------------------------- */

static void goes_there_and_back(tm_arena *arena, tm_text json)
{
    tm_text protobuf, again, error;
    tm_buf back = {.arena = arena};
    if (!tm_otlp_from_json(arena, json, &protobuf, &error))
        fail_msg("%.*s", TM_PRI(error));
    assert_true(tm_otlp_to_json(&back, TM_MESSAGE_REQUEST, protobuf, &error));
    assert_true(same(parse(arena, json), parse(arena, tm_buf_text(&back))));
    assert_true(tm_otlp_from_json(arena, tm_buf_text(&back), &again, &error));
    assert_int_equal(protobuf.n, again.n); /* fields may stand in another order */
}

static void every_request_of_the_vectors_survives_both_ways(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text all = read_file(arena, "tests/vectors/spans.json");
    assert_non_null(all.p);
    tm_json j;
    unsigned count = 0;
    tm_json_init(&j, arena, all, 0, 0);
    assert_int_equal(tm_json_next(&j), TM_JSON_OBJECT);
    while (tm_json_next(&j) == TM_JSON_KEY) {
        assert_int_equal(tm_json_next(&j), TM_JSON_OBJECT);
        const char *from = j.token;
        assert_true(tm_json_skip(&j, TM_JSON_OBJECT));
        goes_there_and_back(arena, tm_text_slice(from, (size_t)(j.at - from)));
        count++;
    }
    assert_null(j.error);
    assert_true(count > 20);
    tm_arena_free(arena);
}

/* ---- fields ---------------------------------------------- */

/* What a request with some members between head and tail comes back as; or "!" and the message. */
static const char *around(tm_arena *arena, const char *head, const char *members, const char *tail)
{
    tm_text json = tm_arena_print(arena, "%s%s%s", head, members, tail), protobuf, error;
    tm_buf out = {.arena = arena};
    if (!tm_otlp_from_json(arena, json, &protobuf, &error))
        return tm_arena_print(arena, "!%.*s", TM_PRI(error)).p;
    assert_true(tm_otlp_to_json(&out, TM_MESSAGE_REQUEST, protobuf, &error));
    tm_text back = tm_buf_text(&out);
    assert_true(tm_text_starts(back, tm_text_of(head)) && tm_text_ends(back, tm_text_of(tail)));
    back = tm_text_skip(back, strlen(head));
    back.n -= strlen(tail);
    return tm_arena_copy(arena, back).p;
}

static void span_of(const char *members, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    assert_string_equal(
        around(arena, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{", members, "}]}]}]}"),
        expected);
    tm_arena_free(arena);
}

static void goes(const char *json, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    assert_string_equal(around(arena, "{", json + 1, ""), expected + 1);
    tm_arena_free(arena);
}

static const char VALUE_HEAD[] = "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"value\":{";
static const char VALUE_TAIL[] = "}}]}}]}";

static void value_of(const char *members, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    assert_string_equal(around(arena, VALUE_HEAD, members, VALUE_TAIL), expected);
    tm_arena_free(arena);
}

static void names_are_read_in_two_forms_and_written_in_one(void **state) /* OJ-01 */
{
    (void)state;
    span_of("\"trace_id\":\"0102030405060708090a0b0c0d0e0f10\",\"dropped_links_count\":1",
            "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"droppedLinksCount\":1");
    span_of("\"traceState\":\"a\",\"trace_State\":\"b\",\"TraceState\":\"c\"",
            "\"traceState\":\"a\"");
    value_of("\"string_value\":\"x\"", "\"stringValue\":\"x\"");
}

static void ids_are_hex_of_the_right_length(void **state) /* OJ-02, OS-11 */
{
    (void)state;
    span_of("\"traceId\":\"0102030405060708090A0B0C0D0E0F10\",\"spanId\":\"ABCDEF0000000000\"",
            "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"abcdef0000000000\"");
    span_of("\"traceId\":\"\",\"spanId\":\"\",\"parentSpanId\":\"\"", "");
    span_of("\"spanId\":\"0000000000000000\"", "\"spanId\":\"0000000000000000\"");
    span_of("\"traceId\":\"01\"", "!\"traceId\": it is not 32 hex digits at byte 54");
    span_of("\"spanId\":\"0102030405060708090a0b0c0d0e0f10\"",
            "!\"spanId\": it is not 16 hex digits at byte 53");
    span_of("\"spanId\":\"010203040506070g\"", "!\"spanId\": it is not hex at byte 53");
    span_of("\"spanId\":1", "!\"spanId\": it is not 16 hex digits at byte 53");
}

static void bytes_are_base64_of_any_kind(void **state) /* OJ-02 */
{
    (void)state;
    value_of("\"bytesValue\":\"+/8=\"", "\"bytesValue\":\"+/8=\"");
    value_of("\"bytesValue\":\"-_8\"", "\"bytesValue\":\"+/8=\"");
    value_of("\"bytesValue\":\"\"", "\"bytesValue\":\"\"");
    value_of("\"bytesValue\":\"*\"", "!\"bytesValue\": it is not base64 at byte 68");
}

static void enums_are_numbers_or_names(void **state) /* OJ-03 */
{
    (void)state;
    span_of("\"kind\":2,\"status\":{\"code\":\"STATUS_CODE_ERROR\"}",
            "\"kind\":2,\"status\":{\"code\":2}");
    span_of("\"kind\":\"SPAN_KIND_CONSUMER\"", "\"kind\":5");
    span_of("\"kind\":\"3\"", "\"kind\":3");
    span_of("\"kind\":77", "\"kind\":77");
    span_of("\"kind\":-1", "\"kind\":-1");
    span_of("\"kind\":\"SPAN_KIND_UNSPECIFIED\"", "");
    span_of("\"kind\":\"STATUS_CODE_OK\"", "!\"kind\": it is not an integer that fits at byte 51");
    span_of("\"kind\":2147483648", "!\"kind\": it is not an integer that fits at byte 51");
}

static void integers_are_exact_in_either_form(void **state) /* OJ-04, OJ-11 */
{
    (void)state;
    value_of("\"intValue\":\"9223372036854775807\"", "\"intValue\":\"9223372036854775807\"");
    value_of("\"intValue\":-9223372036854775808", "\"intValue\":\"-9223372036854775808\"");
    value_of("\"intValue\":9007199254740993", "\"intValue\":\"9007199254740993\"");
    value_of("\"intValue\":1e3", "\"intValue\":\"1000\"");
    value_of("\"intValue\":\"2.0\"", "\"intValue\":\"2\"");
    value_of("\"intValue\":0", "\"intValue\":\"0\"");
    value_of("\"intValue\":\"007\"", "\"intValue\":\"7\"");
    value_of("\"intValue\":\"000\"", "\"intValue\":\"0\"");
    span_of("\"endTimeUnixNano\":\"0000000000\"", "");
    value_of("\"intValue\":1.5", "!\"intValue\": it is not an integer that fits at byte 66");
    value_of("\"intValue\":9223372036854775808",
             "!\"intValue\": it is not an integer that fits at byte 66");
    value_of("\"intValue\":true", "!\"intValue\": it is not an integer that fits at byte 66");
    span_of("\"startTimeUnixNano\":18446744073709551615",
            "\"startTimeUnixNano\":\"18446744073709551615\"");
    span_of("\"endTimeUnixNano\":\"5\"", "\"endTimeUnixNano\":\"5\"");
    span_of("\"startTimeUnixNano\":-1",
            "!\"startTimeUnixNano\": it is not a non-negative integer that fits at byte 64");
    span_of("\"flags\":\"4294967295\",\"droppedEventsCount\":4294967295",
            "\"droppedEventsCount\":4294967295,\"flags\":4294967295");
    span_of("\"flags\":4294967296",
            "!\"flags\": it is not a non-negative integer that fits at byte 52");
}

static void doubles_are_numbers_words_or_numeric_strings(void **state) /* OJ-05 */
{
    (void)state;
    value_of("\"doubleValue\":0.1", "\"doubleValue\":0.1");
    value_of("\"doubleValue\":5", "\"doubleValue\":5");
    value_of("\"doubleValue\":\"1e22\"", "\"doubleValue\":1e+22");
    value_of("\"doubleValue\":-0.0", "\"doubleValue\":-0");
    value_of("\"doubleValue\":0", "\"doubleValue\":0");
    value_of("\"doubleValue\":\"NaN\"", "\"doubleValue\":\"NaN\"");
    value_of("\"doubleValue\":\"-Infinity\"", "\"doubleValue\":\"-Infinity\"");
    value_of("\"doubleValue\":\"inf\"", "!\"doubleValue\": it is not a number at byte 69");
    value_of("\"doubleValue\":1e400", "!\"doubleValue\": it does not fit a double at byte 69");
}

static void null_is_absent_and_the_last_of_a_name_counts(void **state) /* OJ-06 */
{
    (void)state;
    span_of("\"name\":null,\"attributes\":null,\"status\":null", "");
    span_of("\"name\":\"a\",\"name\":\"b\"", "\"name\":\"b\"");
    span_of("\"name\":\"a\",\"kind\":2,\"name\":null", "\"kind\":2");
    span_of("\"name\":\"a\",\"kind\":2,\"name\":\"\"", "\"kind\":2");
    span_of("\"status\":{\"code\":1},\"name\":\"x\",\"status\":{\"message\":\"m\"}",
            "\"name\":\"x\",\"status\":{\"message\":\"m\"}");
    span_of("\"attributes\":[{\"key\":\"a\"},{\"key\":\"b\"}],\"kind\":1,\"name\":\"n\","
            "\"attributes\":[{\"key\":\"c\"}],\"kind\":3",
            "\"name\":\"n\",\"kind\":3,\"attributes\":[{\"key\":\"c\"}]");
    span_of("\"trace_state\":\"a\",\"traceState\":\"b\"", "\"traceState\":\"b\"");
}

static void null_in_a_list_is_an_empty_item(void **state)
{
    (void)state;
    span_of("\"attributes\":[null,{\"key\":\"a\"}],\"events\":[null],\"links\":[{},null]",
            "\"attributes\":[{},{\"key\":\"a\"}],\"events\":[{}],\"links\":[{},{}]");
    value_of("\"arrayValue\":{\"values\":[{\"stringValue\":\"tea\"},null]}",
             "\"arrayValue\":{\"values\":[{\"stringValue\":\"tea\"},{}]}");
    value_of("\"kvlistValue\":{\"values\":[null]}", "\"kvlistValue\":{\"values\":[{}]}");
    goes("{\"resourceSpans\":[null,{\"scopeSpans\":[null,{\"spans\":[null]}]}]}",
         "{\"resourceSpans\":[{},{\"scopeSpans\":[{},{\"spans\":[{}]}]}]}");
    span_of("\"attributes\":[1]", "!\"attributes\": it is not an object at byte 58");
    span_of("\"attributes\":[[]]", "!\"attributes\": it is not an object at byte 58");
    span_of("\"attributes\":[\"null\"]", "!\"attributes\": it is not an object at byte 58");
}

static void strings_that_are_not_utf8_pass_as_they_are(void **state)
{
    (void)state;
    span_of("\"name\":\"caf\xe9\"", "\"name\":\"caf\xe9\"");
    span_of("\"attributes\":[{\"key\":\"\xff\\n\xc3\xa9\"}]",
            "\"attributes\":[{\"key\":\"\xff\\n\xc3\xa9\"}]");
    span_of("\"new\":\"\xe9\",\"\xe9\":1", "");
    span_of("\"traceId\":\"\xe9\"", "!\"traceId\": it is not 32 hex digits at byte 54");
}

static void unknown_names_are_skipped(void **state) /* OJ-07, OS-08, OS-09 */
{
    (void)state;
    span_of("\"new\":{\"name\":[1,{\"name\":\"x\"}]},\"name\":\"n\",\"more\":null",
            "\"name\":\"n\"");
    value_of("\"stringValueStrindex\":4,\"stringValue\":\"x\"", "\"stringValue\":\"x\"");
    value_of("\"profileValue\":4", "");
}

static void two_members_of_a_value_are_an_error(void **state) /* OJ-08 */
{
    (void)state;
    value_of("\"stringValue\":\"x\",\"intValue\":1",
             "!\"intValue\": another value is set beside it at byte 84");
    value_of("\"stringValue\":\"x\",\"intValue\":null", "\"stringValue\":\"x\"");
    value_of("\"stringValue\":null,\"boolValue\":false", "\"boolValue\":false");
    value_of("\"stringValue\":\"x\",\"stringValue\":\"y\"", "\"stringValue\":\"y\"");
    value_of("\"stringValue\":\"\"", "\"stringValue\":\"\"");
    value_of("", "");
}

static void values_of_every_shape_come_back(void **state)
{
    (void)state;
    value_of("\"arrayValue\":{\"values\":[{},{\"boolValue\":true},{\"arrayValue\":{}}]}",
             "\"arrayValue\":{\"values\":[{},{\"boolValue\":true},{\"arrayValue\":{}}]}");
    value_of("\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{}},{\"key\":\"b\"}]}",
             "\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{}},{\"key\":\"b\"}]}");
    value_of("\"stringValue\":\"\\u0000\\ud800<\"",
             "\"stringValue\":\"\\u0000\ufffd<\""); /* OJ-10 */
    value_of("\"boolValue\":\"true\"", "!\"boolValue\": it is not true or false at byte 67");
    value_of("\"stringValue\":1", "!\"stringValue\": it is not a string at byte 69");
    value_of("\"arrayValue\":[]", "!\"arrayValue\": it is not an object at byte 68");
}

static void refused(tm_text json, const char *message)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_text protobuf, error = {0};
    assert_false(tm_otlp_from_json(arena, json, &protobuf, &error));
    assert_string_equal(error.p, message);
    tm_arena_free(arena);
}

static void what_is_no_request_is_refused(void **state) /* OJ-10 */
{
    (void)state;
    refused(TM_TEXT(""), "it ends too early at byte 0");
    refused(TM_TEXT("[]"), "a request is an object at byte 0");
    refused(TM_TEXT("null"), "a request is an object at byte 0");
    refused(TM_TEXT("{} {}"), "text follows the value at byte 3");
    refused(TM_TEXT("\xef\xbb\xbf{}"), "a byte order mark is not allowed at byte 0");
    refused(TM_TEXT("{\xff:1}"), "a name in quotes or } is missing at byte 1");
    refused(TM_TEXT("{\"resourceSpans\":[{}"), "it ends too early at byte 20");
    refused(TM_TEXT("{\"resourceSpans\":{}}"), "\"resourceSpans\": it is not an array at byte 17");
}

static void an_empty_request_is_no_bytes(void **state) /* OS-04 */
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text protobuf, error;
    assert_true(
        tm_otlp_from_json(arena, TM_TEXT("{\"x\":1,\"resourceSpans\":[]}"), &protobuf, &error));
    assert_int_equal(protobuf.n, 0);
    tm_buf out = {.arena = arena};
    assert_true(tm_otlp_to_json(&out, TM_MESSAGE_REQUEST, protobuf, &error));
    assert_true(tm_text_is(tm_buf_text(&out), "{}"));
    tm_arena_free(arena);
}

static tm_text repeated(tm_arena *arena, const char *part, unsigned count)
{
    tm_buf b = {.arena = arena};
    while (count--)
        tm_buf_add(&b, tm_text_of(part));
    return tm_buf_text(&b);
}

static void nesting_is_limited(void **state) /* A10 */
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned depth = 1; depth < 40; depth++) {
        tm_text open = repeated(arena, "\"arrayValue\":{\"values\":[{", depth);
        tm_text close = repeated(arena, "}]}", depth);
        tm_text value = tm_arena_print(arena, "%.*s%.*s", TM_PRI(open), TM_PRI(close));
        if (depth <= TM_VALUE_DEPTH)
            value_of(value.p, value.p);
        else
            assert_non_null(strstr(around(arena, VALUE_HEAD, value.p, VALUE_TAIL),
                                   "\"arrayValue\": arrays and maps nest too deeply"));
    }
    tm_text open = repeated(arena, "{\"x\":[", 100000);
    refused(open, "it is nested too deeply at byte 384");
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_of_the_vectors_survives_both_ways),
        cmocka_unit_test(names_are_read_in_two_forms_and_written_in_one),
        cmocka_unit_test(ids_are_hex_of_the_right_length),
        cmocka_unit_test(bytes_are_base64_of_any_kind),
        cmocka_unit_test(enums_are_numbers_or_names),
        cmocka_unit_test(integers_are_exact_in_either_form),
        cmocka_unit_test(doubles_are_numbers_words_or_numeric_strings),
        cmocka_unit_test(null_is_absent_and_the_last_of_a_name_counts),
        cmocka_unit_test(null_in_a_list_is_an_empty_item),
        cmocka_unit_test(strings_that_are_not_utf8_pass_as_they_are),
        cmocka_unit_test(unknown_names_are_skipped),
        cmocka_unit_test(two_members_of_a_value_are_an_error),
        cmocka_unit_test(values_of_every_shape_come_back),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(an_empty_request_is_no_bytes),
        cmocka_unit_test(nesting_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
