/* Intake: bytes in, verdicts out, without any network: exporters' senders answer as the tests say.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pipe/taking.h"

#include "tests/unit/short_heap.h"

static const char *const no_rules[] = {"", ""};

/* --- tests --- */

static void each_pipeline_gets_what_its_rules_let_through(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL, (const char *const[]){"name == \"first\"", ""}, false, false);
    assert_null(take(&w, 5, TM_TEXT("")));
    check_verdict(&w, TM_STATUS_OK, 0, 5, "");
    check_counted(&w, 5, 0, 0);
    turn(&w);
    assert_int_equal(w.backend[0].spans, 4);
    assert_int_equal(w.backend[1].spans, 5);
    assert_null(take(&w, 1, TM_TEXT(""))); /* nothing is left for the first one */
    check_verdict(&w, TM_STATUS_OK, 0, 1, "");
    check_counted(&w, 6, 0, 0);
    assert_null(take(&w, 0, TM_TEXT(""))); /* no span at all is fine */
    check_verdict(&w, TM_STATUS_OK, 0, 0, "");
    turn(&w);
    assert_int_equal(w.backend[0].batches, 1);
    assert_int_equal(w.backend[1].batches, 2);
    close_world(&w);
}

static void what_is_no_otlp_counts_no_spans(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL, no_rules, false, true);
    assert_non_null(take(&w, 0, TM_TEXT("\x0a\x7f"))); /* longer than there is */
    turn(&w);
    assert_int_equal(w.told.times, 1);
    assert_int_equal(w.told.verdict.status.code, TM_STATUS_INVALID_ARGUMENT);
    assert_int_equal(w.told.verdict.why, TM_REFUSAL_DATA);
    assert_true(w.told.message[0] != 0);
    check_counted(&w, 0, 0, 0);
    close_world(&w);
}

static void a_rule_that_fails_refuses_for_its_pipeline_alone(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL, (const char *const[]){"Int(Substring(name, 0, 99)) == 1", ""}, false,
               false);
    assert_null(take(&w, 2, TM_TEXT("")));
    assert_int_equal(w.told.times, 1);
    assert_int_equal(w.told.verdict.status.code, TM_STATUS_UNAVAILABLE);
    assert_int_equal(w.told.verdict.why, TM_REFUSAL_RULE);
    turn(&w);
    assert_int_equal(w.backend[0].batches, 0);
    assert_int_equal(w.backend[1].spans, 2);
    close_world(&w);
}

static void a_full_queue_refuses_until_it_has_room(void **state)
{
    (void)state;
    const tm_queue_settings queue = {.enabled = true, .consumers = 1, .size = 1};
    world w;
    open_world(&w, &queue, no_rules, false, false);
    w.backend[1].holds = true;
    assert_null(take(&w, 3, TM_TEXT("")));
    check_verdict(&w, TM_STATUS_OK, 0, 3, "");
    turn(&w);
    assert_null(take(&w, 2, TM_TEXT("")));
    check_verdict(&w, TM_STATUS_UNAVAILABLE, TM_REFUSAL_QUEUE, 2, "the sending queue is full");
    assert_int_equal(w.told.verdict.status.retry_after_ms, 1000);
    check_counted(&w, 3, 2, 0);
    turn(&w);
    assert_int_equal(w.backend[0].spans, 5); /* which had room */
    answer_last(&w.backend[1], TM_STATUS_OK);
    turn(&w);
    assert_null(take(&w, 4, TM_TEXT("")));
    check_verdict(&w, TM_STATUS_OK, 0, 4, "");
    check_counted(&w, 7, 2, 0);
    close_world(&w);
}

