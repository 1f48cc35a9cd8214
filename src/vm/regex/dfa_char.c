/* DFA characters: those beyond ASCII that a machine tells apart are found as they come.
 * Work: each class of the pattern once for a character that is met first, charged.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "vm/regex/dfa.h"

tm_dfa_char tm_dfa_edge(const tm_dfa *d)
{
    return (tm_dfa_char){.kind = d->nfa->kinds, .around = TM_NFA_EDGE};
}

/* Which literal it is; UINT32_MAX: none. */
static uint32_t literal_of(const tm_nfa *nfa, uint32_t rune)
{
    uint32_t low = 0, high = nfa->runes;
    /* Work: log of the runes of the pattern */
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (nfa->rune[middle] < rune)
            low = middle + 1;
        else
            high = middle;
    }
    return low < nfa->runes && nfa->rune[low] == rune ? low : UINT32_MAX;
}

/* Bits of the classes that hold it. */
static void find_classes(const tm_dfa *d, uint32_t rune, uint64_t *in)
{
    memset(in, 0, d->class_words * sizeof *in);
    /* Work: classes of the pattern, charged (kind_of) */
    for (unsigned i = 0; i < d->nfa->classes; i++) {
        const tm_nfa_class *class = &d->nfa->class[i];
        const bool has = class->node && (class->beyond == TM_NFA_ASK ? d->ask(d->owner, i, rune)
                                                                     : tm_nfa_has(class, rune));
        in[i / 64] |= (uint64_t)has << i % 64;
    }
}

/* The number of its kind; TM_DFA_BEYOND: there is no room for another. */
static unsigned kind_of(tm_dfa *d, uint32_t rune)
{
    const unsigned words = d->class_words;
    uint64_t *in = d->in + d->beyond * words;
    const uint32_t literal = literal_of(d->nfa, rune);
    find_classes(d, rune, in);
    if (d->work)
        tm_work_charge(d->work,
                       d->nfa->classes * 4); /* whoever steps asks whether it was too much */
    /* Work: at most TM_DFA_BEYOND */
    for (unsigned i = 0; i < d->beyond; i++)
        if (d->literal[i] == literal && memcmp(d->in + i * words, in, words * sizeof *in) == 0)
            return i;
    if (d->beyond == TM_DFA_BEYOND)
        return TM_DFA_BEYOND;
    d->literal[d->beyond] = literal;
    return d->beyond++;
}

tm_dfa_char tm_dfa_next_char(tm_dfa *d, tm_text text, size_t *width)
{
    const tm_nfa *nfa = d->nfa;
    const unsigned char byte = (unsigned char)text.p[0];
    if (byte < TM_NFA_ASCII) {
        *width = 1;
        return (tm_dfa_char){
            .rune = byte, .kind = nfa->kind[byte], .around = (tm_nfa_around)nfa->around[byte]};
    }
    tm_dfa_char c = {.rune = tm_utf8_next(text, width), .kind = nfa->kinds + 1};
    if (nfa->uniform)
        return c;
    unsigned kind;
    const uint32_t slot = c.rune % TM_DFA_RECENT;
    if (d->recent[slot].kind && d->recent[slot].rune == c.rune) {
        kind = d->recent[slot].kind - 1;
    } else {
        kind = kind_of(d, c.rune);
        d->recent[slot].rune = c.rune;
        d->recent[slot].kind = kind == TM_DFA_BEYOND ? 0 : kind + 1;
    }
    c.in = d->in + kind * d->class_words;
    c.forget = kind == TM_DFA_BEYOND;
    c.kind += c.forget ? 0 : kind;
    return c;
}
