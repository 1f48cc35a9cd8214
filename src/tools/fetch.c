/* Fetch: one page of an HTTP server nearby.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/fetch.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { WAIT_S = 30 };

bool tm_fetch_address_read(tm_text text, tm_fetch_address *out)
{
    const tm_text scheme = TM_TEXT("http://");
    if (tm_text_starts(text, scheme))
        text = tm_text_skip(text, scheme.n);
    if (tm_text_ends(text, TM_TEXT("/")))
        text.n--;
    size_t colon = text.n;
    while (colon && text.p[colon - 1] != ':')
        colon--;
    tm_text host = tm_text_slice(text.p, colon ? colon - 1 : 0), port = tm_text_skip(text, colon);
    if (tm_text_starts(host, TM_TEXT("[")) && tm_text_ends(host, TM_TEXT("]")))
        host = tm_text_slice(host.p + 1, host.n - 2);
    if (!colon || !port.n || port.n >= sizeof out->port || host.n >= sizeof out->host)
        return false;
    for (size_t i = 0; i < port.n; i++)
        if (port.p[i] < '0' || port.p[i] > '9')
            return false;
    if (!host.n)
        host = TM_TEXT("localhost");
    snprintf(out->host, sizeof out->host, "%.*s", TM_PRI(host));
    snprintf(out->port, sizeof out->port, "%.*s", TM_PRI(port));
    return true;
}

static bool fail(char *error, size_t n, const char *what, const char *why)
{
    snprintf(error, n, "%s: %s", what, why);
    return false;
}

/* A connected socket, or -1. */
static int dial(const tm_fetch_address *a, char *error, size_t error_bytes)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const struct timeval wait = {.tv_sec = WAIT_S};
    struct addrinfo *all;
    int fd = -1, bad = getaddrinfo(a->host, a->port, &hints, &all);
    if (bad) {
        fail(error, error_bytes, a->host, gai_strerror(bad));
        return -1;
    }
    for (const struct addrinfo *i = all; i && fd < 0; i = i->ai_next) {
        fd = socket(i->ai_family, i->ai_socktype | SOCK_CLOEXEC, i->ai_protocol);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
        if (connect(fd, i->ai_addr, i->ai_addrlen) != 0) {
            const int why = errno;
            close(fd);
            fd = -1;
            errno = why;
        }
    }
    if (fd < 0)
        fail(error, error_bytes, "cannot connect", strerror(errno));
    freeaddrinfo(all);
    return fd;
}

static bool send_all(int fd, tm_text text)
{
    while (text.n) {
        const ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text = tm_text_skip(text, (size_t)n);
    }
    return true;
}

/* Everything up to the end of the connection. */
static bool receive_all(int fd, tm_bytes *out)
{
    enum { STEP = 64 << 10 };
    for (;;) {
        if (out->n > TM_FETCH_BYTES_MOST || !tm_bytes_reserve(out, STEP))
            return false;
        const ssize_t n = recv(fd, out->p + out->n, STEP, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        out->n += (size_t)n;
    }
}

/* Takes the head off; false when it is none of HTTP/1.1, or the body is cut. */
static bool take_head(tm_bytes *answer, int *status)
{
    const tm_text end = TM_TEXT("\r\n\r\n"), length = TM_TEXT("\r\ncontent-length:");
    tm_text rest = tm_bytes_text(answer), line;
    const ptrdiff_t at = tm_text_find(rest, end);
    if (at < 0 || !tm_text_starts(rest, TM_TEXT("HTTP/1.1 ")))
        return false;
    *status = atoi(rest.p + 9);
    const size_t body = answer->n - (size_t)at - end.n;
    rest.n = (size_t)at;
    while (tm_text_next(&rest, '\n', &line)) {
        const tm_text name = tm_text_skip(length, 2);
        if (line.n > name.n && tm_text_same_word(tm_text_slice(line.p, name.n), name) &&
            (size_t)strtoull(line.p + name.n, NULL, 10) != body)
            return false;
    }
    tm_bytes_skip(answer, (size_t)at + end.n);
    return true;
}

bool tm_fetch(const tm_fetch_address *a, const char *path, int *status, tm_bytes *body, char *error,
              size_t error_bytes)
{
    char request[1024];
    const int n = snprintf(request, sizeof request,
                           "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    body->n = 0;
    const int fd = dial(a, error, error_bytes);
    if (fd < 0)
        return false;
    bool ok = n > 0 && (size_t)n < sizeof request &&
              send_all(fd, tm_text_slice(request, (size_t)n)) && receive_all(fd, body);
    close(fd);
    if (!ok)
        return fail(error, error_bytes, "no answer", strerror(errno));
    return take_head(body, status) || fail(error, error_bytes, "no answer", "this is no HTTP");
}