/* The verdict is known, and the spans are counted, when the last exporter has answered. */
static void clients_that_wait_get_the_worst_answer(void **state)
{
    (void)state;
    static const struct {
        tm_status_code first, second, worst;
    } rows[] = {
        {TM_STATUS_OK, TM_STATUS_OK, TM_STATUS_OK},
        {TM_STATUS_UNAVAILABLE, TM_STATUS_OK, TM_STATUS_UNAVAILABLE},
        {TM_STATUS_OK, TM_STATUS_UNAVAILABLE, TM_STATUS_UNAVAILABLE},
        {TM_STATUS_UNAVAILABLE, TM_STATUS_INVALID_ARGUMENT, TM_STATUS_INVALID_ARGUMENT},
        {TM_STATUS_INVALID_ARGUMENT, TM_STATUS_UNAVAILABLE, TM_STATUS_INVALID_ARGUMENT},
    };
    const tm_queue_settings queue = {
        .enabled = true, .consumers = 9, .size = 9, .wait_for_result = true};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world w;
        open_world(&w, &queue, no_rules, true, true);
        w.backend[0].holds = w.backend[1].holds = true;
        assert_non_null(take(&w, 2, TM_TEXT("")));
        turn(&w);
        answer_last(&w.backend[i % 2], i % 2 ? rows[i].second : rows[i].first);
        turn(&w);
        assert_int_equal(w.told.times, 0);
        check_counted(&w, 0, 0, 0);
        answer_last(&w.backend[!(i % 2)], i % 2 ? rows[i].first : rows[i].second);
        turn(&w);
        check_verdict(&w, rows[i].worst, TM_REFUSAL_EXPORTER, 2,
                      "the backend did not take the spans");
        if (rows[i].worst == TM_STATUS_OK)
            check_counted(&w, 2, 0, 0);
        else
            check_counted(&w, 0, 2, 0);
        close_world(&w);
    }
}

static void only_those_pipelines_are_waited_for_that_ask_for_it(void **state)
{
    (void)state;
    const tm_queue_settings queue = {
        .enabled = true, .consumers = 9, .size = 9, .wait_for_result = true};
    world w;
    open_world(&w, &queue, no_rules, false, true);
    w.backend[0].holds = true;
    assert_non_null(take(&w, 2, TM_TEXT("")));
    assert_int_equal(w.told.times, 0); /* never before take returns */
    turn(&w);
    check_verdict(&w, TM_STATUS_OK, 0, 2, "");
    check_counted(&w, 2, 0, 0);
    close_world(&w);
}

/* Our own refusal comes first, but what has gone out is waited for. */
static void a_full_queue_and_an_exporter_that_is_waited_for(void **state)
{
    (void)state;
    const tm_queue_settings queue = {
        .enabled = true, .consumers = 1, .size = 1, .wait_for_result = true};
    world w;
    open_world(&w, &queue, no_rules, true, true);
    w.backend[0].holds = w.backend[1].holds = true;
    tm_pending_reply *first = take(&w, 1, TM_TEXT(""));
    assert_non_null(first);
    turn(&w);
    answer_last(&w.backend[1], TM_STATUS_OK); /* the second queue has room again */
    turn(&w);
    assert_non_null(take(&w, 2, TM_TEXT(""))); /* the first one's verdict comes here, too */
    turn(&w);
    assert_int_equal(w.told.times, 0);
    answer_last(&w.backend[1], TM_STATUS_UNAVAILABLE);
    turn(&w);
    check_verdict(&w, TM_STATUS_UNAVAILABLE, TM_REFUSAL_QUEUE, 2, "the sending queue is full");
    check_counted(&w, 0, 2, 0);
    answer_last(&w.backend[0], TM_STATUS_OK);
    turn(&w);
    assert_int_equal(w.told.times, 2);
    check_counted(&w, 1, 2, 0);
    close_world(&w);
}

