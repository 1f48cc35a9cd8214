/* Paths: reading (reference 3.1, 3.3-3.7), writing (3.2) and clearing (4.10).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

/* --- keys and targets --- */

enum { KEYS_MOST = 4 };

/* A target under construction: path, then up to four keys. Ends at a key that is nil. */
typedef struct aim {
    tm_key key[KEYS_MOST];
    tm_target target;
} aim;

static aim aim_at(tm_level level, const char *dotted, unsigned n, const tm_value *keys)
{
    aim a = {.target = {.path = path_named(level, dotted), .keys = n, .slot = -1}};
    for (unsigned i = 0; i < n; i++)
        a.key[i].value = keys[i];
    return a;
}

/* span.attributes with the keys; "a" and "b" go through their slots. */
static aim attribute(unsigned n, const tm_value *keys)
{
    aim a = aim_at(TM_SPAN, "attributes", n, keys);
    if (n && tm_text_is(tm_value_text(keys[0]), "a"))
        a.target.slot = SLOT_A;
    if (n && tm_text_is(tm_value_text(keys[0]), "b"))
        a.target.slot = SLOT_B;
    return a;
}

#define KEYS(...) (sizeof((tm_value[]){__VA_ARGS__}) / sizeof(tm_value)), (tm_value[]){__VA_ARGS__}
#define AT(...) attribute(KEYS(__VA_ARGS__))
#define FIELD(dotted) aim_at(TM_SPAN, dotted, 0, NULL)

static bool get(stage *s, aim a, tm_value *out)
{
    a.target.key = a.key;
    return tm_path_get(&s->vm, &a.target, out);
}

static bool set(stage *s, aim a, tm_value v)
{
    a.target.key = a.key;
    return tm_path_set(&s->vm, &a.target, v);
}

static bool clear(stage *s, aim a)
{
    a.target.key = a.key;
    return tm_path_clear(&s->vm, &a.target);
}

static tm_value got(stage *s, aim a)
{
    tm_value out;
    if (!get(s, a, &out))
        fail_msg("%.*s", TM_PRI(s->vm.error));
    return out;
}

static void assert_refused(stage *s, bool done, const char *why)
{
    assert_false(done);
    assert_text(s->vm.error, why);
}

/* {"a": {"k": [1, nil, "x"]}, "e": empty} */
static void put_sample(stage *s)
{
    const tm_value items[] = {tm_int(1), tm_nil(), str("x")};
    tm_value list = list_of(s->request, TM_DATA, 3, items);
    assert_true(set(s, AT(str("a")), map_of(s->request, TM_DATA, "k", list)));
    assert_true(set(s, AT(str("e")), tm_nil()));
}

/* --- reading --- */

static void keys_descend_through_maps_and_lists(void **state)
{
    stage *s = *state;
    put_sample(s);
    assert_json(s, got(s, AT(str("a"))), "{\"k\":[1,null,\"x\"]}");
    assert_json(s, got(s, AT(str("a"), str("k"), tm_int(2))), "\"x\"");
    assert_json(s, got(s, AT(str("a"), str("k"), tm_int(1))), "null");
}

static void an_absent_key_is_nil_whatever_follows(void **state)
{
    stage *s = *state;
    put_sample(s);
    assert_json(s, got(s, AT(str("b"))), "null");
    assert_json(s, got(s, AT(str("b"), tm_int(9), str("x"))), "null");
    assert_json(s, got(s, AT(str("a"), str("no"), tm_int(-1))), "null");
    assert_json(s, got(s, AT(str("no"), str("x"), tm_duration(1))), "null");
    assert_json(s, got(s, aim_at(TM_SPAN, "cache", KEYS(str("x"), tm_int(1)))), "null");
}

static void keys_that_do_not_fit_are_errors(void **state)
{
    stage *s = *state;
    tm_value out;
    put_sample(s);
    assert_refused(s, get(s, AT(str("e"), str("x")), &out), "type nil does not support string indexing");
    assert_refused(s, get(s, AT(str("a"), str("k"), tm_int(0), tm_int(0)), &out),
                   "type int64 does not support int indexing");
    assert_refused(s, get(s, AT(str("a"), tm_int(0)), &out),
                   "could not resolve key for map/slice, expecting 'string' but got 'int64'");
    assert_refused(s, get(s, AT(str("a"), str("k"), str("0")), &out),
                   "could not resolve key for map/slice, expecting 'int64' but got 'string'");
    assert_refused(s, get(s, AT(str("a"), str("k"), tm_int(3)), &out), "index 3 out of bounds");
    assert_refused(s, get(s, AT(str("a"), str("k"), tm_int(-1)), &out), "index -1 out of bounds");
}

