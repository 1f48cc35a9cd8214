/* Budget: what may be held, and who waits for it or gives way, over real sockets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

enum { MIB = 1 << 20, PART = 700 * 1000, NEVER = 1 << 30 };

static char zeros[MIB];

static void each_use_has_its_part(void **state)
{
    (void)state;
    tm_budget b;
    tm_budget_init(&b, 8 * MIB);
    assert_true(tm_budget_reserve(&b, TM_BUDGET_MORE, 6 * MIB));
    assert_false(tm_budget_reserve(&b, TM_BUDGET_MORE, 1));
    assert_false(tm_budget_reserve(&b, TM_BUDGET_ARRIVED, MIB + 1));
    assert_true(tm_budget_reserve(&b, TM_BUDGET_ARRIVED, MIB));
    assert_false(tm_budget_reserve(&b, TM_BUDGET_ARRIVED, 1));
    assert_true(tm_budget_reserve(&b, TM_BUDGET_FIRST, MIB));
    assert_false(tm_budget_reserve(&b, TM_BUDGET_FIRST, 1));
    tm_budget_add(&b, TM_PART_RECEIVED, 5);
    assert_int_equal(b.held[TM_PART_RECEIVED], 8 * MIB + 5);
    assert_false(tm_budget_reserve(&b, TM_BUDGET_FIRST, SIZE_MAX));
    tm_budget_return(&b, TM_PART_RECEIVED, 3 * MIB + 5);
    assert_true(tm_budget_is_relieved(&b));
    assert_true(tm_budget_reserve(&b, TM_BUDGET_MORE, MIB));
    assert_false(tm_budget_is_relieved(&b));
    tm_budget_limit(&b, 16 * MIB);
    assert_true(tm_budget_reserve(&b, TM_BUDGET_MORE, 6 * MIB));
    tm_budget_limit(&b, 0);
    assert_true(tm_budget_reserve(&b, TM_BUDGET_MORE, (size_t)1 << 40));
    assert_true(tm_budget_is_relieved(&b));
    tm_budget_limit(&b, 1);
    assert_int_equal(b.limit, TM_BUDGET_LEAST);
}

typedef struct taker {
    tm_budget *budget;
    atomic_bool *over;
} taker;

static void *take_and_return(void *argument)
{
    taker *t = argument;
    for (int i = 0; i < 20000; i++) {
        if (!tm_budget_reserve(t->budget, TM_BUDGET_FIRST, MIB / 2))
            continue;
        if (atomic_load(&t->budget->held[TM_PART_RECEIVED]) > MIB)
            atomic_store(t->over, true);
        tm_budget_return(t->budget, TM_PART_RECEIVED, MIB / 2);
    }
    return NULL;
}

static void threads_never_hold_more_than_the_limit(void **state)
{
    (void)state;
    tm_budget b;
    atomic_bool over = false;
    pthread_t threads[4];
    taker t = {&b, &over};
    tm_budget_init(&b, MIB);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, take_and_return, &t);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_false(over);
    assert_int_equal(b.held[TM_PART_RECEIVED], 0);
}

/* ---- a server of 2 MiB ----------------------------------------------------------------------- */

static fixture *open_small(uint64_t pause_ms)
{
    fixture *f = open_fixture_with_pause((tm_listener_options){0}, pause_ms);
    tm_budget_limit(&f->budget, 2 * MIB);
    return f;
}

/* The head of a request of so many bytes, and the first PART of them. */
static int begin_with(const fixture *f, int bytes)
{
    char head[256];
    int fd = dial(f);
    int n =
        snprintf(head, sizeof head, POST_("/v1/traces", CLOSE "Content-Length: %d\r\n\r\n"), bytes);
    say(fd, tm_text_slice(head, (size_t)n));
    say(fd, tm_text_slice(zeros, PART));
    return fd;
}

static int begin(const fixture *f)
{
    return begin_with(f, 2 * PART);
}

static void *end(void *fd)
{
    ssize_t n = send(*(int *)fd, zeros, PART, MSG_NOSIGNAL);
    (void)n; /* refused in the middle: it hears so */
    return NULL;
}

static bool was_served(int fd)
{
    char *answer = hear(fd, NULL);
    bool served = strstr(answer, "protobuf 1400000") != NULL;
    if (!served && (!strstr(answer, "HTTP/1.1 503") || !strstr(answer, "Retry-After: 1\r\n")))
        fail_msg("answered: %s", answer);
    close(fd);
    return served;
}

static bool is_refused(int fd)
{
    bool refused = strstr(hear(fd, NULL), "HTTP/1.1 503") != NULL;
    close(fd);
    return refused;
}

