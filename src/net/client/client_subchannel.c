/* Subchannel: one connection, made anew whenever it is lost.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_inside.h"

#include <stdio.h>

static uint64_t now_ms(const tm_subchannel *sub)
{
    return tm_loop_now_ms(sub->channel->options.loop);
}

static void rest(tm_subchannel *sub, uint64_t wait_ms)
{
    sub->state = TM_SUBCHANNEL_RESTING;
    sub->rest_ms = now_ms(sub) + wait_ms;
    tm_timer_start(sub->clock, wait_ms);
}

/* The attempt is over: a pause begins. */
static void fail_connecting(tm_subchannel *sub, const char *why)
{
    const tm_channel_options *o = &sub->channel->options;
    uint64_t wait = 0;
    snprintf(sub->why, sizeof sub->why, "%s", why);
    tm_retry_next(&sub->backoff, &o->reconnect, now_ms(sub), -1, tm_retry_chance(o->clock), &wait);
    rest(sub, wait);
    sub->down = sub->untold = true;
    tm_balancer_look(sub->channel);
    tm_balancer_tell(sub->channel);
}

static void fail_at(tm_subchannel *sub, const tm_address *address, const char *reason)
{
    char text[TM_ADDRESS_TEXT], why[TM_WHY_BYTES];
    tm_resolve_print(address, text);
    snprintf(why, sizeof why, "%s: %s", text, reason);
    fail_connecting(sub, why);
}

static void take_transport(void *owner, tm_transport *transport, const tm_address *address,
                           const char *why)
{
    tm_subchannel *sub = owner;
    tm_channel *channel = sub->channel;
    sub->dial = NULL;
    if (transport)
        sub->link = tm_link_new(channel, transport, address);
    if (sub->link)
        sub->state = TM_SUBCHANNEL_GREETING;
    else if (transport)
        fail_at(sub, address, "out of memory");
    else
        fail_connecting(sub, why);
    tm_channel_settle(channel);
}

static void ring_clock(void *argument)
{
    tm_subchannel *sub = argument;
    tm_channel *channel = sub->channel;
    char why[64];
    snprintf(why, sizeof why, "no answer within %llu ms",
             (unsigned long long)channel->options.connect_ms);
    tm_dial *dial = sub->dial;
    switch (sub->state) {
    case TM_SUBCHANNEL_DIALING:
        sub->dial = NULL;
        fail_connecting(sub, tm_dial_why(dial, why));
        tm_dial_cancel(dial);
        break;
    case TM_SUBCHANNEL_GREETING:
        tm_link_kill(sub->link, why);
        break;
    case TM_SUBCHANNEL_RESTING:
        sub->state = TM_SUBCHANNEL_IDLE;
        break;
    case TM_SUBCHANNEL_IDLE:
    case TM_SUBCHANNEL_READY:
        break;
    }
    tm_channel_settle(channel);
}

static void connect_now(tm_subchannel *sub)
{
    const tm_channel_options *o = &sub->channel->options;
    sub->state = TM_SUBCHANNEL_DIALING;
    tm_timer_start(sub->clock, o->connect_ms);
    sub->dial = tm_dial_start(o->heap, o->loop, &o->transport, sub->address, sub->count,
                              take_transport, sub);
    if (!sub->dial)
        fail_at(sub, &sub->address[0], "out of memory");
}

static void become_ready(tm_subchannel *sub)
{
    tm_channel *channel = sub->channel;
    const tm_channel_options *o = &channel->options;
    char text[TM_ADDRESS_TEXT];
    tm_channel_news news = {.again = sub->down || channel->balancer.down};
    sub->state = TM_SUBCHANNEL_READY;
    sub->why[0] = 0;
    sub->down = sub->untold = channel->balancer.down = false;
    sub->backoff = tm_retry_start(&o->reconnect, now_ms(sub));
    tm_timer_stop(sub->clock);
    tm_link_watch_pulse(sub->link);
    news.connections = atomic_fetch_add(&channel->balancer.ready, 1) + 1;
    tm_resolve_print(&sub->link->address, text);
    news.address = tm_text_of(text);
    if (o->tell)
        o->tell(o->owner, &news);
    tm_balancer_tell(channel); /* of others that have failed meanwhile */
}

