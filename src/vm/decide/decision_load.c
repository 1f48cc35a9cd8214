/* Decision: what registers stand for.
 * Work: of rules alone: programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/decide/decision_inside.h"

#include <stddef.h>

const tm_load *tm_load_of(const tm_loads *o, uint32_t reg)
{
    for (unsigned i = o->n; i-- > 0;)
        if (o->loaded[i].reg == reg)
            return &o->loaded[i];
    return NULL;
}

static bool add(tm_loads *o, tm_load loaded)
{
    if (o->n == TM_LOADS_MOST)
        return false;
    o->loaded[o->n++] = loaded;
    return true;
}

tm_load tm_load_slot(uint32_t reg, uint32_t where)
{
    return (tm_load){TM_LOAD_LOADED,
                     reg,
                     {0},
                     {.source = TM_FROM_SLOT,
                      .level = (uint8_t)tm_where_level(where),
                      .number = tm_where_number(where),
                      .offset = tm_where_number(where) * (uint32_t)sizeof(tm_slot)}};
}

tm_load tm_load_field(uint32_t reg, uint32_t where)
{
    const tm_level level = tm_where_level(where);
    const uint32_t field = tm_where_number(where);
    return (tm_load){TM_LOAD_LOADED,
                     reg,
                     {0},
                     {.source = TM_FROM_FIELD,
                      .level = (uint8_t)level,
                      .number = field,
                      .offset = (uint32_t)(offsetof(tm_item, field) + field * sizeof(tm_value)),
                      .present = 1u << field,
                      .other = tm_field_default(level, field)}};
}

static tm_load of_constant(uint32_t reg, tm_value value)
{
    return (tm_load){.kind = TM_LOAD_CONSTANT, .reg = reg, .value = value};
}

/* By short string keys from an attribute with a slot on. */
static bool is_nested(const tm_target *t)
{
    enum { KEY_MOST_BYTES = 16 };
    for (unsigned i = 0; i < t->keys; i++)
        if (t->key[i].value.type != TM_STRING || t->key[i].value.n > KEY_MOST_BYTES)
            return false;
    return t->slot >= 0;
}

/* False when keys are reckoned: the walk knows no registers but those of one comparison. */
static bool of_target(uint32_t reg, const tm_target *t, tm_load *out)
{
    for (unsigned i = 0; i < t->keys; i++)
        if (t->key[i].dynamic)
            return false;
    *out = (tm_load){TM_LOAD_LOADED, reg, {0}, {.source = TM_FROM_PATH, .target = t}};
    if (is_nested(t)) {
        *out = tm_load_slot(reg, tm_where(t->path->level, (uint32_t)t->slot));
        out->test.source = TM_FROM_NESTED;
        out->test.target = t;
    }
    if (t->path->access == TM_ACCESS_TIME) {
        *out = tm_load_field(reg, tm_where(t->path->level, t->path->field));
        out->kind = TM_LOAD_TIME;
    }
    return true;
}

/* Two times of one item. */
static bool of_difference(const tm_loads *o, const tm_insn *i, tm_load *out)
{
    const tm_load *a = tm_load_of(o, i->b), *b = tm_load_of(o, i->c);
    if (!a || !b || a->kind != TM_LOAD_TIME || b->kind != TM_LOAD_TIME ||
        a->test.level != b->test.level)
        return false;
    *out = *a;
    out->kind = TM_LOAD_LOADED;
    out->reg = i->a;
    out->test.source = TM_FROM_BETWEEN;
    out->test.minus = b->test.number;
    out->test.present |= b->test.present;
    return true;
}

bool tm_loads_take(const tm_program *p, tm_loads *o, const tm_insn *i)
{
    tm_load loaded;
    switch (i->op) {
    case TM_OP_CONSTANT:
        return add(o, of_constant(i->a, p->constant[i->b]));
    case TM_OP_ATTRIBUTE:
        return add(o, tm_load_slot(i->a, i->b));
    case TM_OP_FIELD:
        return add(o, tm_load_field(i->a, i->b));
    case TM_OP_PATH:
        return of_target(i->a, &p->target[i->b], &loaded) && add(o, loaded);
    case TM_OP_SUBTRACT:
        return of_difference(o, i, &loaded) && add(o, loaded);
    default:
        return false;
    }
}

bool tm_loads_fail_unseen(const tm_loads *o, const tm_test *t)
{
    for (unsigned i = 0; i < o->n; i++) {
        const tm_test *loaded = &o->loaded[i].test;
        if (loaded->source >= TM_FROM_PATH &&
            (t->source < TM_FROM_PATH || t->target != loaded->target))
            return true;
    }
    return false;
}
