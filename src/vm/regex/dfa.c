/* DFA: sets of states, each once, in rows that are found by their hash.
 * Work: a step that is not known yet looks at each state once and is charged; known ones are
 * looked up.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/dfa.h"

#include <assert.h>

/* Rows of one machine and direction take so much, and room for a few more. */
enum { ROWS_MOST_BYTES = 256 << 10, ROOM_FIRST = 16 };

static void *must_alloc(tm_arena *arena, size_t size_bytes)
{
    void *p = tm_heap_alloc(tm_arena_heap(arena), size_bytes);
    if (!p)
        tm_arena_out_of_memory(arena);
    return p;
}

static void forget(tm_dfa *d)
{
    d->states = 0;
    memset(d->hash, 0, (d->hash_mask + 1) * sizeof *d->hash);
    d->generation = ++*d->generations;
    if (d->beyond < TM_DFA_BEYOND)
        return;
    d->beyond = 0;
    memset(d->recent, 0, sizeof d->recent);
}

static uint32_t table_room(uint32_t states)
{
    uint32_t room = 32;
    /* Work: doublings of a table */
    while (room < 2 * states)
        room *= 2;
    return room;
}

/* All that does not grow, behind one another in one block. */
static void lay_out(tm_dfa *d, char *p, tm_text pattern)
{
    d->set = (uint64_t *)p;
    d->in = d->set + d->set_words;
    d->mark = (uint32_t *)(d->in + (TM_DFA_BEYOND + 1) * d->class_words);
    d->stack = d->mark + d->nfa->states;
    char *copy = (char *)(d->stack + d->nfa->states);
    if (pattern.n)
        memcpy(copy, pattern.p, pattern.n);
    d->pattern = tm_text_slice(copy, pattern.n);
}

tm_dfa *tm_dfa_new(tm_arena *arena, const tm_nfa *nfa, tm_text pattern, bool back,
                   uint64_t *generations)
{
    const unsigned set_words = nfa->states / 64 + 1, class_words = nfa->classes / 64 + 1;
    const unsigned columns = nfa->kinds + 1 + (nfa->uniform ? 1 : TM_DFA_BEYOND);
    const size_t fixed = sizeof(tm_dfa) +
                         (set_words + (TM_DFA_BEYOND + 1) * class_words) * sizeof(uint64_t) +
                         2 * (nfa->states + 1) * sizeof(uint32_t) + pattern.n;
    tm_dfa *d = must_alloc(arena, fixed);
    memset(d, 0, fixed);
    *d = (tm_dfa){.arena = arena,
                  .nfa = nfa,
                  .back = back,
                  .generations = generations,
                  .columns = columns,
                  .set_words = set_words,
                  .row_words = (columns + 1) / 2 + 1 + set_words,
                  .class_words = class_words};
    lay_out(d, (char *)(d + 1), pattern);
    d->most = (uint32_t)(ROWS_MOST_BYTES / (d->row_words * sizeof *d->row));
    if (d->most < 2 * TM_DFA_LEAST_STATES)
        d->most = 2 * TM_DFA_LEAST_STATES;
    d->generation = ++*generations;
    return d;
}

void tm_dfa_free(tm_dfa *d)
{
    if (!d)
        return;
    const tm_heap *heap = tm_arena_heap(d->arena);
    tm_heap_free(heap, d->row);
    tm_heap_free(heap, d->hash);
    tm_heap_free(heap, d);
}

/* ---- rows ---- */

static uint64_t *around_of(tm_dfa *d, uint32_t state)
{
    return d->row + state + d->row_words - d->set_words - 1;
}

static uint32_t hash_of(const tm_dfa *d, const uint64_t *set, uint64_t around)
{
    uint64_t h = around + 0x9e3779b97f4a7c15u;
    /* Work: states of the pattern, charged where a step is new */
    for (unsigned i = 0; i < d->set_words; i++)
        h = (h ^ set[i] ^ h >> 29) * 0xbf58476d1ce4e5b9u;
    return (uint32_t)(h >> 32);
}

static void enter(tm_dfa *d, uint32_t state)
{
    uint32_t at = hash_of(d, tm_dfa_set(d, state), *around_of(d, state)) & d->hash_mask;
    /* Work: places of a table that is half empty */
    while (d->hash[at])
        at = (at + 1) & d->hash_mask;
    d->hash[at] = state + 1;
}

