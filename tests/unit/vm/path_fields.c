/* Paths of fields, of the trace state and of the client: language.md 3.3 to 3.7.
 * SPDX-License-Identifier: Apache-2.0 */
#include "target_at.h"

/* --- fields --- */

static void fields_take_their_own_type_only(void **state)
{
    static const struct {
        const char *dotted, *refusal;
    } fields[] = {{"name", "expects string but got bool"},
                  {"kind", "expects int64 but got bool"},
                  {"kind.string", "expects string but got bool"},
                  {"start_time", "expects time.Time but got bool"},
                  {"trace_id", "expects pcommon.TraceID but got bool"},
                  {"span_id", "expects pcommon.SpanID but got bool"},
                  {"span_id.string", "expects string but got bool"},
                  {"flags", "expects int64 but got bool"},
                  {"trace_state", "expects string but got bool"},
                  {"status", "expects ptrace.Status but got bool"},
                  {"events", "expects ptrace.SpanEventSlice but got bool"},
                  {"links", "expects ptrace.SpanLinkSlice but got bool"}};
    stage *s = *state;
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++)
        assert_refused(s, set(s, FIELD(fields[i].dotted), tm_bool(true)), fields[i].refusal);
    assert_refused(s, set(s, FIELD("name"), tm_nil()), "setting a value to nil is not supported");
    assert_refused(s, set(s, FIELD("status"), tm_nil()), "setting a value to nil is not supported");
}

static void numbers_are_cut_to_their_width(void **state)
{
    stage *s = *state;
    assert_true(set(s, FIELD("kind"), tm_int(4294967295)));
    assert_json(s, got(s, FIELD("kind")), "-1");
    assert_true(set(s, FIELD("dropped_events_count"), tm_int(4294967298)));
    assert_json(s, got(s, FIELD("dropped_events_count")), "2");
    assert_true(set(s, FIELD("dropped_links_count"), tm_int(-1)));
    assert_json(s, got(s, FIELD("dropped_links_count")), "4294967295");
    assert_true(set(s, FIELD("flags"), tm_int(4294967295)));
    assert_json(s, got(s, FIELD("flags")), "4294967295");
    assert_refused(s, set(s, FIELD("flags"), tm_int(-1)), "value -1 is out of range for uint32");
    assert_false(set(s, FIELD("flags"), tm_int(4294967296)));
}

static void times_are_the_same_field_seen_otherwise(void **state)
{
    stage *s = *state;
    const tm_time t = {.seconds = 1, .nanoseconds = 5, .offset_seconds = 3600};
    assert_true(set(s, FIELD("start_time"), (tm_value){.type = TM_TIME, .time = &t}));
    assert_json(s, got(s, FIELD("start_time_unix_nano")), "1000000005");
    assert_json(s, got(s, FIELD("start_time")), "\"1970-01-01T00:00:01.000000005Z\"");
    assert_true(set(s, FIELD("end_time_unix_nano"), tm_int(-1)));
    assert_json(s, got(s, FIELD("end_time")), "\"1969-12-31T23:59:59.999999999Z\"");
}

static void ids_are_shown_and_taken_as_hex(void **state)
{
    stage *s = *state;
    assert_json(s, got(s, FIELD("trace_id.string")), "\"00000000000000000000000000000000\"");
    assert_true(set(s, FIELD("span_id.string"), str("0102030405060aFF")));
    assert_json(s, got(s, FIELD("span_id.string")), "\"0102030405060aff\"");
    assert_true(set(s, FIELD("parent_span_id"), got(s, FIELD("span_id"))));
    assert_json(s, got(s, FIELD("parent_span_id.string")), "\"0102030405060aff\"");
    assert_refused(s, set(s, FIELD("span_id.string"), str("0102")),
                   "span ids must be 16 hex characters");
    assert_refused(s, set(s, FIELD("trace_id.string"), str("0102030405060708090a0b0c0d0e0f1g")),
                   "trace ids must be 32 hex characters");
}

