/* Write: one loop around write(2).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/write.h"

#include <errno.h>
#include <unistd.h>

size_t tm_write_all_by(tm_write_fn *write_some, int fd, tm_text text)
{
    size_t done = 0;
    while (done < text.n) {
        ssize_t n = write_some(fd, text.p + done, text.n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = EIO;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

size_t tm_write_all(int fd, tm_text text)
{
    return tm_write_all_by(write, fd, text);
}
