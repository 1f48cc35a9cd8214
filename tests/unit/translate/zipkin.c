/* Zipkin's formats: what becomes of spans, what is refused, and that work and memory stay in
 * proportion. That the Collector makes the same of them is for tests/peers/test_zipkin.py to say.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/formats.h"

#include "base/buf.h"
#include "base/clock.h"
#include "otlp/otlp_json_write.h"
#include "otlp/split.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t three(void *owner)
{
    (void)owner;
    return 3;
}

static const tm_clock CLOCK = {.realtime_ns = three};

/* The spans in OTLP/JSON, or "!" and what is wrong. */
static tm_text translated(tm_arena *arena, tm_zipkin_options options, tm_text body)
{
    tm_text request, error;
    tm_buf out = {.arena = arena};
    options.clock = &CLOCK;
    if (!tm_zipkin_translate(arena, &options, body, &request, &error))
        tm_buf_print(&out, "!%.*s", TM_PRI(error));
    else
        assert_true(tm_otlp_to_json(&out, TM_MESSAGE_REQUEST, request, &error));
    tm_buf_add_char(&out, 0);
    return tm_buf_text(&out);
}

static void becomes(tm_zipkin_options options, tm_text body, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    assert_string_equal(translated(arena, options, body).p, expected);
    tm_arena_free(arena);
}

static void json_is(const char *json, const char *expected)
{
    becomes((tm_zipkin_options){.format = TM_ZIPKIN_JSON}, tm_text_of(json), expected);
}

static void v1_is(const char *json, const char *expected)
{
    becomes((tm_zipkin_options){.format = TM_ZIPKIN_V1_JSON}, tm_text_of(json), expected);
}

/* ---- v2 -------------------------------------------------------------------------------------- */

#define IDS "\"traceId\":\"1\",\"id\":\"2\",\"timestamp\":1"
#define OTLP_IDS "\"traceId\":\"00000000000000000000000000000001\",\"spanId\":\"0000000000000002\""
#define TIMES "\"startTimeUnixNano\":\"1000\",\"endTimeUnixNano\":\"1000\""
#define NOBODY                                                                                     \
    "{\"resourceSpans\":[{\"resource\":{},\"scopeSpans\":[{\"scope\":{},\"spans\":[{" OTLP_IDS
#define END "}]}]}]}"

static void a_span_of_json_becomes_one_of_otlp(void **state)
{
    (void)state;
    json_is("[]", "{}");
    json_is("null", "{}");
    json_is("[null]", "{}");
    json_is("[{" IDS "}]", NOBODY "," TIMES END);
    json_is("[{\"traceId\":\"1\",\"id\":\"2\",\"duration\":5}]", NOBODY
            ",\"endTimeUnixNano\":\"5000\",\"attributes\":[{\"key\":\"otel.zipkin.absentField."
            "startTime\",\"value\":{\"boolValue\":true}}]" END);
    json_is(
        "[{" IDS ",\"kind\":\"SERVER\",\"name\":\"get\",\"parentId\":\"3\",\"annotations\":["
        "{\"timestamp\":7,\"value\":\"ws\"},{\"timestamp\":8,\"value\":\"e|{\\\"k\\\":2.0}|1\"}]}]",
        NOBODY
        ",\"parentSpanId\":\"0000000000000003\",\"name\":\"get\",\"kind\":2," TIMES
        ",\"events\":[{\"timeUnixNano\":\"7000\",\"name\":\"ws\"},{\"timeUnixNano\":\"8000\","
        "\"name\":\"e\",\"attributes\":[{\"key\":\"k\",\"value\":{\"intValue\":\"2\"}}],"
        "\"droppedAttributesCount\":1}]" END);
}

static void spans_of_one_service_become_one_resource_whatever_stands_between_them(void **state)
{
    (void)state;
    json_is(
        "[{" IDS ",\"localEndpoint\":{\"serviceName\":\"a\"},\"tags\":{\"host.name\":\"h\"}},"
        "{" IDS ",\"localEndpoint\":{\"serviceName\":\"b\"}},"
        "{" IDS ",\"localEndpoint\":{\"serviceName\":\"a\"},\"tags\":{\"host.name\":\"i\"}}]",
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
        "{\"stringValue\":\"a\"}},{\"key\":\"host.name\",\"value\":{\"stringValue\":\"h\"}}]},"
        "\"scopeSpans\":[{\"scope\":{},\"spans\":[{" OTLP_IDS "," TIMES "},{" OTLP_IDS "," TIMES
        "}]}]},{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":"
        "\"b\"}}]},\"scopeSpans\":[{\"scope\":{},\"spans\":[{" OTLP_IDS "," TIMES END);
}

