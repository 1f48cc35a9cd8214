/* Bind: one socket for both families where every address is meant.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memrchr */
#include "net/bind.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_port(tm_text number)
{
    unsigned port = 0;
    for (size_t i = 0; i < number.n; i++) {
        if (number.p[i] < '0' || number.p[i] > '9' || port > 65535)
            return false;
        port = port * 10 + (unsigned)(number.p[i] - '0');
    }
    return number.n > 0 && port <= 65535;
}

/* Splits "host:port" and "[host]:port" into two C strings. */
static bool split_address(tm_text address, char *host, size_t host_bytes, char *port,
                          size_t port_bytes)
{
    const char *colon = address.n ? memrchr(address.p, ':', address.n) : NULL;
    if (!colon)
        return false;
    tm_text name = tm_text_slice(address.p, (size_t)(colon - address.p));
    tm_text number = tm_text_skip(address, name.n + 1);
    if (name.n > 1 && name.p[0] == '[' && name.p[name.n - 1] == ']')
        name = tm_text_slice(name.p + 1, name.n - 2);
    if (name.n >= host_bytes || number.n >= port_bytes || !is_port(number))
        return false;
    if (tm_text_is(name, "localhost")) /* as Go does: one address, the older family */
        name = TM_TEXT("127.0.0.1");
    if (!name.n)
        name = TM_TEXT("0.0.0.0");
    snprintf(host, host_bytes, "%.*s", TM_PRI(name));
    snprintf(port, port_bytes, "%.*s", TM_PRI(number));
    return true;
}

/* Does it mean every address, in whatever spelling? */
static bool is_any(const struct sockaddr *at)
{
    if (at->sa_family == AF_INET)
        return ((const struct sockaddr_in *)at)->sin_addr.s_addr == INADDR_ANY;
    if (at->sa_family != AF_INET6)
        return false;
    struct in6_addr address = ((const struct sockaddr_in6 *)at)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address))
        memset(address.s6_addr + 10, 0, 2);
    return IN6_IS_ADDR_UNSPECIFIED(&address);
}

static in_port_t port_at(const struct sockaddr *at)
{
    return at->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)at)->sin6_port
                                     : ((const struct sockaddr_in *)at)->sin_port;
}

/* A listening socket of one address, of both families when it is IPv6 and `both`; -1 and errno. */
static int listen_at(const struct sockaddr *at, socklen_t n, bool both)
{
    int on = 1, only = !both;
    int fd = socket(at->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if ((at->sa_family != AF_INET6 ||
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) == 0) &&
        bind(fd, at, n) == 0 && listen(fd, TM_BACKLOG) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* Every address of the machine. What goes wrong with IPv6, but for a port that is not to be had,
 * means that there is none. */
static int listen_everywhere(in_port_t port)
{
    const struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = port};
    const struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = port};
    int fd = listen_at((const struct sockaddr *)&six, sizeof six, true);
    if (fd >= 0 || errno == EADDRINUSE || errno == EACCES || errno == EMFILE || errno == ENFILE)
        return fd;
    return listen_at((const struct sockaddr *)&four, sizeof four, false);
}

/* What the address stands for, to be freed; NULL and why in *reason. */
static struct addrinfo *look_up(tm_text address, const char **reason)
{
    char host[256], port[16];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    *reason = "the address must be HOST:PORT, with a port of 0 to 65535";
    if (!split_address(address, host, sizeof host, port, sizeof port))
        return NULL;
    int failed = getaddrinfo(host, port, &hints, &found);
    if (failed)
        *reason = gai_strerror(failed);
    return failed ? NULL : found;
}

/* Why binding failed with `error`. */
static const char *why_not(int error, const struct addrinfo *at)
{
    bool reserved = error == EACCES && at && ntohs(port_at(at->ai_addr)) < IPPORT_RESERVED;
    return reserved ? "Permission denied: ports below 1024 are for root, or a process with "
                      "CAP_NET_BIND_SERVICE"
                    : strerror(error);
}

int tm_bind(tm_text address, const char **reason)
{
    struct addrinfo *found = look_up(address, reason);
    int fd = -1;
    if (!found)
        return -1;
    for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
        fd = is_any(a->ai_addr) ? listen_everywhere(port_at(a->ai_addr))
                                : listen_at(a->ai_addr, a->ai_addrlen, false);
    *reason = why_not(errno, found);
    freeaddrinfo(found);
    return fd;
}

static bool same_host(const struct sockaddr *a, const struct sockaddr *b)
{
    if (is_any(a) || is_any(b))
        return is_any(a) && is_any(b);
    if (a->sa_family != b->sa_family)
        return false;
    if (a->sa_family == AF_INET6)
        return IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)a)->sin6_addr,
                                  &((const struct sockaddr_in6 *)b)->sin6_addr);
    return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
           ((const struct sockaddr_in *)b)->sin_addr.s_addr;
}

bool tm_bind_is_at(int fd, tm_text address)
{
    struct sockaddr_storage own = {0};
    const struct sockaddr *at = (const struct sockaddr *)&own;
    socklen_t n = sizeof own;
    const char *reason;
    struct addrinfo *found = look_up(address, &reason);
    bool same = false;
    if (getsockname(fd, (struct sockaddr *)&own, &n) == 0)
        for (const struct addrinfo *a = found; a && !same; a = a->ai_next)
            same = same_host(at, a->ai_addr) && port_at(at) == port_at(a->ai_addr);
    if (found)
        freeaddrinfo(found);
    return same;
}

uint16_t tm_bind_port(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t n = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &n);
    return ntohs(port_at((const struct sockaddr *)&address));
}
