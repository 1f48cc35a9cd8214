/* Client: a channel hands its calls to links, and tells how they ended.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_inside.h"

#include <assert.h>
#include <stdio.h>

enum { TM_CONNECT_MS = 20000, TM_KEEPALIVE_WAIT_MS = 20000, TM_LOOKUP_MS = 30000 };

static uint64_t now_ms(const tm_channel *channel)
{
    return tm_loop_now_ms(channel->options.loop);
}

/* ---- links ----------------------------------------------------------------------------------- */

/* The calls of a lost connection. One whose end the server cannot have seen is sent once more. */
static void end_calls(tm_channel *channel, tm_link *link)
{
    while (link->running.first) {
        tm_unary *call = link->running.first;
        bool unprocessed = call->left > 0;
        tm_link_drop(link, call);
        if (!unprocessed || !tm_unary_put_back(call))
            tm_unary_fail(call, TM_STATUS_UNAVAILABLE, unprocessed, "connection to %.*s: %s",
                          TM_PRI(channel->authority), link->why);
    }
}

/* Frees those that are dead or have no calls; false when there were none. */
static bool bury_links(tm_channel *channel)
{
    bool any = false;
    for (tm_link **at = &channel->leaving; *at;) {
        tm_link *link = *at;
        if (link->dead)
            end_calls(channel, link);
        if (link->running.n > 0) {
            at = &link->next;
            continue;
        }
        any = true;
        *at = link->next;
        tm_link_free(link);
    }
    return any;
}

/* Everything but calling `done`, until nothing moves any more. */
static void advance(tm_channel *channel)
{
    do
        tm_balancer_advance(channel);
    while (bury_links(channel));
}

/* ---- the channel ----------------------------------------------------------------------------- */

static void free_channel(tm_channel *channel)
{
    while (channel->spare.first) {
        tm_unary *call = channel->spare.first;
        tm_unary_pull(call);
        tm_unary_free(call);
    }
    tm_balancer_reset(channel);
    bury_links(channel);
    tm_timer_free(channel->soon);
    tm_inflater_free(channel->inflater);
    tm_arena_free(channel->arena);
    tm_heap_free(channel->options.heap, channel);
}

static void tell_ended(tm_channel *channel)
{
    while (channel->ended.first) {
        tm_unary *call = channel->ended.first;
        tm_unary_pull(call);
        call->request.done(call->request.owner, &call->result);
        tm_unary_spare(call);
    }
}

/* Closing is done when nothing is under way. */
static void finish_closing(tm_channel *channel)
{
    if (!channel->closing || tm_channel_load(channel) > 0 || !channel->closed)
        return;
    void (*closed)(void *owner) = channel->closed;
    channel->closed = NULL;
    tm_balancer_stop(channel);
    bury_links(channel);
    closed(channel->closed_owner);
}

void tm_channel_settle(tm_channel *channel)
{
    if (channel->settling)
        return;
    channel->settling = true;
    advance(channel);
    while (channel->ended.first && !channel->doomed) {
        tell_ended(channel);
        if (!channel->doomed)
            advance(channel);
    }
    if (!channel->doomed)
        finish_closing(channel);
    channel->settling = false;
    if (channel->doomed)
        free_channel(channel);
}

static void settle_soon(void *argument)
{
    tm_channel_settle(argument);
}

static void set_defaults(tm_channel_options *o)
{
    if (!o->clock)
        o->clock = tm_clock_real();
    if (!o->connect_ms)
        o->connect_ms = TM_CONNECT_MS;
    if (!o->lookup_ms)
        o->lookup_ms = TM_LOOKUP_MS;
    if (!o->keepalive_wait_ms)
        o->keepalive_wait_ms = TM_KEEPALIVE_WAIT_MS;
    if (o->reconnect.initial_ms == 0 && o->reconnect.max_ms == 0)
        o->reconnect = tm_retry_of_connections();
}

