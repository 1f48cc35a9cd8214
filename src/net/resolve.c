/* Resolve: libevent's evdns, with a resolver of its own for each lookup.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/resolve.h"

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

enum { TM_HOST_BYTES = 256 }; /* a name has at most 253 characters */

/* Lookups are rare (one a connection), so each has its own evdns: it sees the configuration of
 * now, as glibc's does, and its queries come from a port of their own. */
struct tm_lookup {
    const tm_heap *heap;
    struct evdns_base *dns;
    struct evdns_getaddrinfo_request *request; /* NULL: has ended */
    tm_timer *end;                             /* reports and frees, outside of evdns */
    void (*done)(void *owner, const tm_addresses *found, const char *why); /* NULL: cancelled */
    void *owner;
    tm_addresses found;
    const char *why;
};

static void add_address(tm_addresses *out, const struct sockaddr *at, socklen_t n)
{
    bool known = at->sa_family == AF_INET || at->sa_family == AF_INET6;
    if (!known || out->count == TM_ADDRESSES_MOST)
        return;
    tm_address *address = &out->items[out->count++];
    memset(address, 0, sizeof *address);
    memcpy(&address->at, at, n);
    address->n = n;
}

/* Numbers only, so getaddrinfo asks nobody; it knows every form, and scopes. */
static void add_number(const char *host, uint16_t port, tm_addresses *out)
{
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    struct addrinfo *list = NULL, hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                           .ai_socktype = SOCK_STREAM};
    if (getaddrinfo(host, service, &hints, &list) != 0)
        return;
    for (const struct addrinfo *a = list; a; a = a->ai_next)
        add_address(out, a->ai_addr, a->ai_addrlen);
    freeaddrinfo(list);
}

static bool is_localhost(tm_text host)
{
    static const char suffix[] = ".localhost";
    size_t n = sizeof suffix - 1;
    if (host.n > 0 && host.p[host.n - 1] == '.')
        host.n--;
    if (host.n > n && tm_text_same_word(tm_text_skip(host, host.n - n), tm_text_of(suffix)))
        return true;
    return tm_text_same_word(host, TM_TEXT("localhost"));
}

bool tm_resolve_literal(tm_text host, uint16_t port, tm_addresses *out)
{
    char name[TM_HOST_BYTES];
    out->count = 0;
    if (host.n == 0 || host.n >= sizeof name)
        return false;
    memcpy(name, host.p, host.n);
    name[host.n] = 0;
    if (is_localhost(host)) {
        add_number("127.0.0.1", port, out);
        add_number("::1", port, out);
    } else {
        add_number(name, port, out);
    }
    return out->count > 0;
}

void tm_resolve_print(const tm_address *address, char *out, size_t room)
{
    char text[INET6_ADDRSTRLEN] = "?";
    if (address->at.ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address->at;
        inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
        snprintf(out, room, "%s:%u", text, ntohs(in->sin_port));
        return;
    }
    const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&address->at;
    inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
    snprintf(out, room, "[%s]:%u", text, ntohs(in->sin6_port));
}

static void free_lookup(tm_lookup *lookup)
{
    if (lookup->dns)
        evdns_base_free(lookup->dns, 0);
    tm_timer_free(lookup->end);
    tm_heap_free(lookup->heap, lookup);
}

static void end_lookup(void *argument)
{
    tm_lookup *lookup = argument;
    if (lookup->done)
        lookup->done(lookup->owner, &lookup->found, lookup->found.count ? NULL : lookup->why);
    free_lookup(lookup);
}

static void take_answer(int error, struct evutil_addrinfo *list, void *argument)
{
    tm_lookup *lookup = argument;
    for (const struct evutil_addrinfo *a = list; a && error == 0; a = a->ai_next)
        add_address(&lookup->found, a->ai_addr, (socklen_t)a->ai_addrlen);
    if (list)
        evutil_freeaddrinfo(list);
    lookup->why = error ? evutil_gai_strerror(error) : "no address";
    lookup->request = NULL;
    tm_timer_start(lookup->end, 0);
}

static bool ask(tm_lookup *lookup, tm_loop *loop, tm_text host, uint16_t port)
{
    char name[TM_HOST_BYTES], service[8];
    struct evutil_addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
    if (host.n == 0 || host.n >= sizeof name) {
        lookup->why = "no host name";
        tm_timer_start(lookup->end, 0);
        return true;
    }
    snprintf(name, sizeof name, "%.*s", TM_PRI(host));
    snprintf(service, sizeof service, "%u", port);
    lookup->dns = evdns_base_new(tm_loop_base(loop), EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    if (!lookup->dns)
        return false;
    /* Without a resolv.conf it asks 127.0.0.1, as glibc's does. */
    evdns_base_resolv_conf_parse(lookup->dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
    /* Name servers that do not repeat the case of a question would fail the lookup. */
    evdns_base_set_option(lookup->dns, "randomize-case:", "0");
    /* NULL when it has answered already, from /etc/hosts. */
    lookup->request = evdns_getaddrinfo(lookup->dns, name, service, &hints, take_answer, lookup);
    return true;
}

tm_lookup *tm_resolve_start(const tm_heap *heap, tm_loop *loop, tm_text host, uint16_t port,
                            void (*done)(void *owner, const tm_addresses *found, const char *why),
                            void *owner)
{
    tm_lookup *lookup = tm_heap_alloc(heap, sizeof *lookup);
    if (!lookup)
        return NULL;
    *lookup = (tm_lookup){.heap = heap, .done = done, .owner = owner};
    lookup->end = tm_timer_new(loop, end_lookup, lookup);
    if (!lookup->end)
        goto fail;
    if (tm_resolve_literal(host, port, &lookup->found))
        tm_timer_start(lookup->end, 0);
    else if (!ask(lookup, loop, host, port))
        goto fail;
    return lookup;
fail:
    free_lookup(lookup);
    return NULL;
}

void tm_resolve_cancel(tm_lookup *lookup)
{
    lookup->done = NULL;
    if (lookup->request)
        evdns_getaddrinfo_cancel(lookup->request); /* answers soon, and take_answer goes on */
    else
        free_lookup(lookup);
}
