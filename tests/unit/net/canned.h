/* A server of canned bytes in a thread, for the tests of the gRPC client.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_NET_CANNED_H
#define TM_TESTS_NET_CANNED_H

#include <assert.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef TM_TEST_TLS
#define TM_TEST_RECORDS
#endif
#ifdef TM_TEST_RECORDS /* the same over a transport that behaves as TLS does, or is it */
#include "bridge.h"
#endif

enum { DATA = 0, HEADERS = 1, RST = 3, SETTINGS = 4, GOAWAY = 7, END_STREAM = 1, END_HEADERS = 4 };

/* Answers each stream that ends with an empty message and grpc-status 0, unless `mute`. */
typedef struct canned {
    int listener;
    pthread_t thread;
    uint16_t port;
    bool mute;
    atomic_int streams; /* that have ended */
} canned;

static bool read_all(int fd, void *p, size_t n)
{
    return recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

static void put_frame(char **at, int type, int flags, uint32_t stream, const void *p, size_t n)
{
    uint8_t head[9] = {0, (uint8_t)(n >> 8), (uint8_t)n, (uint8_t)type, (uint8_t)flags};
    uint32_t id = htonl(stream);
    memcpy(head + 5, &id, 4);
    memcpy(*at, head, 9);
    memcpy(*at + 9, p, n);
    *at += 9 + n;
}

static void answer_stream(int fd, uint32_t stream)
{
    static const char head[] = "\x88\x0f\x10\x10"
                               "application/grpc";
    static const char trailer[] = "\0\x0bgrpc-status\x01"
                                  "0";
    char out[256], *at = out;
    put_frame(&at, HEADERS, END_HEADERS, stream, head, sizeof head - 1);
    put_frame(&at, DATA, 0, stream, "\0\0\0\0\0", 5);
    put_frame(&at, HEADERS, END_HEADERS | END_STREAM, stream, trailer, sizeof trailer - 1);
    send(fd, out, (size_t)(at - out), MSG_NOSIGNAL);
}

static void serve_one(canned *c, int fd)
{
    /* SETTINGS with a window of 2^30, and the same for the connection. */
    static const char greeting[] = "\0\0\6\4\0\0\0\0\0"
                                   "\0\4\x40\0\0\0"
                                   "\0\0\4\x8\0\0\0\0\0"
                                   "\x3f\0\0\0";
    char preface[24], *body = malloc(1 << 24);
    uint8_t head[9];
    send(fd, greeting, sizeof greeting - 1, MSG_NOSIGNAL);
    bool on = read_all(fd, preface, sizeof preface);
    while (on && read_all(fd, head, sizeof head)) {
        size_t n = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        uint32_t stream = (uint32_t)head[7] << 8 | head[8];
        on = n == 0 || read_all(fd, body, n);
        if (on && head[3] == DATA && head[4] & END_STREAM) {
            c->streams++;
            if (!c->mute)
                answer_stream(fd, stream);
        }
    }
    free(body);
    close(fd);
}

static void *serve(void *argument)
{
    canned *c = argument;
    for (int fd; (fd = accept(c->listener, NULL, NULL)) >= 0;) {
#ifdef TM_TEST_RECORDS
        fd = bridge_open(fd, true);
#endif
        serve_one(c, fd);
    }
    return NULL;
}

static void open_canned(canned *c)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    c->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(c->listener, (struct sockaddr *)&at, n), 0);
    listen(c->listener, 8);
    getsockname(c->listener, (struct sockaddr *)&at, &n);
    c->port = ntohs(at.sin_port);
    pthread_create(&c->thread, NULL, serve, c);
}

static void close_canned(canned *c)
{
    shutdown(c->listener, SHUT_RDWR);
    pthread_join(c->thread, NULL);
    close(c->listener);
}

#endif
