/* Write: all of a text to a file descriptor.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_WRITE_H
#define TM_BASE_WRITE_H

#include "base/text.h"

#include <sys/types.h>

/* As write(2). */
typedef ssize_t tm_write_fn(int fd, const void *bytes, size_t n);

/* Writes it in as many pieces as it takes and returns how many bytes were written; fewer than there
 * are: errno says why. (The spool has a loop of its own, which counts under a lock while it
 * writes.) */
size_t tm_write_all(int fd, tm_text text);

/* The same through another function, which tests let fail. */
size_t tm_write_all_by(tm_write_fn *write_some, int fd, tm_text text);

#endif
