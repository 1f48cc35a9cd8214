/* Glob match: all states at once, behind a literal start.
 * Work: each state once for a character at most, charged.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/glob_inside.h"

#include "base/utf8.h"
#include "vm/regex/re2.h"

/* The states to go on from; mark[s] is the round in which s was entered last. */
typedef struct tm_glob_front {
    const tm_glob *glob;
    uint32_t *state, count;
    uint32_t *mark, round;
    uint32_t *left; /* to be entered */
} tm_glob_front;

/* Adds a state and what is reached from it without consuming. */
static void enter(tm_glob_front *f, uint32_t state)
{
    uint32_t lefts = 0;
    f->left[lefts++] = state;
    /* Work: states that no mark tells of yet */
    while (lefts) {
        uint32_t s = f->left[--lefts];
        const tm_glob_state *q = &f->glob->state[s];
        if (f->mark[s] == f->round)
            continue;
        f->mark[s] = f->round;
        f->state[f->count++] = s;
        if (q->op == TM_GLOB_SPLIT || q->op == TM_GLOB_JUMP)
            f->left[lefts++] = q->to;
        if (q->op == TM_GLOB_SPLIT || q->op == TM_GLOB_RUN)
            f->left[lefts++] = s + 1;
    }
}

static bool has_rune(tm_text set, uint32_t rune)
{
    /* Work: bytes of the set, charged (steps_of) */
    for (size_t width; set.n; set = tm_text_skip(set, width))
        if (tm_utf8_next(set, &width) == rune)
            return true;
    return false;
}

static bool consumes(const tm_glob_state *q, uint32_t rune)
{
    switch (q->op) {
    case TM_GLOB_RUNE:
        return rune == q->low;
    case TM_GLOB_RANGE:
        return (rune >= q->low && rune <= q->high) != q->negated;
    case TM_GLOB_SET:
        return has_rune(q->set, rune) != q->negated;
    default:
        return q->op == TM_GLOB_ONE || q->op == TM_GLOB_RUN;
    }
}

/* What trying a state takes, in steps of work: sets are gone through. */
static size_t steps_of(const tm_glob_state *q)
{
    return q->op == TM_GLOB_SET ? 1 + q->set.n : 1;
}

/* Goes from the states of `now` over one code point into `then`. False: the work is spent. */
static bool step(const tm_glob_front *now, tm_glob_front *then, uint32_t rune, tm_work *work)
{
    then->count = 0;
    then->round++;
    /* Work: live states, each charged */
    for (uint32_t i = 0; i < now->count; i++) {
        uint32_t s = now->state[i];
        const tm_glob_state *q = &now->glob->state[s];
        if (work && !tm_work_charge(work, steps_of(q)))
            return false;
        if (consumes(q, rune))
            enter(then, q->op == TM_GLOB_RUN ? s : s + 1);
    }
    return true;
}

/* Each piece as far to the left as it goes, the last one at the end: bytes will do, for pieces
 * start with a code point's first byte. */
static bool match_pieces(const tm_glob *glob, tm_text subject)
{
    uint32_t last = glob->pieces - 1;
    /* Work: pieces, each found behind the last one */
    for (uint32_t i = 0; i < last; i++) {
        tm_re2_shortcut contains = {.type = TM_RE2_CONTAINS, .literal = glob->piece[i]};
        size_t at = tm_re2_shortcut_find(&contains, subject, 0);
        if (at == SIZE_MAX)
            return false;
        subject = tm_text_skip(subject, at + glob->piece[i].n);
    }
    return tm_text_ends(subject, glob->piece[last]);
}

/* All states at once: a code point of the subject costs as many steps as there are states that are
 * reached. */
static tm_match follow(const tm_glob *glob, tm_arena *scratch, tm_work *work, tm_text subject)
{
    const uint32_t n = glob->states;
    uint32_t *memory = TM_NEW_ARRAY(scratch, 6 * (size_t)n + 2, uint32_t);
    tm_glob_front front[2];
    /* Work: characters, charged by `step` */
    for (int i = 0; i < 2; i++)
        front[i] = (tm_glob_front){.glob = glob,
                                   .state = memory + i * n,
                                   .mark = memory + (2 + i) * n,
                                   .left = memory + 4 * n};
    tm_glob_front *now = &front[0], *then = &front[1];
    now->round = 1;
    enter(now, 0);
    for (size_t width; subject.n && now->count; subject = tm_text_skip(subject, width)) {
        if (!step(now, then, tm_utf8_next(subject, &width), work))
            return TM_MATCH_BUDGET;
        tm_glob_front *swap = now;
        now = then;
        then = swap;
    }
    return now->count && now->mark[n - 1] == now->round ? TM_MATCH : TM_NO_MATCH;
}

tm_match tm_glob_match(const tm_glob *glob, tm_arena *scratch, tm_work *work, tm_text subject)
{
    if (!tm_text_starts(subject, glob->start))
        return TM_NO_MATCH;
    subject = tm_text_skip(subject, glob->start.n);
    if (glob->open || glob->states == 1)
        return glob->open || subject.n == 0 ? TM_MATCH : TM_NO_MATCH;
    if (work && !tm_work_charge(work, glob->pieces + tm_work_bytes(subject.n)))
        return TM_MATCH_BUDGET;
    if (glob->pieces)
        return match_pieces(glob, subject) ? TM_MATCH : TM_NO_MATCH;
    if (work && !tm_work_charge(work, glob->states))
        return TM_MATCH_BUDGET;
    const tm_arena_mark mark = tm_arena_save(scratch);
    const tm_match found = follow(glob, scratch, work, subject);
    tm_arena_restore(scratch, mark);
    return found;
}
