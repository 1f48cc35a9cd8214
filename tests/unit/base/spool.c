/* Spool: lines for a pipe that nobody reads, and for one that somebody reads again.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 4096, LINES = 20000, PATIENCE_MS = 300000 };

typedef struct reading {
    int fd;
    char line[256];
    size_t n;
} reading;

/* The next line, without its end; false at the end of the pipe. */
static bool next_line(reading *r)
{
    for (r->n = 0; read(r->fd, r->line + r->n, 1) == 1; r->n++)
        if (r->line[r->n] == '\n') {
            r->line[r->n] = '\0';
            return true;
        }
    return false;
}

static void add_number(tm_spool *s, int i)
{
    char line[32];
    int n = snprintf(line, sizeof line, "line %d\n", i);
    tm_spool_add(s, tm_text_slice(line, (size_t)n));
}

static void lines_arrive_whole_and_in_order(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    tm_spool *s = tm_spool_new(NULL, dup(fd[1]), MOST);
    close(fd[1]);
    for (int i = 0; i < 100; i++)
        add_number(s, i);
    tm_spool_add(s, TM_TEXT("one\ntwo\n"));
    assert_int_equal(tm_spool_dropped(s), 0);
    tm_spool_free(s, PATIENCE_MS);
    reading r = {.fd = fd[0]};
    for (int i = 0; i < 100; i++) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "line %d", i);
        assert_true(next_line(&r));
        assert_string_equal(r.line, wanted);
    }
    assert_true(next_line(&r));
    assert_string_equal(r.line, "one");
    assert_true(next_line(&r));
    assert_string_equal(r.line, "two");
    assert_false(next_line(&r)); /* the spool has closed its end */
    close(fd[0]);
}

/* Nobody reads, so the pipe and the spool fill; all calls return. Then somebody does: what was kept
 * comes in order, then how many were dropped, then what is new. */
static void who_adds_never_waits_and_what_is_lost_is_told(void **state)
{
    (void)state;
    int fd[2], number = -1, last = -1;
    unsigned long long lost = 0;
    assert_int_equal(pipe(fd), 0);
    tm_spool *s = tm_spool_new(NULL, dup(fd[1]), MOST);
    close(fd[1]);
    for (int i = 0; i < LINES; i++)
        add_number(s, i);
    uint64_t dropped = tm_spool_dropped(s);
    assert_in_range(dropped, 1, LINES - 1);
    reading r = {.fd = fd[0]};
    int kept = 0;
    while (kept + lost < LINES && next_line(&r)) {
        if (sscanf(r.line, "line %d", &number) == 1) {
            assert_true(number > last);
            last = number;
            kept++;
        } else {
            unsigned long long more;
            assert_int_equal(sscanf(r.line, "tamis: %llu lines dropped: nobody read", &more), 1);
            lost += more;
        }
    }
    assert_int_equal(kept + lost, LINES);
    assert_int_equal(lost, dropped);
    add_number(s, LINES);
    assert_true(next_line(&r));
    assert_string_equal(r.line, "line 20000");
    tm_spool_free(s, PATIENCE_MS);
    close(fd[0]);
}

static size_t tell(void *owner, uint64_t lines, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "%s %d\n", (char *)owner, lines > 0);
}

static void the_end_waits_for_a_reader_but_not_for_ever(void **state)
{
    (void)state;
    static char much[200000];
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    memset(much, 'x', sizeof much);
    much[sizeof much - 1] = '\n';
    tm_spool *s = tm_spool_new(NULL, dup(fd[1]), sizeof much);
    tm_spool_add(s, tm_text_slice(much, sizeof much));
    tm_spool_free(s, 50); /* a pipe holds 64 KiB */
    close(fd[1]);
    size_t n = 0;
    for (ssize_t got; n < sizeof much && (got = read(fd[0], much, sizeof much)) > 0;)
        n += (size_t)got;
    assert_int_equal(n, sizeof much); /* the thread was left to itself, and went on */
    close(fd[0]);
}

static void a_reader_that_has_gone_stops_nobody(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    tm_spool *s = tm_spool_new(NULL, dup(fd[1]), MOST);
    close(fd[0]), close(fd[1]);
    for (int i = 0; i < LINES; i++)
        add_number(s, i);
    tm_spool_free(s, PATIENCE_MS);
}

static void a_line_above_the_bound_is_dropped_alone(void **state)
{
    (void)state;
    char owner[] = "dropped", text[MOST + 20];
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    tm_spool *s = tm_spool_new(NULL, dup(fd[1]), MOST);
    close(fd[1]);
    tm_spool_tell(s, tell, owner);
    memset(text, 'x', sizeof text);
    memcpy(text, "one\n", 4);
    text[sizeof text - 1] = '\n';
    tm_spool_add(s, tm_text_slice(text, sizeof text));
    reading r = {.fd = fd[0]};
    assert_true(next_line(&r));
    assert_string_equal(r.line, "one");
    assert_true(next_line(&r));
    assert_string_equal(r.line, "dropped 1");
    assert_int_equal(tm_spool_dropped(s), 1);
    tm_spool_free(s, PATIENCE_MS);
    close(fd[0]);
}

static void files_need_none(void **state)
{
    (void)state;
    char name[] = "/tmp/tamis-spool-XXXXXX";
    int file = mkstemp(name), fd[2];
    assert_int_equal(pipe(fd), 0);
    assert_false(tm_spool_is_due(file));
    assert_true(tm_spool_is_due(fd[1]));
    assert_false(tm_spool_is_due(-1));
    tm_spools all = {.count = 0};
    tm_spool *one = tm_spools_find(&all, fd[1]);
    assert_ptr_equal(one, tm_spools_find(&all, fd[1]));
    tm_spools_free(&all, PATIENCE_MS);
    close(file), close(fd[0]);
    unlink(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_arrive_whole_and_in_order),
        cmocka_unit_test(who_adds_never_waits_and_what_is_lost_is_told),
        cmocka_unit_test(the_end_waits_for_a_reader_but_not_for_ever),
        cmocka_unit_test(a_reader_that_has_gone_stops_nobody),
        cmocka_unit_test(a_line_above_the_bound_is_dropped_alone),
        cmocka_unit_test(files_need_none),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
