/* Linear: passes over blocks of a subject.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sets are numbered only as long as the DFA keeps them, so a block is as long as it can surely
 * number; before a block is followed forwards, it is passed once more from the set that the first
 * pass left at its end. */
#include "vm/regex/linear.h"

#include "base/utf8.h"

#include <assert.h>

enum { BLOCK_MOST_BYTES = 1024, CHARGE_BYTES = 4096 };

static bool charge(const tm_dfa *d, size_t steps)
{
    return !d->work || tm_work_charge(d->work, steps);
}

/* ---- forwards ---- */

/* The outcome over the character at p, which is not remembered or not of ASCII. */
static uint32_t step(tm_dfa *d, uint32_t state, tm_text rest, size_t *width)
{
    const tm_dfa_char c = tm_dfa_next_char(d, rest, width);
    const uint32_t known = c.forget ? TM_DFA_UNKNOWN : tm_dfa_known(d, state, c.kind);
    return known ? known : tm_dfa_step(d, state, &c);
}

static uint32_t step_over_edge(tm_dfa *d, uint32_t state)
{
    const tm_dfa_char c = tm_dfa_edge(d);
    const uint32_t known = tm_dfa_known(d, state, c.kind);
    return known ? known : tm_dfa_step(d, state, &c);
}

/* Runs over a part of the text; the outcome behind it. */
static uint32_t run(tm_dfa *d, uint32_t state, tm_text text, size_t *at, size_t end)
{
    const uint8_t *kind = d->nfa->kind;
    uint32_t outcome = TM_DFA_UNKNOWN;
    /* Work: bytes, charged by who asks */
    while (*at < end) {
        const unsigned char byte = (unsigned char)text.p[*at];
        size_t width = 1;
        outcome = byte < TM_NFA_ASCII ? tm_dfa_known(d, state, kind[byte]) : TM_DFA_UNKNOWN;
        if (outcome == TM_DFA_UNKNOWN)
            outcome = step(d, state, tm_text_skip(text, *at), &width);
        if (outcome <= TM_DFA_SPENT)
            break;
        *at += width;
        state = tm_dfa_target(outcome);
    }
    return outcome;
}

static tm_match answer(uint32_t outcome)
{
    return outcome == TM_DFA_YES ? TM_MATCH : outcome == TM_DFA_NO ? TM_NO_MATCH : TM_MATCH_BUDGET;
}

tm_match tm_linear_test(tm_dfa *d, tm_text text, size_t from)
{
    uint32_t state = tm_dfa_begin(d, text, from);
    /* Work: stretches of the text, each charged */
    for (size_t at = from; at < text.n;) {
        const size_t end = text.n - at > CHARGE_BYTES ? at + CHARGE_BYTES : text.n;
        if (!charge(d, tm_work_bytes(end - at)))
            return TM_MATCH_BUDGET;
        const uint32_t outcome = run(d, state, text, &at, end);
        if (outcome <= TM_DFA_SPENT)
            return answer(outcome);
        state = tm_dfa_target(outcome);
    }
    return answer(step_over_edge(d, state));
}

/* ---- backwards ---- */

/* Where the character before byte `at` starts. */
static size_t before(tm_text text, size_t at)
{
    do
        at--;
    /* Work: at most 3 bytes */
    while (((unsigned char)text.p[at] & 0xc0) == 0x80);
    return at;
}

/* The outcome over the character before `at`, of which *start is where it starts; at the start of
 * the text that is `at`. */
static uint32_t step_back(tm_dfa *d, uint32_t state, tm_text text, size_t at, size_t *start)
{
    *start = at;
    if (at == 0)
        return step_over_edge(d, state);
    const unsigned char byte = (unsigned char)text.p[at - 1];
    if (byte < TM_NFA_ASCII) {
        *start = at - 1;
        const uint32_t known = tm_dfa_known(d, state, d->nfa->kind[byte]);
        if (known)
            return known;
    } else {
        *start = before(text, at);
    }
    size_t width;
    return step(d, state, tm_text_slice(text.p + *start, at - *start), &width);
}