static void of_a_tag_given_twice_the_last_counts(void **state)
{
    (void)state;
    json_is("[{" IDS ",\"tags\":{\"a\":\"1\",\"a\":\"2\"},\"tags\":{\"a\":\"3\"},\"Tags\":{}}]",
            NOBODY "," TIMES
                   ",\"attributes\":[{\"key\":\"a\",\"value\":{\"stringValue\":\"3\"}}]" END);
}

static void tags_that_look_like_numbers_and_bools_become_such_when_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *text, *value;
    } cases[] = {{"7", "\"intValue\":\"7\""},
                 {"-007", "\"intValue\":\"-7\""},
                 {"-0", "\"intValue\":\"0\""},
                 {"99999999999999999999", "\"intValue\":\"9223372036854775807\""},
                 {"-99999999999999999999", "\"intValue\":\"-9223372036854775808\""},
                 {"1.50", "\"doubleValue\":1.5"},
                 {"-00.5", "\"doubleValue\":-0.5"},
                 {"true", "\"boolValue\":true"},
                 {"false", "\"boolValue\":false"},
                 {"True", "\"stringValue\":\"True\""},
                 {"1e5", "\"stringValue\":\"1e5\""},
                 {"1.", "\"stringValue\":\"1.\""},
                 {".5", "\"stringValue\":\".5\""},
                 {"+1", "\"stringValue\":\"+1\""},
                 {"-", "\"stringValue\":\"-\""},
                 {"", "\"stringValue\":\"\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tm_arena *arena = tm_arena_new(NULL);
        tm_text body = tm_arena_print(arena, "[{" IDS ",\"tags\":{\"a\":\"%s\"}}]", cases[i].text);
        tm_text expected = tm_arena_print(
            arena, NOBODY "," TIMES ",\"attributes\":[{\"key\":\"a\",\"value\":{%s}}]" END,
            cases[i].value);
        becomes((tm_zipkin_options){.parse_string_tags = true}, body, expected.p);
        tm_arena_free(arena);
    }
}

static void addresses_are_written_as_go_writes_them(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written;
    } cases[] = {{"10.0.0.1", "10.0.0.1"},
                 {"2001:DB8:0::1", "2001:db8::1"},
                 {"::1", "::1"},
                 {"::", "::"},
                 {"::1.2.3.4", "::102:304"},
                 {"::1:0", "::1:0"},
                 {"::ffff:1.2.3.4", "1.2.3.4"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tm_arena *arena = tm_arena_new(NULL);
        tm_text body = tm_arena_print(arena, "[{" IDS ",\"remoteEndpoint\":{\"ipv6\":\"%s\"}}]",
                                      cases[i].text);
        tm_text expected =
            tm_arena_print(arena,
                           NOBODY "," TIMES ",\"attributes\":[{\"key\":\"network.peer.address\","
                                  "\"value\":{\"stringValue\":\"%s\"}}]" END,
                           cases[i].written);
        becomes((tm_zipkin_options){0}, body, expected.p);
        tm_arena_free(arena);
    }
}

static void what_is_no_list_of_spans_is_refused_with_its_place(void **state)
{
    (void)state;
    json_is("", "!the JSON is bad at byte 0: it ends too early");
    json_is("{" IDS "}", "!the document is no list of spans");
    json_is("[{" IDS "},7]", "!span 2: it is no object");
    json_is("[{" IDS "},{}]", "!span 2: it has no id");
    json_is("[{" IDS ",\"name\":7}]", "!span 1: name is no string");
    json_is("[{" IDS ",\"duration\":1.5}]", "!span 1: duration is no natural number that fits");
    json_is("[{" IDS ",\"tags\":{\"a\":7}}]", "!span 1: the value of a tag is no string");
    json_is("[{" IDS ",\"localEndpoint\":{\"port\":65536}}]",
            "!span 1: port is no whole number that fits");
    json_is("[{" IDS ",\"localEndpoint\":{\"ipv4\":\"1.2\"}}]", "!span 1: ipv4 is no address");
    json_is("[{" IDS ",\"id\":\"g\"}]",
            "!span 1: id is no hexadecimal number of at most 16 digits");
}

static void one_span_without_a_list_is_for_recordings(void **state)
{
    (void)state;
    becomes((tm_zipkin_options){.alone = true}, TM_TEXT("{" IDS "}"), NOBODY "," TIMES END);
    becomes((tm_zipkin_options){.alone = true}, TM_TEXT("{" IDS "} 1"),
            "!the JSON is bad at byte 39: text follows the value");
}