static void dynamic_keys_come_from_registers(void **state)
{
    stage *s = *state;
    aim a = attribute(0, NULL);
    tm_value out;
    put_sample(s);
    a.target.keys = 2;
    a.key[0] = (tm_key){.dynamic = true, .reg = 1};
    a.key[1] = (tm_key){.value = str("k")};
    s->vm.r[1] = str("a");
    assert_json(s, got(s, a), "[1,null,\"x\"]");
    s->vm.r[1] = tm_double(1);
    assert_refused(s, get(s, a, &out), "could not resolve key for map/slice, expecting 'string' but got 'float64'");
    s->vm.r[1] = tm_nil();
    assert_false(get(s, a, &out));
}

static void indexing_a_result_is_strict(void **state)
{
    stage *s = *state;
    const tm_value one = tm_int(1), map = map_of(s->request, TM_DATA, "k", one);
    const tm_value list = list_of(s->request, TM_STRINGS, 1, (tm_value[]){str("x")});
    tm_value out;
    assert_true(tm_value_index(&s->vm, map, str("k"), &out));
    assert_json(s, out, "1");
    assert_refused(s, tm_value_index(&s->vm, map, str("no"), &out), "key not found in map");
    assert_true(tm_value_index(&s->vm, list, tm_int(0), &out));
    assert_refused(s, tm_value_index(&s->vm, list, tm_int(1), &out), "index 1 out of bounds");
    assert_refused(s, tm_value_index(&s->vm, tm_nil(), str("k"), &out), "type nil does not support string indexing");
    assert_refused(s, tm_value_index(&s->vm, str("s"), one, &out), "type string does not support int indexing");
}

static void a_byte_is_an_int_that_equals_nothing(void **state)
{
    stage *s = *state;
    tm_value out, stored = tm_nil();
    assert_true(tm_value_index(&s->vm, tm_bytes_value(TM_TEXT("\377")), tm_int(0), &out));
    assert_false(tm_value_compare(TM_IS_EQ, out, tm_int(255)));
    assert_false(tm_value_compare(TM_IS_EQ, out, out));
    assert_true(tm_value_to_data(&s->vm, out, &stored));
    assert_json(s, stored, "255");
    assert_int_equal(stored.type, TM_INT);
}

/* --- writing attributes --- */

static void slots_and_the_open_map_agree(void **state)
{
    stage *s = *state;
    assert_true(set(s, AT(str("a")), tm_int(1)));
    assert_true(set(s, AT(str("z")), tm_int(2)));
    assert_true(set(s, AT(str("a")), tm_int(3)));
    assert_true(set(s, AT(str("b")), tm_int(4)));
    assert_json(s, got(s, AT(str("a"))), "3");
    assert_json(s, got(s, attribute(0, NULL)), "{\"a\":3,\"b\":4,\"z\":2}");
    assert_true(tm_item_is_edited(&s->item[TM_SPAN]));
}

static void what_is_missing_on_the_way_is_created(void **state)
{
    stage *s = *state;
    assert_true(set(s, AT(str("b"), str("y"), str("z")), tm_int(1)));
    assert_json(s, got(s, AT(str("b"))), "{\"y\":{\"z\":1}}");
    assert_true(set(s, AT(str("ll"), tm_int(2)), tm_int(1)));
    assert_json(s, got(s, AT(str("ll"))), "[null,null,1]");
    assert_true(set(s, AT(str("one"), tm_int(-1)), tm_int(1)));
    assert_json(s, got(s, AT(str("one"))), "[1]");
    assert_true(set(s, AT(str("new"), str("x")), tm_nil()));
    assert_json(s, got(s, AT(str("new"))), "{\"x\":null}");
}

static void lists_are_not_extended_and_scalars_not_entered(void **state)
{
    stage *s = *state;
    put_sample(s);
    assert_refused(s, set(s, AT(str("a"), str("k"), tm_int(3)), tm_int(1)), "index 3 out of bounds");
    assert_refused(s, set(s, AT(str("a"), str("k"), tm_int(0), str("x")), tm_int(1)),
                   "type int64 does not support string indexing");
    assert_refused(s, set(s, AT(str("new"), tm_double(1)), tm_int(1)),
                   "an index must be string or int64 but is float64");
    assert_json(s, got(s, attribute(0, NULL)), "{\"a\":{\"k\":[1,null,\"x\"]},\"e\":null,\"new\":null}");
}

