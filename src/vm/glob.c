/* Glob: a list of states that are all followed at once, behind a literal start.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/glob.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "vm/re2.h"

typedef enum tm_glob_op {
    TM_GLOB_RUNE,
    TM_GLOB_ONE,   /* ? */
    TM_GLOB_RANGE, /* low to high, or not */
    TM_GLOB_SET,   /* a code point of set, or not */
    TM_GLOB_RUN,   /* * */
    TM_GLOB_SPLIT, /* to the next state and to `to` */
    TM_GLOB_JUMP,  /* to `to` */
    TM_GLOB_END
} tm_glob_op;

typedef struct tm_glob_state {
    tm_glob_op op;
    bool negated;
    uint32_t low, high; /* RUNE: low */
    uint32_t to;
    tm_text set;
} tm_glob_state;

struct tm_glob {
    tm_text start;        /* every match starts with it */
    bool open;            /* and may go on in any way */
    tm_glob_state *state; /* what comes behind it */
    uint32_t states, room;
    tm_text *piece; /* when that is literals and * alone: the literals behind each * */
    uint32_t pieces;
};

/* ---- compiling
 * -------------------------------------------------------------------------------- */

/* A brace that is open: its current alternative's split, and the jumps from the ends of those
 * before, each pointing to the one before it. */
typedef struct tm_brace {
    uint32_t split, jump;
    struct tm_brace *outer;
} tm_brace;

enum { TM_GLOB_NONE = UINT32_MAX };

typedef struct tm_glob_parse {
    tm_arena *arena;
    tm_glob *glob;
    tm_text pattern;
    size_t at;
    tm_brace *brace;
    tm_text *error;
    bool in_text;    /* behind a literal code point */
    bool unreadable; /* U+FFFD, or what is not UTF-8, was met; it is at `bad` */
    size_t bad;
} tm_glob_parse;

static bool fail(tm_glob_parse *p, const char *why)
{
    *p->error = tm_text_of(why);
    return false;
}

static bool at_end(const tm_glob_parse *p)
{
    return p->at == p->pattern.n;
}

static bool next_is(const tm_glob_parse *p, char c)
{
    return !at_end(p) && p->pattern.p[p->at] == c;
}

static uint32_t take(tm_glob_parse *p)
{
    size_t width;
    uint32_t rune = tm_utf8_next(tm_text_skip(p->pattern, p->at), &width);
    if (rune == 0xfffd && !p->unreadable) {
        p->unreadable = true;
        p->bad = p->at;
    }
    p->at += width;
    return rune;
}

static tm_glob_state *add_state(tm_glob_parse *p, tm_glob_op op)
{
    tm_glob *g = p->glob;
    if (g->states == g->room) {
        uint32_t room = g->room ? g->room * 2 : 16;
        g->state =
            tm_arena_grow(p->arena, g->state, g->room * sizeof *g->state, room * sizeof *g->state);
        g->room = room;
    }
    g->state[g->states] = (tm_glob_state){.op = op, .to = TM_GLOB_NONE};
    return &g->state[g->states++];
}

static void open_brace(tm_glob_parse *p)
{
    tm_brace *brace = TM_NEW(p->arena, tm_brace);
    *brace = (tm_brace){.split = p->glob->states, .jump = TM_GLOB_NONE, .outer = p->brace};
    p->brace = brace;
    add_state(p, TM_GLOB_SPLIT);
}

static void next_alternative(tm_glob_parse *p)
{
    tm_brace *brace = p->brace;
    add_state(p, TM_GLOB_JUMP)->to = brace->jump;
    brace->jump = p->glob->states - 1;
    p->glob->state[brace->split].to = p->glob->states;
    brace->split = p->glob->states;
    add_state(p, TM_GLOB_SPLIT);
}

/* The last alternative's split leads to it only; the jumps of the others lead behind it. */
static void close_brace(tm_glob_parse *p)
{
    tm_glob *g = p->glob;
    g->state[p->brace->split].to = p->brace->split + 1;
    for (uint32_t jump = p->brace->jump; jump != TM_GLOB_NONE;) {
        uint32_t before = g->state[jump].to;
        g->state[jump].to = g->states;
        jump = before;
    }
    p->brace = p->brace->outer;
}