/* Twice the room, and the states where they were. */
static void grow(tm_dfa *d)
{
    const tm_heap *heap = tm_arena_heap(d->arena);
    uint32_t room = d->room ? d->room * 2 : ROOM_FIRST;
    if (room > d->most)
        room = d->most;
    const size_t row_bytes = d->row_words * sizeof *d->row;
    uint64_t *row = d->row ? tm_heap_grow(heap, d->row, room * row_bytes)
                           : tm_heap_alloc(heap, room * row_bytes);
    if (!row)
        tm_arena_out_of_memory(d->arena);
    d->row = row;
    const uint32_t slots = table_room(room);
    uint32_t *hash = must_alloc(d->arena, slots * sizeof *hash);
    tm_heap_free(heap, d->hash);
    memset(hash, 0, slots * sizeof *hash);
    d->hash = hash;
    d->hash_mask = slots - 1;
    d->room = room;
    /* Work: states that are known, each time twice as many */
    for (uint32_t i = 0; i < d->states; i++)
        enter(d, i * d->row_words);
}

/* The state of d->set with what is around it; with none left, all others are forgotten. */
static uint32_t intern(tm_dfa *d, tm_nfa_around around)
{
    if (d->states == d->room) {
        if (d->room < d->most)
            grow(d);
        else
            forget(d);
    }
    uint32_t at = hash_of(d, d->set, around) & d->hash_mask;
    /* Work: places of a table that is half empty */
    for (; d->hash[at]; at = (at + 1) & d->hash_mask) {
        const uint32_t state = d->hash[at] - 1;
        if (*around_of(d, state) == around &&
            memcmp(tm_dfa_set(d, state), d->set, d->set_words * sizeof *d->set) == 0)
            return state;
    }
    const uint32_t state = d->states++ * d->row_words;
    memset(d->row + state, 0, d->row_words * sizeof *d->row);
    *around_of(d, state) = around;
    memcpy(around_of(d, state) + 1, d->set, d->set_words * sizeof *d->set);
    d->hash[at] = state + 1;
    return state;
}

void tm_dfa_copy(const tm_dfa *d, uint32_t state, uint64_t *copy)
{
    memcpy(copy, tm_dfa_set(d, state) - 1, (d->set_words + 1) * sizeof *copy);
}

uint32_t tm_dfa_state(tm_dfa *d, const uint64_t *copy)
{
    memcpy(d->set, copy + 1, d->set_words * sizeof *copy);
    return intern(d, (tm_nfa_around)copy[0]);
}

uint32_t tm_dfa_reserve(tm_dfa *d, uint32_t state, uint32_t states)
{
    assert(states < d->most);
    if (d->most - d->states >= states)
        return state;
    const tm_nfa_around around = (tm_nfa_around)*around_of(d, state);
    memcpy(d->set, tm_dfa_set(d, state), d->set_words * sizeof *d->set);
    forget(d);
    return intern(d, around);
}

uint32_t tm_dfa_begin(tm_dfa *d, tm_text text, size_t at)
{
    memset(d->set, 0, d->set_words * sizeof *d->set);
    const uint32_t first = d->back ? 0 : d->nfa->start; /* state 0 is MATCH */
    d->set[first / 64] |= (uint64_t)1 << first % 64;
    return intern(d, d->back ? TM_NFA_EDGE : tm_nfa_left(d->nfa, text, at));
}

/* ---- steps ---- */

static bool accepts(const tm_dfa *d, const tm_nfa_state *q, const tm_dfa_char *c)
{
    if (q->op == TM_NFA_RUNE)
        return c->rune == q->arg;
    if (q->op == TM_NFA_DOT)
        return c->rune != '\n';
    if (q->op != TM_NFA_MEMBER)
        return true;
    const tm_nfa_class *class = &d->nfa->class[q->arg];
    if (c->rune < TM_NFA_ASCII)
        return class->ascii[c->rune / 64] >> c->rune % 64 & 1;
    return c->in ? tm_dfa_has(c->in, q->arg) : class->beyond == TM_NFA_ALL;
}

static void put(uint64_t *set, uint32_t state)
{
    set[state / 64] |= (uint64_t)1 << state % 64;
}