static void a_client_that_leaves_takes_what_waits_for_room_along(void **state)
{
    (void)state;
    const tm_queue_settings queue = {
        .enabled = true, .consumers = 1, .size = 1, .block_on_overflow = true};
    world w;
    open_world(&w, &queue, no_rules, true, true);
    w.backend[0].holds = w.backend[1].holds = true;
    assert_non_null(take(&w, 1, TM_TEXT("")));
    turn(&w);
    check_verdict(&w, TM_STATUS_OK, 0, 1, ""); /* there was room, nobody waits for an answer */
    tm_pending_reply *second = take(&w, 2, TM_TEXT(""));
    turn(&w);
    assert_int_equal(w.told.times, 0);
    tm_intake_forget(second);
    turn(&w);
    check_verdict(&w, TM_STATUS_CANCELLED, TM_REFUSAL_EXPORTER, 2,
                  "the backend did not take the spans");
    check_counted(&w, 1, 2, 0);
    answer_last(&w.backend[0], TM_STATUS_OK);
    answer_last(&w.backend[1], TM_STATUS_OK);
    turn(&w);
    assert_int_equal(w.backend[0].batches + w.backend[1].batches, 2);
    close_world(&w);
}

/* --- out of memory --- */

typedef struct scarce {
    world *w;
    unsigned busy, fine; /* verdicts */
} scarce;

/* An intake, and a request to it; false: memory was missing. */
static bool try_to_take(void *owner, const tm_heap *heap)
{
    scarce *s = owner;
    world *w = s->w;
    w->intake = new_intake(w, heap);
    if (!w->intake)
        return false;
    take(w, 3, TM_TEXT(""));
    turn(w);
    assert_int_equal(w->told.times, 1);
    const bool fine = w->told.verdict.status.code == TM_STATUS_OK;
    if (!fine) {
        assert_int_equal(w->told.verdict.status.code, TM_STATUS_UNAVAILABLE);
        assert_int_equal(w->told.verdict.why, TM_REFUSAL_BUSY);
        assert_int_equal(w->told.verdict.status.retry_after_ms, 1000);
        assert_string_equal(w->told.message, "out of memory");
    }
    s->busy += !fine;
    s->fine += fine;
    tm_intake_free(w->intake);
    w->intake = NULL;
    return fine;
}

static void out_of_memory_is_a_verdict_that_may_be_tried_again(void **state)
{
    (void)state;
    for (int waits = 0; waits < 2; waits++) {
        world w;
        open_world(&w, NULL, no_rules, false, waits);
        tm_intake *first = w.intake;
        scarce s = {.w = &w};
        assert_true(short_heap_each(try_to_take, &s) > 0);
        assert_true(s.busy > 0);
        assert_int_equal(s.fine, 2); /* the rounds in which nothing failed */
        w.intake = first;
        close_world(&w);
    }
}

/* --- rules that change --- */

/* A clock that the first pipeline asks when its rule has matched: the world changes then. */
typedef struct changing {
    world *world;
    unsigned asked;
} changing;

/* Other rules for both pipelines, which drop everything, in one moment. */
static void publish_both(world *w)
{
    tm_ruleset *old[PIPELINES];
    for (unsigned i = 0; i < PIPELINES; i++) {
        judged r = judged_of(w->arena);
        tm_pipeline_settings settings = {.id = TM_TEXT("traces")};
        judged_filter(&r, TM_SPAN, TM_MODE_PROPAGATE, "name != \"\"");
        old[i] = judged_compile(&r, NULL);
        assert_true(tm_pipeline_prepare(&w->pipeline[i], &settings, old[i]));
    }
    tm_publisher_begin(&w->publisher);
    for (unsigned i = 0; i < PIPELINES; i++)
        old[i] = tm_pipeline_switch(&w->pipeline[i], old[i]);
    tm_publisher_end(&w->publisher);
    for (unsigned i = 0; i < PIPELINES; i++)
        tm_ruleset_unref(old[i]);
}

static uint64_t change(void *owner)
{
    changing *c = owner;
    if (c->asked++ == 0)
        publish_both(c->world);
    return 1;
}

