/* Records: what a write that stops half-way leaves behind.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/records.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct place {
    char folder[64];
    char path[96];
} place;

static place open_place(void)
{
    place p = {.folder = "/tmp/tamis-records-XXXXXX"};
    assert_non_null(mkdtemp(p.folder));
    snprintf(p.path, sizeof p.path, "%s/file", p.folder);
    return p;
}

static void close_place(const place *p)
{
    unlink(p->path);
    assert_int_equal(rmdir(p->folder), 0);
}

static void expect(const place *p, tm_text wanted)
{
    char bytes[256];
    int fd = open(p->path, O_RDONLY);
    ssize_t n = read(fd, bytes, sizeof bytes);
    close(fd);
    assert_int_equal(n, wanted.n);
    assert_memory_equal(bytes, wanted.p, wanted.n);
}

static void fill(const place *p, tm_text bytes)
{
    int fd = open(p->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
    close(fd);
}

/* ---- writes that fail on purpose ------------------------------------------------------------- */

/* Of the next calls: how many bytes each may write; afterwards the disk is full until `full` is
 * cleared. EINTR comes before each. */
static size_t allowed[4];
static unsigned calls, given;
static bool full, interrupted;

static ssize_t write_little(int fd, const void *bytes, size_t n)
{
    interrupted = !interrupted;
    if (interrupted) {
        errno = EINTR;
        return -1;
    }
    if (calls < given) {
        size_t most = allowed[calls++];
        return write(fd, bytes, n < most ? n : most);
    }
    if (!full)
        return write(fd, bytes, n);
    errno = ENOSPC;
    return -1;
}

static int refuse_to_truncate(int fd, off_t size_bytes)
{
    (void)fd;
    (void)size_bytes;
    errno = EPERM;
    return -1;
}

static void run_out_after(size_t bytes)
{
    calls = given = 0;
    if (bytes > 1)
        allowed[given++] = bytes / 2;
    if (bytes)
        allowed[given++] = bytes - bytes / 2;
    full = true;
    interrupted = false;
}

static tm_records open_little(const place *p, tm_record_form form)
{
    tm_records r = tm_records_new(form);
    r.os.write = write_little;
    full = false;
    given = calls = 0;
    assert_int_equal(tm_records_open(&r, p->path, false), TM_RECORDS_OPEN);
    return r;
}

static void half_a_record_is_taken_back(void **state)
{
    (void)state;
    place p = open_place();
    tm_records r = open_little(&p, TM_RECORD_LINE);
    assert_true(tm_records_add(&r, TM_TEXT("first\n")));
    for (size_t bytes = 0; bytes < 6; bytes++) {
        run_out_after(bytes);
        errno = 0;
        assert_false(tm_records_add(&r, TM_TEXT("other\n")));
        assert_int_equal(errno, ENOSPC);
        expect(&p, TM_TEXT("first\n"));
        assert_int_equal(r.size_bytes, 6);
    }
    full = false;
    assert_true(tm_records_add(&r, TM_TEXT("last\n")));
    expect(&p, TM_TEXT("first\nlast\n"));
    assert_int_equal(r.size_bytes, 11);
    tm_records_close(&r);
    close_place(&p);
}

static void what_cannot_be_taken_back_is_finished_first(void **state)
{
    (void)state;
    place p = open_place();
    tm_records r = open_little(&p, TM_RECORD_FRAMED);
    r.os.truncate = refuse_to_truncate;
    run_out_after(5);
    assert_false(tm_records_add(&r, TM_TEXT("\0\0\0\3abc")));
    assert_int_equal(errno, ENOSPC);
    expect(&p, TM_TEXT("\0\0\0\3a"));
    run_out_after(1);
    assert_false(tm_records_add(&r, TM_TEXT("\0\0\0\1x")));
    expect(&p, TM_TEXT("\0\0\0\3ab"));
    full = false;
    assert_true(tm_records_add(&r, TM_TEXT("\0\0\0\1y")));
    expect(&p, TM_TEXT("\0\0\0\3abc\0\0\0\1y"));
    run_out_after(3);
    assert_false(tm_records_add(&r, TM_TEXT("\0\0\0\1z")));
    full = false;
    tm_records_close(&r); /* so is it at the end */
    expect(&p, TM_TEXT("\0\0\0\3abc\0\0\0\1y\0\0\0\1z"));
    close_place(&p);
}

