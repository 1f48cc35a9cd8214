/* IP address: its text.
 * Work: no text is read further than the first byte that no address has.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/ip_address.h"

#include <arpa/inet.h>

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

bool tm_ip_address_read(tm_text t, tm_ip_address *a)
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
