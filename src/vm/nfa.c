/* NFA: states in order of preference, all advanced by one code point at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/nfa.h"

#include "base/utf8.h"

enum { TM_NFA_MOST_STATES = 10000, TM_NFA_MOST_CLASSES = 200, TM_NFA_EXPIRY_STEPS = 1 << 14 };

typedef enum tm_nfa_op {
    TM_NFA_MATCH,
    TM_NFA_RUNE,   /* arg: code point */
    TM_NFA_MEMBER, /* arg: number of the class */
    TM_NFA_DOT,
    TM_NFA_ANY,
    TM_NFA_ASSERT, /* arg: tm_re2_type */
    TM_NFA_SAVE,   /* arg: slot */
    TM_NFA_SPLIT   /* to `next` rather than to `arg` */
} tm_nfa_op;

typedef struct tm_nfa_state {
    tm_nfa_op op;
    uint32_t next, arg;
} tm_nfa_state;

struct tm_nfa {
    tm_nfa_state *state;
    uint32_t states, start;
};

/* ---- building, from the end to the start
 * -------------------------------------------------------- */

typedef struct tm_builder {
    tm_arena *arena;
    tm_nfa *nfa;
    size_t room;
    const tm_re2_node **class;
    unsigned classes;
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
    b->full |= b->classes == TM_NFA_MOST_CLASSES;
    if (b->full)
        return 0;
    b->class[b->classes] = node;
    return add_state(b, TM_NFA_MEMBER, next, b->classes++);
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

tm_nfa *tm_nfa_new(tm_arena *arena, const tm_re2 *re2, const tm_re2_node ***classes,
                   unsigned *count)
{
    tm_builder b = {.arena = arena, .nfa = TM_NEW(arena, tm_nfa)};
    b.class = TM_NEW_ARRAY(arena, TM_NFA_MOST_CLASSES, const tm_re2_node *);
    uint32_t match = add_state(&b, TM_NFA_MATCH, 0, 0);
    b.nfa->start = build(&b, re2->root, match);
    *classes = b.class;
    *count = b.classes;
    return b.full ? NULL : b.nfa;
}

/* ---- running
 * ------------------------------------------------------------------------------------ */

/* A set of states in order of preference; slots of the i-th start at slot[i * slots]. */
typedef struct tm_nfa_list {
    uint32_t *state, *index; /* state[index[s]] == s exactly when s is in it */
    uint32_t count;
    size_t *slot;
} tm_nfa_list;

/* What is left to do while a state's closure is added: visit a state, or put a slot back. */
typedef struct tm_nfa_task {
    uint32_t state; /* TM_NFA_PUT_BACK: `slot` gets `value` */
    uint32_t slot;
    size_t value;
} tm_nfa_task;

enum { TM_NFA_PUT_BACK = UINT32_MAX };

typedef struct tm_nfa_search_state {
    const tm_nfa *nfa;
    tm_text subject;
    size_t slots;
    size_t *current; /* slots along the path that is being added */
    tm_nfa_task *task;
    tm_nfa_list list[2];
} tm_nfa_search_state;

static size_t list_bytes(const tm_nfa *nfa, size_t slots)
{
    return nfa->states * (2 * sizeof(uint32_t) + slots * sizeof(size_t));
}

size_t tm_nfa_memory(const tm_nfa *nfa, unsigned groups)
{
    size_t slots = groups * 2;
    return slots * sizeof(size_t) + (2 * (size_t)nfa->states + 1) * sizeof(tm_nfa_task) +
           2 * list_bytes(nfa, slots);
}

static void lay_out(tm_nfa_search_state *s, void *memory)
{
    size_t states = s->nfa->states;
    size_t *p = memory;
    s->current = p;
    s->task = (tm_nfa_task *)(p + s->slots);
    p = (size_t *)(s->task + 2 * states + 1);
    for (int i = 0; i < 2; i++) {
        tm_nfa_list *l = &s->list[i];
        l->slot = p;
        l->state = (uint32_t *)(p + states * s->slots);
        l->index = l->state + states;
        l->count = 0;
        p = (size_t *)(l->index + states);
        memset(l->index, 0, states * sizeof *l->index);
    }
}

static bool is_word(tm_text t, size_t at)
{
    if (at >= t.n) /* also before the first byte: SIZE_MAX */
        return false;
    unsigned char c = (unsigned char)t.p[at], lower = c | 0x20;
    return (c >= '0' && c <= '9') || c == '_' || (lower >= 'a' && lower <= 'z');
}

static bool holds(tm_text t, size_t at, tm_re2_type assertion)
{
    switch (assertion) {
    case TM_RE2_TEXT_START:
        return at == 0;
    case TM_RE2_TEXT_END:
        return at == t.n;
    case TM_RE2_LINE_START:
        return at == 0 || t.p[at - 1] == '\n';
    case TM_RE2_LINE_END:
        return at == t.n || t.p[at] == '\n';
    default:
        return (is_word(t, at - 1) != is_word(t, at)) == (assertion == TM_RE2_WORD_EDGE);
    }
}

/* Puts the state into the list unless it is there. */
static bool enter(tm_nfa_list *list, uint32_t state)
{
    uint32_t i = list->index[state];
    if (i < list->count && list->state[i] == state)
        return false;
    list->index[state] = list->count;
    list->state[list->count++] = state;
    return true;
}

/* Adds what is reached from `state` at `at` without consuming, most preferred first. The slots
 * along the way are in s->current, which is unchanged in the end. */
static void add_closure(tm_nfa_search_state *s, tm_nfa_list *list, uint32_t state, size_t at)
{
    size_t tasks = 0;
    s->task[tasks++] = (tm_nfa_task){.state = state};
    while (tasks) {
        tm_nfa_task t = s->task[--tasks];
        if (t.state == TM_NFA_PUT_BACK) {
            s->current[t.slot] = t.value;
            continue;
        }
        while (enter(list, t.state)) {
            const tm_nfa_state *q = &s->nfa->state[t.state];
            if (q->op == TM_NFA_SPLIT) {
                s->task[tasks++] = (tm_nfa_task){.state = q->arg};
            } else if (q->op == TM_NFA_SAVE) {
                if (q->arg < s->slots) {
                    s->task[tasks++] = (tm_nfa_task){
                        .state = TM_NFA_PUT_BACK, .slot = q->arg, .value = s->current[q->arg]};
                    s->current[q->arg] = at;
                }
            } else if (q->op != TM_NFA_ASSERT) {
                memcpy(list->slot + (list->count - 1) * s->slots, s->current,
                       s->slots * sizeof(size_t));
                break;
            } else if (!holds(s->subject, at, q->arg)) {
                break;
            }
            t.state = q->next;
        }
    }
}

static bool consumes(const tm_nfa_state *q, const tm_nfa_run *run, uint32_t rune)
{
    switch (q->op) {
    case TM_NFA_RUNE:
        return rune == q->arg;
    case TM_NFA_MEMBER:
        return run->member(run->owner, q->arg, rune);
    case TM_NFA_DOT:
        return rune != '\n';
    default:
        return q->op == TM_NFA_ANY;
    }
}

/* Advances every state of `now` over the code point at `at`. True when one of them matched: its
 * slots are in `group`, and what was less preferred is dropped. */
static bool step(tm_nfa_search_state *s, const tm_nfa_run *run, tm_nfa_list *now, tm_nfa_list *then,
                 size_t at, size_t width, uint32_t rune, size_t *group)
{
    for (uint32_t i = 0; i < now->count; i++) {
        const tm_nfa_state *q = &s->nfa->state[now->state[i]];
        const size_t *slot = now->slot + i * s->slots;
        if (q->op == TM_NFA_MATCH) {
            if (s->slots) {
                memcpy(group, slot, s->slots * sizeof *group);
                group[1] = at;
            }
            return true;
        }
        if (width == 0 || !consumes(q, run, rune))
            continue;
        memcpy(s->current, slot, s->slots * sizeof *slot);
        add_closure(s, then, q->next, at + width);
    }
    return false;
}

tm_match tm_nfa_search(const tm_nfa *nfa, const tm_nfa_run *run, tm_text subject, size_t from,
                       size_t *group, unsigned groups)
{
    tm_nfa_search_state s = {.nfa = nfa, .subject = subject, .slots = groups * 2};
    lay_out(&s, run->memory);
    tm_nfa_list *now = &s.list[0], *then = &s.list[1];
    bool matched = false;
    size_t steps = 0;
    for (size_t at = from, width = 0;; at += width) {
        if (!matched) {
            memset(s.current, 0xff, s.slots * sizeof *s.current);
            if (s.slots)
                s.current[0] = at;
            add_closure(&s, now, nfa->start, at);
        }
        if (now->count == 0 && matched)
            break;
        uint32_t rune = 0;
        width = 0;
        if (at < subject.n)
            rune = tm_utf8_next(tm_text_skip(subject, at), &width);
        steps += now->count + 1;
        matched |= step(&s, run, now, then, at, width, rune, group);
        if (width == 0)
            break;
        tm_nfa_list *swap = now;
        now = then;
        then = swap;
        then->count = 0;
        if (steps > TM_NFA_EXPIRY_STEPS) {
            steps = 0;
            if (run->expired(run->owner))
                return TM_MATCH_BUDGET;
        }
    }
    return matched ? TM_MATCH : TM_NO_MATCH;
}