/* ---- protobuf -------------------------------------------------------------------------------- */

static void protobuf_is(tm_text body, const char *expected)
{
    becomes((tm_zipkin_options){.format = TM_ZIPKIN_PROTOBUF}, body, expected);
}

#define PROTO_TRACE "\x0a\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
#define PROTO_ID "\x1a\x08\0\0\0\0\0\0\0\2"

static void a_span_of_protobuf_becomes_one_of_otlp(void **state)
{
    (void)state;
    protobuf_is(TM_TEXT(""), "{}");
    protobuf_is(TM_TEXT("\x0a\x1c" PROTO_TRACE PROTO_ID), NOBODY END);
    protobuf_is(TM_TEXT("\x0a\x14\x0a\x08\0\0\0\0\0\0\0\1" PROTO_ID), NOBODY END);
    /* Kind, name, timestamp, duration; local endpoint with name, address and port; a tag. */
    protobuf_is(
        TM_TEXT("\x0a\x3d" PROTO_TRACE PROTO_ID "\x20\x01\x2a\x01n\x31\1\0\0\0\0\0\0\0\x38\x02"
                "\x42\x07\x12\x02\x01\x02\x20\x90\x4e\x5a\x06\x0a\x01k\x12\x01v"),
        NOBODY ",\"name\":\"n\",\"kind\":3,\"startTimeUnixNano\":\"1000\",\"endTimeUnixNano\":"
               "\"3000\",\"attributes\":[{\"key\":\"k\",\"value\":{\"stringValue\":\"v\"}},"
               "{\"key\":\"network.local.address\",\"value\":{\"stringValue\":\"?0102\"}},"
               "{\"key\":\"net.host.port\",\"value\":{\"intValue\":\"10000\"}}]" END);
}

static void bad_protobuf_is_refused_with_its_place(void **state)
{
    (void)state;
    protobuf_is(TM_TEXT("\xff"), "!span 1: the protobuf is malformed");
    protobuf_is(TM_TEXT("\x0a\x00"), "!span 1: trace_id has 0 bytes, not 16");
    protobuf_is(TM_TEXT("\x0a\x12" PROTO_TRACE), "!span 1: id has 0 bytes, not 8");
    protobuf_is(TM_TEXT("\x0a\x1c" PROTO_TRACE PROTO_ID "\x0a\x03\x2a\x01\xff"),
                "!span 2: a string is no UTF-8");
    protobuf_is(TM_TEXT("\x0a\x1c" PROTO_TRACE PROTO_ID "\x0a\x05\x2a"),
                "!span 2: the protobuf is malformed");
}

/* ---- v1 -------------------------------------------------------------------------------------- */

#define V1_IDS "\"traceId\":\"0000000000000001\",\"id\":\"0000000000000002\""

static void annotations_of_v1_tell_kind_service_and_times(void **state)
{
    (void)state;
    v1_is("[{" V1_IDS
          ",\"annotations\":[{\"timestamp\":5,\"value\":\"sr\",\"endpoint\":{\"serviceName\":"
          "\"a\"}},{\"timestamp\":6,\"value\":\"x\"},{\"timestamp\":9,\"value\":\"ss\"}]}]",
          "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
          "{\"stringValue\":\"a\"}}]},\"scopeSpans\":[{\"scope\":{},\"spans\":[{" OTLP_IDS
          ",\"kind\":2,\"startTimeUnixNano\":\"5000\",\"endTimeUnixNano\":\"9000\",\"events\":["
          "{\"timeUnixNano\":\"6000\",\"name\":\"x\"}]" END);
    v1_is("[{" V1_IDS ",\"timestamp\":1,\"binaryAnnotations\":[{\"key\":\"lc\",\"value\":\"c\"},"
          "{\"key\":\"http.status_code\",\"value\":\"500\"}]}]",
          "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
          "{\"stringValue\":\"c\"}}]},\"scopeSpans\":[{\"scope\":{},\"spans\":[{" OTLP_IDS "," TIMES
          ",\"attributes\":[{\"key\":\"component\",\"value\":{\"stringValue\":\"c\"}},{\"key\":"
          "\"http.status_code\",\"value\":{\"stringValue\":\"500\"}}],\"status\":{\"code\":2}" END);
}

