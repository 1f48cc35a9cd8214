/* Nearest: the name that was probably meant.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include "base/ascii.h"

/* Costs: one edit is a whole; a letter in the wrong case counts too, but less than any edit. */
enum { EDIT = 64, CASE = 1, LONGEST_WORD = 64 };

static unsigned swap_cost(char a, char b)
{
    return a == b ? 0 : tm_ascii_lower(a) == tm_ascii_lower(b) ? CASE : EDIT;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The cost of turning a into b by inserting, deleting, replacing and swapping neighbours. Row by
 * row; a swap looks two rows back. Both are at most LONGEST_WORD bytes. */
static unsigned distance(tm_text a, tm_text b)
{
    unsigned rows[3][LONGEST_WORD + 1];
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = (unsigned)j * EDIT;
    for (size_t i = 1; i <= a.n; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3], *higher = rows[(i + 1) % 3];
        row[0] = (unsigned)i * EDIT;
        for (size_t j = 1; j <= b.n; j++) {
            row[j] = least(above[j], row[j - 1]) + EDIT;
            row[j] = least(row[j], above[j - 1] + swap_cost(a.p[i - 1], b.p[j - 1]));
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
                row[j] = least(row[j], higher[j - 2] + EDIT);
        }
    }
    return rows[a.n % 3][b.n];
}

unsigned tm_distance(tm_text a, tm_text b)
{
    a.n = a.n < LONGEST_WORD ? a.n : LONGEST_WORD;
    b.n = b.n < LONGEST_WORD ? b.n : LONGEST_WORD;
    return distance(a, b);
}

tm_text tm_nearest(tm_arena *arena, tm_text word, const tm_text *candidates, size_t count)
{
    (void)arena;
    tm_text best = {.p = "", .n = 0};
    if (word.n == 0 || word.n > LONGEST_WORD)
        return best;
    unsigned edits = word.n / 3 > 1 ? (unsigned)word.n / 3 : 1;
    unsigned limit = edits * EDIT + EDIT - 1; /* any number of letters in the wrong case */
    for (size_t i = 0; i < count; i++) {
        tm_text c = candidates[i];
        size_t longer = c.n > word.n ? c.n : word.n, shorter = c.n + word.n - longer;
        if (longer > LONGEST_WORD || longer - shorter > edits || shorter == 0)
            continue;
        unsigned cost = distance(word, c);
        /* With nothing in common a short word is no typo of another. */
        if (cost > limit || cost >= longer * EDIT)
            continue;
        best = c;
        limit = cost - (cost > 0);
        if (cost == 0)
            break;
    }
    return best;
}
