/* Net: addresses and networks (language.md 4.2, 4.6).
 * Work: no text is read further than the first byte that no address has; networks are the rule's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/base64.h"
#include "stdlib/digest.h"

#include <arpa/inet.h>

/* --- addresses --- */
typedef struct address {
    unsigned char byte[16];
    unsigned bits; /* 32 or 128 */
} address;

/* Four numbers between points, without leading zeros. */
static bool read_ipv4(tm_text t, unsigned char byte[4])
{
    size_t at = 0;
    /* Work: 4 numbers of 3 digits */
    for (unsigned i = 0; i < 4; i++) {
        if (i && (at == t.n || t.p[at++] != '.'))
            return false;
        size_t start = at;
        unsigned n = 0;
        for (; at < t.n && at < start + 3 && t.p[at] >= '0' && t.p[at] <= '9'; at++)
            n = n * 10 + (unsigned)(t.p[at] - '0');
        if (at == start || n > 255 || (at > start + 1 && t.p[start] == '0'))
            return false;
        byte[i] = (unsigned char)n;
    }
    return at == t.n;
}

/* inet_pton refuses leading zeros and short forms, as the reference does. An address of IPv6 that
 * stands for one of IPv4 becomes that one. */
static bool read_address(tm_text t, address *a)
{
    char text[INET6_ADDRSTRLEN + 1];
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    a->bits = t.n && memchr(t.p, ':', t.n) ? 128 : 32;
    if (a->bits == 32)
        return read_ipv4(t, a->byte);
    if (t.n >= sizeof text || memchr(t.p, 0, t.n))
        return false;
    memcpy(text, t.p, t.n);
    text[t.n] = 0;
    if (inet_pton(AF_INET6, text, a->byte) != 1)
        return false;
    if (memcmp(a->byte, mapped, sizeof mapped) == 0) {
        memmove(a->byte, a->byte + 12, 4);
        a->bits = 32;
    }
    return true;
}

/* Undoes the last step of read_address. */
static void unmap(address *a)
{
    memmove(a->byte + 12, a->byte, 4);
    memset(a->byte, 0, 10);
    memset(a->byte + 10, 0xff, 2);
    a->bits = 128;
}

/* --- networks --- */

/* "10.0.0.0/8": the network and how many of its bits count. ::ffff:10.0.0.0/104 is the same one,
 * but with less than 96 bits it is a network of IPv6, in which no address of IPv4 lies. */
static bool read_network(tm_text t, address *network, unsigned *bits)
{
    tm_text rest = t, ip;
    if (!tm_text_next(&rest, '/', &ip) || !rest.p || rest.n == 0)
        return false;
    *bits = 0;
    /* Work: at most 4 digits */
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.p[i] < '0' || rest.p[i] > '9' || *bits > 128)
            return false;
        *bits = *bits * 10 + (unsigned)(rest.p[i] - '0');
    }
    unsigned most = memchr(ip.p, ':', ip.n) ? 128 : 32;
    if (!read_address(ip, network) || *bits > most)
        return false;
    if (most > network->bits && *bits < 96)
        unmap(network);
    else if (most > network->bits)
        *bits -= 96;
    return true;
}

static bool is_inside(const address *a, const address *network, unsigned bits)
{
    if (a->bits != network->bits || memcmp(a->byte, network->byte, bits / 8))
        return false;
    unsigned mask = 0xff00u >> (bits % 8) & 0xff;
    return bits % 8 == 0 || ((a->byte[bits / 8] ^ network->byte[bits / 8]) & mask) == 0;
}

typedef struct network {
    address ip;
    unsigned bits;
} network;

/* The networks that are written in the rule, up to the first that is not. */
typedef struct written_networks {
    uint32_t n;
    network network[];
} written_networks;

/* Reads them and refuses a bad one, as the reference does. */
static bool prepare_IsInCIDR(tm_prepare *p)
{
    const tm_list *list = p->literal[1].list;
    written_networks *w = tm_arena_alloc(p->arena, sizeof *w + list->n * sizeof w->network[0]);
    p->state = w;
    /* Work: networks of the rule */
    for (w->n = 0; w->n < list->n && list->item[w->n].type == TM_STRING; w->n++) {
        tm_text text = tm_value_text(list->item[w->n]);
        if (!read_network(text, &w->network[w->n].ip, &w->network[w->n].bits))
            return tm_refuse(p, 1, "%.*s is no network in CIDR notation", TM_PRI(text));
    }
    return true;
}

TM_CONVERTER_PREPARED(
    IsInCIDR, "bool IsInCIDR(target: string, networks: [lazy string])",
    "True when target is an IP address inside one of the networks; false when it is no address. "
    "Networks behind the one that holds it are not evaluated.",
    EX(IsInCIDR("::ffff:10.0.0.1", ["10.0.0.0/8"]))
    EX(not IsInCIDR("010.1.2.3", ["10.0.0.0/8"]))
    EX(IsInCIDR("1.2.3.4", ["x"])) REFUSED)
{
    const written_networks *written = c->state;
    address ip;
    network n;
    tm_text text;
    if (!read_address(tm_arg_text(c, 0), &ip))
        return tm_return_bool(c, false);
    /* Work: networks of the rule */
    for (unsigned i = 0; i < tm_arg_elements(c, 1); i++) {
        if (written && i < written->n)
            n = written->network[i];
        else if (!tm_arg_force_text(c, 1, i, &text))
            return false;
        else if (!read_network(text, &n.ip, &n.bits))
            return tm_fail(c, "%.*s is no network in CIDR notation", TM_PRI(text));
        if (is_inside(&ip, &n.ip, n.bits))
            return tm_return_bool(c, true);
    }
    return tm_return_bool(c, false);
}

