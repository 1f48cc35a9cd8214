/* Balancer: lookups, a subchannel for each address, and turns.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_inside.h"

#include <stdio.h>

enum { TM_TELL_MS = 1000 }; /* so long failures wait for company in one line */

static uint64_t now_ms(const tm_channel *channel)
{
    return tm_loop_now_ms(channel->options.loop);
}

/* A connection to every address, or to the first that takes it? */
static bool spreads(const tm_channel *channel)
{
    return !channel->options.pick_first && channel->target.kind == TM_TARGET_DNS;
}

/* ---- addresses ------------------------------------------------------------------------------ */

static void add(tm_channel *channel, const tm_address *addresses, size_t count)
{
    tm_balancer *b = &channel->balancer;
    tm_subchannel *sub = tm_subchannel_new(channel, addresses, count);
    if (sub) /* else the next lookup tries again */
        b->sub[b->subs++] = sub;
}

static bool is_among(const tm_address *address, const tm_addresses *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (tm_address_equal(address, &all->items[i]))
            return true;
    return false;
}

/* Removes those whose address is gone. Their calls go on to their ends. */
static void keep_only(tm_balancer *b, const tm_addresses *found)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->subs; i++) {
        if (is_among(&b->sub[i]->address[0], found))
            b->sub[kept++] = b->sub[i];
        else
            tm_subchannel_free(b->sub[i]);
    }
    b->subs = kept;
}

static bool has(const tm_balancer *b, const tm_address *address)
{
    for (size_t i = 0; i < b->subs; i++)
        if (tm_address_equal(address, &b->sub[i]->address[0]))
            return true;
    return false;
}

static void set_addresses(tm_channel *channel, const tm_addresses *found)
{
    tm_balancer *b = &channel->balancer;
    if (!spreads(channel)) {
        if (b->subs)
            tm_subchannel_readdress(b->sub[0], found->items, found->count);
        else
            add(channel, found->items, found->count);
        return;
    }
    keep_only(b, found);
    for (size_t i = 0; i < found->count; i++)
        if (!has(b, &found->items[i]))
            add(channel, &found->items[i], 1);
}

/* ---- lookups -------------------------------------------------------------------------------- */

static void wait_for_lookup(tm_channel *channel)
{
    tm_balancer *b = &channel->balancer;
    uint64_t now = now_ms(channel);
    b->asked = true;
    tm_timer_start(b->again, b->look_ms > now ? b->look_ms - now : 0);
}

static void fail_lookup(tm_channel *channel, const char *why)
{
    tm_balancer *b = &channel->balancer;
    const tm_channel_options *o = &channel->options;
    uint64_t wait = 0;
    snprintf(b->why, sizeof b->why, "%.*s: %s", TM_PRI(channel->target.host), why);
    tm_retry_next(&b->backoff, &o->reconnect, now_ms(channel), -1, tm_retry_chance(o->clock),
                  &wait);
    b->look_ms = now_ms(channel) + wait;
    b->down = b->untold = true;
    wait_for_lookup(channel);
    tm_balancer_tell(channel);
}

static void take_addresses(void *owner, const tm_addresses *found, const char *why)
{
    tm_channel *channel = owner;
    tm_balancer *b = &channel->balancer;
    b->lookup = NULL;
    if (found->count) {
        b->why[0] = 0;
        b->backoff = tm_retry_start(&channel->options.reconnect, now_ms(channel));
        b->look_ms = now_ms(channel) + channel->options.lookup_ms;
        set_addresses(channel, found);
    } else {
        fail_lookup(channel, why);
    }
    tm_channel_settle(channel);
}

static void look_now(void *argument)
{
    tm_channel *channel = argument;
    tm_balancer *b = &channel->balancer;
    const tm_channel_options *o = &channel->options;
    b->asked = false;
    b->lookup = tm_resolve_start(o->heap, o->loop, &channel->target, take_addresses, channel);
    if (!b->lookup)
        fail_lookup(channel, "out of memory");
}

void tm_balancer_look(tm_channel *channel)
{
    tm_balancer *b = &channel->balancer;
    bool over = channel->doomed || (channel->closing && !channel->waiting.first);
    if (!b->fixed && !b->lookup && !b->asked && !over)
        wait_for_lookup(channel);
}

/* ---- what is wrong -------------------------------------------------------------------------- */

typedef struct list {
    char *out;
    size_t n, room, left_out;
} list;

static void name(list *l, const char *why)
{
    const char *comma = l->n ? ", " : "";
    size_t bytes = strlen(comma) + strlen(why);
    if (l->n + bytes + 32 > l->room) { /* room for the count of the others */
        l->left_out++;
        return;
    }
    l->n += (size_t)snprintf(l->out + l->n, l->room - l->n, "%s%s", comma, why);
}

static void end_list(list *l)
{
    if (l->left_out)
        snprintf(l->out + l->n, l->room - l->n, " and %zu more", l->left_out);
}

void tm_balancer_why(const tm_channel *channel, char *out, size_t room)
{
    const tm_balancer *b = &channel->balancer;
    list l = {.out = out, .room = room};
    out[0] = 0;
    if (b->why[0])
        name(&l, b->why);
    for (size_t i = 0; i < b->subs; i++)
        if (b->sub[i]->why[0])
            name(&l, b->sub[i]->why);
    end_list(&l);
}

/* Attempts are told of together, so that one line names all addresses. */
static void tell_failures(tm_channel *channel)
{
    char why[TM_WHY_BYTES * 2] = "";
    tm_balancer *b = &channel->balancer;
    const tm_channel_options *o = &channel->options;
    list l = {.out = why, .room = sizeof why};
    if (b->untold)
        name(&l, b->why);
    for (size_t i = 0; i < b->subs; i++)
        if (b->sub[i]->untold)
            name(&l, b->sub[i]->why);
    end_list(&l);
    b->untold = b->telling = false;
    for (size_t i = 0; i < b->subs; i++)
        b->sub[i]->untold = false;
    if (why[0] && o->tell)
        o->tell(o->owner, &(tm_channel_news){.why = why, .connections = atomic_load(&b->ready)});
}

