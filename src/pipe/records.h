/* Records: requests at the end of a file, each of them whole or not there at all.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_RECORDS_H
#define TM_PIPE_RECORDS_H

#include "io/bytes.h"

#include <sys/types.h>

typedef enum tm_record_form {
    TM_RECORD_LINE,  /* ends with a line feed and has no other */
    TM_RECORD_FRAMED /* its size in bytes as a big-endian uint32, then so many bytes */
} tm_record_form;

/* What is asked of the operating system, so that tests can let it fail. As write(2) and
 * ftruncate(2). */
typedef struct tm_records_os {
    ssize_t (*write)(int fd, const void *bytes, size_t n);
    int (*truncate)(int fd, off_t size_bytes);
} tm_records_os;

typedef struct tm_records {
    tm_records_os os;
    tm_record_form form;
    int fd;              /* -1: closed */
    uint64_t size_bytes; /* of the file */
    tm_bytes rest;       /* of a record that was begun and could not be taken back */
} tm_records;

typedef enum tm_records_state {
    TM_RECORDS_FAILED, /* with errno */
    TM_RECORDS_OPEN,
    TM_RECORDS_TORN /* open, but a framed record at the end is not whole: do not add to it */
} tm_records_state;

/* Closed. */
tm_records tm_records_new(tm_record_form form);

/* Opens the file to write behind what it holds, or with `anew` in its place. A last line that is
 * not whole is ended first when something is added. */
tm_records_state tm_records_open(tm_records *records, const char *path, bool anew);

/* Adds one record. False with errno: nothing of it stays in the file; where that cannot be (a
 * pipe), the record is finished before the next one. */
bool tm_records_add(tm_records *records, tm_text record);

/* Closes the file; fine when it is closed. */
void tm_records_close(tm_records *records);

#endif
