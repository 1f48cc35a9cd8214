/* RE2 rows: made of an expression's tree, and run.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A set that may be repeated takes all it can. That is the only way to a match when what follows
 * starts with none of its characters, and this is what makes an expression a row. */
#include "vm/regex/re2_row.h"

enum { STEPS_MOST = 16, STARTS_MOST = 8, ASCII = 0x80 };

typedef struct set {
    uint64_t bits[2];
} set;

/* A text, or from min to max characters of a set. */
typedef struct step {
    tm_text text; /* p NULL: the set */
    set of;
    size_t min, max; /* max SIZE_MAX: no limit */
} step;

struct tm_re2_row {
    uint32_t n;
    bool starts, ends; /* anchored to the start and the end of the subject */
    step step[STEPS_MOST];
};

/* A row being made. */
typedef struct maker {
    tm_re2_row row;
    tm_buf text; /* characters that will be the next step */
} maker;

static inline bool has(const set *s, unsigned char c)
{
    return s->bits[c / 64] >> c % 64 & 1;
}

static void put(set *s, uint32_t c)
{
    s->bits[c / 64] |= (uint64_t)1 << c % 64;
}

/* --- sets --- */

/* A letter in either case; the few that are no ASCII show in subjects that are not asked about. */
static void put_folded(set *s, uint32_t c)
{
    const uint32_t lower = c | 0x20;
    put(s, c);
    if (lower >= 'a' && lower <= 'z')
        put(s, c ^ 0x20);
}

/* False for what needs tables: properties, and folding into ASCII from outside. */
static bool set_of_class(const tm_re2_class *class, set *s)
{
    if (class->properties)
        return false;
    /* Work: at most 128 characters */
    for (size_t i = 0; i < class->ranges; i++) {
        const tm_re2_range r = class->range[i];
        if (class->fold && r.high >= ASCII)
            return false;
        for (uint32_t c = r.low; c <= r.high && c < ASCII; c++)
            if (class->fold)
                put_folded(s, c);
            else
                put(s, c);
    }
    for (unsigned i = 0; i < 2 && class->negated; i++)
        s->bits[i] = ~s->bits[i];
    return true;
}

/* The ASCII characters that a node of one character stands for. */
static bool set_of(const tm_re2_node *node, set *s)
{
    *s = (set){{0}};
    switch (node->type) {
    case TM_RE2_RUNE:
        if (node->rune >= ASCII)
            return false;
        if (node->fold)
            put_folded(s, node->rune);
        else
            put(s, node->rune);
        return true;
    case TM_RE2_CLASS:
        return set_of_class(node->class, s);
    case TM_RE2_ANY:
    case TM_RE2_DOT:
        *s = (set){{~(uint64_t)0, ~(uint64_t)0}};
        if (node->type == TM_RE2_DOT)
            s->bits[0] &= ~((uint64_t)1 << '\n');
        return true;
    default:
        return false;
    }
}

/* --- making --- */

static bool add_step(maker *m, step s)
{
    if (m->row.n == STEPS_MOST)
        return false;
    m->row.step[m->row.n++] = s;
    return true;
}

/* The characters gathered become a step. */
static bool end_text(maker *m)
{
    const tm_text text = tm_buf_text(&m->text);
    if (text.n == 0)
        return true;
    m->text = (tm_buf){.arena = m->text.arena};
    return add_step(m, (step){.text = text});
}

static bool add_set(maker *m, const tm_re2_node *node, size_t min, size_t max)
{
    step s = {.min = min, .max = max};
    return set_of(node, &s.of) && end_text(m) && add_step(m, s);
}

