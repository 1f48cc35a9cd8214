/* NFA: built from an expression's tree.
 * Work: of rules alone: a pattern, as many states as it makes, with a bound; regexes.c charges
 * what is compiled at run time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/nfa.h"

/* Builds from the end to the start. */
typedef struct tm_builder {
    tm_arena *arena;
    tm_nfa *nfa;
    size_t room;
    bool full;
} tm_builder;

/* A new state, or 0 when there are too many. */
static uint32_t add_state(tm_builder *b, tm_nfa_op op, uint32_t next, uint32_t arg)
{
    tm_nfa *nfa = b->nfa;
    b->full |= nfa->states == TM_NFA_MOST_STATES;
    if (b->full)
        return 0;
    if (nfa->states == b->room) {
        size_t room = b->room ? b->room * 2 : 64;
        nfa->state = tm_arena_grow(b->arena, nfa->state, b->room * sizeof *nfa->state,
                                   room * sizeof *nfa->state);
        b->room = room;
    }
    nfa->state[nfa->states] = (tm_nfa_state){.op = op, .next = next, .arg = arg};
    return nfa->states++;
}

static uint32_t build(tm_builder *b, const tm_re2_node *node, uint32_t next);

/* Into the body or past it, as laziness wants. */
static uint32_t split(tm_builder *b, bool lazy, uint32_t body, uint32_t past)
{
    return add_state(b, TM_NFA_SPLIT, lazy ? past : body, lazy ? body : past);
}

/* The body once or more. */
static uint32_t build_loop(tm_builder *b, const tm_re2_node *node, uint32_t next, uint32_t *again)
{
    *again = split(b, node->lazy, 0, next);
    uint32_t body = build(b, node->first, *again);
    tm_nfa_state *s = &b->nfa->state[*again];
    *(node->lazy ? &s->arg : &s->next) = body;
    return body;
}

/* x{2,4} is xx(x(x)?)?, x{2,} is xx+, and x* with an x that may match nothing is (x+)?. */
static uint32_t build_repeat(tm_builder *b, const tm_re2_node *node, uint32_t next)
{
    const tm_re2_node *body = node->first;
    uint32_t at = next, again;
    int copies = node->min;
    if (node->max < 0) {
        at = build_loop(b, node, next, &again);
        if (copies == 0)
            return body->nullable ? split(b, node->lazy, at, next) : again;
        copies--;
    }
    for (int i = node->min; i < node->max && !b->full; i++)
        at = split(b, node->lazy, build(b, body, at), next);
    for (int i = 0; i < copies && !b->full; i++)
        at = build(b, body, at);
    return at;
}

static uint32_t build_class(tm_builder *b, const tm_re2_node *node, uint32_t next)
{
    b->nfa->class[node->set].node = node;
    return add_state(b, TM_NFA_MEMBER, next, node->set);
}

/* The children of a sequence, last one first. */
static uint32_t build_sequence(tm_builder *b, const tm_re2_node *first, uint32_t next)
{
    size_t count = 0, i = 0;
    for (const tm_re2_node *c = first; c; c = c->next)
        count++;
    const tm_re2_node **child = TM_NEW_ARRAY(b->arena, count, const tm_re2_node *);
    for (const tm_re2_node *c = first; c; c = c->next)
        child[i++] = c;
    while (i--)
        next = build(b, child[i], next);
    return next;
}

/* a|b|c: a split for each but the last. */
static uint32_t build_choice(tm_builder *b, const tm_re2_node *first, uint32_t next)
{
    uint32_t start = 0, last = 0;
    for (const tm_re2_node *c = first; c && !b->full; c = c->next) {
        uint32_t at = build(b, c, next);
        if (c->next)
            at = add_state(b, TM_NFA_SPLIT, at, 0);
        if (c == first)
            start = at;
        else
            b->nfa->state[last].arg = at;
        last = at;
    }
    return start;
}

