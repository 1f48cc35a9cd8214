/* Resolve: c-ares, with a resolver of its own for each lookup.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/dns.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/un.h>

enum {
    TM_HOST_BYTES = 256, /* a name has at most 253 characters */
    TM_LOOKUP_SOCKETS = 16,
    TM_LOOKUP_MOST_MS = 30000, /* as gRPC's: c-ares alone would try for minutes */
};

/* A socket of c-ares that is watched. */
typedef struct tm_lookup_socket {
    tm_lookup *lookup;
    tm_watch *watch; /* NULL: free */
    int fd;
} tm_lookup_socket;

/* Lookups are rare, so each has its own resolver: it sees the configuration of now, as glibc's
 * does, and its queries come from ports of their own. */
struct tm_lookup {
    const tm_heap *heap;
    tm_loop *loop;
    const tm_dial_target *target;
    tm_dial_target named; /* the name server as a target, when it has a name itself ... */
    tm_lookup *server;    /* ... that is being looked up first */
    ares_channel dns;     /* NULL: none */
    tm_lookup_socket socket[TM_LOOKUP_SOCKETS];
    tm_timer *tick; /* when c-ares wants to try again or give up */
    tm_timer *end;  /* reports and frees, outside of c-ares */
    void (*done)(void *owner, const tm_addresses *found, const char *why);
    void *owner;
    bool over;
    tm_addresses found;
    const char *why;
};

/* ---- addresses ------------------------------------------------------------------------------ */

bool tm_address_equal(const tm_address *a, const tm_address *b)
{
    return a->n == b->n && memcmp(&a->at, &b->at, a->n) == 0;
}

static void add_address(tm_addresses *out, const struct sockaddr *at, socklen_t n)
{
    bool known = at->sa_family == AF_INET || at->sa_family == AF_INET6;
    if (!known || out->count == TM_ADDRESSES_MOST)
        return;
    tm_address *address = &out->items[out->count];
    memset(address, 0, sizeof *address);
    memcpy(&address->at, at, n);
    address->n = n;
    for (size_t i = 0; i < out->count; i++)
        if (tm_address_equal(address, &out->items[i]))
            return;
    out->count++;
}

static void add_socket(tm_addresses *out, const tm_dial_target *target)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t at = target->kind == TM_TARGET_ABSTRACT; /* a NUL in front, none behind */
    memcpy(un.sun_path + at, target->path.p, target->path.n);
    tm_address *address = &out->items[out->count++];
    memset(address, 0, sizeof *address);
    memcpy(&address->at, &un, sizeof un);
    address->n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + target->path.n + 1);
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

bool tm_resolve_literal(const tm_dial_target *target, tm_addresses *out)
{
    char name[TM_HOST_BYTES];
    tm_text host = target->host;
    out->count = 0;
    if (target->path.n) {
        add_socket(out, target);
        return true;
    }
    if (host.n == 0 || host.n >= sizeof name)
        return false;
    memcpy(name, host.p, host.n);
    name[host.n] = 0;
    if (is_localhost(host)) {
        add_number("127.0.0.1", target->port, out);
        add_number("::1", target->port, out);
    } else {
        add_number(name, target->port, out);
    }
    return out->count > 0;
}

void tm_resolve_print(const tm_address *address, char out[TM_ADDRESS_TEXT])
{
    char text[INET6_ADDRSTRLEN] = "?";
    if (address->at.ss_family == AF_UNIX) {
        const struct sockaddr_un *un = (const struct sockaddr_un *)&address->at;
        bool named = un->sun_path[0];
        snprintf(out, TM_ADDRESS_TEXT, "unix%s:%.*s", named ? "" : "-abstract",
                 (int)(sizeof un->sun_path - 1), un->sun_path + !named);
        return;
    }
    if (address->at.ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address->at;
        inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
        snprintf(out, TM_ADDRESS_TEXT, "%s:%u", text, ntohs(in->sin_port));
        return;
    }
    const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&address->at;
    inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
    snprintf(out, TM_ADDRESS_TEXT, "[%s]:%u", text, ntohs(in->sin6_port));
}

/* ---- c-ares in the loop --------------------------------------------------------------------- */

/* Lets c-ares look at what it waits for, and winds the clock for what it waits for then. */
static void process(tm_lookup *lookup, ares_socket_t readable, ares_socket_t writable)
{
    struct timeval room, *wait;
    ares_process_fd(lookup->dns, readable, writable);
    wait = lookup->over ? NULL : ares_timeout(lookup->dns, NULL, &room);
    if (wait)
        tm_timer_start(lookup->tick,
                       (uint64_t)wait->tv_sec * 1000 + (uint64_t)wait->tv_usec / 1000 + 1);
}

