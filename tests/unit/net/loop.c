/* The loop: mail, timers, watches and stops.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct diary {
    tm_loop *loop;
    int entries[4000];
    int n;
    int next; /* what the poster posts next */
    int fds[2];
    tm_watch *watch;
    tm_timer *timer;
} diary;

typedef struct entry {
    diary *diary;
    int number;
} entry;

static void note(void *argument)
{
    entry *e = argument;
    e->diary->entries[e->diary->n++] = e->number;
}

static void stop(void *argument)
{
    tm_loop_stop(((diary *)argument)->loop);
}

static void mail_arrives_in_the_order_of_posting(void **state)
{
    (void)state;
    diary d = {.loop = tm_loop_new()};
    entry e[100];
    for (int i = 0; i < 100; i++) {
        e[i] = (entry){&d, i};
        assert_true(tm_loop_post(d.loop, note, &e[i]));
    }
    tm_loop_post(d.loop, stop, &d);
    tm_loop_run(d.loop);
    assert_int_equal(d.n, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(d.entries[i], i);
    tm_loop_free(d.loop);
}

static void count(void *argument)
{
    diary *d = argument;
    if (++d->n == 4000)
        tm_loop_stop(d->loop);
}

static void *post_a_thousand(void *argument)
{
    for (int i = 0; i < 1000; i++)
        tm_loop_post(((diary *)argument)->loop, count, argument);
    return NULL;
}

static void mail_of_four_threads_arrives_whole(void **state)
{
    (void)state;
    diary d = {.loop = tm_loop_new()};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, post_a_thousand, &d);
    tm_loop_run(d.loop);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(d.n, 4000);
    tm_loop_free(d.loop);
}

static void post_from_within(void *argument)
{
    diary *d = argument;
    tm_loop_post(d->loop, d->n++ < 5 ? post_from_within : stop, d);
}

static void mail_may_be_posted_by_mail(void **state)
{
    (void)state;
    diary d = {.loop = tm_loop_new()};
    tm_loop_post(d.loop, post_from_within, &d);
    tm_loop_run(d.loop);
    assert_int_equal(d.n, 6);
    tm_loop_free(d.loop);
}

typedef struct parcel {
    tm_letter letter;
    diary *diary;
    int number;
} parcel;

static void open_parcel(void *argument)
{
    parcel *p = argument;
    diary *d = p->diary;
    d->entries[d->n++] = p->number;
    free(p); /* the letter is the sender's again */
    if (d->n == 200)
        tm_loop_stop(d->loop);
}

static void send_parcel(diary *d, int number)
{
    parcel *p = malloc(sizeof *p);
    *p = (parcel){{.call = open_parcel, .argument = p}, d, number};
    tm_loop_send(d->loop, &p->letter);
}

static void *send_a_hundred(void *argument)
{
    for (int i = 100; i < 200; i++)
        send_parcel(argument, i);
    return NULL;
}

static void letters_arrive_in_order_and_may_be_freed(void **state)
{
    (void)state;
    diary d = {.loop = tm_loop_new()};
    pthread_t thread;
    for (int i = 0; i < 100; i++)
        send_parcel(&d, i);
    pthread_create(&thread, NULL, send_a_hundred, &d);
    tm_loop_run(d.loop);
    pthread_join(thread, NULL);
    for (int i = 0; i < 200; i++)
        assert_int_equal(d.entries[i], i);
    tm_loop_free(d.loop);
}

static void send_again(void *argument)
{
    parcel *p = argument;
    if (++p->diary->n == 5)
        tm_loop_stop(p->diary->loop);
    else
        tm_loop_send(p->diary->loop, &p->letter);
}

static void a_letter_may_be_sent_again_when_it_has_come(void **state)
{
    (void)state;
    diary d = {.loop = tm_loop_new()};
    parcel p = {{.call = send_again, .argument = &p}, &d, 0};
    tm_loop_send(d.loop, &p.letter);
    tm_loop_run(d.loop);
    assert_int_equal(d.n, 5);
    tm_loop_free(d.loop);
}

static void a_stop_before_the_run_ends_it_at_once(void **state)
{
    (void)state;
    tm_loop *loop = tm_loop_new();
    tm_loop_stop(loop);
    tm_loop_run(loop);
    tm_loop_free(loop);
}

static void ring(void *argument)
{
    entry *e = argument;
    note(e);
    if (e->number == 9)
        tm_loop_stop(e->diary->loop);
}

static void start_timers(void *argument)
{
    tm_timer **timers = argument;
    tm_timer_start(timers[0], 60);
    tm_timer_start(timers[1], 10);
    tm_timer_start(timers[2], 1);
    tm_timer_start(timers[2], 35);
    tm_timer_start(timers[3], 5);
    tm_timer_stop(timers[3]);
}

static void timers_ring_in_the_order_of_their_times(void **state)
{
    (void)state;
    diary d = {.loop = tm_loop_new()};
    entry late = {&d, 9}, early = {&d, 1}, moved = {&d, 2}, never = {&d, 3};
    tm_timer *timers[] = {tm_timer_new(d.loop, ring, &late), tm_timer_new(d.loop, ring, &early),
                          tm_timer_new(d.loop, ring, &moved), tm_timer_new(d.loop, ring, &never)};
    uint64_t start_ms = tm_loop_now_ms(d.loop);
    tm_loop_post(d.loop, start_timers, timers); /* in one turn of the loop: at the same time */
    tm_loop_run(d.loop);
    assert_int_equal(d.n, 3);
    assert_int_equal(d.entries[0], 1);
    assert_int_equal(d.entries[1], 2);
    assert_int_equal(d.entries[2], 9);
    assert_true(tm_loop_now_ms(d.loop) - start_ms >= 50);
    for (int i = 0; i < 4; i++)
        tm_timer_free(timers[i]);
    tm_loop_free(d.loop);
}

static void read_then_leave(void *argument, int what)
{
    diary *d = argument;
    char c;
    assert_int_equal(what, TM_WATCH_READ);
    assert_int_equal(read(d->fds[0], &c, 1), 1);
    d->entries[d->n++] = c;
    if (c != 'z')
        return;
    tm_watch_free(d->watch);
    tm_loop_stop(d->loop);
}

static void a_watch_reports_while_there_is_something_to_read(void **state)
{
    (void)state;
    diary d = {.loop = tm_loop_new()};
    assert_int_equal(pipe(d.fds), 0);
    d.watch = tm_watch_new(d.loop, d.fds[0], read_then_leave, &d);
    assert_true(tm_watch_want(d.watch, TM_WATCH_READ));
    assert_int_equal(write(d.fds[1], "xyz", 3), 3);
    tm_loop_run(d.loop);
    assert_int_equal(d.n, 3);
    close(d.fds[0]);
    close(d.fds[1]);
    tm_loop_free(d.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_arrives_in_the_order_of_posting),
        cmocka_unit_test(mail_of_four_threads_arrives_whole),
        cmocka_unit_test(mail_may_be_posted_by_mail),
        cmocka_unit_test(letters_arrive_in_order_and_may_be_freed),
        cmocka_unit_test(a_letter_may_be_sent_again_when_it_has_come),
        cmocka_unit_test(a_stop_before_the_run_ends_it_at_once),
        cmocka_unit_test(timers_ring_in_the_order_of_their_times),
        cmocka_unit_test(a_watch_reports_while_there_is_something_to_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
