/* Records: a transport that behaves as TLS does. Both sides say two hellos each before bytes flow;
 * bytes travel in records that are opened whole and given out in parts; after every few records the
 * writer goes on only when the other side has confirmed a new key, so that writes wait for reads;
 * and a reader that owes such a confirmation sends it first, so that reads wait for writes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_NET_RECORDS_H
#define TM_TESTS_NET_RECORDS_H

#include "io/bytes.h"
#include "net/loop.h"
#include "net/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    RECORD_HELLO = 'h', /* what a record is: its first byte */
    RECORD_DATA = 'd',
    RECORD_KEY = 'k',  /* asks for ... */
    RECORD_ACK = 'a',  /* ... this */
    RECORD_BYE = 'b',  /* no more data */
    RECORD_HEAD = 3,   /* and two bytes of length */
    RECORD_MOST = 900, /* bytes in one */
    RECORD_KEYS = 5,   /* so many records, then a new key */
    RECORD_PULL = 5000,
    RECORD_GIVE = 1000, /* bytes that one read gives at most */
};

typedef struct records {
    tm_transport transport; /* first */
    bool server, greeted, awaits_ack, ended, told_end, said_bye;
    unsigned hellos, since_key;
    tm_bytes raw, plain, out; /* as they came; opened; to be sent */
    size_t given, sent;       /* of plain, of out */
    size_t owed;              /* of the writer's bytes in `out`, not told as written yet */
    unsigned waits_read;      /* how often a write waited for something to be read */
} records;

static inline void records_add(records *r, char type, const char *p, size_t n)
{
    const char head[RECORD_HEAD] = {type, (char)(n >> 8), (char)n};
    tm_bytes_add(&r->out, tm_text_slice(head, sizeof head));
    size_t from = r->out.n;
    if (n)
        tm_bytes_add(&r->out, tm_text_slice(p, n));
    for (size_t i = from; i < r->out.n; i++)
        r->out.p[i] ^= 0x55;
}

/* Sends what is to be sent. */
static inline int records_push(records *r)
{
    while (r->sent < r->out.n) {
        ssize_t n = send(r->transport.fd, r->out.p + r->sent, r->out.n - r->sent, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? TM_IO_AGAIN : TM_IO_FAILED;
        r->sent += (size_t)n;
    }
    r->sent = r->out.n = 0;
    return TM_IO_DONE;
}

static inline void records_open(records *r, char type, char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] ^= 0x55;
    if (type == RECORD_HELLO && ++r->hellos && (r->server || r->hellos == 1))
        records_add(r, RECORD_HELLO, "hello", 5);
    if (type == RECORD_DATA)
        tm_bytes_add(&r->plain, tm_text_slice(p, n));
    if (type == RECORD_KEY && !r->said_bye) /* else the other side knows that none comes */
        records_add(r, RECORD_ACK, NULL, 0);
    r->awaits_ack &= type != RECORD_ACK;
    r->ended |= type == RECORD_BYE;
}

