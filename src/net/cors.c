/* CORS: origins and lists of headers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/cors.h"

enum { EMPTY_MOST = 16 }; /* elements of a list that may be empty */

static bool has(const tm_texts *list, tm_text name)
{
    for (size_t i = 0; i < list->count; i++)
        if (tm_text_same_word(list->items[i], name))
            return true;
    return false;
}

static bool fits(tm_text pattern, tm_text origin)
{
    ptrdiff_t star = tm_text_find(pattern, TM_TEXT("*"));
    if (star < 0)
        return tm_text_same_word(pattern, origin);
    size_t before = (size_t)star, behind = pattern.n - before - 1;
    return origin.n >= before + behind &&
           tm_text_same_word(tm_text_slice(pattern.p, before), tm_text_slice(origin.p, before)) &&
           tm_text_same_word(tm_text_skip(pattern, before + 1),
                             tm_text_skip(origin, origin.n - behind));
}

bool tm_cors_takes_every_origin(const tm_cors *cors)
{
    return has(&cors->origins, TM_TEXT("*"));
}

bool tm_cors_takes_origin(const tm_cors *cors, tm_text origin)
{
    for (size_t i = 0; i < cors->origins.count; i++)
        if (fits(cors->origins.items[i], origin))
            return true;
    return false;
}

static bool takes_header(const tm_cors *cors, tm_text name)
{
    tm_text harmless[] = {TM_TEXT("accept"), TM_TEXT("content-type"), TM_TEXT("x-requested-with")};
    tm_texts usual = {harmless, sizeof harmless / sizeof *harmless};
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] >= 'A' && name.p[i] <= 'Z')
            return false;
    return has(cors->headers.count ? &cors->headers : &usual, name);
}

/* Takes one blank off each end; false when there are more. */
static bool trim_one(tm_text *name)
{
    const tm_text whole = tm_text_trim(*name);
    if (!whole.n)
        return name->n <= 2 && (*name = whole, true);
    size_t before = (size_t)(whole.p - name->p);
    if (before > 1 || name->n - before - whole.n > 1)
        return false;
    *name = whole;
    return true;
}

bool tm_cors_takes_headers(const tm_cors *cors, tm_text list)
{
    tm_text name, last = {0};
    unsigned empty = 0;
    if (has(&cors->headers, TM_TEXT("*")))
        return true;
    while (tm_text_next(&list, ',', &name)) {
        if (!trim_one(&name))
            return false;
        if (!name.n && ++empty > EMPTY_MOST)
            return false;
        if (!name.n)
            continue;
        if (!takes_header(cors, name) || (last.n && tm_text_compare(last, name) >= 0))
            return false;
        last = name;
    }
    return true;
}
