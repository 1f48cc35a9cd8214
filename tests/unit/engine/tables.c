/* Tables: look-ups in large maps while rules give back what they make on their way.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Under the address sanitizer what was given back is poisoned, which a table that went with it
 * would show. */
#include "judged.h"

#include "base/clock.h"
#include "engine/judge_inside.h"
#include "otlp/otlp_json_read.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { KEYS = 60 };

/* A span with so many attributes k00, k01, ... */
static tm_text large_span(tm_arena *arena)
{
    tm_buf pairs = {.arena = arena};
    for (unsigned i = 0; i < KEYS; i++)
        tm_buf_print(&pairs, "%sk%02u=v", i ? ";" : "", i);
    tm_buf_add_char(&pairs, 0);
    return judged_request(arena, "a=b", judged_span(arena, "GET", pairs.p));
}

static void judge_by(const char *statements, uint32_t spans_out)
{
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    judged_transform(&r, TM_IN_SPAN, TM_MODE_PROPAGATE, "", statements);
    judged_filter(&r, TM_SPAN, TM_MODE_PROPAGATE, "attributes[\"all\"] != 62");
    tm_ruleset *ruleset = judged_compile(&r, NULL);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_outcome o;
    assert_non_null(ruleset);
    for (int again = 0; again < 3; again++) {
        assert_true(tm_judge_request(judge, ruleset, large_span(arena), NULL, TM_UTF8_MEND, &o));
        assert_int_equal(o.status, TM_JUDGED);
        assert_int_equal(o.spans_out, spans_out);
    }
    tm_judge_free(judge);
    tm_ruleset_unref(ruleset);
    tm_arena_free(arena);
}

#define FOUND(map) "Len(Filter(Keys(" map "), (_, k) => " map "[k] != nil))"

static void tables_outlive_what_lambdas_give_back(void **state)
{
    (void)state;
    judge_by(
        "set(attributes[\"x\"], \"v\") where " FOUND(
            "attributes") " == 60;"
                          "set(attributes[\"y\"], \"v\") where " FOUND(
                              "attributes") " == 61;"
                                            "set(attributes[\"all\"], " FOUND(
                                                "attributes") ") where " FOUND("attributes") " == "
                                                                                             "62",
        1);
}

/* The map in the cache is made by one statement and grows beyond 32 entries by the others. */
static void tables_of_maps_that_rules_made_do_too(void **state)
{
    (void)state;
    judge_by("set(cache[\"m\"], {\"x\": 1});"
             "merge_maps(cache[\"m\"], attributes, \"insert\");"
             "set(cache[\"m\"][\"y\"], 1) where " FOUND(
                 "cache[\"m\"]") " == 61;"
                                 "set(attributes[\"all\"], " FOUND("cache[\"m\"]") ") where " FOUND(
                                     "cache[\"m\"]") " == 62",
             1);
}

/* A span with an event, which has a list and a map as attributes. */
static tm_text span_with_event(tm_arena *arena)
{
    tm_text request, error;
    assert_true(tm_otlp_from_json(
        arena,
        TM_TEXT("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"events\":[{\"attributes\":["
                "{\"key\":\"list\",\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":1},"
                "{\"intValue\":2}]}}},{\"key\":\"map\",\"value\":{\"kvlistValue\":{\"values\":["
                "{\"key\":\"a\",\"value\":{\"boolValue\":true}}]}}}]}]}]}]}]}"),
        &request, &error));
    return request;
}

/* Each of the conditions holds, so the event goes; what the first step of a lambda decodes of the
 * event is there for the second one. */
static void what_lambdas_decode_of_events_stays(void **state)
{
    (void)state;
    const char *const conditions[] = {
        "All([1, 2, 3], (_, v) => Len(attributes[\"list\"]) == 2)",
        "All([1, 2, 3], (_, v) => Len(attributes) == 2 and attributes[\"map\"][\"a\"] == true)",
        "All([1, 2, 3], (_, v) => String(attributes[\"map\"]) == \"{\\\"a\\\":true}\")",
        "Len(Filter([1, 2], (_, v) => Any([3, 4], (_, w) => Len(attributes[\"list\"]) == v))) == 1",
        "Reduce([1, 2, 3], 0, (sum, _, v) => sum + Len(attributes[\"list\"])) == 6",
    };
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        tm_arena *arena = tm_arena_new(NULL);
        judged r = judged_of(arena);
        judged_filter(&r, TM_EVENT, TM_MODE_PROPAGATE, conditions[i]);
        tm_ruleset *ruleset = judged_compile(&r, NULL);
        tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
        assert_non_null(ruleset);
        tm_text left = judged_judge(arena, judge, ruleset, span_with_event(arena));
        assert_non_null(left.p);
        assert_in_range(left.n, 1, 16);
        tm_judge_free(judge);
        tm_ruleset_unref(ruleset);
        tm_arena_free(arena);
    }
}

/* Counts who asks for randomness, and gives none to tell of. */
static bool roll(void *owner, void *bytes, size_t n)
{
    memset(bytes, 7, n);
    return ++*(unsigned *)owner > 0;
}

static void every_judge_draws_a_secret(void **state)
{
    (void)state;
    unsigned asked = 0;
    tm_clock clock = *tm_clock_real();
    clock.random = roll;
    clock.owner = &asked;
    tm_judge *judge = tm_judge_new(NULL, &clock, NULL, NULL);
    assert_int_equal(asked, 1);
    const tm_secret *secret = tm_arena_secret(judge->arena);
    assert_non_null(secret);
    assert_int_equal(secret->key[0], 0x0707070707070707);
    assert_ptr_equal(tm_arena_secret(judge->scratch), secret);
    tm_judge_free(judge);
}

/* What look-ups in maps that rules make come to, where the VM of a judge makes them. */
static void maps_that_rules_make_have_tables(void **state)
{
    (void)state;
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_map *map = tm_map_new(judge->vm.arena, 0);
    const size_t n = 2000;
    for (size_t i = 0; i < n; i++)
        tm_map_put(judge->vm.arena, map, tm_arena_print(judge->arena, "%zu", i), tm_nil());
    assert_in_range(tm_map_looked(map), n, 20 * n);
    tm_judge_free(judge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_outlive_what_lambdas_give_back),
        cmocka_unit_test(tables_of_maps_that_rules_made_do_too),
        cmocka_unit_test(what_lambdas_decode_of_events_stays),
        cmocka_unit_test(every_judge_draws_a_secret),
        cmocka_unit_test(maps_that_rules_make_have_tables),
    };
    return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