static void a_span_of_v1_without_any_time_happens_now(void **state)
{
    (void)state;
    v1_is("[{" V1_IDS "}]",
          "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
          "{\"stringValue\":\"unknown-service\"}}]},\"scopeSpans\":[{\"scope\":{},\"spans\":["
          "{" OTLP_IDS
          ",\"startTimeUnixNano\":\"3\",\"endTimeUnixNano\":\"3\",\"attributes\":[{\"key\":"
          "\"otel.zipkin.absentField.startTime\",\"value\":{\"boolValue\":true}}]" END);
}

static void ids_of_v1_are_16_or_32_digits(void **state)
{
    (void)state;
    v1_is("[{\"traceId\":\"1\",\"id\":\"0000000000000002\"}]",
          "!span 1: traceId is no hexadecimal number other than 0 of 16 or 32 digits");
    v1_is("[{\"traceId\":\"0000000000000001\",\"id\":\"0000000000000000\"}]",
          "!span 1: id is no hexadecimal number other than 0 of 16 digits");
    v1_is("[null]", "!span 1: traceId is no hexadecimal number other than 0 of 16 or 32 digits");
}

/* ---- bounds ---------------------------------------------------------------------------------- */

/* So many spans, each of a service and a scope of its own. */
static tm_text many(tm_arena *arena, unsigned count)
{
    tm_buf out = {.arena = arena};
    for (unsigned i = 0; i < count; i++)
        tm_buf_print(&out,
                     "%c{\"id\":\"%x\",\"localEndpoint\":{\"serviceName\":\"s%u\"},\"tags\":"
                     "{\"otel.scope.name\":\"l%u\"}}",
                     i ? ',' : '[', i + 1, i / 2, i);
    tm_buf_add_char(&out, ']');
    return tm_buf_text(&out);
}

static void many_services_and_scopes_take_no_more_memory_each(void **state)
{
    (void)state;
    size_t used[2];
    for (unsigned i = 0; i < 2; i++) {
        tm_arena *text = tm_arena_new(NULL), *arena = tm_arena_new(NULL);
        const tm_zipkin_options options = {.format = TM_ZIPKIN_JSON};
        const unsigned count = 20000u << i;
        tm_text request, error;
        tm_arena_set_secret(arena, (tm_secret){{1, 2}});
        assert_true(tm_zipkin_translate(arena, &options, many(text, count), &request, &error));
        assert_int_equal(tm_split_count(request), count);
        used[i] = tm_arena_used(arena);
        tm_arena_free(arena);
        tm_arena_free(text);
    }
    assert_true(used[1] < 3 * used[0]);
}

typedef struct attempt {
    tm_arena *arena;
    bool ok;
} attempt;

static void translate(void *argument)
{
    attempt *a = argument;
    const tm_zipkin_options options = {.format = TM_ZIPKIN_JSON};
    tm_text request, error;
    a->ok = tm_zipkin_translate(
        a->arena, &options,
        TM_TEXT("[{" IDS
                ",\"name\":\"\\u00e4\",\"tags\":{\"a\":\"b\"},\"annotations\":[{\"timestamp\":1,"
                "\"value\":\"a|{\\\"b\\\":1}|0\"}]}]"),
        &request, &error);
}

static bool try_translation(void *owner, const tm_heap *heap)
{
    (void)owner;
    attempt a = {.arena = tm_arena_new(heap)};
    bool ok = a.arena && tm_arena_try(a.arena, translate, &a) && a.ok;
    tm_arena_free(a.arena);
    return ok;
}

static void out_of_memory_gives_everything_back(void **state)
{
    (void)state;
    assert_true(short_heap_each(try_translation, NULL) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_of_json_becomes_one_of_otlp),
        cmocka_unit_test(spans_of_one_service_become_one_resource_whatever_stands_between_them),
        cmocka_unit_test(of_a_tag_given_twice_the_last_counts),
        cmocka_unit_test(tags_that_look_like_numbers_and_bools_become_such_when_asked_for),
        cmocka_unit_test(addresses_are_written_as_go_writes_them),
        cmocka_unit_test(what_is_no_list_of_spans_is_refused_with_its_place),
        cmocka_unit_test(one_span_without_a_list_is_for_recordings),
        cmocka_unit_test(a_span_of_protobuf_becomes_one_of_otlp),
        cmocka_unit_test(bad_protobuf_is_refused_with_its_place),
        cmocka_unit_test(annotations_of_v1_tell_kind_service_and_times),
        cmocka_unit_test(a_span_of_v1_without_any_time_happens_now),
        cmocka_unit_test(ids_of_v1_are_16_or_32_digits),
        cmocka_unit_test(many_services_and_scopes_take_no_more_memory_each),
        cmocka_unit_test(out_of_memory_gives_everything_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