static void kinds_have_names_old_and_new(void **state)
{
    stage *s = *state;
    assert_json(s, got(s, FIELD("kind.string")), "\"Unspecified\"");
    assert_true(set(s, FIELD("kind.string"), str("Consumer")));
    assert_json(s, got(s, FIELD("kind")), "5");
    assert_true(set(s, FIELD("kind.deprecated_string"), str("SPAN_KIND_SERVER")));
    assert_json(s, got(s, FIELD("kind.string")), "\"Server\"");
    assert_json(s, got(s, FIELD("kind.deprecated_string")), "\"SPAN_KIND_SERVER\"");
    assert_true(set(s, FIELD("kind"), tm_int(6)));
    assert_json(s, got(s, FIELD("kind.string")), "\"\"");
    assert_refused(s, set(s, FIELD("kind.string"), str("server")), "unknown span kind \"server\"");
    assert_false(set(s, FIELD("kind.deprecated_string"), str("Server")));
}

static void status_events_and_links_are_wholes(void **state)
{
    stage *s = *state;
    const tm_value status = got(s, FIELD("status"));
    assert_int_equal(status.type, TM_STATUS);
    assert_ptr_equal(status.object, &s->item[TM_SPAN]);
    assert_true(set(s, FIELD("status"), status));
    assert_true(set(s, FIELD("events"), got(s, FIELD("events"))));
    assert_false(tm_item_is_edited(&s->item[TM_SPAN]));
    assert_refused(s, set(s, FIELD("events"), got(s, FIELD("links"))),
                   "expects ptrace.SpanEventSlice but got ptrace.SpanLinkSlice");
    assert_true(set(s, FIELD("links"), tm_nil()));
    assert_true(tm_item_is_edited(&s->item[TM_SPAN]));
}

static void paths_of_the_levels_above_lead_to_their_items(void **state)
{
    stage *s = *state;
    assert_true(set(s, make_target(TM_SCOPE, "name", 0, NULL), str("lib")));
    assert_true(set(s, make_target(TM_RESOURCE, "schema_url", 0, NULL), str("https://x")));
    assert_true(set(s, make_target(TM_EVENT, "time_unix_nano", 0, NULL), tm_int(7)));
    assert_text(tm_value_text(tm_item_field(&s->item[TM_SCOPE], TM_SCOPE_NAME)), "lib");
    assert_text(tm_value_text(tm_item_field(&s->item[TM_RESOURCE], TM_SCHEMA_URL)), "https://x");
    assert_int_equal(tm_item_field(&s->item[TM_EVENT], TM_EVENT_TIME).integer, 7);
    assert_false(tm_item_is_edited(&s->item[TM_SPAN]));
}

static void the_index_of_an_event_is_not_known(void **state)
{
    stage *s = *state;
    tm_value out;
    assert_false(get(s, make_target(TM_EVENT, "event_index", 0, NULL), &out));
    assert_false(set(s, make_target(TM_EVENT, "event_index", 0, NULL), tm_int(1)));
}

/* --- trace state --- */

static target_at state_key(const char *key)
{
    return make_target(TM_SPAN, "trace_state", 1, (tm_value[]){str(key)});
}

static void put_state(stage *s, const char *header)
{
    assert_true(set(s, FIELD("trace_state"), str(header)));
}

static void members_of_the_trace_state_are_read(void **state)
{
    stage *s = *state;
    put_state(s, "k1=v1,, \tt-1@s_*/=a b\t,");
    assert_json(s, got(s, state_key("k1")), "\"v1\"");
    assert_json(s, got(s, state_key("t-1@s_*/")), "\"a b\"");
    assert_json(s, got(s, state_key("zz")), "\"\"");
    put_state(s, "");
    assert_json(s, got(s, state_key("k1")), "\"\"");
}