static void small_request(const fixture *f)
{
    int fd = dial(f);
    say(fd, TM_TEXT(POST_("/v1/traces", CLOSE "Content-Length: 2\r\n\r\nhi")));
    assert_non_null(strstr(hear(fd, NULL), "protobuf 2 hi"));
    close(fd);
}

static void who_waits_goes_on_when_bytes_return(void **state)
{
    (void)state;
    fixture *f = open_small(NEVER);
    pthread_t thread;
    int first = begin_with(f, PART + 1);
    EVENTUALLY(f->budget.held[TM_PART_RECEIVED] >= PART);
    int second = begin(f);
    pthread_create(&thread, NULL, end, &second);
    EVENTUALLY(f->budget.waiting == 1);
    small_request(f); /* does not wait */
    assert_int_equal(f->budget.waiting, 1);
    say(first, TM_TEXT("x"));
    assert_non_null(strstr(hear(first, NULL), "protobuf 700001 "));
    close(first);
    assert_true(was_served(second));
    pthread_join(thread, NULL);
    EVENTUALLY(f->budget.held[TM_PART_RECEIVED] == 0);
    assert_int_equal(f->budget.waiting, 0);
    assert_int_equal(f->budget.refused, 0);
    close_fixture(f);
}

static void who_waits_goes_on_when_the_other_leaves_or_the_limit_rises(void **state)
{
    (void)state;
    for (int rises = 0; rises < 2; rises++) {
        fixture *f = open_small(NEVER);
        pthread_t thread;
        int first = begin_with(f, PART + 1);
        EVENTUALLY(f->budget.held[TM_PART_RECEIVED] >= PART);
        int second = begin(f);
        pthread_create(&thread, NULL, end, &second);
        EVENTUALLY(f->budget.waiting == 1);
        if (rises)
            tm_budget_limit(&f->budget, 8 * MIB);
        else
            close(first);
        assert_true(was_served(second));
        pthread_join(thread, NULL);
        if (rises)
            close(first);
        close_fixture(f);
    }
}

static void who_stops_sending_gives_way(void **state)
{
    (void)state;
    fixture *f = open_small(1);
    pthread_t thread;
    int idle = begin(f);
    EVENTUALLY(f->budget.held[TM_PART_RECEIVED] >= PART);
    int second = begin(f);
    pthread_create(&thread, NULL, end, &second);
    assert_true(is_refused(idle));
    pthread_join(thread, NULL);
    was_served(second); /* or it has paused as well: the machine may stall */
    assert_true(f->budget.refused >= 1);
    EVENTUALLY(f->budget.held[TM_PART_RECEIVED] == 0);
    close_fixture(f);
}

/* A body that nothing makes room for. */
static void a_body_above_the_budget_is_refused(void **state)
{
    (void)state;
    fixture *f = open_small(1);
    tm_budget_limit(&f->budget, MIB);
    pthread_t thread;
    int fd = begin(f);
    pthread_create(&thread, NULL, end, &fd);
    assert_false(was_served(fd));
    pthread_join(thread, NULL);
    EVENTUALLY(f->budget.held[TM_PART_RECEIVED] == 0 && f->budget.waiting == 0);
    close_fixture(f);
}

/* Little bodies that have all of it: one is refused for the next. */
static void first_bytes_are_taken_from_others(void **state)
{
    (void)state;
    enum { LITTLE = 60000, MANY = 40 };
    fixture *f = open_small(NEVER);
    int fd[MANY];
    for (int i = 0; i < MANY; i++) {
        fd[i] = dial(f);
        say(fd[i], TM_TEXT(POST_("/v1/traces", CLOSE "Content-Length: 60001\r\n\r\n")));
        say(fd[i], tm_text_slice(zeros, LITTLE));
        small_request(f);
        assert_true(f->budget.held[TM_PART_RECEIVED] <= 2 * MIB);
    }
    EVENTUALLY(f->budget.refused >= MANY - 2 * MIB / LITTLE);
    for (int i = 0; i < MANY; i++)
        close(fd[i]);
    EVENTUALLY(f->budget.held[TM_PART_RECEIVED] == 0);
    close_fixture(f);
}

static void *send_until_served(void *argument)
{
    for (bool served = false; !served;) {
        int fd = begin(argument);
        end(&fd);
        served = strstr(hear(fd, NULL), "protobuf 1400000") != NULL;
        close(fd);
    }
    return NULL;
}

/* ---- HTTP/2 ---------------------------------------------------------------------------------- */

typedef struct frames {
    int fd;
    unsigned char bytes[1 << 16];
    size_t n;
} frames;