/* When something will be tried next; 0: it is being tried, or a connection stands. */
static uint64_t rest_end(const tm_channel *channel)
{
    const tm_balancer *b = &channel->balancer;
    uint64_t least = b->asked ? b->look_ms : UINT64_MAX;
    if (!b->subs)
        return b->asked && b->why[0] ? least : 0;
    for (size_t i = 0; i < b->subs; i++) {
        if (b->sub[i]->state != TM_SUBCHANNEL_RESTING)
            return 0;
        if (b->sub[i]->rest_ms < least)
            least = b->sub[i]->rest_ms;
    }
    return least;
}

void tm_balancer_admit(tm_channel *channel, tm_unary *call)
{
    char why[TM_WHY_BYTES];
    uint64_t rest_ms = channel->options.wait_for_ready ? 0 : rest_end(channel);
    if (!rest_ms || call->deadline_ms > rest_ms)
        return;
    tm_balancer_why(channel, why, sizeof why);
    tm_unary_fail(call, TM_STATUS_UNAVAILABLE, true, "cannot connect to %.*s: %s",
                  TM_PRI(channel->authority), why);
}

static void tell_soon(void *argument)
{
    tell_failures(argument);
}

static bool tries(const tm_balancer *b)
{
    for (size_t i = 0; i < b->subs; i++)
        if (b->sub[i]->state == TM_SUBCHANNEL_DIALING || b->sub[i]->state == TM_SUBCHANNEL_GREETING)
            return true;
    return false;
}

void tm_balancer_tell(tm_channel *channel)
{
    tm_balancer *b = &channel->balancer;
    if (tries(b)) {
        if (!b->telling)
            tm_timer_start(b->soon, TM_TELL_MS);
        b->telling = true;
        return;
    }
    tm_timer_stop(b->soon);
    tell_failures(channel);
    for (tm_unary *call = channel->waiting.first, *after; call; call = after) {
        after = call->after;
        tm_balancer_admit(channel, call);
    }
}

/* ---- turns ---------------------------------------------------------------------------------- */

/* The next connection that takes a call, or NULL. */
static tm_link *pick(tm_balancer *b)
{
    for (size_t i = 0; i < b->subs; i++) {
        size_t at = (b->turn + i) % b->subs;
        const tm_subchannel *sub = b->sub[at];
        if (sub->state != TM_SUBCHANNEL_READY || !tm_link_has_room(sub->link))
            continue;
        b->turn = at + 1;
        return sub->link;
    }
    return NULL;
}

static void begin_calls(tm_channel *channel)
{
    tm_link *link;
    while (channel->waiting.first && (link = pick(&channel->balancer)) != NULL) {
        tm_unary *call = channel->waiting.first;
        tm_unary_pull(call);
        if (tm_link_begin(link, call))
            tm_link_watch_pulse(link);
        else
            tm_unary_push_front(&channel->waiting, call); /* the link is not picked again */
    }
}

static void advance_all(tm_channel *channel)
{
    tm_balancer *b = &channel->balancer;
    bool waiting = channel->waiting.first != NULL;
    bool wanted = waiting || (b->active && spreads(channel) && !channel->closing);
    for (size_t i = 0; i < b->subs; i++)
        tm_subchannel_advance(b->sub[i], wanted);
}

void tm_balancer_advance(tm_channel *channel)
{
    tm_balancer *b = &channel->balancer;
    b->active |= channel->waiting.first != NULL;
    if (channel->waiting.first && !b->subs)
        tm_balancer_look(channel);
    advance_all(channel);
    begin_calls(channel);
    for (tm_link *link = channel->leaving; link; link = link->next)
        tm_link_flush(link);
    for (size_t i = 0; i < b->subs; i++)
        if (b->sub[i]->link)
            tm_link_flush(b->sub[i]->link);
    advance_all(channel);
}

/* ---- all ------------------------------------------------------------------------------------ */

bool tm_balancer_init(tm_channel *channel)
{
    tm_balancer *b = &channel->balancer;
    tm_addresses found;
    b->backoff = tm_retry_start(&channel->options.reconnect, now_ms(channel));
    b->again = tm_timer_new(channel->options.loop, look_now, channel);
    b->soon = tm_timer_new(channel->options.loop, tell_soon, channel);
    b->fixed = tm_resolve_literal(&channel->target, &found);
    if (!b->again || !b->soon)
        return false;
    if (b->fixed)
        set_addresses(channel, &found);
    return !b->fixed || b->subs == (spreads(channel) ? found.count : 1);
}

void tm_balancer_stop(tm_channel *channel)
{
    tm_balancer *b = &channel->balancer;
    if (b->lookup)
        tm_resolve_cancel(b->lookup);
    b->lookup = NULL;
    b->asked = false;
    tm_timer_stop(b->again);
    tm_timer_stop(b->soon);
    b->telling = false;
    for (size_t i = 0; i < b->subs; i++)
        tm_subchannel_stop(b->sub[i]);
}

void tm_balancer_reset(tm_channel *channel)
{
    tm_balancer *b = &channel->balancer;
    if (b->lookup)
        tm_resolve_cancel(b->lookup);
    for (size_t i = 0; i < b->subs; i++)
        tm_subchannel_free(b->sub[i]);
    b->subs = 0;
    tm_timer_free(b->again);
    tm_timer_free(b->soon);
}
