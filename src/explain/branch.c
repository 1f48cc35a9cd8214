/* Branch: drawing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "explain/branch.h"

enum { TWIG_COLUMNS = 3, GAP_COLUMNS = 2 };

typedef struct drawing {
    tm_buf *out;
    const tm_screen *screen;
    size_t tail_column; /* 0: there are no tails */
} drawing;

tm_branch *tm_branch_add(tm_arena *arena, tm_branch *parent, tm_text line)
{
    tm_branch *b = TM_NEW(arena, tm_branch);
    b->line = line;
    if (!parent)
        return b;
    if (parent->last)
        parent->last->next = b;
    else
        parent->first = b;
    parent->last = b;
    return b;
}

static void measure(const tm_branch *b, size_t indent, size_t *line, size_t *tail)
{
    const size_t width = indent + tm_screen_width(b->line), behind = tm_screen_width(b->tail);
    if (*line < width)
        *line = width;
    if (*tail < behind)
        *tail = behind;
    const size_t inner = b->line.n || indent ? indent + TWIG_COLUMNS : TWIG_COLUMNS;
    for (const tm_branch *child = b->first; child; child = child->next)
        measure(child, inner, line, tail);
}

/* `indent`: what stands before what is below the branch. */
static void add_line(const drawing *d, tm_text line, tm_text tail, tm_text indent)
{
    tm_buf one = {.arena = d->out->arena};
    if (!tail.n) {
        tm_screen_print(d->screen, &one, TM_INK_DIM, "%.*s  ", TM_PRI(indent));
        tm_screen_wrap(d->screen, d->out, line, tm_buf_text(&one));
        return;
    }
    const size_t width = tm_screen_width(line);
    if (width + GAP_COLUMNS > d->tail_column) {
        const tm_screen narrow = {.columns = (unsigned)(d->tail_column - GAP_COLUMNS)};
        tm_screen_line(&narrow, &one, line);
        one.n--;
    } else {
        tm_buf_add(&one, line);
    }
    for (size_t column = tm_screen_width(tm_buf_text(&one)); column < d->tail_column; column++)
        tm_buf_add_char(&one, ' ');
    tm_buf_add(&one, tail);
    tm_screen_line(d->screen, d->out, tm_buf_text(&one));
}

static void draw(const drawing *d, const tm_branch *b, tm_text indent, bool last)
{
    tm_arena *arena = d->out->arena;
    tm_buf line = {.arena = arena}, inner = {.arena = arena};
    tm_screen_print(d->screen, &line, TM_INK_DIM, "%.*s%s", TM_PRI(indent), last ? "└─ " : "├─ ");
    tm_buf_add(&line, b->line);
    tm_buf_print(&inner, "%.*s%s", TM_PRI(indent), last ? "   " : "│  ");
    add_line(d, tm_buf_text(&line), b->tail, tm_buf_text(&inner));
    for (const tm_branch *child = b->first; child; child = child->next)
        draw(d, child, tm_buf_text(&inner), !child->next);
}

void tm_branch_print(tm_buf *out, const tm_branch *root, const tm_screen *screen)
{
    size_t line = 0, tail = 0;
    drawing d = {.out = out, .screen = screen};
    measure(root, 0, &line, &tail);
    if (tail) {
        d.tail_column = line + GAP_COLUMNS;
        if (screen->columns && d.tail_column + tail > screen->columns)
            d.tail_column = screen->columns > tail + GAP_COLUMNS + 20
                                ? screen->columns - tail
                                : screen->columns / 2 + GAP_COLUMNS;
    }
    if (root->line.n)
        add_line(&d, root->line, root->tail, TM_TEXT(""));
    for (const tm_branch *child = root->first; child; child = child->next)
        draw(&d, child, TM_TEXT(""), !child->next);
}