/* Reads frames until one of that type and stream has come; whether one of the other type came for
 * stream 1 before it. */
static bool hear_frame(frames *in, int type, int stream, int other)
{
    for (bool seen = false;;) {
        unsigned char *p = in->bytes;
        size_t size = in->n < 9 ? SIZE_MAX : 9 + ((size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2]);
        if (in->n < size) {
            ssize_t got = recv(in->fd, p + in->n, sizeof in->bytes - in->n, 0);
            assert_true(got > 0);
            in->n += (size_t)got;
            continue;
        }
        bool found = p[3] == type && p[8] == stream;
        seen |= p[3] == other && p[8] == 1;
        memmove(p, p + size, in->n - size);
        in->n -= size;
        if (found)
            return seen;
    }
}

/* Its head, and as many bytes as the first window lets through; fields are written without a
 * table. */
static void begin_stream(int fd)
{
    static const char head[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                               "\0\0\0\4\0\0\0\0\0"
                               "\0\0\x24\1\4\0\0\0\1"
                               "\x83\x86\x04\x0a/v1/traces\x01\x01"
                               "a\x0f\x10\x10"
                               "application/json";
    say(fd, tm_text_slice(head, sizeof head - 1));
    for (int i = 0; i < 5; i++) {
        say(fd, tm_text_slice("\0\x33\x33\0\0\0\0\0\1", 9));
        say(fd, tm_text_slice(zeros, 0x3333));
    }
}

static void a_window_stays_shut_while_there_is_no_room(void **state)
{
    (void)state;
    enum { WINDOW_UPDATE = 8, PING = 6, HEADERS = 1 };
    static const char ping[] = "\0\0\x8\6\0\0\0\0\0"
                               "8 bytes.";
    fixture *f = open_small(NEVER);
    frames in = {.fd = dial(f)};
    f->budget.moving = 1; /* somebody else holds most of it */
    tm_budget_add(&f->budget, TM_PART_RECEIVED, 3 * MIB / 2);
    begin_stream(in.fd);
    EVENTUALLY(f->budget.waiting == 1);
    say(in.fd, tm_text_slice(ping, sizeof ping - 1));
    assert_false(hear_frame(&in, PING, 0, WINDOW_UPDATE));
    f->budget.moving = 0;
    tm_budget_return(&f->budget, TM_PART_RECEIVED, 3 * MIB / 2);
    hear_frame(&in, WINDOW_UPDATE, 1, 0);
    assert_int_equal(f->budget.waiting, 0);
    say(in.fd, tm_text_slice("\0\0\1\0\1\0\0\0\1x", 10));
    hear_frame(&in, HEADERS, 1, 0);
    assert_int_equal(tm_listener_count(f->listener).served, 1);
    close(in.fd);
    EVENTUALLY(f->budget.held[TM_PART_RECEIVED] == 0);
    close_fixture(f);
}

/* Neither has paused for so long as to be refused for that. */
static void of_two_that_wait_for_each_other_one_is_served(void **state)
{
    (void)state;
    fixture *f = open_small(NEVER);
    pthread_t threads[2];
    int fd[2];
    for (int i = 0; i < 2; i++)
        fd[i] = begin(f);
    EVENTUALLY(f->budget.held[TM_PART_RECEIVED] >= PART + TM_BUDGET_LEAST / 4);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, end, &fd[i]);
    int served = was_served(fd[0]) + was_served(fd[1]);
    assert_true(served >= 1);
    assert_int_equal(f->budget.refused, 2 - served);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    close_fixture(f);
}

/* Eight large bodies where one and a half have room: all come to an end, and all are served. */
static void bodies_that_wait_for_each_other_all_end(void **state)
{
    (void)state;
    fixture *f = open_small(50);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, send_until_served, f);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    EVENTUALLY(f->budget.held[TM_PART_RECEIVED] == 0 && f->budget.waiting == 0);
    close_fixture(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_use_has_its_part),
        cmocka_unit_test(threads_never_hold_more_than_the_limit),
        cmocka_unit_test(who_waits_goes_on_when_bytes_return),
        cmocka_unit_test(who_waits_goes_on_when_the_other_leaves_or_the_limit_rises),
        cmocka_unit_test(who_stops_sending_gives_way),
        cmocka_unit_test(a_body_above_the_budget_is_refused),
        cmocka_unit_test(first_bytes_are_taken_from_others),
        cmocka_unit_test(a_window_stays_shut_while_there_is_no_room),
        cmocka_unit_test(of_two_that_wait_for_each_other_one_is_served),
        cmocka_unit_test(bodies_that_wait_for_each_other_all_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