/* --- flows --- */
enum { PORT_MOST = 65535, FLOW_BYTES = 2 + 16 + 16 + 2 + 2 + 2 };

typedef struct protocol {
    const char *name;
    unsigned char number; /* of IANA */
} protocol;

static const protocol PROTOCOLS[] = {{"ICMP", 1},  {"TCP", 6},    {"UDP", 17},
                                     {"RSVP", 46}, {"ICMP6", 58}, {"SCTP", 132}};

/* One end of a flow. */
typedef struct endpoint {
    address ip;
    unsigned port;
} endpoint;

static bool find_protocol(tm_text name, unsigned *number)
{
    /* Work: names of the table */
    for (unsigned i = 0; i < sizeof PROTOCOLS / sizeof *PROTOCOLS; i++)
        if (tm_text_is(name, PROTOCOLS[i].name)) {
            *number = PROTOCOLS[i].number;
            return true;
        }
    return false;
}

static bool arg_endpoint(tm_call *c, unsigned i, endpoint *end)
{
    tm_text ip = tm_arg_text(c, i);
    int64_t port = tm_arg_int(c, i + 1);
    if (port < 0 || port > PORT_MOST)
        return tm_fail(c, "%lld is no port", (long long)port);
    end->port = (unsigned)port;
    return read_address(ip, &end->ip) || tm_fail(c, "%.*s is no IP address", TM_PRI(ip));
}

/* Both directions of a flow are one: the end that comes first is written first. */
static bool comes_first(const endpoint *a, const endpoint *b)
{
    if (a->ip.bits != b->ip.bits)
        return a->ip.bits < b->ip.bits;
    int order = memcmp(a->ip.byte, b->ip.byte, a->ip.bits / 8);
    return order < 0 || (order == 0 && a->port < b->port);
}

static char *put_16(char *at, unsigned n)
{
    at[0] = (char)(n >> 8);
    at[1] = (char)n;
    return at + 2;
}

static char *put_address(char *at, const address *a)
{
    memcpy(at, a->byte, a->bits / 8);
    return at + a->bits / 8;
}

/* What the digest is taken of; returns its length. */
static size_t write_flow(char *flow, unsigned seed, const endpoint *a, const endpoint *b,
                         unsigned number)
{
    const endpoint *first = comes_first(a, b) ? a : b, *second = first == a ? b : a;
    char *at = put_16(flow, seed);
    at = put_address(at, &first->ip);
    at = put_address(at, &second->ip);
    *at++ = (char)number;
    *at++ = 0;
    at = put_16(at, first->port);
    at = put_16(at, second->port);
    return (size_t)(at - flow);
}

static bool prepare_CommunityID(tm_prepare *p)
{
    p->state = (void *)tm_digest_find(p->arena, TM_SHA1); /* NULL: found at each call */
    return true;
}

TM_CONVERTER_PREPARED(CommunityID,
             "string CommunityID(source_i_p: string, source_port: int, destination_i_p: string, "
             "destination_port: int, protocol?: string = \"TCP\", seed?: int = 0)",
             "The Community ID (version 1) of a network flow, the same for both directions. "
             "protocol is one of "
             "ICMP, TCP, UDP, RSVP, ICMP6 and SCTP.",
             EX(CommunityID("10.0.0.1", 80, "10.0.0.2", 1234) == "1:6jsMNrrK5x9aQvOR/8K09jNUtsM=")
             EX(CommunityID("10.0.0.2", 1234, "10.0.0.1", 80) == "1:6jsMNrrK5x9aQvOR/8K09jNUtsM=")
             EX(CommunityID("10.0.0.1", 80, "10.0.0.2", 1, "tcp")) FAILS)
{
    endpoint source, destination;
    unsigned number = 6;
    int64_t seed = tm_arg_given(c, 5) ? tm_arg_int(c, 5) : 0;
    char flow[FLOW_BYTES];
    if (!arg_endpoint(c, 0, &source) || !arg_endpoint(c, 2, &destination))
        return false;
    if (tm_arg_given(c, 4) && !find_protocol(tm_arg_text(c, 4), &number))
        return tm_fail(c, "unknown protocol %.*s", TM_PRI(tm_arg_text(c, 4)));
    if (seed < 0 || seed > PORT_MOST)
        return tm_fail(c, "the seed must be between 0 and %d", PORT_MOST);
    size_t n = write_flow(flow, (unsigned)seed, &source, &destination, number);
    tm_buf id = {.arena = c->arena};
    tm_buf_add(&id, TM_TEXT("1:"));
    tm_text bytes = tm_text_slice(flow, n);
    tm_text digest = c->state ? tm_digest_with(c->arena, c->state, bytes)
                              : tm_digest_bytes(c->arena, TM_SHA1, bytes);
    tm_base64_encode(&id, digest, 0);
    return tm_return_text(c, tm_buf_text(&id));
}

TM_CHAPTER(net, ROW(IsInCIDR), ROW(CommunityID))
