/* HTTP proxy: the environment's, and whom it is not for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client/http_proxy.h"

#include "base/number.h"
#include "base/target.h"

#include <arpa/inet.h>
#include <string.h>

static tm_text read_either(const char *(*env)(void *owner, const char *name), void *owner,
                           const char *large, const char *small)
{
    const char *value = env(owner, large);
    if (!value || !*value)
        value = env(owner, small);
    return value ? tm_text_trim(tm_text_of(value)) : TM_TEXT("");
}

tm_http_proxies tm_http_proxies_read(const char *(*env)(void *owner, const char *name), void *owner)
{
    const char *cgi = env(owner, "REQUEST_METHOD");
    return (tm_http_proxies){
        .http = cgi && *cgi ? TM_TEXT("") : read_either(env, owner, "HTTP_PROXY", "http_proxy"),
        .https = read_either(env, owner, "HTTPS_PROXY", "https_proxy"),
        .none = read_either(env, owner, "NO_PROXY", "no_proxy")};
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* An address as 16 bytes, those of IPv4 as IPv6 has them. */
typedef struct address {
    uint8_t byte[16];
    bool v4;
} address;

static bool read_address(tm_text text, address *out)
{
    char name[INET6_ADDRSTRLEN];
    *out = (address){.byte = {[10] = 0xff, [11] = 0xff}};
    if (!text.n || text.n >= sizeof name)
        return false;
    memcpy(name, text.p, text.n);
    name[text.n] = 0;
    out->v4 = inet_pton(AF_INET, name, out->byte + 12) == 1;
    return out->v4 || inet_pton(AF_INET6, name, out->byte) == 1;
}

static bool is_loopback(tm_text host)
{
    static const uint8_t V6_LOOPBACK[16] = {[15] = 1};
    address a;
    if (tm_text_same_word(host, TM_TEXT("localhost")))
        return true;
    return read_address(host, &a) &&
           (a.v4 ? a.byte[12] == 127 : !memcmp(a.byte, V6_LOOPBACK, sizeof a.byte));
}

static bool same_bits(const address *a, const address *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    return !memcmp(a->byte, b->byte, whole) &&
           (!rest || (a->byte[whole] ^ b->byte[whole]) >> (8 - rest) == 0);
}

/* "10.0.0.0/8": false when it is no such thing; else *inside says whether the host is there. */
static bool read_net(tm_text item, tm_text host, bool *inside)
{
    tm_text net, size = item;
    address from, a;
    int64_t bits;
    tm_text_next(&size, '/', &net);
    if (!size.p || !read_address(net, &from) || !tm_number_int(size, &bits) || bits < 0 ||
        bits > (from.v4 ? 32 : 128))
        return false;
    *inside = read_address(host, &a) && a.v4 == from.v4 &&
              same_bits(&a, &from, (unsigned)bits + (from.v4 ? 96 : 0));
    return true;
}

/* ---- the list -------------------------------------------------------------------------------- */

/* A name stands for itself and what is under it; ".name" and "*.name" for the latter alone. */
static bool matches_name(tm_text name, tm_text host)
{
    bool itself = true;
    if (tm_text_starts(name, TM_TEXT("*.")))
        name = tm_text_skip(name, 1);
    if (tm_text_starts(name, TM_TEXT("."))) {
        itself = false;
        name = tm_text_skip(name, 1);
    }
    if (!name.n || host.n < name.n)
        return false;
    tm_text end = tm_text_skip(host, host.n - name.n);
    if (!tm_text_same_word(end, name))
        return false;
    return end.n == host.n ? itself : end.p[-1] == '.';
}

static bool matches(tm_text item, tm_text host, int port)
{
    tm_text name = item;
    int only = -1;
    bool inside;
    address a, b;
    item = tm_text_trim(item);
    if (!item.n || tm_text_is(item, "*"))
        return item.n > 0;
    if (read_net(item, host, &inside))
        return inside;
    if (read_address(item, &a) || tm_target_split(item, &name, &only))
        name = item; /* an address of IPv6 without brackets, or ".name" */
    if (only >= 0 && only != port)
        return false;
    if (read_address(name, &a))
        return read_address(host, &b) && !memcmp(a.byte, b.byte, sizeof a.byte);
    return matches_name(name, host);
}

tm_text tm_http_proxy_find(const tm_http_proxies *proxies, bool https, tm_text host, int port)
{
    tm_text list = proxies->none, item;
    if (is_loopback(host))
        return TM_TEXT("");
    while (list.n && tm_text_next(&list, ',', &item))
        if (matches(item, host, port))
            return TM_TEXT("");
    return https ? proxies->https : proxies->http;
}