tm_channel *tm_channel_new(const tm_channel_options *options, char *error, size_t error_bytes)
{
    tm_channel *channel = tm_heap_alloc(options->heap, sizeof *channel);
    snprintf(error, error_bytes, "out of memory");
    if (!channel)
        return NULL;
    *channel = (tm_channel){.options = *options};
    set_defaults(&channel->options);
    const char *wrong = tm_target_read(options->endpoint, &channel->target);
    if (!wrong && channel->target.https && !options->transport.make)
        wrong = "wants TLS, for which nothing is set up";
    if (wrong) {
        snprintf(error, error_bytes, "endpoint '%.*s' %s", TM_PRI(options->endpoint), wrong);
        goto fail;
    }
    if (!tm_client_fields_read(channel, error, error_bytes))
        goto fail;
    channel->soon = tm_timer_new(options->loop, settle_soon, channel);
    if (channel->soon && tm_balancer_init(channel))
        return channel;
    snprintf(error, error_bytes, "out of memory");
fail:
    free_channel(channel);
    return NULL;
}

static void cancel_all(tm_channel *channel)
{
    for (tm_link *link = channel->leaving; link; link = link->next)
        while (link->running.first) {
            tm_unary *call = link->running.first;
            tm_link_drop(link, call);
            tm_unary_fail(call, TM_STATUS_CANCELLED, false, "the channel was closed");
        }
    while (channel->waiting.first)
        tm_unary_fail(channel->waiting.first, TM_STATUS_CANCELLED, true, "the channel was closed");
}

void tm_channel_free(tm_channel *channel)
{
    if (!channel || channel->doomed)
        return;
    channel->doomed = channel->closing = true;
    tm_balancer_stop(channel);
    cancel_all(channel);
    bury_links(channel);
    tell_ended(channel);
    if (!channel->settling)
        free_channel(channel);
}

void tm_channel_close(tm_channel *channel, void (*closed)(void *owner), void *owner)
{
    channel->closing = true;
    channel->closed = closed;
    channel->closed_owner = owner;
    tm_timer_start(channel->soon, 0);
}

tm_unary *tm_channel_call(tm_channel *channel, const tm_call_request *request)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < request->piece_count; i++)
        bytes += request->pieces[i].n;
    assert(request->header_count <= TM_CALL_HEADERS_MOST);
    if (channel->closing || bytes > UINT32_MAX)
        return NULL;
    tm_unary *call = tm_unary_take(channel);
    if (!call)
        return NULL;
    call->request = *request;
    call->bytes = TM_GRPC_HEAD_BYTES + bytes;
    call->resent = false;
    call->deadline_ms = request->timeout_ms ? now_ms(channel) + request->timeout_ms : 0;
    tm_grpc_head(call->head, request->coding != TM_CODING_IDENTITY, (uint32_t)bytes);
    tm_unary_rewind(call);
    tm_unary_push(&channel->waiting, call);
    if (request->timeout_ms)
        tm_timer_start(call->timer, request->timeout_ms);
    if (request->timeout_ms)
        tm_balancer_admit(channel, call);
    if (!channel->settling) {
        advance(channel);
        if (channel->ended.first)
            tm_timer_start(channel->soon, 0);
    }
    return call;
}

void tm_unary_cancel(tm_unary *call)
{
    tm_channel *channel = call->channel;
    assert(call->in && call->in != &channel->spare);
    tm_timer_stop(call->timer);
    if (call->link)
        tm_link_drop(call->link, call);
    else
        tm_unary_pull(call);
    tm_unary_spare(call);
    tm_timer_start(channel->soon, 0);
}

unsigned tm_channel_connections(const tm_channel *channel)
{
    return atomic_load_explicit(&channel->balancer.ready, memory_order_relaxed);
}

size_t tm_channel_load(const tm_channel *channel)
{
    size_t n = channel->waiting.n + channel->ended.n;
    for (size_t i = 0; i < channel->balancer.subs; i++)
        if (channel->balancer.sub[i]->link)
            n += channel->balancer.sub[i]->link->running.n;
    for (const tm_link *link = channel->leaving; link; link = link->next)
        n += link->running.n;
    return n;
}
