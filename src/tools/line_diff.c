/* Line diff: Myers' greedy algorithm, with the furthest ends of each round kept to go back by.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/line_diff.h"

enum { ROUNDS_MOST = 4000, CONTEXT = 3 };

/* A line of the result: ' ', '-' or '+'. */
typedef struct change {
    char sign;
    tm_text line;
} change;

typedef struct changes {
    change *item;
    size_t count;
} changes;

typedef struct lines {
    tm_text *item;
    size_t count;
} lines;

static bool ends_line(tm_text text)
{
    return !text.n || text.p[text.n - 1] == '\n';
}

/* `marked`: a last line that does not end is another one than the same that ends. */
static lines split(tm_arena *arena, tm_text text, bool marked)
{
    lines out = {0};
    size_t n = 1;
    marked = marked && !ends_line(text);
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    out.item = TM_NEW_ARRAY(arena, n, tm_text);
    if (text.n && text.p[text.n - 1] == '\n')
        text.n--;
    while (text.n && tm_text_next(&text, '\n', &out.item[out.count]))
        out.count++;
    if (marked)
        out.item[out.count - 1] = tm_arena_join(arena, out.item[out.count - 1],
                                                TM_TEXT("\n\\ No newline at end of file"));
    return out;
}

/* Follows equal lines from (x, x - k). */
static long slide(const lines *a, const lines *b, long x, long k)
{
    long y = x - k;
    while (x < (long)a->count && y < (long)b->count && tm_text_equal(a->item[x], b->item[y]))
        x++, y++;
    return x;
}

/* Where diagonal k comes from in round d. */
static long step_from(const long *furthest, long d, long k)
{
    bool down = k == -d || (k != d && furthest[k - 1] < furthest[k + 1]);
    return down ? k + 1 : k - 1;
}

/* The rounds until both ends are reached: trace[d] is what round d began with, from -d-1 to d+1.
 * Negative: too many. */
static long search(tm_arena *arena, const lines *a, const lines *b, long **trace)
{
    enum { ROOM = 2 * ROUNDS_MOST + 3 };
    long *row = TM_NEW_ARRAY(arena, ROOM, long), *furthest = row + ROUNDS_MOST + 1;
    for (long d = 0; d < ROUNDS_MOST; d++) {
        trace[d] = tm_arena_alloc(arena, (size_t)(2 * d + 3) * sizeof(long));
        memcpy(trace[d], furthest - d - 1, (size_t)(2 * d + 3) * sizeof(long));
        for (long k = -d; k <= d; k += 2) {
            long from = step_from(furthest, d, k);
            long x = slide(a, b, d == 0 ? 0 : furthest[from] + (from < k), k);
            furthest[k] = x;
            if (x >= (long)a->count && x - k >= (long)b->count)
                return d;
        }
    }
    return -1;
}

static void put(changes *out, char sign, tm_text line)
{
    out->item[out->count++] = (change){.sign = sign, .line = line};
}

/* From the ends back to the beginnings, then turned round. */
static void walk_back(const lines *a, const lines *b, long *const *trace, long d, changes *out)
{
    long x = (long)a->count, y = (long)b->count;
    for (; d >= 0; d--) {
        const long *furthest = trace[d] + d + 1;
        long k = x - y, from = step_from(furthest, d, k);
        long before_x = d ? furthest[from] : 0, before_y = d ? before_x - from : 0;
        while (x > before_x && y > before_y)
            put(out, ' ', a->item[--x]), y--;
        if (d && x > before_x)
            put(out, '-', a->item[--x]);
        else if (d && y > before_y)
            put(out, '+', b->item[--y]);
    }
    for (size_t i = 0; i < out->count / 2; i++) {
        change swap = out->item[i];
        out->item[i] = out->item[out->count - 1 - i];
        out->item[out->count - 1 - i] = swap;
    }
}

static changes compare(tm_arena *arena, const lines *a, const lines *b)
{
    long **trace = TM_NEW_ARRAY(arena, ROUNDS_MOST, long *);
    changes out = {.item = TM_NEW_ARRAY(arena, a->count + b->count + 1, change)};
    long rounds = search(arena, a, b, trace);
    if (rounds >= 0) {
        walk_back(a, b, trace, rounds, &out);
        return out;
    }
    for (size_t i = 0; i < a->count; i++)
        put(&out, '-', a->item[i]);
    for (size_t i = 0; i < b->count; i++)
        put(&out, '+', b->item[i]);
    return out;
}

/* The end of the hunk that starts at `from`: where more than two contexts are the same. */
static size_t hunk_end(const changes *c, size_t from)
{
    size_t end = from, same = 0;
    for (size_t i = from; i < c->count; i++) {
        same = c->item[i].sign == ' ' ? same + 1 : 0;
        if (!same)
            end = i + 1;
        if (same > 2 * CONTEXT)
            break;
    }
    return end + CONTEXT < c->count ? end + CONTEXT : c->count;
}

static void print_hunk(tm_buf *out, const changes *c, size_t from, size_t to, size_t old_line,
                       size_t new_line)
{
    size_t old_count = 0, new_count = 0;
    for (size_t i = from; i < to; i++) {
        old_count += c->item[i].sign != '+';
        new_count += c->item[i].sign != '-';
    }
    tm_buf_print(out, "@@ -%zu,%zu +%zu,%zu @@\n", old_line + (old_count > 0), old_count,
                 new_line + (new_count > 0), new_count);
    for (size_t i = from; i < to; i++)
        tm_buf_print(out, "%c%.*s\n", c->item[i].sign, TM_PRI(c->item[i].line));
}

void tm_line_diff(tm_buf *out, const char *old_name, tm_text old_text, const char *new_name,
                  tm_text new_text)
{
    const bool marked = ends_line(old_text) != ends_line(new_text);
    lines a = split(out->arena, old_text, marked), b = split(out->arena, new_text, marked);
    changes c = compare(out->arena, &a, &b);
    size_t old_line = 0, new_line = 0, done = 0;
    if (tm_text_equal(old_text, new_text))
        return;
    tm_buf_print(out, "--- %s\n+++ %s\n", old_name, new_name);
    for (size_t i = 0; i < c.count; i++) {
        if (c.item[i].sign == ' ')
            continue;
        size_t from = i > done + CONTEXT ? i - CONTEXT : done, to = hunk_end(&c, i);
        for (; done < from; done++)
            old_line++, new_line++;
        print_hunk(out, &c, from, to, old_line, new_line);
        for (; done < to; done++) {
            old_line += c.item[done].sign != '+';
            new_line += c.item[done].sign != '-';
        }
        i = to - 1;
    }
}
