/* Text pairs: read off the first tests of decisions, and taken from values.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A test of a text costs some nanoseconds, and a value is hashed in as many as it has bytes: from
 * LOOKERS_LEAST conditions on that pays. */
#include "engine/text_pairs.h"

enum { LOOKERS_LEAST = 16, LONGEST = 1024 };

/* Work: bytes of a text of at most LONGEST, or of a rule */
static uint64_t pairs_in(tm_text text)
{
    uint64_t set = 0;
    for (size_t i = 1; i < text.n; i++) {
        const uint32_t pair = (uint32_t)(uint8_t)text.p[i - 1] << 8 | (uint8_t)text.p[i];
        set |= UINT64_C(1) << (pair * UINT32_C(0x9E3779B1) >> 26);
    }
    return set;
}

/* A string without the constant makes the condition false. */
static bool needs_text(const tm_test *t, tm_level level)
{
    const bool text = t->ask == TM_ASK_LITERAL || t->ask == TM_ASK_SAME ||
                      t->ask == TM_ASK_STARTS || t->ask == TM_ASK_ENDS;
    return text && t->yes && (t->source == TM_FROM_SLOT || t->source == TM_FROM_FIELD) &&
           t->level == level && t->constant.type == TM_STRING &&
           t->no == tm_test_answer(TM_DECIDED_FALSE);
}

static bool same_value(const tm_test *a, const tm_test *b)
{
    return a->source == b->source && a->number == b->number;
}

/* The index of the value that the test looks at, perhaps a new one; TM_TEXT_PAIRS_VALUES: too many.
 */
static uint32_t value_of(tm_text_pairs *p, const tm_test *t)
{
    uint32_t i = 0;
    while (i < p->values && !same_value(p->value[i], t))
        i++;
    if (i == p->values && i < TM_TEXT_PAIRS_VALUES)
        p->value[p->values++] = t;
    return i;
}

/* Forgets values at which too few look. True: some are left. */
static bool keep_crowded(tm_text_pairs *p, uint32_t conditions, const uint32_t *lookers)
{
    uint32_t to[TM_TEXT_PAIRS_VALUES], kept = 0;
    for (uint32_t i = 0; i < p->values; i++) {
        to[i] = kept;
        if (lookers[i] >= LOOKERS_LEAST)
            p->value[kept++] = p->value[i];
    }
    for (uint32_t i = 0; i < conditions; i++) {
        if (lookers[p->of[i]] < LOOKERS_LEAST)
            p->set[i] = 0;
        p->of[i] = p->set[i] ? (uint8_t)to[p->of[i]] : 0;
    }
    p->values = kept;
    return kept;
}

tm_text_pairs *tm_text_pairs_of(tm_arena *arena, const tm_decision *const *condition,
                                uint32_t conditions, tm_level level)
{
    uint32_t lookers[TM_TEXT_PAIRS_VALUES] = {0};
    if (conditions < LOOKERS_LEAST)
        return NULL;
    tm_text_pairs *p = TM_NEW(arena, tm_text_pairs);
    p->set = TM_NEW_ARRAY(arena, conditions, uint64_t);
    p->of = TM_NEW_ARRAY(arena, conditions, uint8_t);
    for (uint32_t i = 0; i < conditions; i++) {
        const tm_test *t = condition[i] ? condition[i]->first : NULL;
        if (!t || !needs_text(t, level))
            continue;
        const uint32_t value = value_of(p, t);
        if (value == TM_TEXT_PAIRS_VALUES)
            continue;
        p->set[i] = pairs_in(tm_value_text(t->constant));
        p->of[i] = (uint8_t)value;
        lookers[value] += p->set[i] != 0;
    }
    return keep_crowded(p, conditions, lookers) ? p : NULL;
}

/* Where it stands without decoding anything; NULL: elsewhere, or nowhere. */
static const tm_value *standing(const tm_item *item, const tm_test *t)
{
    if (t->source == TM_FROM_FIELD)
        return item->seen & t->present ? tm_test_field(item, t) : &t->other;
    return item->attributes ? NULL : &item->slot[t->number].value;
}

void tm_text_pairs_look(const tm_text_pairs *pairs, const tm_item *item,
                        uint64_t set[TM_TEXT_PAIRS_VALUES])
{
    for (uint32_t i = 0; i < pairs->values; i++) {
        const tm_value *v = standing(item, pairs->value[i]);
        const bool few = v && v->type == TM_STRING && v->n <= LONGEST;
        set[i] = few ? pairs_in(tm_value_text(*v)) : UINT64_MAX;
    }
}