static bool add(maker *m, const tm_re2_node *node)
{
    const bool nothing_yet = m->row.n == 0 && m->text.n == 0;
    if (m->row.ends)
        return node->type == TM_RE2_EMPTY || node->type == TM_RE2_TEXT_END;
    switch (node->type) {
    case TM_RE2_EMPTY:
        return true;
    case TM_RE2_SEQUENCE:
    case TM_RE2_GROUP:
        /* Work: nodes of the pattern */
        for (const tm_re2_node *c = node->first; c; c = c->next)
            if (!add(m, c))
                return false;
        return true;
    case TM_RE2_TEXT_START:
        m->row.starts = true;
        return nothing_yet;
    case TM_RE2_TEXT_END:
        m->row.ends = true;
        return true;
    case TM_RE2_REPEAT:
        return add_set(m, node->first, (size_t)node->min,
                       node->max < 0 ? SIZE_MAX : (size_t)node->max);
    case TM_RE2_RUNE:
        if (!node->fold && node->rune < ASCII) {
            tm_buf_add_char(&m->text, (char)node->rune);
            return true;
        }
        return add_set(m, node, 1, 1);
    default:
        return add_set(m, node, 1, 1);
    }
}

static bool meet(const set *a, const set *b)
{
    return (a->bits[0] & b->bits[0]) || (a->bits[1] & b->bits[1]);
}

/* Whether taking all it can is the only way for step i: nothing that may come next starts alike. */
static bool is_greedy(const tm_re2_row *row, unsigned i)
{
    const step *s = &row->step[i];
    /* Work: steps of the pattern */
    for (unsigned k = i + 1; k < row->n && s->min < s->max; k++) {
        const step *next = &row->step[k];
        if (next->text.p)
            return !has(&s->of, (unsigned char)next->text.p[0]);
        if (meet(&s->of, &next->of))
            return false;
        if (next->min)
            return true;
    }
    return true;
}

const tm_re2_row *tm_re2_row_of(tm_arena *arena, const tm_re2 *re2)
{
    maker m = {.text.arena = arena};
    if (!add(&m, re2->root) || !end_text(&m) || m.row.n == 0)
        return NULL;
    if (!m.row.starts && !m.row.step[0].text.p)
        return NULL; /* it might start anywhere */
    /* Work: steps of the pattern */
    for (unsigned i = 0; i < m.row.n; i++)
        if (!m.row.step[i].text.p && !is_greedy(&m.row, i))
            return NULL;
    tm_re2_row *row = TM_NEW(arena, tm_re2_row);
    *row = m.row;
    return row;
}

/* --- running --- */

/* The end of the longest run of the set's characters between p and `most`. */
static inline const char *run_of(const set *of, const char *p, const char *most)
{
    /* Work: bytes, charged by the search */
    while (p < most && !((unsigned char)*p & ASCII) && has(of, (unsigned char)*p))
        p++;
    return p;
}

/* From one start on. */
static tm_re2_row_answer match_at(const tm_re2_row *row, const char *p, const char *end)
{
    /* Work: steps of the pattern */
    for (const step *s = row->step, *last = s + row->n; s < last; s++) {
        const size_t left = (size_t)(end - p);
        if (s->text.p) {
            if (left < s->text.n || !tm_bytes_equal(p, s->text.p, s->text.n))
                return TM_ROW_NO;
            p += s->text.n;
            continue;
        }
        const char *const from = p, *const most = left < s->max ? end : p + s->max;
        p = run_of(&s->of, p, most);
        if (p < most && (unsigned char)*p & ASCII)
            return TM_ROW_UNKNOWN;
        if ((size_t)(p - from) < s->min)
            return TM_ROW_NO;
    }
    return !row->ends || p == end ? TM_ROW_YES : TM_ROW_NO;
}

static __attribute__((noinline)) tm_re2_row_answer search(const tm_re2_row *row, tm_text text)
{
    const tm_text first = row->step[0].text;
    /* Work: at most STARTS_MOST */
    for (unsigned starts = 0; starts < STARTS_MOST; starts++) {
        const size_t at = tm_text_seek(text, first);
        if (at == SIZE_MAX)
            return TM_ROW_NO;
        text = tm_text_skip(text, at);
        const tm_re2_row_answer answer = match_at(row, text.p, text.p + text.n);
        if (answer != TM_ROW_NO)
            return answer;
        text = tm_text_skip(text, 1);
    }
    return TM_ROW_UNKNOWN;
}

tm_re2_row_answer tm_re2_row_test(const tm_re2_row *row, tm_text text)
{
    const char *const p = text.n ? text.p : "";
    return row->starts ? match_at(row, p, p + text.n) : search(row, text);
}