/* What follows [ or [! when it is no range: characters up to the bracket. */
static bool parse_set(tm_glob_parse *p, tm_glob_state *state)
{
    tm_buf set = {.arena = p->arena};
    while (!at_end(p) && !next_is(p, ']')) {
        if (next_is(p, '\\') && (p->at++, at_end(p)))
            break;
        uint32_t rune = take(p);
        if (!rune)
            break;
        tm_buf_add_rune(&set, rune);
    }
    if (at_end(p))
        return fail(p, "unexpected end of input");
    if (set.n == 0)
        return fail(p, "could not parse range");
    state->op = TM_GLOB_SET;
    state->set = tm_buf_text(&set);
    return true;
}

/* What follows [. A backslash or a bracket before a minus starts a range, too. */
static bool parse_bracket(tm_glob_parse *p)
{
    tm_glob_state *state = add_state(p, TM_GLOB_RANGE);
    state->negated = next_is(p, '!');
    p->at += state->negated;
    if (at_end(p))
        return fail(p, "unexpected end of input");
    size_t start = p->at;
    state->low = take(p);
    if (!state->low)
        return fail(p, "unexpected end of input");
    if (next_is(p, '-')) {
        p->at++;
        state->high = at_end(p) ? 0 : take(p);
        if (!state->high)
            return fail(p, "unexpected end of input");
        if (state->high < state->low)
            return fail(p, "the end of the range comes before its start");
    } else {
        p->at = start;
        if (!parse_set(p, state))
            return false;
    }
    if (!next_is(p, ']'))
        return fail(p, at_end(p) ? "unexpected end of input" : "expected close range character");
    p->at++;
    return true;
}

/* A code point that stands for itself. NUL is the end of the glob to the reference, but behind
 * others only that of their text: there it is left out. */
static void add_literal(tm_glob_parse *p, uint32_t rune, bool was_in_text)
{
    p->in_text = rune != 0;
    if (rune)
        add_state(p, TM_GLOB_RUNE)->low = rune;
    else if (!was_in_text)
        p->at = p->pattern.n;
}

static bool parse_one(tm_glob_parse *p)
{
    uint32_t rune = take(p);
    bool was_in_text = p->in_text;
    p->in_text = false;
    if (rune == '{') {
        open_brace(p);
    } else if (rune == ',' && p->brace) {
        next_alternative(p);
    } else if (rune == '}' && p->brace) {
        close_brace(p);
    } else if (rune == '[') {
        return parse_bracket(p);
    } else if (rune == '?') {
        add_state(p, TM_GLOB_ONE);
    } else if (rune == '*') {
        add_state(p, TM_GLOB_RUN);
    } else if (rune != '\\') {
        add_literal(p, rune, was_in_text);
    } else if (!at_end(p)) {
        add_literal(p, take(p), true);
    }
    return true;
}

/* U+FFFD and what is not UTF-8 are refused, wherever they are read. */
static bool parse_all(tm_glob_parse *p)
{
    bool fine = true;
    while (fine && !at_end(p))
        fine = parse_one(p);
    if (!p->unreadable)
        return fine;
    p->at = p->bad;
    return fail(p, "could not read rune");
}

/* Takes the leading literal off the states, and sees whether a * is all that follows it. */
static void find_start(tm_glob_parse *p)
{
    tm_glob *g = p->glob;
    tm_buf start = {.arena = p->arena};
    uint32_t n = 0;
    while (g->state[n].op == TM_GLOB_RUNE)
        tm_buf_add_rune(&start, g->state[n++].low);
    for (uint32_t i = n; i < g->states; i++)
        g->state[i].to -= n;
    g->start = tm_buf_text(&start);
    g->state += n;
    g->states -= n;
    while (g->states > 2 && g->state[0].op == TM_GLOB_RUN && g->state[1].op == TM_GLOB_RUN) {
        for (uint32_t i = 1; i < g->states; i++)
            g->state[i].to--;
        g->state++;
        g->states--;
    }
    g->open = g->states == 2 && g->state[0].op == TM_GLOB_RUN;
}

