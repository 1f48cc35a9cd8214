/* Alike: fields sorted by number and value, side by side.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/alike.h"

#include "otlp/wire.h"

#include <stdlib.h>

/* What has to be known of a message. Numbers are below 32. */
typedef struct shape {
    uint32_t lists;  /* bit per number of a repeated field: an empty one counts */
    uint32_t left;   /* bit per number of a field that is left out of account */
    uint32_t nested; /* number of a field that is a message, */
    const struct shape *of_nested;
    uint32_t nested_too; /* and of another one */
    const struct shape *of_nested_too;
} shape;

static const shape resource = {.lists = 1 << 1};
static const shape scope = {.lists = 1 << 3};
static const shape event = {.lists = 1 << 3};
static const shape link = {.lists = 1 << 4};
static const shape SHAPES[] = {
    [TM_ALIKE_RESOURCE_SPANS] = {.left = 1 << 2, .nested = 1, .of_nested = &resource},
    [TM_ALIKE_SCOPE_SPANS] = {.left = 1 << 2, .nested = 1, .of_nested = &scope},
    [TM_ALIKE_SPAN] = {.lists = 1 << 9 | 1 << 11 | 1 << 13,
                       .nested = 11,
                       .of_nested = &event,
                       .nested_too = 13,
                       .of_nested_too = &link}};

static bool has(uint32_t bits, uint32_t number)
{
    return number < 32 && bits >> number & 1;
}

static bool is_empty(const tm_wire_field *f)
{
    if (f->type != TM_WIRE_BYTES)
        return f->number_value == 0;
    for (size_t i = 0; i < f->bytes.n; i++)
        if (f->bytes.p[i])
            return false;
    return true;
}

typedef struct fields {
    tm_wire_field *field;
    size_t n;
} fields;

static fields fields_of(tm_arena *arena, const shape *s, tm_text body)
{
    fields out = {0};
    tm_wire_field f;
    const char *end = body.p + body.n;
    for (const char *p = body.p; p && p < end; p = tm_wire_next(p, end, &f))
        out.n++;
    out.field = TM_NEW_ARRAY(arena, out.n, tm_wire_field);
    out.n = 0;
    for (const char *p = body.p; p < end && (p = tm_wire_next(p, end, &f)) != NULL;)
        if (!has(s->left, f.number) && (has(s->lists, f.number) || !is_empty(&f)))
            out.field[out.n++] = f;
    return out;
}

static int by_value(const void *a, const void *b)
{
    const tm_wire_field *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    if (x->type == TM_WIRE_BYTES)
        return tm_text_compare(x->bytes, y->bytes);
    return x->number_value < y->number_value ? -1 : x->number_value > y->number_value;
}

static bool alike(tm_arena *arena, const shape *s, tm_text a, tm_text b);

static size_t next_message(const fields *all, size_t i, uint32_t number)
{
    while (i < all->n && (all->field[i].number != number || all->field[i].type != TM_WIRE_BYTES))
        i++;
    return i;
}

/* Messages of one number are compared one by one, in the order in which they stand. */
static bool same_nested(tm_arena *arena, uint32_t number, const shape *s, fields *a, fields *b)
{
    size_t i = 0, k = 0;
    if (!number)
        return true;
    for (;; i++, k++) {
        i = next_message(a, i, number);
        k = next_message(b, k, number);
        if (i == a->n || k == b->n)
            return i == a->n && k == b->n;
        if (!alike(arena, s, a->field[i].bytes, b->field[k].bytes))
            return false;
    }
}

static void drop_nested(const shape *s, fields *all)
{
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++)
        if (!s->nested ||
            (all->field[i].number != s->nested && all->field[i].number != s->nested_too))
            all->field[n++] = all->field[i];
    all->n = n;
}

static bool alike(tm_arena *arena, const shape *s, tm_text a, tm_text b)
{
    if (tm_text_equal(a, b))
        return true;
    fields x = fields_of(arena, s, a), y = fields_of(arena, s, b);
    if (!same_nested(arena, s->nested, s->of_nested, &x, &y) ||
        !same_nested(arena, s->nested_too, s->of_nested_too, &x, &y))
        return false;
    drop_nested(s, &x);
    drop_nested(s, &y);
    if (x.n != y.n)
        return false;
    if (x.n == 0)
        return true;
    qsort(x.field, x.n, sizeof *x.field, by_value);
    qsort(y.field, y.n, sizeof *y.field, by_value);
    for (size_t i = 0; i < x.n; i++)
        if (by_value(&x.field[i], &y.field[i]) != 0)
            return false;
    return true;
}

bool tm_alike(tm_arena *arena, tm_alike_message message, tm_text a, tm_text b)
{
    return alike(arena, &SHAPES[message], a, b);
}
