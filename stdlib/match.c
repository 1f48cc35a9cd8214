/* Match: predicates and inspection (reference 4.2).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include <arpa/inet.h>

/* --- types --- */
static bool is_type(tm_call *c, tm_type type)
{
    return tm_return_bool(c, tm_arg(c, 0).type == type);
}

TM_CONVERTER(IsString, "bool IsString(value: string|any)",
             "True when value is a string. A literal of another type does not build.",
             EX(IsString(attributes["s"]))
                 EX(not IsString(attributes["i"])) EX(IsString(1)) REFUSED)
{
    return is_type(c, TM_STRING);
}

TM_CONVERTER(IsInt, "bool IsInt(value: int|any)",
             "True when value is an int. A literal of another type does not build.",
             EX(IsInt(attributes["i"])) EX(not IsInt(attributes["d"])) EX(IsInt("a")) REFUSED)
{
    return is_type(c, TM_INT);
}

TM_CONVERTER(IsDouble, "bool IsDouble(value: double|any)",
             "True when value is a double. A literal of another type does not build.",
             EX(IsDouble(attributes["d"])) EX(not IsDouble(attributes["i"])))
{
    return is_type(c, TM_DOUBLE);
}

TM_CONVERTER(IsBool, "bool IsBool(value: bool|any)",
             "True when value is a bool. A literal of another type does not build.",
             EX(IsBool(attributes["f"])) EX(not IsBool(attributes["missing"])))
{
    return is_type(c, TM_BOOL);
}

TM_CONVERTER(IsMap, "bool IsMap(value: map|any)",
             "True when value is a map. A literal of another type does not build.",
             EX(IsMap(attributes["map"])) EX(IsMap(attributes)) EX(not IsMap(attributes["arr"])))
{
    return is_type(c, TM_MAP);
}

TM_CONVERTER(IsList, "bool IsList(value: any)",
             "True when value is a list; so are events and links.",
             EX(IsList(attributes["arr"])) EX(IsList(events)) EX(not IsList(name)))
{
    tm_type type = (tm_type)tm_arg(c, 0).type;
    return tm_return_bool(c, type == TM_LIST || type == TM_EVENTS || type == TM_LINKS);
}

/* --- emptiness and size --- */
static bool all_zero(tm_text id)
{
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i])
            return false;
    return true;
}

static bool is_empty(tm_value v)
{
    switch ((tm_type)v.type) {
    case TM_NIL:
        return true;
    case TM_BOOL:
        return !v.truth;
    case TM_INT:
    case TM_NATIVE_INT:
    case TM_DURATION:
        return v.integer == 0;
    case TM_DOUBLE:
        return v.number == 0;
    case TM_STRING:
    case TM_BYTES:
        return v.n == 0;
    case TM_MAP:
        return v.map->n == 0;
    case TM_LIST:
        return v.list->n == 0;
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        return all_zero(tm_value_text(v));
    default:
        return false;
    }
}

TM_CONVERTER(
    IsEmpty, "bool IsEmpty(value: any)",
    "True for nil, empty strings, bytes, lists and maps, zero, false and all-zero ids. A time, and "
    "events, links and status as a whole, are never empty.",
    EX(IsEmpty(attributes["missing"])) EX(IsEmpty(-0.0)) EX(not IsEmpty(events)))
{
    return tm_return_bool(c, is_empty(tm_arg(c, 0)));
}

TM_CONVERTER(Len, "int Len(value: any)",
             "Bytes of a string or of bytes, number of elements of a list, map, events or links.",
             EX(Len("\u00e9") == 2) EX(Len(attributes["ints"]) == 3) EX(Len(attributes["missing"]))
                                           FAILS)
{
    tm_value v = tm_arg(c, 0);
    switch ((tm_type)v.type) {
    case TM_STRING:
    case TM_BYTES:
        return tm_return_int(c, v.n);
    case TM_MAP:
        return tm_return_int(c, v.map->n);
    case TM_LIST:
        return tm_return_int(c, v.list->n);
    case TM_EVENTS:
        return tm_return_int(c, tm_item_event_count(v.object));
    case TM_LINKS:
        return tm_return_int(c, tm_item_link_count(v.object));
    default:
        return tm_fail(c, "a %s has no length", tm_type_name((tm_type)v.type));
    }
}