/* The first character of a block; behind the last one, the end. */
static size_t first_of(const tm_linear *l, size_t block)
{
    size_t at = l->from + block * l->block;
    if (block == l->blocks || at > l->text.n)
        return l->text.n;
    /* Work: at most 3 bytes */
    while (at < l->text.n && ((unsigned char)l->text.p[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* Passes a block from its end to its first character. *state: the set at the first character of
 * the next block (any, for the last block); then the one at its own. With `at`, keeps what it
 * finds, and the DFA must have room. False: the work is spent. */
static bool pass(tm_linear *l, tm_dfa *d, size_t block, uint32_t *state, uint32_t *kept)
{
    const size_t first = first_of(l, block);
    size_t at = first_of(l, block + 1), start;
    bool begins = false;
    if (!charge(d, tm_work_bytes(l->block)))
        return false;
    if (block + 1 < l->blocks) {
        const uint32_t outcome = step_back(d, *state, l->text, at, &start);
        if (outcome == TM_DFA_SPENT)
            return false;
        *state = tm_dfa_target(outcome);
        at = start;
    }
    /* Work: bytes of a block, charged */
    for (;;) {
        const uint32_t here = *state;
        const uint32_t outcome = step_back(d, here, l->text, at, &start);
        if (outcome == TM_DFA_SPENT)
            return false;
        begins |= outcome & 1;
        if (kept)
            kept[at - first] = (here + 2) << 1 | (outcome & 1);
        if (at <= first)
            break;
        *state = tm_dfa_target(outcome);
        at = start;
    }
    l->begins[block] = begins;
    return true;
}

static uint64_t *saved_at(const tm_linear *l, const tm_dfa *d, size_t block)
{
    return l->saved + block * (d->set_words + 1);
}

/* Brings the sets of a block into l->at. */
static bool load(tm_linear *l, tm_dfa *d, size_t block)
{
    const bool is_last = block + 1 == l->blocks;
    uint32_t state =
        is_last ? tm_dfa_begin(d, l->text, l->text.n) : tm_dfa_state(d, saved_at(l, d, block + 1));
    state = tm_dfa_reserve(d, state, (uint32_t)l->block + 4);
    memset(l->at, 0, (l->block + 4) * sizeof *l->at);
    l->loaded = SIZE_MAX;
    if (!pass(l, d, block, &state, l->at))
        return false;
    l->loaded = block;
    l->generation = d->generation;
    l->first = first_of(l, block);
    l->last = is_last ? l->text.n + 1 : first_of(l, block + 1);
    return true;
}

static size_t block_bytes(const tm_dfa *d)
{
    const size_t fit = d->most / 2;
    return fit < BLOCK_MOST_BYTES ? fit : BLOCK_MOST_BYTES;
}

tm_match tm_linear_open(tm_linear *l, tm_dfa *d, tm_arena *arena, tm_text text, size_t from)
{
    *l = (tm_linear){.text = text, .from = from, .block = block_bytes(d), .loaded = SIZE_MAX};
    l->blocks = (text.n - from) / l->block + 1;
    l->at = tm_arena_alloc(arena, (l->block + 4) * sizeof *l->at);
    l->begins = TM_NEW_ARRAY(arena, l->blocks, bool);
    l->task = tm_arena_alloc(arena, (d->nfa->states + 1) * sizeof *l->task);
    l->mark = TM_NEW_ARRAY(arena, d->nfa->states, uint32_t);
    if (l->blocks == 1)
        return !load(l, d, 0) ? TM_MATCH_BUDGET : l->begins[0] ? TM_MATCH : TM_NO_MATCH;
    const size_t words = (l->blocks + 1) * (d->set_words + 1);
    l->saved = tm_arena_alloc(arena, words * sizeof *l->saved);
    uint32_t state = tm_dfa_begin(d, text, text.n);
    bool any = false;
    /* Work: blocks of the text, each charged (pass) */
    for (size_t b = l->blocks; b--;) {
        if (!pass(l, d, b, &state, NULL))
            return TM_MATCH_BUDGET;
        tm_dfa_copy(d, state, saved_at(l, d, b));
        any |= l->begins[b];
    }
    return any ? TM_MATCH : TM_NO_MATCH;
}

/* ---- along a match ---- */

enum { PUT_BACK = UINT32_MAX };

/* One place of a walk. */
typedef struct place {
    const uint64_t *set; /* the consuming states that lead on */
    tm_nfa_around left, right;
    size_t at;
    size_t visited; /* states, for the budget */
} place;

/* From `state` without consuming, the preferred ways first, to the state that leads on; slots along
 * the way are set. */
static uint32_t follow(tm_linear *l, const tm_nfa *nfa, place *p, uint32_t state, size_t *group,
                       unsigned slots)
{
    size_t tasks = 0;
    l->task[tasks++] = (tm_linear_task){.state = state};
    l->marks++;
    /* Work: states that no mark tells of yet, charged (walk) */
    while (tasks) {
        const tm_linear_task t = l->task[--tasks];
        if (t.state == PUT_BACK) {
            group[t.slot] = t.value;
            continue;
        }
        for (uint32_t s = t.state; l->mark[s] != l->marks;) {
            const tm_nfa_state *q = &nfa->state[s];
            l->mark[s] = l->marks;
            p->visited++;
            if (q->op < TM_NFA_ASSERT && tm_dfa_has(p->set, s))
                return s;
            if (q->op < TM_NFA_ASSERT ||
                (q->op == TM_NFA_ASSERT && !tm_nfa_holds(q->arg, p->left, p->right)))
                break;
            if (q->op == TM_NFA_SPLIT)
                l->task[tasks++] = (tm_linear_task){.state = q->arg};
            if (q->op == TM_NFA_SAVE && q->arg < slots) {
                l->task[tasks++] =
                    (tm_linear_task){.state = PUT_BACK, .slot = q->arg, .value = group[q->arg]};
                group[q->arg] = p->at;
            }
            s = q->next;
        }
    }
    assert(!"a way leads on from here");
    return 0;
}

/* The set at byte `at`, in this block or a later one; NULL: the work is spent. */
static const uint64_t *set_at(tm_linear *l, tm_dfa *d, size_t at)
{
    /* Work: blocks of the text, each charged (pass) */
    while (at >= l->last)
        if (!load(l, d, l->loaded + 1))
            return NULL;
    return tm_dfa_set(d, tm_dfa_target(l->at[at - l->first]));
}

/* Follows the match that begins at byte `at`. */
static tm_match walk(tm_linear *l, tm_dfa *d, size_t at, size_t *group, unsigned groups)
{
    const tm_nfa *nfa = d->nfa;
    uint32_t state = nfa->start;
    memset(group, 0xff, 2 * groups * sizeof *group);
    group[0] = at;
    /* Work: characters of a match, each charged */
    for (size_t width;; at += width) {
        place p = {.set = set_at(l, d, at), .at = at};
        if (!p.set)
            return TM_MATCH_BUDGET;
        p.left = tm_nfa_left(nfa, l->text, at);
        p.right = tm_nfa_right(nfa, l->text, at);
        const tm_nfa_state *q = &nfa->state[follow(l, nfa, &p, state, group, 2 * groups)];
        if (!charge(d, 1 + p.visited / 2))
            return TM_MATCH_BUDGET;
        if (q->op == TM_NFA_MATCH)
            break;
        tm_utf8_next(tm_text_skip(l->text, at), &width);
        state = q->next;
    }
    group[1] = at;
    return TM_MATCH;
}

/* Where the first match of the loaded block from byte `at` on begins; SIZE_MAX: none does. */
static size_t begin_of(const tm_linear *l, size_t at)
{
    /* Work: bytes of a block, charged (pass) */
    for (; at < l->last; at++)
        if (l->at[at - l->first] & 1)
            return at;
    return SIZE_MAX;
}

tm_match tm_linear_next(tm_linear *l, tm_dfa *d, size_t at, size_t *group, unsigned groups)
{
    if (at > l->text.n)
        return TM_NO_MATCH;
    size_t block = (at - l->from) / l->block;
    if (block > 0 && at < first_of(l, block)) /* the rest of a character */
        block--;
    /* Work: blocks of the text, each charged (pass) */
    for (; block < l->blocks; block++) {
        if (!l->begins[block])
            continue;
        if ((l->loaded != block || l->generation != d->generation) && !load(l, d, block))
            return TM_MATCH_BUDGET;
        const size_t begin = begin_of(l, at > l->first ? at : l->first);
        if (begin != SIZE_MAX)
            return groups ? walk(l, d, begin, group, groups) : TM_MATCH;
    }
    return TM_NO_MATCH;
}
