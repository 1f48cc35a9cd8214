/* Heads: large ones pass within one budget of all connections, and small ones go on when it is used
 * up.
 * SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

enum { LARGE = 100 << 10 }; /* of which two fit the fixture's 256 KiB */

static void say_large(int fd, const char *start, const char *end)
{
    static char filling[LARGE];
    memset(filling, 'x', sizeof filling);
    say(fd, tm_text_of(start));
    say(fd, TM_TEXT("X-Long: "));
    say(fd, tm_text_slice(filling, sizeof filling));
    say(fd, tm_text_of(end));
}

static bool is_served(const fixture *f, const char *path)
{
    char start[256];
    int fd = dial(f);
    snprintf(start, sizeof start,
             "POST %s HTTP/1.1\r\nHost: a\r\n" CLOSE "Content-Type: application/x-protobuf\r\n",
             path);
    say_large(fd, start, "\r\n\r\n");
    char *answer = hear(fd, NULL);
    bool served = strstr(answer, "HTTP/1.1 200");
    if (!served) {
        assert_non_null(strstr(answer, "HTTP/1.1 503"));
        assert_non_null(strstr(answer, "Retry-After: 1\r\n"));
    }
    close(fd);
    return served;
}

static void expect_small_is_served(const fixture *f)
{
    int fd = dial(f);
    say(fd, TM_TEXT(POST_("/v1/traces", CLOSE "\r\n")));
    assert_non_null(strstr(hear(fd, NULL), "HTTP/1.1 200"));
    close(fd);
}

static void what_a_large_head_took_is_given_back(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    for (int i = 0; i < 20; i++)
        assert_true(is_served(f, "/v1/traces"));
    close_fixture(f);
}

static void unfinished_heads_are_bounded_together(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    int held[2];
    for (int i = 0; i < 2; i++) {
        held[i] = dial(f);
        say_large(held[i], POST_("/v1/traces", ""), "");
    }
    /* They have been read when a third one finds no room. */
    EVENTUALLY(!is_served(f, "/v1/traces"));
    expect_small_is_served(f);
    close(held[1]);
    close(held[0]);
    EVENTUALLY(is_served(f, "/v1/traces")); /* what they had is given back */
    close_fixture(f);
}

static void kept_headers_are_bounded_until_the_answer(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    int held[2];
    for (int i = 0; i < 2; i++) {
        held[i] = dial(f);
        say_large(held[i], POST_("/never", ""), "\r\n\r\n");
    }
    EVENTUALLY(!is_served(f, "/v1/traces"));
    expect_small_is_served(f);
    close_fixture(f);
}

static void many_headers_pass(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    static char filling[64 << 10];
    memset(filling, 'x', sizeof filling);
    int fd = dial(f);
    say(fd, TM_TEXT(POST_("/v1/traces", CLOSE)));
    for (int i = 0; i < 200; i++) {
        char line[600];
        int n = snprintf(line, sizeof line, "X-%d: %.500s\r\n", i, filling);
        say(fd, tm_text_slice(line, (size_t)n));
    }
    say(fd, TM_TEXT("\r\n"));
    assert_non_null(strstr(hear(fd, NULL), "HTTP/1.1 200")); /* 100 KiB, twice at a time */
    close(fd);
    close_fixture(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_large_head_took_is_given_back),
        cmocka_unit_test(unfinished_heads_are_bounded_together),
        cmocka_unit_test(kept_headers_are_bounded_until_the_answer),
        cmocka_unit_test(many_headers_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