/* Takes the link out of use, to be freed when its calls have ended. */
static tm_link *retire(tm_subchannel *sub)
{
    tm_link *link = sub->link;
    tm_channel *channel = sub->channel;
    if (sub->state == TM_SUBCHANNEL_READY)
        atomic_fetch_sub(&channel->balancer.ready, 1);
    sub->link = NULL;
    sub->state = TM_SUBCHANNEL_IDLE;
    tm_timer_stop(sub->clock);
    link->next = channel->leaving;
    channel->leaving = link;
    return link;
}

/* The server took the connection back: one that keeps doing so before it has answered anything is
 * not asked in a busy loop. */
static void lose_link(tm_subchannel *sub)
{
    const tm_channel_options *o = &sub->channel->options;
    const tm_link *link = retire(sub);
    uint64_t wait = 0;
    if (!link->ready)
        return fail_at(sub, &link->address, link->why);
    sub->barren = link->answered ? 0 : sub->barren + 1;
    tm_balancer_look(sub->channel);
    tm_retry pace = tm_retry_start(&o->reconnect, 0);
    if (sub->barren > 1) {
        tm_retry_next(&pace, &o->reconnect, 0, -1, tm_retry_chance(o->clock), &wait);
        rest(sub, wait);
    }
}

void tm_subchannel_advance(tm_subchannel *sub, bool wanted)
{
    if (sub->link && sub->link->ready && sub->state == TM_SUBCHANNEL_GREETING)
        become_ready(sub);
    if (sub->link && (sub->link->dead || sub->link->leaving))
        lose_link(sub);
    if (sub->state == TM_SUBCHANNEL_IDLE && wanted)
        connect_now(sub);
}

void tm_subchannel_stop(tm_subchannel *sub)
{
    if (sub->dial)
        tm_dial_cancel(sub->dial);
    sub->dial = NULL;
    tm_timer_stop(sub->clock);
    if (sub->link)
        retire(sub);
    sub->state = TM_SUBCHANNEL_IDLE;
}

static bool is_among(const tm_address *address, const tm_address *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tm_address_equal(address, &all[i]))
            return true;
    return false;
}

static bool copy_addresses(tm_subchannel *sub, const tm_address *addresses, size_t count)
{
    const tm_heap *heap = sub->channel->options.heap;
    tm_address *copy = tm_heap_alloc(heap, count * sizeof *copy);
    if (!copy)
        return false;
    memcpy(copy, addresses, count * sizeof *copy);
    if (sub->address)
        tm_heap_free(heap, sub->address);
    sub->address = copy;
    sub->count = count;
    return true;
}

void tm_subchannel_readdress(tm_subchannel *sub, const tm_address *addresses, size_t count)
{
    bool kept = sub->link && is_among(&sub->link->address, addresses, count);
    bool fresh = false; /* there is one that was not tried yet */
    for (size_t i = 0; i < count; i++)
        fresh |= !is_among(&addresses[i], sub->address, sub->count);
    /* Without memory it goes on with the old ones until the next lookup. */
    if (copy_addresses(sub, addresses, count) && (sub->link ? !kept : fresh))
        tm_subchannel_stop(sub);
}

tm_subchannel *tm_subchannel_new(tm_channel *channel, const tm_address *addresses, size_t count)
{
    const tm_channel_options *o = &channel->options;
    tm_subchannel *sub = tm_heap_alloc(o->heap, sizeof *sub);
    if (!sub)
        return NULL;
    memset(sub, 0, sizeof *sub);
    sub->channel = channel;
    sub->backoff = tm_retry_start(&o->reconnect, now_ms(sub));
    sub->clock = tm_timer_new(o->loop, ring_clock, sub);
    if (sub->clock && copy_addresses(sub, addresses, count))
        return sub;
    tm_subchannel_free(sub);
    return NULL;
}

void tm_subchannel_free(tm_subchannel *sub)
{
    const tm_heap *heap = sub->channel->options.heap;
    if (sub->clock)
        tm_subchannel_stop(sub);
    tm_timer_free(sub->clock);
    if (sub->address)
        tm_heap_free(heap, sub->address);
    tm_heap_free(heap, sub);
}
