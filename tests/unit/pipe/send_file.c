/* Send, file: a limit of the size of files stands in for a disk that is full.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pipe/leaving.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

static void limit_files_to(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static unsigned count_files(leaving *l)
{
    unsigned n = 0;
    DIR *directory = opendir(l->folder);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(directory);
    return n;
}

/* A request of one span with this name. */
static tm_text request_of(tm_arena *arena, char name, uint8_t length)
{
    tm_buf out = {.arena = arena};
    const char head[] = {0x0a, (char)(length + 6), 0x12, (char)(length + 4),
                         0x12, (char)(length + 2), 0x2a, (char)length};
    tm_buf_add(&out, tm_text_slice(head, sizeof head));
    for (int i = 0; i < length; i++)
        tm_buf_add_char(&out, name);
    return tm_buf_text(&out);
}

static void start(leaving *l, const tm_exporter_settings *settings)
{
    char error[256] = "";
    tm_sender_options options = leaving_options(l);
    tm_sender *sender = tm_sender_file(settings, &options, error, sizeof error);
    if (!sender)
        fail_msg("%s", error);
    leaving_start(l, sender);
}

static uint64_t counted(leaving *l, const char *name)
{
    tm_buf out = {.arena = l->arena};
    tm_registry_print(l->registry, false, &out);
    tm_buf_add_char(&out, 0);
    const char *at = strstr(out.p, tm_arena_print(l->arena, "\n%s{exporter=\"test\"} ", name).p);
    return at ? strtoull(strchr(at + 1, ' '), NULL, 10) : 0;
}

/* Sends until the limit is met, raises it, and sends once more: the file has what was answered with
 * OK and nothing else. */
static void keeps_whole(const tm_file_exporter_settings *file)
{
    leaving l;
    leaving_open(&l);
    tm_text path = leaving_path(&l, "out"), good;
    tm_exporter_settings settings = {
        .id = TM_TEXT("file"), .type = TM_EXPORTER_FILE, .file = *file};
    settings.file.path = path;
    start(&l, &settings);
    assert_int_equal(leaving_send(&l, request_of(l.arena, 'a', 90)), TM_STATUS_OK);
    good = leaving_read(&l, path);
    limit_files_to(good.n + good.n / 2);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(leaving_send(&l, request_of(l.arena, 'b', 90)), TM_STATUS_UNAVAILABLE);
        assert_true(tm_text_equal(leaving_read(&l, path), good));
    }
    limit_files_to(RLIM_INFINITY);
    assert_int_equal(leaving_send(&l, request_of(l.arena, 'a', 90)), TM_STATUS_OK);
    tm_text both = leaving_read(&l, path);
    assert_int_equal(both.n, 2 * good.n);
    assert_memory_equal(both.p, good.p, good.n);
    assert_memory_equal(both.p + good.n, good.p, good.n);
    assert_int_equal(counted(&l, "otelcol_exporter_sent_spans"), 2);
    assert_int_equal(counted(&l, "otelcol_exporter_send_failed_spans"), 3);
    leaving_stop(&l);
    leaving_close(&l);
}

static void nothing_stays_of_what_did_not_fit(void **state)
{
    (void)state;
    tm_rotation_settings rotation = {.max_megabytes = 1};
    keeps_whole(&(tm_file_exporter_settings){.format = TM_ENCODE_JSON});
    keeps_whole(&(tm_file_exporter_settings){.format = TM_ENCODE_PROTO});
    keeps_whole(&(tm_file_exporter_settings){.format = TM_ENCODE_PROTO, .rotation = &rotation});
    keeps_whole(&(tm_file_exporter_settings){.format = TM_ENCODE_JSON,
                                             .compression = TM_COMPRESS_ZSTD,
                                             .compression_params = {.level = 3}});
    keeps_whole(&(tm_file_exporter_settings){.format = TM_ENCODE_PROTO,
                                             .compression = TM_COMPRESS_ZSTD,
                                             .compression_params = {.level = 3}});
}

static void a_file_of_frames_that_was_cut_off_is_set_aside(void **state)
{
    (void)state;
    leaving l;
    leaving_open(&l);
    tm_text path = leaving_path(&l, "out");
    tm_exporter_settings settings = {
        .id = TM_TEXT("file"),
        .type = TM_EXPORTER_FILE,
        .file = {.path = path, .format = TM_ENCODE_PROTO, .append = true}};
    for (unsigned files = 1; files <= 2; files++) {
        start(&l, &settings);
        assert_int_equal(leaving_send(&l, request_of(l.arena, 'a', 90)), TM_STATUS_OK);
        leaving_stop(&l);
        assert_int_equal(leaving_read(&l, path).n, 102);
        assert_int_equal(count_files(&l), files);
        assert_int_equal(truncate(path.p, 100), 0); /* a crash */
    }
    leaving_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_stays_of_what_did_not_fit),
        cmocka_unit_test(a_file_of_frames_that_was_cut_off_is_set_aside),
    };
    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests_name("pipe/send_file", tests, NULL, NULL);
}