/* Puts a state on the stack, once in a step. */
static uint32_t push(tm_dfa *d, uint32_t n, uint32_t state)
{
    if (d->mark[state] == d->marks)
        return n;
    d->mark[state] = d->marks;
    d->stack[n] = state;
    return n + 1;
}

/* The states of a set, on the stack. */
static uint32_t push_all(tm_dfa *d, const uint64_t *set)
{
    uint32_t n = 0;
    if (++d->marks == 0) {
        memset(d->mark, 0, d->nfa->states * sizeof *d->mark);
        d->marks = 1;
    }
    /* Work: states of the pattern, charged where a step is new */
    for (unsigned i = 0; i < d->set_words; i++)
        for (uint64_t m = set[i]; m; m &= m - 1)
            n = push(d, n, i * 64 + (uint32_t)__builtin_ctzll(m));
    return n;
}

/* Makes d->set of the states behind c; true when one matched before it. */
static bool forwards(tm_dfa *d, uint32_t state, const tm_dfa_char *c, bool edge, uint32_t *seen)
{
    const tm_nfa *nfa = d->nfa;
    const tm_nfa_around left = (tm_nfa_around)*around_of(d, state);
    uint32_t n = push_all(d, tm_dfa_set(d, state));
    memset(d->set, 0, d->set_words * sizeof *d->set);
    if (!nfa->anchored)
        put(d->set, nfa->start);
    /* Work: states of the pattern, charged where a step is new */
    for (; n; ++*seen) {
        const tm_nfa_state *q = &nfa->state[d->stack[--n]];
        if (q->op == TM_NFA_MATCH)
            return true;
        if (q->op < TM_NFA_ASSERT) {
            if (!edge && accepts(d, q, c))
                put(d->set, q->next);
        } else if (q->op != TM_NFA_ASSERT || tm_nfa_holds(q->arg, left, c->around)) {
            n = push(d, n, q->next);
            if (q->op == TM_NFA_SPLIT)
                n = push(d, n, q->arg);
        }
    }
    return false;
}

/* Makes d->set of the states before c that lead to a match over it; true when one begins behind it.
 */
static bool backwards(tm_dfa *d, uint32_t state, const tm_dfa_char *c, bool edge, uint32_t *seen)
{
    const tm_nfa *nfa = d->nfa;
    const tm_nfa_around right = (tm_nfa_around)*around_of(d, state);
    uint32_t n = push_all(d, tm_dfa_set(d, state));
    memset(d->set, 0, d->set_words * sizeof *d->set);
    put(d->set, 0);
    /* Work: states of the pattern, charged where a step is new */
    for (; n; ++*seen) {
        const uint32_t s = d->stack[--n];
        for (uint32_t i = nfa->back_at[s]; i < nfa->back_at[s + 1]; i++, ++*seen) {
            const uint32_t before = nfa->back[i];
            const tm_nfa_state *q = &nfa->state[before];
            if (q->op < TM_NFA_ASSERT) {
                if (!edge && accepts(d, q, c))
                    put(d->set, before);
            } else if (q->op != TM_NFA_ASSERT || tm_nfa_holds(q->arg, c->around, right)) {
                n = push(d, n, before);
            }
        }
    }
    return d->mark[nfa->start] == d->marks;
}

static bool is_empty(const tm_dfa *d)
{
    /* Work: states of the pattern, charged where a step is new */
    for (unsigned i = 0; i < d->set_words; i++)
        if (d->set[i])
            return false;
    return true;
}

uint32_t tm_dfa_step(tm_dfa *d, uint32_t state, const tm_dfa_char *c)
{
    const bool edge = c->kind == d->nfa->kinds;
    uint32_t seen = d->set_words, outcome;
    const uint64_t generation = d->generation;
    const bool found =
        d->back ? backwards(d, state, c, edge, &seen) : forwards(d, state, c, edge, &seen);
    if (d->work && !tm_work_charge(d->work, 4 + seen / 2))
        return TM_DFA_SPENT;
    if (!d->back && (found || edge || is_empty(d)))
        outcome = found ? TM_DFA_YES : TM_DFA_NO;
    else
        outcome = (((edge ? state : intern(d, c->around)) + 2) << 1) | found;
    if (!c->forget && d->generation == generation)
        ((uint32_t *)(d->row + state))[c->kind] = outcome;
    return outcome;
}