static void a_huge_index_is_refused_before_memory_runs_out(void **state)
{
    stage *s = *state;
    assert_false(set(s, AT(str("b"), tm_int(65536)), tm_int(1)));
    assert_text(s->vm.error, "index 65536 is above 65535, the most that a new list is padded to");
    assert_true(set(s, AT(str("b"), tm_int(65535)), tm_int(1)));
    assert_int_equal(got(s, AT(str("b"))).list->n, 65536);
}

static void what_cannot_be_stored_leaves_an_empty_entry_or_the_old_one(void **state)
{
    stage *s = *state;
    const tm_value bad = tm_duration(1);
    assert_refused(s, set(s, AT(str("a")), bad),
                   "unsupported type time.Duration for set operation; current value type is nil");
    assert_false(set(s, AT(str("x"), str("y")), bad));
    assert_true(set(s, AT(str("b")), tm_int(1)));
    assert_false(set(s, AT(str("b")), bad));
    assert_false(set(s, AT(str("x"), str("y")), (tm_value){.type = TM_NATIVE_INT}));
    assert_json(s, got(s, attribute(0, NULL)), "{\"a\":null,\"b\":1,\"x\":{\"y\":null}}");
}

static void of_a_list_literal_only_the_last_error_counts(void **state)
{
    stage *s = *state;
    const tm_value bad_first[] = {tm_duration(1), tm_int(1)}, bad_last[] = {tm_int(1), tm_duration(1)};
    assert_true(set(s, AT(str("a")), list_of(s->request, TM_LITERAL, 2, bad_first)));
    assert_json(s, got(s, AT(str("a"))), "[null,1]");
    assert_false(set(s, AT(str("b")), list_of(s->request, TM_LITERAL, 2, bad_last)));
    assert_json(s, got(s, AT(str("b"))), "[1,null]");
}

static void collections_are_copied_to_all_depths_as_data(void **state)
{
    stage *s = *state;
    tm_value inner = list_of(s->request, TM_DATA, 1, (tm_value[]){tm_int(1)});
    tm_value split = list_of(s->request, TM_STRINGS, 1, (tm_value[]){str("x")});
    const tm_value items[] = {inner, split};
    assert_true(set(s, AT(str("a")), list_of(s->request, TM_LITERAL, 2, items)));
    inner.list->item[0] = tm_int(2);
    assert_json(s, got(s, AT(str("a"))), "[[1],[\"x\"]]");
    assert_int_equal(got(s, AT(str("a"), tm_int(1))).form, TM_DATA);
    assert_true(set(s, AT(str("b")), map_of(s->request, TM_NATIVE, "p", (tm_value){.type = TM_NATIVE_INT, .integer = 80})));
    assert_int_equal(got(s, AT(str("b"), str("p"))).type, TM_INT);
}

static void a_map_may_replace_what_it_is_part_of(void **state)
{
    stage *s = *state;
    put_sample(s);
    assert_true(set(s, AT(str("e")), got(s, attribute(0, NULL))));
    assert_json(s, got(s, AT(str("e"))), "{\"a\":{\"k\":[1,null,\"x\"]},\"e\":{}}");
    assert_true(set(s, AT(str("e")), got(s, AT(str("e"), str("a")))));
    assert_json(s, got(s, AT(str("e"))), "{\"k\":[1,null,\"x\"]}");
    assert_true(set(s, attribute(0, NULL), got(s, AT(str("e")))));
    assert_json(s, got(s, attribute(0, NULL)), "{\"k\":[1,null,\"x\"]}");
}

static void a_whole_map_takes_maps_and_nil(void **state)
{
    stage *s = *state;
    const aim cache = aim_at(TM_SPAN, "cache", 0, NULL);
    assert_true(set(s, attribute(0, NULL), map_of(s->request, TM_NATIVE, "k", tm_int(1))));
    assert_json(s, got(s, attribute(0, NULL)), "{\"k\":1}");
    assert_refused(s, set(s, attribute(0, NULL), tm_int(1)),
                   "unsupported type provided for setting a pcommon.Map: int64");
    assert_true(set(s, attribute(0, NULL), tm_nil()));
    assert_json(s, got(s, attribute(0, NULL)), "{}");
    assert_true(set(s, cache, map_of(s->request, TM_DATA, "k", tm_int(1))));
    assert_true(set(s, aim_at(TM_SPAN, "cache", KEYS(str("l"))), tm_int(2)));
    assert_json(s, got(s, cache), "{\"k\":1,\"l\":2}");
    assert_true(set(s, cache, tm_nil()));
    assert_json(s, got(s, cache), "{}");
}

