/* Lines of the log, as they leave.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

/* A log into a pipe, at a time that the test decides. */
typedef struct bench {
    tm_clock clock;
    uint64_t now_ns;
    int pipe[2];
    tm_log *log;
    char text[65536];
} bench;

static uint64_t now(void *owner)
{
    return ((bench *)owner)->now_ns;
}

static void start(bench *b, tm_log_level level, tm_log_encoding encoding)
{
    *b = (bench){.now_ns = 1767323045678900000u}; /* 2026-01-02T03:04:05.6789Z */
    b->clock = (tm_clock){.realtime_ns = now, .monotonic_ns = now, .owner = b};
    assert_int_equal(pipe(b->pipe), 0);
    b->log = tm_log_new(NULL, &b->clock, b->pipe[1], level, encoding);
    assert_non_null(b->log);
}

static const char *finish(bench *b)
{
    tm_log_free(b->log);
    close(b->pipe[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(b->pipe[0], b->text + n, sizeof b->text - 1 - n)) > 0;)
        n += (size_t)got;
    b->text[n] = 0;
    close(b->pipe[0]);
    return b->text;
}

static void a_console_line_has_time_level_message_and_fields(void **state)
{
    (void)state;
    bench b;
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    tm_log_info(b.log, "listening", TM_LOG_WORD("address", "127.0.0.1"), TM_LOG_INT("port", -4317),
                TM_LOG_UINT("n", UINT64_MAX), TM_LOG_DOUBLE("d", 0.5), TM_LOG_BOOL("tls", true));
    tm_log_debug(b.log, "not shown", TM_LOG_INT("x", 1));
    tm_log_line(b.log, TM_LOG_ERROR, NULL, "no fields", NULL, 0);
    assert_string_equal(finish(&b),
                        "2026-01-02T03:04:05.678Z\tinfo\tlistening\taddress=127.0.0.1 port=-4317 "
                        "n=18446744073709551615 d=0.5 tls=true\n"
                        "2026-01-02T03:04:05.678Z\terror\tno fields\n");
}

static void a_json_line_is_one_object(void **state)
{
    (void)state;
    bench b;
    start(&b, TM_LOG_DEBUG, TM_LOG_JSON);
    tm_log_debug(b.log, "a \"b\"", TM_LOG_WORD("s", "x y"), TM_LOG_INT("i", 1),
                 TM_LOG_BOOL("b", false));
    tm_log_line(b.log, TM_LOG_WARN, NULL, "m", NULL, 0);
    assert_string_equal(finish(&b),
                        "{\"level\":\"debug\",\"ts\":\"2026-01-02T03:04:05.678Z\",\"msg\":\"a "
                        "\\\"b\\\"\",\"s\":\"x y\",\"i\":1,\"b\":false}\n"
                        "{\"level\":\"warn\",\"ts\":\"2026-01-02T03:04:05.678Z\",\"msg\":\"m\"}\n");
}

/* A21 of docs/protocol.md. */
static void no_text_can_forge_a_line_or_drive_a_terminal(void **state)
{
    (void)state;
    const tm_text evil = TM_TEXT("a\n\033[2J\x7f\xc2\x85\u202e\xff\"=\\");
    bench b;
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    tm_log_info(b.log, "evil", TM_LOG_TEXT("t", evil), TM_LOG_WORD("e", ""));
    const char *text = finish(&b);
    assert_string_equal(text + 24,
                        "\tinfo\tevil\tt=\"a\\n\\x1b[2J\\x7f\\u0085\\u202e\\xff\\\"=\\\\\" "
                        "e=\"\"\n");
    start(&b, TM_LOG_INFO, TM_LOG_JSON);
    tm_log_info(b.log, "evil", TM_LOG_TEXT("t", evil));
    text = finish(&b);
    assert_non_null(
        strstr(text, "\"t\":\"a\\n\\u001b[2J\\u007f\\u0085\\u202e\ufffd\\\"=\\\\\"}\n"));
}

