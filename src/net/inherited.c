/* Inherited: listening sockets that a supervisor has opened already (LISTEN_FDS).
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/inherited.h"

#include "net/bind.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

static int option_of(int fd, int option)
{
    int value = 0;
    socklen_t n = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &n) == 0 ? value : -1;
}

static bool listens(int fd)
{
    const int family = option_of(fd, SO_DOMAIN);
    return option_of(fd, SO_TYPE) == SOCK_STREAM && option_of(fd, SO_ACCEPTCONN) == 1 &&
           (family == AF_INET || family == AF_INET6);
}

static long number_of(const char *text)
{
    char *end;
    long number = text && *text ? strtol(text, &end, 10) : -1;
    return number < 0 || *end ? -1 : number;
}

void tm_inherited_read(tm_inherited *in, const char *pid, const char *count, const char *names)
{
    const long all = number_of(count);
    tm_text rest = tm_text_of(names ? names : ""), name = {0};
    *in = (tm_inherited){0};
    if (number_of(pid) != getpid())
        return;
    for (long i = 0; i < all && i < TM_INHERITED_MOST; i++) {
        const int fd = FIRST_FD + (int)i;
        if (!tm_text_next(&rest, ':', &name))
            name = TM_TEXT("");
        if (!listens(fd))
            continue;
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        in->socket[in->count++] = (tm_inherited_socket){fd, name};
    }
}

static int take(tm_inherited_socket *s)
{
    int fd = s->fd;
    s->fd = -1;
    return fd;
}

int tm_inherited_take(tm_inherited *in, tm_text name, tm_text address)
{
    for (unsigned i = 0; in && i < in->count; i++)
        if (in->socket[i].fd >= 0 && name.n && tm_text_equal(in->socket[i].name, name))
            return take(&in->socket[i]);
    for (unsigned i = 0; in && i < in->count; i++)
        if (in->socket[i].fd >= 0 && tm_bind_is_at(in->socket[i].fd, address))
            return take(&in->socket[i]);
    return -1;
}
