/* Net: addresses in networks (language.md 4.2).
 * Work: no text is read further than the first byte that no address has; networks are the rule's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "stdlib/ip_address.h"

/* Undoes the last step of tm_ip_address_read. */
static void unmap(tm_ip_address *a)
{
    memmove(a->byte + 12, a->byte, 4);
    memset(a->byte, 0, 10);
    memset(a->byte + 10, 0xff, 2);
    a->bits = 128;
}

/* "10.0.0.0/8": the network and how many of its bits count. ::ffff:10.0.0.0/104 is the same one,
 * but with less than 96 bits it is a network of IPv6, in which no address of IPv4 lies. */
static bool read_network(tm_text t, tm_ip_address *network, unsigned *bits)
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
    if (!tm_ip_address_read(ip, network) || *bits > most)
        return false;
    if (most > network->bits && *bits < 96)
        unmap(network);
    else if (most > network->bits)
        *bits -= 96;
    return true;
}

static bool is_inside(const tm_ip_address *a, const tm_ip_address *network, unsigned bits)
{
    if (a->bits != network->bits || memcmp(a->byte, network->byte, bits / 8))
        return false;
    unsigned mask = 0xff00u >> (bits % 8) & 0xff;
    return bits % 8 == 0 || ((a->byte[bits / 8] ^ network->byte[bits / 8]) & mask) == 0;
}

typedef struct network {
    tm_ip_address ip;
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
    tm_ip_address ip;
    network n;
    tm_text text;
    if (!tm_ip_address_read(tm_arg_text(c, 0), &ip))
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

TM_CHAPTER(net, ROW(IsInCIDR))
