/* Link: a connection's transport, its timers and its end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_session.h"

#include <assert.h>
#include <stdio.h>

void tm_link_kill(tm_link *link, const char *why)
{
    if (link->dead)
        return;
    link->dead = true;
    if (why != link->why)
        snprintf(link->why, sizeof link->why, "%s", why);
}

/* What a transport that failed says of it. */
static const char *broken(const tm_link *link)
{
    return link->transport->why ? link->transport->why : "reset";
}

/* Of an end before HTTP/2 began: mostly the port is another one. */
static const char *ended(const tm_link *link)
{
    if (link->ready)
        return "closed by the server";
    return link->channel->options.transport.make
               ? "closed by the server before HTTP/2 began"
               : "closed by the server before HTTP/2 began, perhaps it wants TLS";
}

static const char *misspoken(const tm_link *link)
{
    return link->ready ? "protocol error" : "no HTTP/2: perhaps it is a port of OTLP/HTTP";
}

static void take_input(tm_link *link)
{
    if (link->transport->write_needs != TM_WATCH_WRITE)
        link->blocked = false; /* what it waits for may be among what is read */
    for (;;) {
        const struct iovec part = {link->input, sizeof link->input};
        ptrdiff_t n = link->transport->kind->read(link->transport, &part, 1);
        if (n == TM_IO_AGAIN)
            return;
        if (n == TM_IO_END || n == TM_IO_FAILED)
            return tm_link_kill(link, n == TM_IO_END ? ended(link) : broken(link));
        link->heard_ms = tm_loop_now_ms(link->channel->options.loop);
        const char *why = tm_session_take(link, tm_text_slice(link->input, (size_t)n));
        if (why)
            return tm_link_kill(link, why);
        if ((size_t)n < sizeof link->input && !tm_transport_pending(link->transport))
            return;
    }
}

static void be_ready(void *argument, int what)
{
    tm_link *link = argument;
    int able = tm_transport_able(link->transport, what);
    if (able & TM_WATCH_WRITE)
        link->blocked = false;
    if (able & TM_WATCH_READ && !link->dead)
        take_input(link);
    tm_channel_settle(link->channel);
}

static void read_again(void *argument)
{
    tm_link *link = argument;
    if (!link->dead)
        take_input(link);
    tm_channel_settle(link->channel);
}

/* Keepalive: silence while calls run, then a PING, then the end. */
static void check_pulse(void *argument)
{
    tm_link *link = argument;
    const tm_channel_options *options = &link->channel->options;
    uint64_t silence = tm_loop_now_ms(options->loop) - link->heard_ms;
    if (link->running.n == 0 && !options->keepalive_idle)
        return; /* the next call starts it again */
    if (silence < options->keepalive_ms) {
        link->pinged = false;
        return tm_timer_start(link->pulse, options->keepalive_ms - silence);
    }
    if (link->pinged) {
        tm_link_kill(link, "no answer to a PING");
    } else {
        link->pinged = tm_session_ping(link);
        tm_timer_start(link->pulse, options->keepalive_wait_ms);
    }
    tm_channel_settle(link->channel);
}

void tm_link_feel_pulse(tm_link *link)
{
    if (!link->pinged)
        return;
    link->pinged = false;
    tm_timer_start(link->pulse, link->channel->options.keepalive_ms);
}

void tm_link_watch_pulse(tm_link *link)
{
    const tm_channel_options *options = &link->channel->options;
    bool starts = options->keepalive_idle ? link->running.n == 0 : link->running.n == 1;
    if (!options->keepalive_ms || !starts)
        return;
    link->heard_ms = tm_loop_now_ms(options->loop);
    link->pinged = false;
    tm_timer_start(link->pulse, options->keepalive_ms);
}

tm_link *tm_link_new(tm_channel *channel, tm_transport *transport, const tm_address *address)
{
    const tm_heap *heap = channel->options.heap;
    tm_loop *loop = channel->options.loop;
    tm_link *link = tm_heap_alloc(heap, sizeof *link);
    if (!link) {
        transport->kind->close(transport);
        return NULL;
    }
    memset(link, 0, sizeof *link);
    link->channel = channel;
    link->address = *address;
    link->out.heap = heap;
    link->transport = transport;
    link->watch = tm_watch_new(loop, transport->fd, be_ready, link);
    link->pulse = tm_timer_new(loop, check_pulse, link);
    link->again = tm_timer_new(loop, read_again, link);
    if (tm_session_open(link) && link->watch && link->pulse && link->again &&
        tm_watch_want(link->watch, tm_transport_watch(transport, TM_WATCH_READ)))
        return link;
    tm_link_kill(link, "out of memory");
    tm_link_free(link);
    return NULL;
}

void tm_link_free(tm_link *link)
{
    assert(link->running.n == 0);
    if (!link->dead) {
        tm_session_goodbye(link);
        tm_link_flush(link);
    }
    tm_session_close(link);
    tm_watch_free(link->watch);
    tm_timer_free(link->pulse);
    tm_timer_free(link->again);
    link->transport->kind->close(link->transport);
    tm_out_free(&link->out);
    tm_heap_free(link->channel->options.heap, link);
}

bool tm_link_has_room(const tm_link *link)
{
    return link->ready && !link->leaving && !link->dead &&
           link->running.n < tm_session_most_calls(link);
}

static void write_out(tm_link *link)
{
    while (!link->dead && !link->blocked) {
        const char *why = tm_session_send(link);
        if (why)
            return tm_link_kill(link, why);
        if (link->out.bytes == 0)
            return;
        ptrdiff_t rest = tm_out_write(&link->out, link->transport);
        if (rest == TM_IO_FAILED)
            return tm_link_kill(link, broken(link));
        link->blocked = rest == TM_IO_AGAIN;
    }
}

void tm_link_flush(tm_link *link)
{
    write_out(link);
    if (link->dead)
        return;
    int what = TM_WATCH_READ | (link->blocked ? TM_WATCH_WRITE : 0);
    if (!tm_watch_want(link->watch, tm_transport_watch(link->transport, what)))
        tm_link_kill(link, "out of memory");
    if (tm_transport_pending(link->transport))
        tm_timer_start(link->again, 0);
    if (!link->blocked && tm_session_is_over(link))
        tm_link_kill(link, link->leaving ? link->why : misspoken(link));
}
