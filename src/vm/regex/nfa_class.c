/* NFA classes: which characters a machine tells apart.
 * Work: of rules alone: a pattern, each part once; regexes.c charges what is compiled at run time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "vm/regex/nfa.h"

#include <stdlib.h>

/* What (?i) takes k and s for, beyond their other case. */
enum { KELVIN = 0x212a, LONG_S = 0x17f };

static bool has_bit(const uint64_t bits[2], uint32_t c)
{
    return bits[c / 64] >> c % 64 & 1;
}

static void set_bit(uint64_t bits[2], uint32_t c)
{
    bits[c / 64] |= (uint64_t)1 << c % 64;
}

/* The ranges that a node names; a folded letter is one. */
static size_t ranges_of(const tm_re2_node *node, tm_re2_range *one, const tm_re2_range **range)
{
    *one = (tm_re2_range){node->rune, node->rune};
    *range = node->type == TM_RE2_RUNE ? one : node->class->range;
    return node->type == TM_RE2_RUNE ? 1 : node->class->ranges;
}

static bool is_negated(const tm_re2_node *node)
{
    return node->type == TM_RE2_CLASS && node->class->negated;
}

static bool is_folded(const tm_re2_node *node)
{
    return node->type == TM_RE2_RUNE || node->class->fold;
}

bool tm_nfa_has(const tm_nfa_class *class, uint32_t rune)
{
    tm_re2_range one;
    const tm_re2_range *range;
    size_t low = 0, high = ranges_of(class->node, &one, &range);
    const bool negated = is_negated(class->node);
    if (class->beyond != TM_NFA_RANGES)
        return class->beyond == TM_NFA_ALL;
    if (is_folded(class->node)) /* letters of ASCII: 'k' is in it as itself, or not when negated */
        return (rune == KELVIN && has_bit(class->ascii, 'k') != negated) ||
                       (rune == LONG_S && has_bit(class->ascii, 's') != negated)
                   ? !negated
                   : negated;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (range[middle].high < rune)
            low = middle + 1;
        else
            high = middle;
    }
    const size_t all = ranges_of(class->node, &one, &range);
    return (low < all && range[low].low <= rune) != negated;
}

/* Fills in what needs no tables. */
static void read_class(tm_nfa_class *class)
{
    const tm_re2_node *node = class->node;
    tm_re2_range one;
    const tm_re2_range *range;
    const size_t ranges = ranges_of(node, &one, &range);
    const bool negated = is_negated(node), folded = is_folded(node);
    bool beyond = false;
    for (size_t i = 0; i < ranges; i++)
        beyond |= range[i].high >= TM_NFA_ASCII;
    class->beyond = TM_NFA_ASK;
    if ((node->type == TM_RE2_CLASS && node->class->properties) || (folded && beyond))
        return;
    for (size_t i = 0; i < ranges; i++)
        for (uint32_t c = range[i].low; c <= range[i].high && c < TM_NFA_ASCII; c++) {
            set_bit(class->ascii, c);
            const uint32_t lower = c | 0x20;
            if (folded && lower >= 'a' && lower <= 'z')
                set_bit(class->ascii, c ^ 0x20);
        }
    const bool strange = folded && (has_bit(class->ascii, 'k') || has_bit(class->ascii, 's'));
    class->beyond = beyond || strange ? TM_NFA_RANGES : negated ? TM_NFA_ALL : TM_NFA_NONE;
    class->ascii[0] ^= negated ? UINT64_MAX : 0;
    class->ascii[1] ^= negated ? UINT64_MAX : 0;
}

/* ---- kinds ---- */

/* Splits each kind into what is in the set and what is not. */
static void refine(tm_nfa *nfa, const uint64_t bits[2])
{
    uint8_t inside[TM_NFA_ASCII]; /* the kind of those in the set, by what it was */
    bool split[TM_NFA_ASCII] = {false}, outside[TM_NFA_ASCII] = {false};
    for (uint32_t c = 0; c < TM_NFA_ASCII; c++)
        outside[nfa->kind[c]] |= !has_bit(bits, c);
    for (uint32_t c = 0; c < TM_NFA_ASCII; c++) {
        const uint8_t was = nfa->kind[c];
        if (!has_bit(bits, c) || !outside[was])
            continue;
        if (!split[was])
            inside[was] = (uint8_t)nfa->kinds++;
        split[was] = true;
        nfa->kind[c] = inside[was];
    }
}

