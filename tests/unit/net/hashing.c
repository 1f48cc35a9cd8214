/* Hashing: the queue, the threads and what is remembered.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/auth/hashing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* The threads stand before it while it is shut; how many hashes were made. One test at a time. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open;
    int made, inside;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};

static tm_auth_verdict compare(tm_text password, tm_text hash)
{
    pthread_mutex_lock(&gate.lock);
    gate.inside++;
    while (!gate.open)
        pthread_cond_wait(&gate.opened, &gate.lock);
    gate.inside--;
    gate.made++;
    pthread_mutex_unlock(&gate.lock);
    if (tm_text_is(password, "memory"))
        return TM_AUTH_UNABLE;
    return tm_text_equal(password, hash) ? TM_AUTH_YES : TM_AUTH_NO;
}

static void set_gate(bool open)
{
    pthread_mutex_lock(&gate.lock);
    gate.open = open;
    gate.made = 0;
    pthread_cond_broadcast(&gate.opened);
    pthread_mutex_unlock(&gate.lock);
}

typedef struct person {
    tm_auth_question question;
    int *answers;
    int until;
} person;

static void hear(tm_auth_question *question)
{
    person *p = (person *)question;
    if (++*p->answers == p->until)
        tm_loop_stop(question->loop);
}

typedef struct desk {
    tm_loop *loop;
    tm_hashing *hashing;
    uint64_t now_ns;
    tm_clock clock;
    int answers;
    person person[200];
} desk;

static uint64_t read_clock(void *owner)
{
    return ((desk *)owner)->now_ns;
}

static desk *open_desk(void)
{
    desk *d = test_calloc(1, sizeof *d);
    d->clock = (tm_clock){.monotonic_ns = read_clock, .owner = d};
    d->loop = tm_loop_new();
    d->hashing = tm_hashing_new(&d->clock, compare);
    set_gate(false);
    return d;
}

/* Also when hashes are being made. Those who asked are gone before these are. */
static void close_desk(desk *d)
{
    tm_hashing_free(d->hashing);
    set_gate(true);
    for (bool inside = true; inside;) {
        pthread_mutex_lock(&gate.lock);
        inside = gate.inside > 0;
        pthread_mutex_unlock(&gate.lock);
    }
    tm_loop_free(d->loop);
    test_free(d);
}

static tm_auth_verdict ask(desk *d, int who, const char *password, int until)
{
    unsigned char key[TM_HASHING_KEY] = {0};
    person *p = &d->person[who];
    snprintf((char *)key, sizeof key, "%s", password);
    *p = (person){
        .question = {.loop = d->loop, .answer = hear}, .answers = &d->answers, .until = until};
    return tm_hashing_ask(d->hashing, key, tm_text_of(password), TM_TEXT("good"), "wrong",
                          &p->question);
}

static void answers_come_in_the_loop_that_asked(void **state)
{
    (void)state;
    desk *d = open_desk();
    assert_int_equal(ask(d, 0, "good", 3), TM_AUTH_LATER);
    assert_int_equal(ask(d, 1, "bad", 3), TM_AUTH_LATER);
    assert_int_equal(ask(d, 2, "memory", 3), TM_AUTH_LATER);
    assert_int_equal(d->answers, 0);
    set_gate(true);
    tm_loop_run(d->loop);
    assert_int_equal(d->person[0].question.verdict, TM_AUTH_YES);
    assert_int_equal(d->person[1].question.verdict, TM_AUTH_NO);
    assert_string_equal(d->person[1].question.why, "wrong");
    assert_int_equal(d->person[2].question.verdict, TM_AUTH_UNABLE);
    assert_string_equal(d->person[2].question.why, "out of memory");
    close_desk(d);
}

static void what_was_good_is_known_for_a_while(void **state)
{
    (void)state;
    desk *d = open_desk();
    ask(d, 0, "good", 2);
    ask(d, 1, "bad", 2);
    set_gate(true);
    tm_loop_run(d->loop);
    assert_int_equal(ask(d, 2, "good", 9), TM_AUTH_YES);
    assert_int_equal(gate.made, 2);
    d->now_ns += (TM_HASHING_KNOWN_S - 1) * UINT64_C(1000000000);
    assert_int_equal(ask(d, 2, "good", 9), TM_AUTH_YES);
    d->now_ns += UINT64_C(1000000000);
    assert_int_equal(ask(d, 2, "good", 4), TM_AUTH_LATER);
    assert_int_equal(ask(d, 3, "bad", 4), TM_AUTH_LATER); /* what is wrong is never remembered */
    tm_loop_run(d->loop);
    assert_int_equal(gate.made, 4);
    close_desk(d);
}

static void the_same_question_is_looked_at_once(void **state)
{
    (void)state;
    desk *d = open_desk();
    for (int i = 0; i < 200; i++)
        assert_int_equal(ask(d, i, "good", 200), TM_AUTH_LATER);
    set_gate(true);
    tm_loop_run(d->loop);
    assert_int_equal(gate.made, 1);
    for (int i = 0; i < 200; i++)
        assert_int_equal(d->person[i].question.verdict, TM_AUTH_YES);
    close_desk(d);
}

static void above_the_bound_nobody_knows(void **state)
{
    (void)state;
    desk *d = open_desk();
    char password[16];
    int later = 0;
    ask(d, 0, "good", 1);
    set_gate(true);
    tm_loop_run(d->loop);
    set_gate(false);
    for (int i = 0; i < 200; i++) {
        snprintf(password, sizeof password, "bad %d", i);
        later += ask(d, i, password, 0) == TM_AUTH_LATER;
    }
    assert_in_range(later, TM_HASHING_QUEUE, TM_HASHING_QUEUE + TM_HASHING_THREADS);
    assert_int_equal(ask(d, 199, "good", 0), TM_AUTH_YES); /* who is known is not kept waiting */
    close_desk(d); /* with questions that are never answered */
}

static void good_ones_push_each_other_out(void **state)
{
    (void)state;
    desk *d = open_desk();
    unsigned char key[TM_HASHING_KEY] = {0};
    set_gate(true);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i <= TM_HASHING_KNOWN; i++) {
            memcpy(key, &i, sizeof i);
            assert_int_equal(tm_hashing_wait(d->hashing, key, TM_TEXT("good"), TM_TEXT("good")),
                             TM_AUTH_YES);
        }
    assert_int_equal(gate.made, 2 * (TM_HASHING_KNOWN + 1));
    assert_int_equal(tm_hashing_wait(d->hashing, key, TM_TEXT("good"), TM_TEXT("good")),
                     TM_AUTH_YES);
    assert_int_equal(gate.made, 2 * (TM_HASHING_KNOWN + 1));
    close_desk(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_in_the_loop_that_asked),
        cmocka_unit_test(what_was_good_is_known_for_a_while),
        cmocka_unit_test(the_same_question_is_looked_at_once),
        cmocka_unit_test(above_the_bound_nobody_knows),
        cmocka_unit_test(good_ones_push_each_other_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