static void what_others_wrote_is_not_taken_back(void **state)
{
    (void)state;
    place p = open_place();
    tm_records r = open_little(&p, TM_RECORD_LINE);
    assert_true(tm_records_add(&r, TM_TEXT("ours\n")));
    int other = open(p.path, O_WRONLY | O_APPEND);
    assert_int_equal(write(other, "theirs\n", 7), 7);
    run_out_after(2);
    assert_false(tm_records_add(&r, TM_TEXT("half\n")));
    expect(&p, TM_TEXT("ours\ntheirs\n"));
    assert_int_equal(ftruncate(other, 0), 0); /* as logrotate's copytruncate does */
    run_out_after(2);
    assert_false(tm_records_add(&r, TM_TEXT("half\n")));
    expect(&p, TM_TEXT(""));
    close(other);
    tm_records_close(&r);
    close_place(&p);
}

static void a_device_that_is_full_says_so(void **state)
{
    (void)state;
    tm_records r = tm_records_new(TM_RECORD_LINE);
    assert_int_equal(tm_records_open(&r, "/dev/full", true), TM_RECORDS_OPEN);
    assert_false(tm_records_add(&r, TM_TEXT("x\n")));
    assert_int_equal(errno, ENOSPC);
    tm_records_close(&r);
}

/* ---- files that are there already ------------------------------------------------------------ */

static void a_line_that_was_cut_off_is_ended(void **state)
{
    (void)state;
    place p = open_place();
    static const struct {
        const char *before, *after;
    } rows[] = {{"whole\n", "whole\nnew\n"}, {"half", "half\nnew\n"}, {"", "new\n"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fill(&p, tm_text_of(rows[i].before));
        tm_records r = open_little(&p, TM_RECORD_LINE);
        expect(&p, tm_text_of(rows[i].before)); /* opening changes nothing */
        assert_true(tm_records_add(&r, TM_TEXT("new\n")));
        expect(&p, tm_text_of(rows[i].after));
        tm_records_close(&r);
    }
    tm_records r = tm_records_new(TM_RECORD_LINE);
    fill(&p, TM_TEXT("half"));
    assert_int_equal(tm_records_open(&r, p.path, true), TM_RECORDS_OPEN);
    assert_true(tm_records_add(&r, TM_TEXT("new\n")));
    expect(&p, TM_TEXT("new\n"));
    tm_records_close(&r);
    close_place(&p);
}

static void a_frame_that_was_cut_off_is_noticed(void **state)
{
    (void)state;
    place p = open_place();
    const tm_text whole = TM_TEXT("\0\0\0\0\0\0\0\3abc\0\0\0\1x");
    for (size_t n = 0; n <= whole.n; n++) {
        bool is_whole = n == 0 || n == 4 || n == 11 || n == whole.n;
        tm_records r = tm_records_new(TM_RECORD_FRAMED);
        fill(&p, tm_text_slice(whole.p, n));
        assert_int_equal(tm_records_open(&r, p.path, false),
                         is_whole ? TM_RECORDS_OPEN : TM_RECORDS_TORN);
        tm_records_close(&r);
    }
    close_place(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_a_record_is_taken_back),
        cmocka_unit_test(what_cannot_be_taken_back_is_finished_first),
        cmocka_unit_test(what_others_wrote_is_not_taken_back),
        cmocka_unit_test(a_device_that_is_full_says_so),
        cmocka_unit_test(a_line_that_was_cut_off_is_ended),
        cmocka_unit_test(a_frame_that_was_cut_off_is_noticed),
    };
    return cmocka_run_group_tests_name("pipe/records", tests, NULL, NULL);
}
