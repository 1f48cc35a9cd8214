/* Records: a write that stops half-way is taken back, so that the next one starts on its own.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/records.h"

#include "base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAME_HEAD_BYTES = 4 };

tm_records tm_records_new(tm_record_form form)
{
    return (tm_records){.os = {.write = write, .truncate = ftruncate}, .form = form, .fd = -1};
}

/* ---- the end of a file that is there ----------------------------------------------------------
 */

/* Whether frames from the start end where the file ends. */
static bool frames_end_at(int fd, uint64_t size_bytes)
{
    uint64_t at = 0;
    uint8_t head[FRAME_HEAD_BYTES];
    while (at < size_bytes) {
        if (pread(fd, head, sizeof head, (off_t)at) != (ssize_t)sizeof head)
            return false;
        uint32_t n = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 |
                     (uint32_t)head[3];
        at += sizeof head + n;
    }
    return at == size_bytes;
}

static bool line_ends_at(int fd, uint64_t size_bytes)
{
    char last = '\n';
    return pread(fd, &last, 1, (off_t)size_bytes - 1) != 1 || last == '\n';
}

/* Whether the file ends with a whole record; what cannot be read is taken to. */
static bool ends_whole(const tm_records *r, const char *path)
{
    int fd = r->size_bytes ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return true;
    bool whole = r->form == TM_RECORD_LINE ? line_ends_at(fd, r->size_bytes)
                                           : frames_end_at(fd, r->size_bytes);
    close(fd);
    return whole;
}

tm_records_state tm_records_open(tm_records *r, const char *path, bool anew)
{
    struct stat found;
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (anew ? O_TRUNC : 0);
    tm_bytes_free(&r->rest);
    r->fd = open(path, flags, 0600);
    if (r->fd < 0)
        return TM_RECORDS_FAILED;
    bool regular = fstat(r->fd, &found) == 0 && S_ISREG(found.st_mode);
    r->size_bytes = regular ? (uint64_t)found.st_size : 0;
    if (ends_whole(r, path))
        return TM_RECORDS_OPEN;
    if (r->form == TM_RECORD_FRAMED)
        return TM_RECORDS_TORN;
    if (tm_bytes_add(&r->rest, TM_TEXT("\n")))
        return TM_RECORDS_OPEN;
    tm_records_close(r);
    errno = ENOMEM;
    return TM_RECORDS_FAILED;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

/* How many of the bytes were written; fewer than there are: errno says why. */
static size_t write_some(tm_records *r, tm_text t)
{
    size_t done = tm_write_all_by(r->os.write, r->fd, t);
    r->size_bytes += done;
    return done;
}

/* Shortens the file by what was written last, unless somebody else has written behind it. */
static bool take_back(tm_records *r, size_t written)
{
    struct stat now;
    off_t end = lseek(r->fd, 0, SEEK_CUR);
    if (end < (off_t)written || fstat(r->fd, &now) != 0 || now.st_size != end ||
        r->os.truncate(r->fd, end - (off_t)written) != 0)
        return false;
    r->size_bytes -= written;
    return true;
}

/* Finishes what was begun before. False with errno. */
static bool write_rest(tm_records *r)
{
    tm_bytes_skip(&r->rest, write_some(r, tm_bytes_text(&r->rest)));
    return r->rest.n == 0;
}

bool tm_records_add(tm_records *r, tm_text record)
{
    if (!write_rest(r))
        return false;
    size_t done = write_some(r, record);
    if (done == record.n)
        return true;
    int why = errno;
    if (done && !take_back(r, done) && !tm_bytes_add(&r->rest, tm_text_skip(record, done)))
        tm_records_close(r); /* the next one who opens it sees that it is torn */
    errno = why;
    return false;
}

void tm_records_close(tm_records *r)
{
    if (r->fd < 0)
        return;
    if (r->rest.n)
        write_rest(r);
    close(r->fd);
    r->fd = -1;
    tm_bytes_free(&r->rest);
}