static bool is_word(uint32_t c)
{
    return (c >= '0' && c <= '9') || c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static void find_around(tm_nfa *nfa)
{
    uint64_t words[2] = {0}, line[2] = {0};
    set_bit(line, '\n');
    for (uint32_t c = 0; c < TM_NFA_ASCII; c++)
        if (is_word(c))
            set_bit(words, c);
    for (uint32_t c = 0; c < TM_NFA_ASCII; c++)
        nfa->around[c] = nfa->asks_word && is_word(c)  ? TM_NFA_WORD
                         : nfa->asks_line && c == '\n' ? TM_NFA_LINE
                                                       : TM_NFA_PLAIN;
    if (nfa->asks_word)
        refine(nfa, words);
    if (nfa->asks_line)
        refine(nfa, line);
}

static int by_rune(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Literals: those of ASCII are kinds of their own, the others are listed. */
static void find_literals(tm_arena *arena, tm_nfa *nfa)
{
    uint64_t ascii[2] = {0}, line[2] = {0};
    bool dots = false;
    set_bit(line, '\n');
    nfa->rune = tm_arena_alloc(arena, nfa->states * sizeof *nfa->rune);
    for (uint32_t i = 0; i < nfa->states; i++) {
        const tm_nfa_state *q = &nfa->state[i];
        if (q->op == TM_NFA_RUNE && q->arg < TM_NFA_ASCII)
            set_bit(ascii, q->arg);
        else if (q->op == TM_NFA_RUNE)
            nfa->rune[nfa->runes++] = q->arg;
        dots |= q->op == TM_NFA_DOT;
    }
    if (dots)
        refine(nfa, line);
    for (uint32_t c = 0; c < TM_NFA_ASCII; c++)
        if (has_bit(ascii, c))
            refine(nfa, (uint64_t[2]){c < 64 ? (uint64_t)1 << c : 0,
                                      c < 64 ? 0 : (uint64_t)1 << (c - 64)});
    qsort(nfa->rune, nfa->runes, sizeof *nfa->rune, by_rune);
    unsigned kept = 0;
    for (unsigned i = 0; i < nfa->runes; i++)
        if (i == 0 || nfa->rune[i] != nfa->rune[kept - 1])
            nfa->rune[kept++] = nfa->rune[i];
    nfa->runes = kept;
}

void tm_nfa_read_classes(tm_nfa *nfa)
{
    for (uint32_t i = 0; i < nfa->states; i++) {
        const tm_nfa_state *q = &nfa->state[i];
        if (q->op != TM_NFA_ASSERT)
            continue;
        nfa->asks_word |= q->arg == TM_RE2_WORD_EDGE || q->arg == TM_RE2_NO_WORD_EDGE;
        nfa->asks_line |= q->arg == TM_RE2_LINE_START || q->arg == TM_RE2_LINE_END;
    }
    for (unsigned i = 0; i < nfa->classes; i++)
        if (nfa->class[i].node)
            read_class(&nfa->class[i]);
}

void tm_nfa_finish(tm_arena *arena, tm_nfa *nfa)
{
    nfa->kinds = 1;
    find_around(nfa);
    find_literals(arena, nfa);
    nfa->uniform = nfa->runes == 0;
    for (unsigned i = 0; i < nfa->classes; i++) {
        const tm_nfa_class *class = &nfa->class[i];
        if (!class->node)
            continue;
        refine(nfa, class->ascii);
        nfa->uniform &= class->beyond <= TM_NFA_ALL;
    }
}

/* ---- assertions ---- */

bool tm_nfa_holds(tm_re2_type assertion, tm_nfa_around left, tm_nfa_around right)
{
    switch (assertion) {
    case TM_RE2_TEXT_START:
        return left == TM_NFA_EDGE;
    case TM_RE2_TEXT_END:
        return right == TM_NFA_EDGE;
    case TM_RE2_LINE_START:
        return left == TM_NFA_EDGE || left == TM_NFA_LINE;
    case TM_RE2_LINE_END:
        return right == TM_NFA_EDGE || right == TM_NFA_LINE;
    default:
        return ((left == TM_NFA_WORD) != (right == TM_NFA_WORD)) == (assertion == TM_RE2_WORD_EDGE);
    }
}

static tm_nfa_around around(const tm_nfa *nfa, char c)
{
    const unsigned char byte = (unsigned char)c;
    return byte < TM_NFA_ASCII ? (tm_nfa_around)nfa->around[byte] : TM_NFA_PLAIN;
}

tm_nfa_around tm_nfa_left(const tm_nfa *nfa, tm_text text, size_t at)
{
    return at == 0 ? TM_NFA_EDGE : around(nfa, text.p[at - 1]);
}

tm_nfa_around tm_nfa_right(const tm_nfa *nfa, tm_text text, size_t at)
{
    return at == text.n ? TM_NFA_EDGE : around(nfa, text.p[at]);
}