/* --- text --- */
static bool prepare_IsMatch(tm_prepare *p)
{
    return tm_prepare_regex(p, 1);
}

TM_CONVERTER_PREPARED(
    IsMatch, "bool IsMatch(target: string~, pattern: string)",
    "True when pattern, a regular expression of RE2, matches anywhere in the text form of "
    "target. nil never matches.",
    EX(IsMatch(attributes["i"], "^20")) EX(not IsMatch(attributes["missing"], ".*"))
                                               EX(IsMatch("abc", "a(?=b)")) REFUSED)
{
    const tm_regex *regex;
    if (!tm_call_regex(c, 1, &regex))
        return false;
    if (tm_arg_is_nil(c, 0))
        return tm_return_bool(c, false);
    tm_match found = tm_regex_test(regex, c->vm->matcher, c->arena, tm_arg_text(c, 0));
    if (found == TM_MATCH_BUDGET)
        return tm_fail(c, "the regular expression took too long to match");
    return tm_return_bool(c, found == TM_MATCH);
}

TM_CONVERTER(HasPrefix, "bool HasPrefix(value: string, prefix: string)",
             "True when value starts with prefix.",
             EX(HasPrefix("GET /health", "GET")) EX(HasPrefix("", ""))
                                                        EX(HasPrefix(attributes["i"], "2")) FAILS)
{
    return tm_return_bool(c, tm_text_starts(tm_arg_text(c, 0), tm_arg_text(c, 1)));
}

TM_CONVERTER(HasSuffix, "bool HasSuffix(value: string, suffix: string)",
             "True when value ends with suffix.", EX(HasSuffix("GET /health", "health")))
{
    return tm_return_bool(c, tm_text_ends(tm_arg_text(c, 0), tm_arg_text(c, 1)));
}

/* The Luhn sum of the digits, counted from the last one; spaces do not count. False for other
 * characters. */
static bool luhn(tm_text t, unsigned *sum, unsigned *digits)
{
    *sum = *digits = 0;
    for (size_t i = t.n; i-- > 0;) {
        if (t.p[i] == ' ')
            continue;
        if (t.p[i] < '0' || t.p[i] > '9')
            return false;
        unsigned digit = (unsigned)(t.p[i] - '0') << (*digits % 2);
        *sum = (*sum + digit / 10 + digit % 10) % 10;
        ++*digits;
    }
    return true;
}

TM_CONVERTER(
    IsValidLuhn, "bool IsValidLuhn(value: string~)",
    "True when the digits of value, spaces left out, end in the check digit of Luhn's formula.",
    EX(IsValidLuhn("4539 1488 0343 6467")) EX(IsValidLuhn(79927398713)) EX(IsValidLuhn("a1")) FAILS)
{
    unsigned sum, digits;
    if (tm_arg_is_nil(c, 0) || !luhn(tm_arg_text(c, 0), &sum, &digits))
        return tm_fail(c, "the value must consist of digits");
    return tm_return_bool(c, digits > 0 && sum == 0);
}

/* --- collections --- */
static bool prepare_ContainsValue(tm_prepare *p)
{
    if (!tm_is_literal(p, 0))
        return true;
    const tm_list *list = p->literal[0].list;
    for (uint32_t i = 0; i < list->n; i++)
        if (list->item[i].type == TM_MAP)
            return tm_refuse(p, 0, "a list literal that holds maps cannot be searched");
    return true;
}

TM_CONVERTER_PREPARED(
    ContainsValue, "bool ContainsValue(target: list, item: any)",
    "True when an element of target equals item; ints and doubles compare as numbers, nil equals "
    "an empty element.",
    EX(ContainsValue([1, 2], 2.0)) EX(ContainsValue(attributes["arr"], nil)))
{
    const tm_list *list = tm_arg_list(c, 0);
    for (uint32_t i = 0; i < list->n; i++)
        if (tm_element_equal(list->item[i], tm_arg(c, 1)))
            return tm_return_bool(c, true);
    return tm_return_bool(c, false);
}

/* --- networks --- */
typedef struct address {
    unsigned char byte[16];
    unsigned bits; /* 32 or 128 */
} address;

/* inet_pton refuses leading zeros and short forms, as the reference does. An address of IPv6 that
 * stands for one of IPv4 becomes that one. */