static void process_time(void *argument)
{
    process(argument, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void process_socket(void *argument, int what)
{
    tm_lookup_socket *s = argument;
    process(s->lookup, what & TM_WATCH_READ ? s->fd : ARES_SOCKET_BAD,
            what & TM_WATCH_WRITE ? s->fd : ARES_SOCKET_BAD);
}

/* c-ares says what it wants to know of a socket. One that cannot be watched times out. */
static void watch_socket(void *argument, ares_socket_t fd, int readable, int writable)
{
    tm_lookup *lookup = argument;
    tm_lookup_socket *s = NULL;
    for (size_t i = 0; i < TM_LOOKUP_SOCKETS; i++) {
        tm_lookup_socket *other = &lookup->socket[i];
        if (other->watch ? other->fd == fd : !s)
            s = other;
        if (other->watch && other->fd == fd)
            break;
    }
    int what = (readable ? TM_WATCH_READ : 0) | (writable ? TM_WATCH_WRITE : 0);
    if (!s)
        return;
    if (!s->watch && what) {
        *s = (tm_lookup_socket){.lookup = lookup, .fd = fd};
        s->watch = tm_watch_new(lookup->loop, fd, process_socket, s);
    }
    if (s->watch && what) {
        tm_watch_want(s->watch, what);
    } else {
        tm_watch_free(s->watch);
        s->watch = NULL;
    }
}

static void take_answer(void *argument, int status, int timeouts, struct ares_addrinfo *list)
{
    tm_lookup *lookup = argument;
    (void)timeouts;
    for (const struct ares_addrinfo_node *a = list ? list->nodes : NULL; a; a = a->ai_next)
        add_address(&lookup->found, a->ai_addr, (socklen_t)a->ai_addrlen);
    if (list)
        ares_freeaddrinfo(list);
    if (lookup->over)
        return; /* it was cancelled */
    lookup->why = status == ARES_SUCCESS ? "no address" : ares_strerror(status);
    lookup->over = true;
    tm_timer_start(lookup->end, 0);
}

/* The lookup ends with that. */
static void give_up(tm_lookup *lookup, const char *why)
{
    lookup->over = true;
    lookup->why = why;
    tm_timer_start(lookup->end, 0);
}

/* Asks; `servers` is NULL for those of the system. */
static void ask(tm_lookup *lookup, const char *servers)
{
    char name[TM_HOST_BYTES], service[8];
    const tm_dial_target *target = lookup->target;
    const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC,
                                              .ai_socktype = SOCK_STREAM,
                                              .ai_protocol = IPPROTO_TCP,
                                              .ai_flags = ARES_AI_NUMERICSERV};
    struct ares_options options = {.sock_state_cb = watch_socket, .sock_state_cb_data = lookup};
    int status = ares_init_options(&lookup->dns, &options, ARES_OPT_SOCK_STATE_CB);
    if (status == ARES_SUCCESS && servers)
        status = ares_set_servers_ports_csv(lookup->dns, servers);
    if (status != ARES_SUCCESS)
        return give_up(lookup, ares_strerror(status));
    snprintf(name, sizeof name, "%.*s", TM_PRI(target->host));
    snprintf(service, sizeof service, "%u", target->port);
    ares_getaddrinfo(lookup->dns, name, service, &hints, take_answer, lookup);
    if (lookup->over)
        return;
    lookup->why = "no answer from the name servers";
    tm_timer_start(lookup->end, TM_LOOKUP_MOST_MS);
    process_time(lookup);
}

/* ---- lookups -------------------------------------------------------------------------------- */

static void free_lookup(tm_lookup *lookup)
{
    lookup->over = true;
    if (lookup->server)
        tm_resolve_cancel(lookup->server);
    if (lookup->dns)
        ares_destroy(lookup->dns);
    for (size_t i = 0; i < TM_LOOKUP_SOCKETS; i++)
        tm_watch_free(lookup->socket[i].watch);
    tm_timer_free(lookup->tick);
    tm_timer_free(lookup->end);
    tm_heap_free(lookup->heap, lookup);
}

static void end_lookup(void *argument)
{
    tm_lookup *lookup = argument;
    lookup->done(lookup->owner, &lookup->found, lookup->found.count ? NULL : lookup->why);
    free_lookup(lookup);
}

/* The name server's own addresses are there. */
static void take_server(void *owner, const tm_addresses *found, const char *why)
{
    tm_lookup *lookup = owner;
    char servers[1024] = "", text[TM_ADDRESS_TEXT];
    lookup->server = NULL;
    if (!found->count)
        return give_up(lookup, why);
    for (size_t i = 0, n = 0; i < found->count && n + sizeof text < sizeof servers; i++) {
        tm_resolve_print(&found->items[i], text);
        n += (size_t)snprintf(servers + n, sizeof servers - n, "%s%s", i ? "," : "", text);
    }
    ask(lookup, servers);
}

static bool begin(tm_lookup *lookup)
{
    const tm_dial_target *target = lookup->target;
    if (tm_resolve_literal(target, &lookup->found))
        give_up(lookup, NULL);
    else if (!target->host.n || target->host.n >= TM_HOST_BYTES)
        give_up(lookup, "no host name");
    else if (!target->server.n)
        ask(lookup, NULL);
    else {
        lookup->named = (tm_dial_target){.host = target->server, .port = target->server_port};
        lookup->server =
            tm_resolve_start(lookup->heap, lookup->loop, &lookup->named, take_server, lookup);
        return lookup->server;
    }
    return true;
}

tm_lookup *tm_resolve_start(const tm_heap *heap, tm_loop *loop, const tm_dial_target *target,
                            void (*done)(void *owner, const tm_addresses *found, const char *why),
                            void *owner)
{
    tm_lookup *lookup = tm_heap_alloc(heap, sizeof *lookup);
    if (!lookup)
        return NULL;
    memset(lookup, 0, sizeof *lookup);
    lookup->heap = heap;
    lookup->loop = loop;
    lookup->target = target;
    lookup->done = done;
    lookup->owner = owner;
    lookup->tick = tm_timer_new(loop, process_time, lookup);
    lookup->end = tm_timer_new(loop, end_lookup, lookup);
    if (lookup->tick && lookup->end && begin(lookup))
        return lookup;
    free_lookup(lookup);
    return NULL;
}

void tm_resolve_cancel(tm_lookup *lookup)
{
    free_lookup(lookup);
}
