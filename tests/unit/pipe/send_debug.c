/* Send, debug: lines of spans whose times are at the ends of what they may be.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pipe/leaving.h"

/* A request with one span of these times. */
static tm_text request_of(tm_arena *arena, uint64_t start, uint64_t end)
{
    tm_buf span = {.arena = arena}, out = {.arena = arena};
    tm_buf_add(&span, TM_TEXT("\x39")); /* start_time_unix_nano, 7: fixed64 */
    for (int i = 0; i < 64; i += 8)
        tm_buf_add_char(&span, (char)(start >> i));
    tm_buf_add(&span, TM_TEXT("\x41")); /* end_time_unix_nano, 8 */
    for (int i = 0; i < 64; i += 8)
        tm_buf_add_char(&span, (char)(end >> i));
    const char head[] = {0x0a, (char)(span.n + 4), 0x12, (char)(span.n + 2), 0x12, (char)span.n};
    tm_buf_add(&out, tm_text_slice(head, sizeof head));
    tm_buf_add(&out, tm_buf_text(&span));
    return tm_buf_text(&out);
}

static void times_up_to_2_to_the_64_have_their_distance(void **state)
{
    static const struct {
        uint64_t start, end;
        const char *shown;
    } rows[] = {
        {1, 2000001, " 2.000ms\n"},
        {2000001, 1, " -2.000ms\n"},
        {1ull << 63, (1ull << 63) + 12300000, " 12.300ms\n"},
        {1ull << 63, 0, " -9223372036854.775ms\n"},
        {0, 1ull << 63, " 9223372036854.775ms\n"},
        {0, UINT64_MAX, " 18446744073709.551ms\n"},
        {UINT64_MAX, 0, " -18446744073709.551ms\n"},
        {UINT64_MAX, UINT64_MAX, " 0.000ms\n"},
    };
    leaving l;
    char error[256];
    (void)state;
    leaving_open(&l);
    tm_text path = leaving_path(&l, "out");
    tm_exporter_settings settings = {.id = TM_TEXT("debug"),
                                     .type = TM_EXPORTER_DEBUG,
                                     .debug = {.verbosity = TM_DEBUG_NORMAL,
                                               .sampling_initial = 1000,
                                               .output_paths = {&path, 1}}};
    tm_sender_options options = leaving_options(&l);
    leaving_start(&l, tm_sender_debug(&settings, &options, error, sizeof error));
    size_t before = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_text request = request_of(l.arena, rows[i].start, rows[i].end);
        assert_int_equal(leaving_send(&l, request), TM_STATUS_OK);
        tm_text line = tm_text_skip(leaving_read(&l, path), before);
        before += line.n;
        if (!tm_text_ends(line, tm_text_of(rows[i].shown)))
            fail_msg("row %zu: %.*s", i, TM_PRI(line));
    }
    leaving_stop(&l);
    leaving_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_up_to_2_to_the_64_have_their_distance),
    };
    return cmocka_run_group_tests_name("pipe/send_debug", tests, NULL, NULL);
}
