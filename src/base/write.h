/* Write: all of a text to a file descriptor.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_WRITE_H
#define TM_BASE_WRITE_H

#include "base/text.h"

/* Writes it in as many pieces as it takes and returns how many bytes were written; fewer than there
 * are: errno says why. (The spool and the file exporter have loops of their own: one counts under
 * a lock while it writes, the other calls what tests let fail.) */
size_t tm_write_all(int fd, tm_text text);

#endif
