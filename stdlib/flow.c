/* Flow: the Community ID of a network flow (language.md 4.6), a SHA-1: not in a build
 * WITHOUT=crypto. Work: no text is read further than the first byte that no address has.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/base64.h"
#include "stdlib/ip_address.h"
#include "stdlib/digest.h"

enum { PORT_MOST = 65535, FLOW_BYTES = 2 + 16 + 16 + 2 + 2 + 2 };

typedef struct protocol {
    const char *name;
    unsigned char number; /* of IANA */
} protocol;

static const protocol PROTOCOLS[] = {{"ICMP", 1},  {"TCP", 6},    {"UDP", 17},
                                     {"RSVP", 46}, {"ICMP6", 58}, {"SCTP", 132}};

/* One end of a flow. */
typedef struct endpoint {
    tm_ip_address ip;
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
    return tm_ip_address_read(ip, &end->ip) || tm_fail(c, "%.*s is no IP address", TM_PRI(ip));
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

static char *put_address(char *at, const tm_ip_address *a)
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

TM_CHAPTER(flow, ROW(CommunityID))