static bool read_address(tm_text t, address *a)
{
    char text[INET6_ADDRSTRLEN + 1];
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (t.n >= sizeof text || memchr(t.p, 0, t.n))
        return false;
    memcpy(text, t.p, t.n);
    text[t.n] = 0;
    a->bits = memchr(text, ':', t.n) ? 128 : 32;
    if (inet_pton(a->bits == 128 ? AF_INET6 : AF_INET, text, a->byte) != 1)
        return false;
    if (a->bits == 128 && memcmp(a->byte, mapped, sizeof mapped) == 0) {
        memmove(a->byte, a->byte + 12, 4);
        a->bits = 32;
    }
    return true;
}

/* "10.0.0.0/8": the network and how many of its bits count. */
static bool read_network(tm_text t, address *network, unsigned *bits)
{
    tm_text rest = t, ip;
    if (!tm_text_next(&rest, '/', &ip) || !rest.p || rest.n == 0 || rest.n > 3)
        return false;
    *bits = 0;
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.p[i] < '0' || rest.p[i] > '9')
            return false;
        *bits = *bits * 10 + (unsigned)(rest.p[i] - '0');
    }
    unsigned most = memchr(ip.p, ':', ip.n) ? 128 : 32;
    if (!read_address(ip, network) || *bits > most)
        return false;
    if (most > network->bits)
        *bits = *bits > 96 ? *bits - 96 : 0;
    return true;
}

static bool is_inside(const address *a, const address *network, unsigned bits)
{
    if (a->bits != network->bits || memcmp(a->byte, network->byte, bits / 8))
        return false;
    unsigned mask = 0xff00u >> (bits % 8) & 0xff;
    return bits % 8 == 0 || ((a->byte[bits / 8] ^ network->byte[bits / 8]) & mask) == 0;
}

static bool prepare_IsInCIDR(tm_prepare *p)
{
    if (!tm_is_literal(p, 1))
        return true;
    const tm_list *networks = p->literal[1].list;
    address network;
    unsigned bits;
    for (uint32_t i = 0; i < networks->n; i++)
        if (!read_network(tm_value_text(networks->item[i]), &network, &bits))
            return tm_refuse(p, 1, "%.*s is no network in CIDR notation",
                             TM_PRI(tm_value_text(networks->item[i])));
    return true;
}

TM_CONVERTER_PREPARED(
    IsInCIDR, "bool IsInCIDR(target: string, networks: [string])",
    "True when target is an IP address inside one of the networks; false when it is no address.",
    EX(IsInCIDR("::ffff:10.0.0.1", ["10.0.0.0/8"])) EX(not IsInCIDR("010.1.2.3", ["10.0.0.0/8"]))
                                                           EX(IsInCIDR("1.2.3.4", ["x"])) REFUSED)
{
    const tm_list *networks = tm_arg_list(c, 1);
    address ip, network;
    unsigned bits;
    bool valid = read_address(tm_arg_text(c, 0), &ip), found = false;
    for (uint32_t i = 0; i < networks->n; i++) {
        tm_text text = tm_value_text(networks->item[i]);
        if (!read_network(text, &network, &bits))
            return tm_fail(c, "%.*s is no network in CIDR notation", TM_PRI(text));
        found = found || (valid && is_inside(&ip, &network, bits));
    }
    return tm_return_bool(c, found);
}

/* --- spans --- */
TM_CONVERTER_FOR(IsRootSpan, TM_HOST_SPAN, NULL, "bool IsRootSpan()",
                 "True when the span has no parent: its parent_span_id is all zero.",
                 EX(not IsRootSpan()))
{
    tm_value parent = tm_item_field(c->vm->item[TM_SPAN], TM_SPAN_PARENT_SPAN_ID);
    return tm_return_bool(c, all_zero(tm_value_text(parent)));
}

TM_CHAPTER(match, ROW(IsString), ROW(IsInt), ROW(IsDouble), ROW(IsBool), ROW(IsMap), ROW(IsList),
           ROW(IsEmpty), ROW(Len), ROW(IsMatch), ROW(HasPrefix), ROW(HasSuffix), ROW(IsValidLuhn),
           ROW(ContainsValue), ROW(IsInCIDR), ROW(IsRootSpan))