static void of_an_invalid_trace_state_nothing_is_read_or_written(void **state)
{
    static const char *const bad[] = {"k",       "k=",      "=v",         "K=v",
                                      "k=v,k=w", "k=a=b",   "k=v\x01",    "1k=v",
                                      "k =v",    "a@b@c=v", "@s=v",       "a@=v",
                                      "a@1=v",   " ,k=v",   "k=\xc3\xa9", "abc@abcdefghijklmno=v"};
    stage *s = *state;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_state(s, bad[i]);
        if (got(s, state_key("k")).type != TM_NIL)
            fail_msg("\"%s\" should be invalid", bad[i]);
        assert_true(set(s, state_key("k"), str("new")));
        assert_text(tm_value_text(got(s, FIELD("trace_state"))), bad[i]);
    }
}

static void a_member_that_is_set_moves_to_the_front(void **state)
{
    stage *s = *state;
    put_state(s, "a=1 , b=2,c=3");
    assert_true(set(s, state_key("b"), str("x")));
    assert_json(s, got(s, FIELD("trace_state")), "\"b=x,a=1,c=3\"");
    assert_true(set(s, state_key("d"), str("y")));
    assert_json(s, got(s, FIELD("trace_state")), "\"d=y,b=x,a=1,c=3\"");
    assert_true(set(s, state_key("Bad"), str("y")));
    assert_true(set(s, state_key("e"), str("a,b")));
    assert_true(set(s, state_key("e"), str("a ")));
    assert_true(set(s, state_key("e"), str("")));
    assert_json(s, got(s, FIELD("trace_state")), "\"d=y,b=x,a=1,c=3\"");
    assert_refused(s, set(s, state_key("e"), tm_int(1)), "expects string but got int64");
}

static void of_33_members_the_last_one_falls_off(void **state)
{
    stage *s = *state;
    tm_buf header = {.arena = s->request};
    for (unsigned i = 0; i < 32; i++)
        tm_buf_print(&header, "%sk%u=v", i ? "," : "", i);
    assert_true(set(s, FIELD("trace_state"), tm_string(tm_buf_text(&header))));
    assert_true(set(s, state_key("k31"), str("w")));
    assert_json(s, got(s, state_key("k30")), "\"v\"");
    assert_true(set(s, state_key("new"), str("w")));
    assert_json(s, got(s, state_key("k30")), "\"\"");
    assert_json(s, got(s, state_key("k29")), "\"v\"");
    tm_buf_print(&header, ",k32=v");
    assert_true(set(s, FIELD("trace_state"), tm_string(tm_buf_text(&header))));
    assert_json(s, got(s, state_key("k1")), "null");
}

static void the_trace_state_takes_a_written_string_as_key(void **state)
{
    stage *s = *state;
    target_at number = make_target(TM_SPAN, "trace_state", KEYS(tm_int(0))),
              dynamic = state_key("k");
    tm_value out;
    dynamic.key[0] = (tm_path_key){.dynamic = true, .reg = 0};
    s->vm.r[0] = str("k");
    assert_refused(s, get(s, number, &out), "trace_state indexing type must be a string");
    assert_refused(s, get(s, dynamic, &out), "trace_state indexing type must be a string");
    put_state(s, "bad");
    assert_json(s, got(s, number), "null");
}

/* --- request metadata --- */

static void without_a_client_metadata_is_empty(void **state)
{
    stage *s = *state;
    assert_json(s, got(s, make_target(TM_LEVELS, "client.addr", 0, NULL)), "null");
    assert_json(s, got(s, make_target(TM_LEVELS, "client.metadata", 0, NULL)), "{}");
    assert_json(s, got(s, make_target(TM_LEVELS, "client.metadata", KEYS(str("x"), tm_int(3)))),
                "null");
    assert_json(s, got(s, make_target(TM_LEVELS, "client.auth.attributes", KEYS(str("x")))),
                "null");
    assert_json(s, got(s, make_target(TM_LEVELS, "grpc.metadata", 0, NULL)), "{}");
}

