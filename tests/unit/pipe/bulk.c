/* Bulk: to another thread and back, with every answer that there is in the worker's own.
 * SPDX-License-Identifier: Apache-2.0 */
#include "receiving.h"

#include "pipe/metrics.h"

#include <semaphore.h>

enum { NAME = 400000 };

typedef struct world {
    receiving r;
    sem_t gate;
    char body[NAME + 200];
} world;

static world *start(void)
{
    world *w = calloc(1, sizeof *w);
    w->r.bulk.loop = tm_loop_new();
    sem_init(&w->gate, 0, 0);
    open_receiving(&w->r);
    return w;
}

static void finish(world *w)
{
    close_receiving(&w->r);
    sem_destroy(&w->gate);
    free(w);
}

static tm_text large(world *w)
{
    return long_name(w->body, sizeof w->body, NAME);
}

/* Requests that the bulk worker has judged. */
static uint64_t judged_in_bulk(const world *w)
{
    const tm_text label = TM_TEXT("otlp");
    tm_series_owner owner = {.registry = w->r.registry};
    const uint64_t n = tm_series_value(tm_pipe_series(&owner, TM_PIPE_BULK, &label));
    tm_series_owner_drop(&owner);
    return n;
}

static void wait_at_gate(void *argument)
{
    sem_wait(argument);
}

/* Posts a large request, which is given to the bulk worker; that has something else to do until the
 * gate is opened. */
static int begin_at_gate(world *w)
{
    assert_true(tm_loop_post(w->r.bulk.loop, wait_at_gate, &w->gate));
    int fd = begin_post(&w->r, large(w));
    while (!atomic_load(&w->r.bulk.waiting))
        usleep(1000);
    return fd;
}

/* --- which ones --- */

/* A receiver that knows its protocol, and an exchange with a body of so many bytes. */
static bool is_bulk(tm_receiver *r, tm_body_type type, size_t bytes)
{
    return tm_bulk_is(r, &(tm_exchange){.type = type, .body = {"", bytes}});
}

static void a_large_body_is_bulk_and_json_sooner(void **state)
{
    (void)state;
    tm_receiver r = {.protocol = &tm_receive_otlp};
    assert_false(is_bulk(&r, TM_BODY_PROTOBUF, TM_BULK_BYTES - 1));
    assert_true(is_bulk(&r, TM_BODY_PROTOBUF, TM_BULK_BYTES));
    assert_false(is_bulk(&r, TM_BODY_JSON, TM_BULK_BYTES / 4 - 1));
    assert_true(is_bulk(&r, TM_BODY_JSON, TM_BULK_BYTES / 4));
}

static void what_took_more_than_a_turn_is_bulk_from_then_on(void **state)
{
    (void)state;
    tm_receiver r = {.protocol = &tm_receive_otlp};
    tm_bulk_note_long(&r, &(tm_exchange){.type = TM_BODY_PROTOBUF, .body = {"", 1000}});
    assert_true(is_bulk(&r, TM_BODY_PROTOBUF, 1000));
    assert_true(is_bulk(&r, TM_BODY_JSON, 250));
    assert_false(is_bulk(&r, TM_BODY_PROTOBUF, 999));
    tm_bulk_note_long(&r, &(tm_exchange){.type = TM_BODY_PROTOBUF});
    assert_false(is_bulk(&r, TM_BODY_PROTOBUF, 0));
}

static void until_one_of_that_size_takes_less(void **state)
{
    (void)state;
    world *w = start();
    tm_bulk_note_long(w->r.receiver, &(tm_exchange){.type = TM_BODY_JSON, .body = {"", 50}});
    assert_non_null(strstr(post(&w->r, long_name(w->body, sizeof w->body, 10)), "HTTP/1.1 200"));
    assert_int_equal(judged_in_bulk(w), 1);
    assert_non_null(strstr(post(&w->r, long_name(w->body, sizeof w->body, 10)), "HTTP/1.1 200"));
    assert_int_equal(judged_in_bulk(w), 1);
    finish(w);
}

/* --- what becomes of them --- */

static void the_worker_serves_others_meanwhile(void **state)
{
    (void)state;
    world *w = start();
    int fd = begin_at_gate(w);
    assert_non_null(strstr(post(&w->r, TM_TEXT("{}")), "HTTP/1.1 200"));
    assert_int_equal(judged_in_bulk(w), 0);
    sem_post(&w->gate);
    assert_non_null(strstr(end_post(fd), "HTTP/1.1 200"));
    assert_int_equal(judged_in_bulk(w), 1);
    assert_int_equal(atomic_load(&w->r.bulk.waiting), 0);
    finish(w);
}

static void what_cannot_be_read_is_refused_as_ever(void **state)
{
    (void)state;
    world *w = start();
    tm_text body = large(w);
    body.n--;
    const char *answer = post(&w->r, body);
    assert_non_null(strstr(answer, "HTTP/1.1 400"));
    assert_non_null(strstr(answer, "\"code\":3"));
    finish(w);
}

static void out_of_memory_is_retryable_there_too(void **state)
{
    (void)state;
    world *w = start();
    is_retryable_without_memory(&w->r, large(w));
    finish(w);
}

/* Nothing is left of it (the sanitizers look). */
static void the_end_may_come_before_it_was_begun(void **state)
{
    (void)state;
    world *w = start();
    int fd = begin_at_gate(w);
    tm_loop_stop(w->r.bulk.loop);
    sem_post(&w->gate);
    finish(w);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_body_is_bulk_and_json_sooner),
        cmocka_unit_test(what_took_more_than_a_turn_is_bulk_from_then_on),
        cmocka_unit_test(until_one_of_that_size_takes_less),
        cmocka_unit_test(the_worker_serves_others_meanwhile),
        cmocka_unit_test(what_cannot_be_read_is_refused_as_ever),
        cmocka_unit_test(out_of_memory_is_retryable_there_too),
        cmocka_unit_test(the_end_may_come_before_it_was_begun),
    };
    return cmocka_run_group_tests_name("pipe/bulk", tests, NULL, NULL);
}
