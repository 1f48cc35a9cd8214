/* DFAs of the regexes that a thread searches with, kept while they are in use.
 * Work: a fixed number of machines is kept.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/regex_inside.h"

static void drop(tm_dfas *all, unsigned i)
{
    tm_dfa_free(all->kept[i].dfa);
    all->kept[i].dfa = NULL;
}

void tm_dfas_free(tm_dfas *all)
{
    /* Work: TM_DFAS_KEPT */
    for (unsigned i = 0; i < TM_DFAS_KEPT; i++)
        drop(all, i);
}

/* Where the regex's DFA is, or the place of the one to go. */
static unsigned place_of(const tm_dfas *all, const tm_regex *regex, bool back)
{
    unsigned oldest = 0;
    /* Work: TM_DFAS_KEPT */
    for (unsigned i = 0; i < TM_DFAS_KEPT; i++) {
        const tm_dfa *d = all->kept[i].dfa;
        if (d && d->back == back && tm_text_equal(d->pattern, regex->pattern))
            return i;
        if (all->kept[i].used < all->kept[oldest].used)
            oldest = i;
    }
    return oldest;
}

tm_dfa *tm_dfas_get(tm_dfas *all, const tm_regex *regex, bool back, tm_dfa_ask ask, void *owner)
{
    const unsigned i = place_of(all, regex, back);
    tm_dfa *d = all->kept[i].dfa;
    if (!d || d->back != back || !tm_text_equal(d->pattern, regex->pattern)) {
        drop(all, i);
        d = all->kept[i].dfa =
            tm_dfa_new(all->arena, regex->nfa, regex->pattern, back, &all->generations);
    }
    all->kept[i].used = ++all->asked;
    d->nfa = regex->nfa; /* equal patterns have equal machines, but the other may be gone */
    d->work = all->work;
    d->ask = ask;
    d->owner = owner;
    return d;
}