static void a_request_is_judged_by_the_rules_of_one_configuration(void **state)
{
    (void)state;
    world w;
    changing c = {&w, 0};
    const tm_clock clock = {.realtime_ns = change, .owner = &c};
    open_world(&w, NULL, (const char *const[]){"name == \"first\"", ""}, false, false);
    w.pipeline[0].clock = &clock;
    assert_null(take(&w, 5, TM_TEXT("")));
    assert_int_equal(c.asked, 1);
    turn(&w);
    assert_int_equal(w.backend[0].spans, 4);
    assert_int_equal(w.backend[1].spans, 5); /* judged after they had been replaced */
    assert_null(take(&w, 5, TM_TEXT("")));
    turn(&w);
    assert_int_equal(w.backend[0].spans, 4);
    assert_int_equal(w.backend[1].spans, 5);
    close_world(&w);
}

static void an_intake_that_keeps_its_rules_has_those_it_began_with(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL, (const char *const[]){"name == \"first\"", ""}, false, false);
    tm_publisher_begin(&w.publisher);
    tm_intake_keep(w.intake);
    tm_publisher_end(&w.publisher);
    publish_both(&w);
    tm_intake_refresh(w.intake, 0);
    assert_null(take(&w, 5, TM_TEXT(""))); /* its first one */
    turn(&w);
    assert_int_equal(w.backend[0].spans, 4);
    assert_int_equal(w.backend[1].spans, 5);
    close_world(&w);
}

/* Nothing is counted, handed on or told of it. */
static void what_takes_more_than_a_turn_never_came(void **state)
{
    (void)state;
    enum { MUCH = 200000 };
    static const tm_client client = {.address = {"", 0}};
    world w;
    open_world(&w, NULL, (const char *const[]){"name == \"first\"", ""}, true, false);
    tm_buf all = {.arena = w.arena};
    char *pair = tm_arena_zero(w.arena, 1, MUCH + 3);
    memset(pair, 'x', MUCH + 2);
    pair[1] = '=';
    tm_buf_add(&all, judged_span(w.arena, "first", "key=value"));
    tm_buf_add(&all, judged_span(w.arena, "another", pair));
    tm_intake_request request = {.bytes = judged_request(w.arena, "host=a", tm_buf_text(&all)),
                                 .client = &client,
                                 .loop = w.loop,
                                 .done = hear,
                                 .owner = &w.told};
    tm_pending_reply *pending;
    assert_false(tm_intake_try(w.intake, &request, 1, &pending));
    assert_null(pending);
    turn(&w);
    assert_int_equal(w.told.times, 0);
    assert_int_equal(w.backend[0].batches + w.backend[1].batches, 0);
    assert_false(tm_intake_is_busy(w.intake, 0));
    check_counted(&w, 0, 0, 0);
    assert_true(tm_intake_try(w.intake, &request, 0, &pending));
    turn(&w);
    check_verdict(&w, TM_STATUS_OK, 0, 2, "");
    assert_int_equal(w.backend[0].spans, 1);
    assert_int_equal(w.backend[1].spans, 2);
    check_counted(&w, 2, 0, 0);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pipeline_gets_what_its_rules_let_through),
        cmocka_unit_test(what_is_no_otlp_counts_no_spans),
        cmocka_unit_test(a_rule_that_fails_refuses_for_its_pipeline_alone),
        cmocka_unit_test(a_full_queue_refuses_until_it_has_room),
        cmocka_unit_test(clients_that_wait_get_the_worst_answer),
        cmocka_unit_test(only_those_pipelines_are_waited_for_that_ask_for_it),
        cmocka_unit_test(a_full_queue_and_an_exporter_that_is_waited_for),
        cmocka_unit_test(a_client_that_leaves_takes_what_waits_for_room_along),
        cmocka_unit_test(out_of_memory_is_a_verdict_that_may_be_tried_again),
        cmocka_unit_test(a_request_is_judged_by_the_rules_of_one_configuration),
        cmocka_unit_test(an_intake_that_keeps_its_rules_has_those_it_began_with),
        cmocka_unit_test(what_takes_more_than_a_turn_never_came),
    };
    return cmocka_run_group_tests_name("pipe/intake", tests, NULL, NULL);
}