/* --- maps and lists to be changed --- */

static void the_map_behind_a_path_is_changed_in_place(void **state)
{
    stage *s = *state;
    aim a = AT(str("a")), none = AT(str("b")), scalar = AT(str("a"), str("k"));
    tm_map *map;
    put_sample(s);
    a.target.key = a.key;
    none.target.key = none.key;
    scalar.target.key = scalar.key;
    assert_true(tm_path_map(&s->vm, &a.target, &map));
    tm_map_put(s->request, map, TM_TEXT("new"), tm_int(1));
    assert_json(s, got(s, AT(str("a"), str("new"))), "1");
    assert_refused(s, tm_path_map(&s->vm, &none.target, &map), "expected pcommon.Map but got nil");
    assert_refused(s, tm_path_map(&s->vm, &scalar.target, &map), "expected pcommon.Map but got pcommon.Slice");
    tm_value list;
    assert_true(tm_path_list(&s->vm, &scalar.target, &list));
    assert_refused(s, tm_path_list(&s->vm, &a.target, &list), "expected pcommon.Slice but got pcommon.Map");
}

/* What was read keeps its bytes until something under it changes. */
static void entries_on_the_way_to_a_change_forget_their_bytes(void **state)
{
    stage *s = *state;
    put_sample(s);
    tm_map *all = tm_item_attributes(&s->item[TM_SPAN]);
    tm_entry *a = tm_map_find(all, TM_TEXT("a")), *e = tm_map_find(all, TM_TEXT("e"));
    tm_entry *k = tm_map_find(a->value.map, TM_TEXT("k"));
    a->raw = e->raw = k->raw = TM_TEXT("bytes");
    assert_true(set(s, AT(str("a"), str("k"), tm_int(0)), tm_int(2)));
    assert_null(a->raw.p);
    assert_null(k->raw.p);
    assert_non_null(e->raw.p);
    aim map = AT(str("a"));
    tm_map *opened;
    a->raw = TM_TEXT("bytes");
    map.target.key = map.key;
    assert_true(tm_path_map(&s->vm, &map.target, &opened));
    assert_null(a->raw.p);
}

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
    assert_refused(s, set(s, FIELD("span_id.string"), str("0102")), "span ids must be 16 hex characters");
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
    assert_true(set(s, aim_at(TM_SCOPE, "name", 0, NULL), str("lib")));
    assert_true(set(s, aim_at(TM_RESOURCE, "schema_url", 0, NULL), str("https://x")));
    assert_true(set(s, aim_at(TM_EVENT, "time_unix_nano", 0, NULL), tm_int(7)));
    assert_text(tm_value_text(tm_item_field(&s->item[TM_SCOPE], TM_SCOPE_NAME)), "lib");
    assert_text(tm_value_text(tm_item_field(&s->item[TM_RESOURCE], TM_SCHEMA_URL)), "https://x");
    assert_int_equal(tm_item_field(&s->item[TM_EVENT], TM_EVENT_TIME).integer, 7);
    assert_false(tm_item_is_edited(&s->item[TM_SPAN]));
}

static void the_index_of_an_event_is_not_known(void **state)
{
    stage *s = *state;
    tm_value out;
    assert_false(get(s, aim_at(TM_EVENT, "event_index", 0, NULL), &out));
    assert_false(set(s, aim_at(TM_EVENT, "event_index", 0, NULL), tm_int(1)));
}

/* --- trace state --- */

static aim state_key(const char *key)
{
    return aim_at(TM_SPAN, "trace_state", 1, (tm_value[]){str(key)});
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
    static const char *const bad[] = {"k",        "k=",       "=v",   "K=v",     "k=v,k=w", "k=a=b", "k=v\x01", "1k=v",
                                      "k =v",     "a@b@c=v",  "@s=v", "a@=v",    "a@1=v",   " ,k=v", "k=\xc3\xa9",
                                      "abc@abcdefghijklmno=v"};
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
    aim number = aim_at(TM_SPAN, "trace_state", KEYS(tm_int(0))), dynamic = state_key("k");
    tm_value out;
    dynamic.key[0] = (tm_key){.dynamic = true, .reg = 0};
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
    assert_json(s, got(s, aim_at(TM_LEVELS, "client.addr", 0, NULL)), "null");
    assert_json(s, got(s, aim_at(TM_LEVELS, "client.metadata", 0, NULL)), "{}");
    assert_json(s, got(s, aim_at(TM_LEVELS, "client.metadata", KEYS(str("x"), tm_int(3)))), "null");
    assert_json(s, got(s, aim_at(TM_LEVELS, "client.auth.attributes", KEYS(str("x")))), "null");
    assert_json(s, got(s, aim_at(TM_LEVELS, "grpc.metadata", 0, NULL)), "{}");
}

