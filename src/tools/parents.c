/* Parents: the ids of dropped spans beside the parents of those that stay.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/parents.h"

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

static bool add(tm_parents *p, tm_parents_rows *rows, tm_parents_row row)
{
    if (rows->n == TM_PARENTS_MOST) {
        p->left_out++;
        return true;
    }
    if (rows->n == rows->room) {
        const size_t more = rows->room ? rows->room * 2 : 1024;
        void *grown = realloc(rows->row, more * sizeof row);
        if (!grown)
            return false;
        rows->row = grown;
        rows->room = more;
    }
    rows->row[rows->n++] = row;
    return true;
}

bool tm_parents_drop(tm_parents *p, tm_text trace, tm_text span, uint32_t note)
{
    return add(p, &p->dropped, (tm_parents_row){word_of(trace, span), note});
}

/* An id of zeros is none. */
static bool is_id(tm_text id)
{
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i])
            return true;
    return false;
}

bool tm_parents_stay(tm_parents *p, tm_text trace, tm_text parent, uint32_t note)
{
    return !is_id(parent) || add(p, &p->stay, (tm_parents_row){word_of(trace, parent), note});
}

static int by_ids(const void *a, const void *b)
{
    const uint64_t x = ((const tm_parents_row *)a)->ids, y = ((const tm_parents_row *)b)->ids;
    return x < y ? -1 : x > y;
}

void tm_parents_each(tm_parents *p, tm_parents_found found, void *owner)
{
    if (!p->dropped.n)
        return;
    qsort(p->dropped.row, p->dropped.n, sizeof *p->dropped.row, by_ids);
    for (size_t i = 0; i < p->stay.n; i++) {
        const tm_parents_row *d =
            bsearch(&p->stay.row[i], p->dropped.row, p->dropped.n, sizeof *p->dropped.row, by_ids);
        if (d)
            found(owner, d->note, p->stay.row[i].note);
    }
}

void tm_parents_free(tm_parents *p)
{
    free(p->dropped.row);
    free(p->stay.row);
    *p = (tm_parents){0};
}
