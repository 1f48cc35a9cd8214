/* Migrate, text: a configuration that is changed in places, whose lines remember where they came
 * from.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/migrate_text.h"

#include <stdlib.h>

static void add_line(tm_buf *lines, unsigned line)
{
    tm_buf_add(lines, tm_text_slice(&line, sizeof line));
}

static void take_lines(tm_migrate_text *t, const tm_buf *lines)
{
    t->lines = (const unsigned *)(const void *)lines->p;
    t->line_count = lines->n / sizeof *t->lines;
}

void tm_migrate_text_init(tm_migrate_text *t, tm_arena *arena, tm_text text, unsigned first_line)
{
    tm_buf lines = {.arena = arena};
    *t = (tm_migrate_text){.arena = arena, .text = text, .edits = {.arena = arena}};
    unsigned line = first_line;
    add_line(&lines, line);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\n')
            add_line(&lines, ++line);
    take_lines(t, &lines);
}

void tm_migrate_text_edit(tm_migrate_text *t, size_t at, size_t cut, tm_text put)
{
    tm_migrate_edit edit = {at, cut, t->edits.n, put};
    const tm_migrate_edit *edits = (const tm_migrate_edit *)(const void *)t->edits.p;
    for (size_t i = 0; i < t->edits.n / sizeof edit; i++) /* of a node that an alias repeats */
        if (edits[i].at == at && edits[i].cut == cut && tm_text_equal(edits[i].put, put))
            return;
    tm_buf_add(&t->edits, tm_text_slice(&edit, sizeof edit));
}

static int by_place(const void *a, const void *b)
{
    const tm_migrate_edit *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* What is being put together. */
typedef struct joining {
    const tm_migrate_text *from;
    tm_buf text, lines;
    size_t at, row; /* in `from`: the next byte and its line, from 0 */
    bool fresh;     /* the next byte starts a line */
} joining;

static void put(joining *j, tm_text text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (j->fresh)
            add_line(&j->lines, j->from->lines[j->row]);
        tm_buf_add_char(&j->text, text.p[i]);
        j->fresh = text.p[i] == '\n';
    }
}

/* Goes on in `from`, with what stands there or without. */
static void go_to(joining *j, size_t at, bool keep)
{
    for (; j->at < at; j->at++) {
        if (keep)
            put(j, tm_text_slice(j->from->text.p + j->at, 1));
        j->row += j->from->text.p[j->at] == '\n';
    }
}

bool tm_migrate_text_apply(tm_migrate_text *t)
{
    tm_migrate_edit *edits = (tm_migrate_edit *)(void *)t->edits.p;
    size_t count = t->edits.n / sizeof *edits;
    joining j = {
        .from = t, .text = {.arena = t->arena}, .lines = {.arena = t->arena}, .fresh = true};
    if (!count)
        return false;
    qsort(edits, count, sizeof *edits, by_place);
    for (size_t i = 0; i < count; i++) {
        go_to(&j, edits[i].at, true);
        put(&j, edits[i].put);
        go_to(&j, edits[i].at + edits[i].cut, false);
    }
    go_to(&j, t->text.n, true);
    if (j.fresh)
        add_line(&j.lines, t->lines[j.row]);
    t->text = tm_buf_text(&j.text);
    take_lines(t, &j.lines);
    t->edits = (tm_buf){.arena = t->arena};
    return true;
}

unsigned tm_migrate_text_line(const tm_migrate_text *t, size_t at)
{
    size_t row = 0;
    for (size_t i = 0; i < at && i < t->text.n; i++)
        row += t->text.p[i] == '\n';
    return t->lines[row < t->line_count ? row : t->line_count - 1];
}
