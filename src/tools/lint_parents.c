/* Lint, parents: the ids of dropped spans beside the parents of those that stay.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lint_parents.h"

#include <stdlib.h>
#include <string.h>

/* Both ids in one word: that two spans share one is next to impossible. */
static uint64_t word_of(tm_text trace, tm_text span)
{
    uint64_t word = 14695981039346656037u;
    for (size_t i = 0; i < trace.n; i++)
        word = (word ^ (uint8_t)trace.p[i]) * 1099511628211u;
    for (size_t i = 0; i < span.n; i++)
        word = (word ^ (uint8_t)span.p[i]) * 1099511628211u;
    return word;
}

static bool make_room(void **p, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return true;
    const size_t more = *room ? *room * 2 : 1024;
    void *grown = realloc(*p, more * size);
    if (!grown)
        return false;
    *p = grown;
    *room = more;
    return true;
}

bool tm_lint_parents_drop(tm_lint_parents *p, tm_text trace, tm_text span, uint32_t rule)
{
    if (p->dropped_n == TM_LINT_SPANS_MOST)
        return true;
    if (!make_room((void **)&p->dropped, p->dropped_n, &p->dropped_room, sizeof *p->dropped))
        return false;
    p->dropped[p->dropped_n++] = (tm_lint_dropped){.span = word_of(trace, span), .rule = rule};
    return true;
}

bool tm_lint_parents_stay(tm_lint_parents *p, tm_text trace, tm_text parent)
{
    if (p->parents == TM_LINT_SPANS_MOST || !parent.n)
        return true;
    if (!make_room((void **)&p->parent, p->parents, &p->parents_room, sizeof *p->parent))
        return false;
    p->parent[p->parents++] = word_of(trace, parent);
    return true;
}

static int by_span(const void *a, const void *b)
{
    const uint64_t x = ((const tm_lint_dropped *)a)->span, y = ((const tm_lint_dropped *)b)->span;
    return x < y ? -1 : x > y;
}

void tm_lint_parents_count(tm_lint_parents *p, uint64_t *orphans)
{
    if (!p->dropped_n)
        return;
    qsort(p->dropped, p->dropped_n, sizeof *p->dropped, by_span);
    for (size_t i = 0; i < p->parents; i++) {
        const tm_lint_dropped key = {.span = p->parent[i]};
        const tm_lint_dropped *d =
            bsearch(&key, p->dropped, p->dropped_n, sizeof *p->dropped, by_span);
        if (d)
            orphans[d->rule]++;
    }
}

void tm_lint_parents_free(tm_lint_parents *p)
{
    free(p->dropped);
    free(p->parent);
}