/* Takes what has come and opens every record that is complete. */
static inline int records_pull(records *r)
{
    char some[RECORD_PULL];
    ssize_t n = recv(r->transport.fd, some, sizeof some, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? TM_IO_AGAIN : TM_IO_FAILED;
    if (n == 0) {
        r->ended = true;
        return TM_IO_END;
    }
    tm_bytes_add(&r->raw, tm_text_slice(some, (size_t)n));
    size_t at = 0;
    while (r->raw.n - at >= RECORD_HEAD) {
        const uint8_t *head = (const uint8_t *)r->raw.p + at;
        size_t bytes = (size_t)head[1] << 8 | head[2];
        if (!strchr("hdkab", head[0])) {
            r->transport.why = "no record";
            return TM_IO_FAILED;
        }
        if (r->raw.n - at < RECORD_HEAD + bytes)
            break;
        records_open(r, r->raw.p[at], r->raw.p + at + RECORD_HEAD, bytes);
        at += RECORD_HEAD + bytes;
    }
    memmove(r->raw.p, r->raw.p + at, r->raw.n - at);
    r->raw.n -= at;
    return TM_IO_DONE;
}

static inline int records_shake(tm_transport *transport)
{
    records *r = (records *)transport;
    if (!r->server && !r->greeted)
        records_add(r, RECORD_HELLO, "hello", 5);
    r->greeted = true;
    for (;;) {
        int n = records_push(r);
        transport->read_needs = n == TM_IO_AGAIN ? TM_WATCH_WRITE : TM_WATCH_READ;
        if (n != TM_IO_DONE || r->hellos == 2)
            return n;
        n = records_pull(r);
        if (n != TM_IO_DONE)
            return n == TM_IO_END ? TM_IO_FAILED : n;
    }
}

static inline ptrdiff_t records_read(tm_transport *transport, const struct iovec *part,
                                     unsigned parts)
{
    records *r = (records *)transport;
    size_t given = 0;
    int n = records_push(r); /* a confirmation that is owed */
    transport->read_needs = n == TM_IO_AGAIN ? TM_WATCH_WRITE : TM_WATCH_READ;
    while (n == TM_IO_DONE && r->given == r->plain.n && !r->ended) {
        n = records_pull(r);
        if (n == TM_IO_DONE && (n = records_push(r)) == TM_IO_AGAIN)
            transport->read_needs = TM_WATCH_WRITE;
    }
    if (n == TM_IO_FAILED || (n == TM_IO_AGAIN && r->given == r->plain.n))
        return n;
    for (; parts && given < RECORD_GIVE && r->given < r->plain.n; part++, parts--) {
        size_t turn = r->plain.n - r->given;
        turn = turn < part->iov_len ? turn : part->iov_len;
        turn = turn < RECORD_GIVE - given ? turn : RECORD_GIVE - given;
        memcpy(part->iov_base, r->plain.p + r->given, turn);
        given += turn;
        r->given += turn;
        if (turn < part->iov_len)
            break;
    }
    if (r->given == r->plain.n)
        r->given = r->plain.n = 0;
    r->told_end |= !given;
    return (ptrdiff_t)given; /* 0: the end */
}

/* Whether a write may begin another record; else why not. */
static inline int records_may_write(records *r)
{
    int n = records_push(r);
    r->transport.write_needs = TM_WATCH_WRITE;
    while (n == TM_IO_DONE && r->awaits_ack && !r->ended) {
        n = records_pull(r);
        if (n == TM_IO_AGAIN) {
            r->transport.write_needs = TM_WATCH_READ;
            r->waits_read++;
        }
    }
    return n == TM_IO_END ? TM_IO_DONE : n;
}

/* The next bytes of the parts, from `skip` on, as one record. How many. */
static inline size_t records_seal(records *r, const struct iovec *part, unsigned parts, size_t skip)
{
    char some[RECORD_MOST];
    size_t n = 0;
    for (; parts && n < RECORD_MOST; part++, parts--) {
        size_t from = skip < part->iov_len ? skip : part->iov_len;
        size_t turn = part->iov_len - from;
        turn = turn < RECORD_MOST - n ? turn : RECORD_MOST - n;
        memcpy(some + n, (const char *)part->iov_base + from, turn);
        n += turn;
        skip -= from;
    }
    if (n)
        records_add(r, RECORD_DATA, some, n);
    if (n && ++r->since_key == RECORD_KEYS) {
        records_add(r, RECORD_KEY, NULL, 0);
        r->since_key = 0;
        r->awaits_ack = true;
    }
    return n;
}

static inline ptrdiff_t records_write(tm_transport *transport, const struct iovec *part,
                                      unsigned parts)
{
    records *r = (records *)transport;
    size_t written = 0;
    for (;;) {
        int n = r->owed ? records_push(r) : records_may_write(r);
        if (n == TM_IO_AGAIN && r->owed)
            transport->write_needs = TM_WATCH_WRITE;
        if (n != TM_IO_DONE)
            return written && n == TM_IO_AGAIN ? (ptrdiff_t)written : n;
        written += r->owed;
        r->owed = 0;
        n = records_may_write(r);
        if (n != TM_IO_DONE)
            return written && n == TM_IO_AGAIN ? (ptrdiff_t)written : n;
        r->owed = records_seal(r, part, parts, written);
        if (!r->owed)
            return (ptrdiff_t)written;
    }
}

static inline bool records_pending(const tm_transport *transport)
{
    const records *r = (const records *)transport;
    return r->given < r->plain.n || (r->ended && !r->told_end);
}

static inline int records_finish(tm_transport *transport)
{
    records *r = (records *)transport;
    int n = records_may_write(r);
    if (n == TM_IO_DONE && !r->said_bye) {
        records_add(r, RECORD_BYE, NULL, 0);
        r->said_bye = true;
        n = records_push(r);
    }
    if (n == TM_IO_DONE)
        shutdown(transport->fd, SHUT_WR);
    return n;
}

static inline void records_close(tm_transport *transport)
{
    records *r = (records *)transport;
    close(transport->fd);
    tm_bytes_free(&r->raw);
    tm_bytes_free(&r->plain);
    tm_bytes_free(&r->out);
    tm_heap_free(transport->heap, r);
}

static const tm_transport_kind records_kind = {.shake = records_shake,
                                               .read = records_read,
                                               .write = records_write,
                                               .pending = records_pending,
                                               .finish = records_finish,
                                               .close = records_close};

static inline tm_transport *records_new(const tm_heap *heap, int fd, bool server)
{
    records *r = tm_heap_alloc(heap, sizeof *r);
    if (!r)
        return NULL;
    *r = (records){.transport = {.kind = &records_kind,
                                 .heap = heap,
                                 .fd = fd,
                                 .secure = true,
                                 .read_needs = TM_WATCH_READ,
                                 .write_needs = TM_WATCH_WRITE},
                   .server = server};
    return &r->transport;
}

static inline tm_transport *records_accept(void *owner, const tm_heap *heap, int fd)
{
    (void)owner;
    return records_new(heap, fd, true);
}

static inline tm_transport *records_connect(void *owner, const tm_heap *heap, int fd)
{
    (void)owner;
    return records_new(heap, fd, false);
}

#endif