static void headers_are_lists_of_strings(void **state)
{
    static const tm_metadata headers[] = {{{"x-a", 3}, {"1", 1}}, {{"x-b", 3}, {"2", 1}}, {{"x-a", 3}, {"3", 1}}};
    const tm_client client = {.address = TM_TEXT("10.0.0.1"), .header = headers, .headers = 3};
    stage *s = *state;
    tm_value out;
    s->vm.client = &client;
    assert_json(s, got(s, aim_at(TM_LEVELS, "client.addr", 0, NULL)), "\"10.0.0.1\"");
    assert_json(s, got(s, aim_at(TM_LEVELS, "client.metadata", 0, NULL)), "{\"x-a\":[\"1\",\"3\"],\"x-b\":[\"2\"]}");
    assert_json(s, got(s, aim_at(TM_LEVELS, "client.metadata", KEYS(str("X-A"), tm_int(1)))), "\"3\"");
    assert_refused(s, get(s, aim_at(TM_LEVELS, "client.metadata", KEYS(str("x-a"), tm_int(2))), &out),
                   "index 2 out of bounds");
    assert_json(s, got(s, aim_at(TM_LEVELS, "grpc.metadata", 0, NULL)), "{}");
    assert_refused(s, set(s, aim_at(TM_LEVELS, "client.addr", 0, NULL), str("x")), "client.addr cannot be set");
    assert_false(set(s, aim_at(TM_LEVELS, "client.metadata", KEYS(str("x"))), str("x")));
}

/* --- clear --- */

static void clear_sets_the_zero_value_of_the_type(void **state)
{
    static const char zeros[] = "{\"b\":false,\"d\":0,\"i\":0,\"l\":[],\"m\":{},\"n\":null,\"s\":\"\"}";
    stage *s = *state;
    const struct {
        const char *key;
        tm_value value;
    } all[] = {{"s", str("x")}, {"i", tm_int(1)}, {"d", tm_double(1)}, {"b", tm_bool(true)},
               {"l", list_of(s->request, TM_DATA, 1, (tm_value[]){tm_nil()})},
               {"m", map_of(s->request, TM_DATA, "k", tm_nil())}};
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(set(s, AT(str(all[i].key)), all[i].value));
        assert_true(clear(s, AT(str(all[i].key))));
    }
    assert_true(clear(s, AT(str("n"))));
    assert_json(s, got(s, attribute(0, NULL)), zeros);
    assert_true(clear(s, attribute(0, NULL)));
    assert_json(s, got(s, attribute(0, NULL)), "{}");
}

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
        TEST_ON_STAGE(keys_descend_through_maps_and_lists),
        TEST_ON_STAGE(an_absent_key_is_nil_whatever_follows),
        TEST_ON_STAGE(keys_that_do_not_fit_are_errors),
        TEST_ON_STAGE(dynamic_keys_come_from_registers),
        TEST_ON_STAGE(indexing_a_result_is_strict),
        TEST_ON_STAGE(a_byte_is_an_int_that_equals_nothing),
        TEST_ON_STAGE(slots_and_the_open_map_agree),
        TEST_ON_STAGE(what_is_missing_on_the_way_is_created),
        TEST_ON_STAGE(lists_are_not_extended_and_scalars_not_entered),
        TEST_ON_STAGE(a_huge_index_is_refused_before_memory_runs_out),
        TEST_ON_STAGE(what_cannot_be_stored_leaves_an_empty_entry_or_the_old_one),
        TEST_ON_STAGE(of_a_list_literal_only_the_last_error_counts),
        TEST_ON_STAGE(collections_are_copied_to_all_depths_as_data),
        TEST_ON_STAGE(a_map_may_replace_what_it_is_part_of),
        TEST_ON_STAGE(a_whole_map_takes_maps_and_nil),
        TEST_ON_STAGE(the_map_behind_a_path_is_changed_in_place),
        TEST_ON_STAGE(entries_on_the_way_to_a_change_forget_their_bytes),
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
        TEST_ON_STAGE(clear_sets_the_zero_value_of_the_type),
        TEST_ON_STAGE(clear_of_fields_is_what_the_reference_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