static void client_texts_are_cut_between_code_points(void **state)
{
    (void)state;
    char longish[600];
    for (int i = 0; i < 600; i++)
        longish[i] = "\xe2\x82\xac"[i % 3];
    bench b;
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    tm_log_info(b.log, "m", TM_LOG_TEXT("t", tm_text_slice(longish, 600)));
    tm_log_info(b.log, "m", TM_LOG_OWN("t", tm_text_slice(longish, 600)));
    const char *text = finish(&b);
    const char *value = strstr(text, "t=") + 2;
    assert_int_equal(strcspn(value, "."), 255);
    assert_memory_equal(value + 255, "...\n", 4);
    value = strstr(value, "t=") + 2;
    assert_int_equal(strcspn(value, "\n"), 600);
}

static int count_lines(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void a_limited_kind_leaves_ten_times_a_second(void **state)
{
    (void)state;
    bench b;
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    for (int i = 0; i < 100; i++)
        tm_log_some(b.log, TM_LOG_WARN, "bad request", TM_LOG_INT("i", i));
    tm_log_some(b.log, TM_LOG_WARN, "another kind", TM_LOG_INT("i", 0));
    b.now_ns += 1000000000u;
    for (int i = 0; i < 12; i++)
        tm_log_some(b.log, TM_LOG_WARN, "bad request", TM_LOG_INT("i", i));
    const char *text = finish(&b);
    assert_int_equal(count_lines(text), 10 + 1 + 10 + 1);
    assert_non_null(strstr(text, "bad request\ti=0 suppressed=90\n"));
    assert_non_null(strstr(text, "bad request\tsuppressed=2\n"));
}

static void many_kinds_share_a_fixed_table(void **state)
{
    (void)state;
    static char names[100][16];
    bench b;
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    for (int i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "kind %d", i);
        b.now_ns++;
        for (int k = 0; k < 11; k++)
            tm_log_line(b.log, TM_LOG_INFO, names[i], names[i], NULL, 0);
    }
    assert_int_equal(count_lines(finish(&b)), 100 * 11); /* ten, and one that says suppressed=1 */
}

static void a_null_log_takes_nothing(void **state)
{
    (void)state;
    tm_log_info(NULL, "m", TM_LOG_INT("i", 1));
    tm_log_free(NULL);
    assert_false(tm_log_shows(NULL, TM_LOG_ERROR));
    bench b;
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    tm_log_set_level(b.log, TM_LOG_NOTHING);
    tm_log_error(b.log, "m", TM_LOG_INT("i", 1));
    assert_string_equal(finish(&b), "");
}

static void the_real_clock_ticks_and_gives_random_bytes(void **state)
{
    (void)state;
    const tm_clock *clock = tm_clock_real();
    uint64_t a = tm_clock_monotonic_ns(clock);
    assert_true(tm_clock_monotonic_ns(clock) >= a);
    assert_true(tm_clock_realtime_ns(clock) > 1700000000000000000u);
    unsigned char x[300] = {0}, y[300] = {0};
    assert_true(tm_clock_random(clock, x, sizeof x) && tm_clock_random(clock, y, sizeof y));
    assert_memory_not_equal(x, y, sizeof x);
}

static void fields_of_every_line_stand_first(void **state)
{
    (void)state;
    const tm_log_field fields[] = {TM_LOG_OWN("zone", TM_TEXT("a b")), TM_LOG_INT("shard", 7)};
    bench b;
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    tm_log_set_fields(b.log, fields, 2);
    tm_log_info(b.log, "hello", TM_LOG_BOOL("fine", true));
    tm_log_line(b.log, TM_LOG_INFO, NULL, "bare", NULL, 0);
    assert_string_equal(finish(&b),
                        "2026-01-02T03:04:05.678Z\tinfo\thello\tzone=\"a b\" shard=7 fine=true\n"
                        "2026-01-02T03:04:05.678Z\tinfo\tbare\tzone=\"a b\" shard=7\n");
    start(&b, TM_LOG_INFO, TM_LOG_JSON);
    tm_log_set_fields(b.log, fields, 2);
    tm_log_line(b.log, TM_LOG_INFO, NULL, "bare", NULL, 0);
    assert_string_equal(finish(&b), "{\"level\":\"info\",\"ts\":\"2026-01-02T03:04:05.678Z\","
                                    "\"msg\":\"bare\",\"zone\":\"a b\",\"shard\":7}\n");
}

