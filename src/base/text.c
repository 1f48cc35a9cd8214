/* Text: comparing, finding and cutting slices.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/text.h"

#include "base/ascii.h"

int tm_text_compare(tm_text a, tm_text b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order != 0 || a.n == b.n)
        return order;
    return a.n < b.n ? -1 : 1;
}

bool tm_text_same_word(tm_text a, tm_text b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (tm_ascii_lower(a.p[i]) != tm_ascii_lower(b.p[i]))
            return false;
    return true;
}

ptrdiff_t tm_text_find(tm_text t, tm_text part)
{
    if (part.n == 0)
        return 0;
    if (t.n < part.n)
        return -1;
    const char *at = memmem(t.p, t.n, part.p, part.n);
    return at ? at - t.p : -1;
}

bool tm_text_next(tm_text *rest, char separator, tm_text *part)
{
    if (!rest->p)
        return false;
    const char *end = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
    if (!end) {
        *part = *rest;
        *rest = (tm_text){0};
        return true;
    }
    *part = tm_text_slice(rest->p, (size_t)(end - rest->p));
    *rest = tm_text_skip(*rest, part->n + 1);
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

tm_text tm_text_trim(tm_text t)
{
    while (t.n && is_space(t.p[0]))
        t = tm_text_skip(t, 1);
    while (t.n && is_space(t.p[t.n - 1]))
        t.n--;
    return t;
}
