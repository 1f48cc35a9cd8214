/* Glob: a list of states that are all followed at once, behind a literal start.
 * Work: each byte of the pattern once, braces that are still open beside it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/glob_inside.h"

#include "base/buf.h"
#include "base/utf8.h"

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
    /* Work: states of the pattern, charged before it is read */
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
    /* Work: bytes of the pattern, charged before it is read */
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
    /* Work: bytes of the pattern, charged before it is read */
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
    /* Work: states of the pattern, charged before it is read */
    while (g->state[n].op == TM_GLOB_RUNE)
        tm_buf_add_rune(&start, g->state[n++].low);
    for (uint32_t i = n; i < g->states; i++)
        g->state[i].to -= n;
    g->start = tm_buf_text(&start);
    g->state += n;
    g->states -= n;
    uint32_t runs = 0; /* at the start, of which one is enough */
    while (g->states - runs > 2 && g->state[runs].op == TM_GLOB_RUN &&
           g->state[runs + 1].op == TM_GLOB_RUN)
        runs++;
    for (uint32_t i = runs; runs && i < g->states; i++)
        g->state[i].to -= runs;
    g->state += runs;
    g->states -= runs;
    g->open = g->states == 2 && g->state[0].op == TM_GLOB_RUN;
}

/* Sees whether what follows the start is literals behind *s, and keeps them. */
static void find_pieces(tm_glob_parse *p)
{
    tm_glob *g = p->glob;
    tm_buf piece = {.arena = p->arena};
    uint32_t runs = 0;
    /* Work: states of the pattern, charged before it is read */
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
    /* Work: states of the pattern, charged before it is read */
    while (p.brace)
        close_brace(&p);
    add_state(&p, TM_GLOB_END);
    find_start(&p);
    find_pieces(&p);
    return glob;
}
