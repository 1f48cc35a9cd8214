/* Diagnostics in the order of lines.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <stdlib.h>

/* A diagnostic and where it stands. */
typedef struct standing {
    tm_diag *diag;
    size_t source; /* 0: none; else when its file was first reported */
    unsigned line, column;
    size_t number; /* in the order of reports */
} standing;

/* The files that were reported, in order. */
typedef struct files {
    tm_text *names;
    size_t count;
} files;

void tm_diags_take(tm_diags *d, tm_diags *from)
{
    if (d->last)
        d->last->next = from->first;
    else
        d->first = from->first;
    d->last = from->last ? from->last : d->last;
    d->errors += from->errors;
    d->warnings += from->warnings;
    *from = (tm_diags){.arena = from->arena};
}

static size_t rank_of(files *f, const tm_source *source)
{
    size_t i = 0;
    if (!source)
        return 0;
    while (i < f->count && !tm_text_equal(f->names[i], source->name))
        i++;
    if (i == f->count)
        f->names[f->count++] = source->name;
    return i + 1;
}

static int order(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const void *x, const void *y)
{
    const standing *a = x, *b = y;
    int first = order(a->source, b->source);
    int then = order(a->line, b->line), last = order(a->column, b->column);
    return first ? first : then ? then : last ? last : order(a->number, b->number);
}

static bool same_place(const standing *a, const standing *b)
{
    return a->source == b->source && a->line == b->line && a->column == b->column;
}

static bool was_told(const standing *all, size_t at)
{
    const tm_diag *diag = all[at].diag;
    for (size_t i = at; i > 0 && same_place(&all[i - 1], &all[at]); i--) {
        const tm_diag *before = all[i - 1].diag;
        if (before->severity == diag->severity && !strcmp(before->code, diag->code) &&
            tm_text_equal(before->message, diag->message))
            return true;
    }
    return false;
}

void tm_diags_order(tm_diags *d)
{
    size_t count = d->errors + d->warnings, n = 0;
    standing *all = TM_NEW_ARRAY(d->arena, count, standing);
    files f = {.names = TM_NEW_ARRAY(d->arena, count, tm_text)};
    for (tm_diag *diag = d->first; diag && n < count; diag = diag->next, n++) {
        all[n] = (standing){.diag = diag, .source = rank_of(&f, diag->source), .number = n};
        if (diag->source)
            tm_source_position(diag->source, diag->place.at, &all[n].line, &all[n].column);
    }
    qsort(all, n, sizeof *all, by_place);
    *d = (tm_diags){.arena = d->arena};
    for (size_t i = 0; i < n; i++) {
        tm_diag *diag = all[i].diag;
        if (was_told(all, i))
            continue;
        diag->next = NULL;
        *(d->last ? &d->last->next : &d->first) = diag;
        d->last = diag;
        *(diag->severity == TM_ERROR ? &d->errors : &d->warnings) += 1;
    }
}