static void lines_go_to_every_output(void **state)
{
    (void)state;
    bench b;
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    assert_true(tm_log_add_output(b.log, b.pipe[1])); /* the same one: every line comes twice */
    tm_log_line(b.log, TM_LOG_INFO, NULL, "twice", NULL, 0);
    for (int i = 2; i < TM_LOG_MOST_OUTPUTS; i++)
        assert_true(tm_log_add_output(b.log, b.pipe[1]));
    assert_false(tm_log_add_output(b.log, b.pipe[1]));
    assert_string_equal(finish(&b), "2026-01-02T03:04:05.678Z\tinfo\ttwice\n"
                                    "2026-01-02T03:04:05.678Z\tinfo\ttwice\n");
}

static void sampling_shows_the_first_lines_of_a_tick_and_then_every_nth(void **state)
{
    (void)state;
    bench b;
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    tm_log_set_sampling(b.log, &(tm_log_sampling){.tick_ns = 5000, .initial = 2, .thereafter = 3});
    for (int tick = 0; tick < 2; tick++, b.now_ns += 5000)
        for (int i = 1; i <= 8; i++)
            tm_log_some(b.log, TM_LOG_INFO, "again", TM_LOG_INT("i", i));
    const char *text = finish(&b);
    assert_int_equal(count_lines(text), 2 * 4);
    assert_non_null(strstr(text, "again\ti=2\n"));
    assert_non_null(strstr(text, "again\ti=5 suppressed=2\n"));
    assert_non_null(strstr(text, "again\ti=8 suppressed=2\n"));
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    tm_log_set_sampling(b.log, &(tm_log_sampling){.initial = 2});
    for (int i = 0; i < 50; i++)
        tm_log_some(b.log, TM_LOG_INFO, "again", TM_LOG_INT("i", i));
    assert_int_equal(count_lines(finish(&b)), 50);
}

static void leave_room(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Of a file that may not grow. */
static void lines_that_cannot_be_written_are_counted_and_told_of(void **state)
{
    (void)state;
    bench b;
    char path[] = "/tmp/tamis-log-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    start(&b, TM_LOG_INFO, TM_LOG_CONSOLE);
    assert_true(tm_log_add_output(b.log, file));
    tm_log_line(b.log, TM_LOG_INFO, NULL, "first", NULL, 0);
    leave_room((rlim_t)lseek(file, 0, SEEK_END) + 10); /* the second one is torn */
    for (int i = 0; i < 3; i++)
        tm_log_line(b.log, TM_LOG_INFO, NULL, "lost", NULL, 0);
    assert_int_equal(tm_log_dropped(b.log), 3);
    leave_room(RLIM_INFINITY);
    tm_log_line(b.log, TM_LOG_INFO, NULL, "last", NULL, 0);
    finish(&b);
    char text[512];
    ssize_t n = pread(file, text, sizeof text - 1, 0);
    assert_true(n > 0);
    text[n] = 0;
    assert_string_equal(text, "2026-01-02T03:04:05.678Z\tinfo\tfirst\n"
                              "2026-01-02\n"
                              "2026-01-02T03:04:05.678Z\twarn\tlines dropped: they could not be "
                              "written\tlines=3\n"
                              "2026-01-02T03:04:05.678Z\tinfo\tlast\n");
    close(file);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_every_line_stand_first),
        cmocka_unit_test(lines_go_to_every_output),
        cmocka_unit_test(lines_that_cannot_be_written_are_counted_and_told_of),
        cmocka_unit_test(a_console_line_has_time_level_message_and_fields),
        cmocka_unit_test(a_json_line_is_one_object),
        cmocka_unit_test(no_text_can_forge_a_line_or_drive_a_terminal),
        cmocka_unit_test(client_texts_are_cut_between_code_points),
        cmocka_unit_test(a_limited_kind_leaves_ten_times_a_second),
        cmocka_unit_test(sampling_shows_the_first_lines_of_a_tick_and_then_every_nth),
        cmocka_unit_test(many_kinds_share_a_fixed_table),
        cmocka_unit_test(a_null_log_takes_nothing),
        cmocka_unit_test(the_real_clock_ticks_and_gives_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