static uint32_t build(tm_builder *b, const tm_re2_node *node, uint32_t next)
{
    switch (node->type) {
    case TM_RE2_EMPTY:
        return next;
    case TM_RE2_RUNE:
        return node->fold ? build_class(b, node, next)
                          : add_state(b, TM_NFA_RUNE, next, node->rune);
    case TM_RE2_CLASS:
        return build_class(b, node, next);
    case TM_RE2_DOT:
        return add_state(b, TM_NFA_DOT, next, 0);
    case TM_RE2_ANY:
        return add_state(b, TM_NFA_ANY, next, 0);
    case TM_RE2_GROUP:
        next = add_state(b, TM_NFA_SAVE, next, node->group * 2 + 1);
        return add_state(b, TM_NFA_SAVE, build(b, node->first, next), node->group * 2);
    case TM_RE2_REPEAT:
        return build_repeat(b, node, next);
    case TM_RE2_SEQUENCE:
        return build_sequence(b, node->first, next);
    case TM_RE2_CHOICE:
        return build_choice(b, node->first, next);
    default:
        return add_state(b, TM_NFA_ASSERT, next, node->type);
    }
}

/* Where a state leads: up to two others. */
static unsigned ways(const tm_nfa_state *q, uint32_t way[2])
{
    way[0] = q->next;
    way[1] = q->arg;
    return q->op == TM_NFA_MATCH ? 0 : q->op == TM_NFA_SPLIT ? 2 : 1;
}

/* Turns those ways round: counted, then laid out one state after the other. */
static void turn_round(tm_arena *arena, tm_nfa *nfa)
{
    uint32_t way[2];
    nfa->back_at = TM_NEW_ARRAY(arena, nfa->states + 1, uint32_t);
    for (uint32_t i = 0; i < nfa->states; i++)
        for (unsigned n = ways(&nfa->state[i], way); n--;)
            nfa->back_at[way[n] + 1]++;
    for (uint32_t i = 0; i < nfa->states; i++)
        nfa->back_at[i + 1] += nfa->back_at[i];
    const size_t size = nfa->states * sizeof(uint32_t);
    uint32_t *at = tm_arena_alloc(arena, size);
    memcpy(at, nfa->back_at, size);
    nfa->back = TM_NEW_ARRAY(arena, nfa->back_at[nfa->states], uint32_t);
    for (uint32_t i = 0; i < nfa->states; i++)
        for (unsigned n = ways(&nfa->state[i], way); n--;)
            nfa->back[at[way[n]]++] = i;
}

/* Can a match begin elsewhere than at the start? Follows what leads on without \A. */
static bool is_anchored(tm_arena *arena, const tm_nfa *nfa)
{
    bool *seen = TM_NEW_ARRAY(arena, nfa->states, bool);
    uint32_t *left = TM_NEW_ARRAY(arena, nfa->states * 2 + 1, uint32_t), way[2];
    size_t n = 0;
    left[n++] = nfa->start;
    while (n) {
        const uint32_t i = left[--n];
        const tm_nfa_state *q = &nfa->state[i];
        if (seen[i] || (q->op == TM_NFA_ASSERT && q->arg == TM_RE2_TEXT_START))
            continue;
        if (q->op < TM_NFA_ASSERT)
            return false;
        seen[i] = true;
        const unsigned count = ways(q, way);
        memcpy(left + n, way, count * sizeof *way);
        n += count;
    }
    return true;
}

tm_nfa *tm_nfa_new(tm_arena *arena, const tm_re2 *re2)
{
    tm_builder b = {.arena = arena, .nfa = TM_NEW(arena, tm_nfa)};
    tm_nfa *nfa = b.nfa;
    nfa->classes = re2->sets;
    nfa->class = TM_NEW_ARRAY(arena, re2->sets, tm_nfa_class);
    uint32_t match = add_state(&b, TM_NFA_MATCH, 0, 0);
    nfa->start = build(&b, re2->root, match);
    if (b.full)
        return NULL;
    turn_round(arena, nfa);
    nfa->anchored = is_anchored(arena, nfa);
    tm_nfa_read_classes(nfa);
    return nfa;
}