static void headers_are_lists_of_strings(void **state)
{
    static const tm_metadata headers[] = {
        {{"x-a", 3}, {"1", 1}}, {{"x-b", 3}, {"2", 1}}, {{"x-a", 3}, {"3", 1}}};
    const tm_client client = {.address = TM_TEXT("10.0.0.1"), .header = headers, .headers = 3};
    const tm_client hidden = {.grpc_header = headers, .grpc_headers = 2};
    stage *s = *state;
    tm_value out;
    s->vm.client = &client;
    assert_json(s, got(s, make_target(TM_LEVELS, "client.addr", 0, NULL)), "\"10.0.0.1\"");
    assert_json(s, got(s, make_target(TM_LEVELS, "client.metadata", 0, NULL)),
                "{\"x-a\":[\"1\",\"3\"],\"x-b\":[\"2\"]}");
    assert_json(s, got(s, make_target(TM_LEVELS, "client.metadata", KEYS(str("X-A"), tm_int(1)))),
                "\"3\"");
    assert_refused(
        s, get(s, make_target(TM_LEVELS, "client.metadata", KEYS(str("x-a"), tm_int(2))), &out),
        "index 2 out of bounds");
    assert_json(s, got(s, make_target(TM_LEVELS, "grpc.metadata", 0, NULL)), "{}");
    assert_refused(s, set(s, make_target(TM_LEVELS, "client.addr", 0, NULL), str("x")),
                   "client.addr cannot be set");
    assert_false(set(s, make_target(TM_LEVELS, "client.metadata", KEYS(str("x"))), str("x")));
    s->vm.client = &hidden; /* gRPC without include_metadata */
    assert_json(s, got(s, make_target(TM_LEVELS, "client.metadata", 0, NULL)), "{}");
    assert_json(s, got(s, make_target(TM_LEVELS, "grpc.metadata", KEYS(str("x-B"), tm_int(0)))),
                "\"2\"");
}

/* --- clear --- */

static void clear_of_fields_is_what_the_reference_does(void **state)
{
    stage *s = *state;
    assert_true(set(s, FIELD("name"), str("x")));
    assert_true(set(s, FIELD("span_id.string"), str("0102030405060708")));
    assert_true(clear(s, FIELD("name")));
    assert_true(clear(s, FIELD("span_id")));
    assert_json(s, got(s, FIELD("name")), "\"\"");
    assert_json(s, got(s, FIELD("span_id.string")), "\"0000000000000000\"");
    assert_true(clear(s, FIELD("start_time")));
    assert_true((uint64_t)got(s, FIELD("start_time_unix_nano")).integer == 11651379494838206464u);
    assert_true(clear(s, FIELD("status")));
    assert_false(clear(s, FIELD("events")));
    assert_false(clear(s, FIELD("links")));
    assert_false(clear(s, FIELD("kind.string")));
    assert_false(clear(s, FIELD("trace_id.string")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(fields_take_their_own_type_only),
        TEST_ON_STAGE(numbers_are_cut_to_their_width),
        TEST_ON_STAGE(times_are_the_same_field_seen_otherwise),
        TEST_ON_STAGE(ids_are_shown_and_taken_as_hex),
        TEST_ON_STAGE(kinds_have_names_old_and_new),
        TEST_ON_STAGE(status_events_and_links_are_wholes),
        TEST_ON_STAGE(paths_of_the_levels_above_lead_to_their_items),
        TEST_ON_STAGE(the_index_of_an_event_is_not_known),
        TEST_ON_STAGE(members_of_the_trace_state_are_read),
        TEST_ON_STAGE(of_an_invalid_trace_state_nothing_is_read_or_written),
        TEST_ON_STAGE(a_member_that_is_set_moves_to_the_front),
        TEST_ON_STAGE(of_33_members_the_last_one_falls_off),
        TEST_ON_STAGE(the_trace_state_takes_a_written_string_as_key),
        TEST_ON_STAGE(without_a_client_metadata_is_empty),
        TEST_ON_STAGE(headers_are_lists_of_strings),
        TEST_ON_STAGE(clear_of_fields_is_what_the_reference_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