/* Sees whether what follows the start is literals behind *s, and keeps them. */
static void find_pieces(tm_glob_parse *p)
{
    tm_glob *g = p->glob;
    tm_buf piece = {.arena = p->arena};
    uint32_t runs = 0;
    for (uint32_t i = 0; i + 1 < g->states; i++) {
        if (g->state[i].op != TM_GLOB_RUN && g->state[i].op != TM_GLOB_RUNE)
            return;
        runs += g->state[i].op == TM_GLOB_RUN;
    }
    g->piece = TM_NEW_ARRAY(p->arena, runs + 1, tm_text);
    for (uint32_t i = 1; runs && i < g->states; i++) {
        if (g->state[i].op == TM_GLOB_RUNE) {
            tm_buf_add_rune(&piece, g->state[i].low);
            continue;
        }
        g->piece[g->pieces++] = tm_buf_text(&piece);
        piece = (tm_buf){.arena = p->arena};
    }
}

tm_glob *tm_glob_new(tm_arena *arena, tm_text pattern, tm_text *error, size_t *at)
{
    tm_glob *glob = TM_NEW(arena, tm_glob);
    tm_glob_parse p = {.arena = arena, .glob = glob, .pattern = pattern, .error = error};
    bool fine = parse_all(&p);
    *at = p.at;
    if (!fine)
        return NULL;
    while (p.brace)
        close_brace(&p);
    add_state(&p, TM_GLOB_END);
    find_start(&p);
    find_pieces(&p);
    return glob;
}

/* ---- matching
 * --------------------------------------------------------------------------------- */

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

/* Goes from the states of `now` over one code point into `then`. */
static void step(const tm_glob_front *now, tm_glob_front *then, uint32_t rune)
{
    then->count = 0;
    then->round++;
    for (uint32_t i = 0; i < now->count; i++) {
        uint32_t s = now->state[i];
        const tm_glob_state *q = &now->glob->state[s];
        if (consumes(q, rune))
            enter(then, q->op == TM_GLOB_RUN ? s : s + 1);
    }
}

/* Each piece as far to the left as it goes, the last one at the end: bytes will do, for pieces
 * start with a code point's first byte. */
static bool match_pieces(const tm_glob *glob, tm_text subject)
{
    uint32_t last = glob->pieces - 1;
    for (uint32_t i = 0; i < last; i++) {
        tm_re2_shortcut contains = {.type = TM_RE2_CONTAINS, .literal = glob->piece[i]};
        size_t at = tm_re2_shortcut_find(&contains, subject, 0);
        if (at == SIZE_MAX)
            return false;
        subject = tm_text_skip(subject, at + glob->piece[i].n);
    }
    return tm_text_ends(subject, glob->piece[last]);
}

bool tm_glob_match(const tm_glob *glob, tm_arena *scratch, tm_text subject)
{
    if (!tm_text_starts(subject, glob->start))
        return false;
    subject = tm_text_skip(subject, glob->start.n);
    if (glob->open || glob->states == 1)
        return glob->open || subject.n == 0;
    if (glob->pieces)
        return match_pieces(glob, subject);
    uint32_t n = glob->states;
    uint32_t *memory = TM_NEW_ARRAY(scratch, 6 * (size_t)n + 2, uint32_t);
    tm_glob_front front[2];
    for (int i = 0; i < 2; i++)
        front[i] = (tm_glob_front){.glob = glob,
                                   .state = memory + i * n,
                                   .mark = memory + (2 + i) * n,
                                   .left = memory + 4 * n};
    tm_glob_front *now = &front[0], *then = &front[1];
    now->round = 1;
    enter(now, 0);
    for (size_t width; subject.n && now->count; subject = tm_text_skip(subject, width)) {
        step(now, then, tm_utf8_next(subject, &width));
        tm_glob_front *swap = now;
        now = then;
        then = swap;
    }
    return now->count && now->mark[n - 1] == now->round;
}
