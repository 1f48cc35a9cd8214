/* Decide: the tests of decisions.
 * Work: as many tests as the rule has; searches charge for themselves.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A test ends by calling the one behind it, which the compiler makes a jump, and leaves what is
 * rare to functions of their own, for the same reason: nothing is saved on the usual way. What a
 * comparison means stands in vm/compare.c; a unit test holds every test to the program it stands
 * for. */
#include "otlp/peek.h"
#include "vm/decide/decision.h"
#include "vm/path/path.h"
#include "vm/interpret.h"

#define TM_HOT static inline __attribute__((always_inline))
#define TM_APART static __attribute__((noinline))

/* `last` is known when this is compiled. */
TM_HOT tm_decided answer(tm_vm *vm, const tm_test *t, bool last, bool truth)
{
    if (last)
        return truth != t->turned ? TM_DECIDED_TRUE : TM_DECIDED_FALSE;
    const tm_test *next = truth ? t->yes : t->no;
    return next->run(vm, next);
}

/* --- what is asked of a value --- */

TM_APART tm_decided same_long(tm_vm *vm, const tm_test *t, const tm_value *v)
{
    return answer(vm, t, false, memcmp(v->p, t->constant.p, v->n) == 0);
}

/* Of another type than the constant. Where that makes a comparison false the program is to say so.
 */
TM_HOT tm_decided other_type(tm_vm *vm, const tm_test *t, bool last, const tm_value *v)
{
    if (v->type != TM_NIL && !t->differs)
        return TM_UNDECIDED;
    return answer(vm, t, last, false);
}

TM_HOT tm_decided same(tm_vm *vm, const tm_test *t, bool last, const tm_value *v)
{
    const tm_value *c = &t->constant;
    if (v->type != c->type)
        return other_type(vm, t, last, v);
    if (v->n != c->n)
        return answer(vm, t, last, false);
    if (v->n > 16)
        return same_long(vm, t, v);
    return answer(vm, t, last, tm_few_bytes_equal(v->p, c->p, v->n));
}

/* Empty bytes are nil to an operator. */
TM_HOT tm_decided nil(tm_vm *vm, const tm_test *t, bool last, const tm_value *v)
{
    return answer(vm, t, last, v->type == TM_NIL || (v->type == TM_BYTES && v->n == 0));
}

TM_HOT tm_decided boolean(tm_vm *vm, const tm_test *t, bool last, const tm_value *v)
{
    if (v->type != TM_BOOL)
        return other_type(vm, t, last, v);
    return answer(vm, t, last, v->truth == t->constant.truth);
}

static bool is_number(const tm_value *v)
{
    return v->type == TM_INT || v->type == TM_DOUBLE;
}

/* How one number stands to another; NaN is in no order to anything. */
static bool stands(const tm_test *t, const tm_value *v, const tm_value *c)
{
    if (v->type == TM_INT && c->type == TM_INT)
        return t->orders & (v->integer < c->integer   ? TM_ORDER_LESS
                            : v->integer > c->integer ? TM_ORDER_MORE
                                                      : TM_ORDER_SAME);
    const double a = v->type == TM_INT ? (double)v->integer : v->number,
                 b = c->type == TM_INT ? (double)c->integer : c->number;
    return t->orders & (a < b ? TM_ORDER_LESS : a > b ? TM_ORDER_MORE : a == b ? TM_ORDER_SAME : 0);
}

TM_APART tm_decided number_apart(tm_vm *vm, const tm_test *t, const tm_value *v)
{
    if (!is_number(v) || !is_number(&t->constant))
        return other_type(vm, t, false, v);
    return answer(vm, t, false, stands(t, v, &t->constant));
}

TM_HOT tm_decided number(tm_vm *vm, const tm_test *t, bool last, const tm_value *v)
{
    (void)last;
    return number_apart(vm, t, v);
}

TM_HOT tm_decided range(tm_vm *vm, const tm_test *t, bool last, const tm_value *v)
{
    if (v->type != t->constant.type)
        return number_apart(vm, t, v);
    return answer(vm, t, last, tm_test_within(t, v->integer));
}

TM_APART tm_decided match_apart(tm_vm *vm, const tm_test *t, const tm_value *v)
{
    tm_match found = tm_run_match(vm, *v, t->regex);
    return found == TM_MATCH_BUDGET ? TM_FAILED : answer(vm, t, false, found == TM_MATCH);
}

TM_HOT tm_decided match(tm_vm *vm, const tm_test *t, bool last, const tm_value *v)
{
    (void)last;
    return match_apart(vm, t, v);
}

TM_APART tm_decided anchored(tm_vm *vm, const tm_test *t, const tm_value *v)
{
    const tm_text text = tm_value_text(*v), part = tm_value_text(t->constant);
    switch ((tm_literal_place)t->place) {
    case TM_LITERAL_FIRST:
        return answer(vm, t, false, tm_text_starts(text, part));
    case TM_LITERAL_LAST:
        return answer(vm, t, false, tm_text_ends(text, part));
    case TM_LITERAL_ALL:
        return answer(vm, t, false, tm_text_equal(text, part));
    default:
        return match_apart(vm, t, v);
    }
}

TM_HOT tm_decided literal(tm_vm *vm, const tm_test *t, bool last, const tm_value *v)
{
    if (v->type != TM_STRING)
        return match_apart(vm, t, v);
    if (t->place != TM_LITERAL_ANYWHERE)
        return anchored(vm, t, v);
    const tm_text text = tm_value_text(*v), part = tm_value_text(t->constant);
    return answer(vm, t, last, tm_text_seek(text, part) != SIZE_MAX);
}

TM_HOT tm_decided starts(tm_vm *vm, const tm_test *t, bool last, const tm_value *v)
{
    if (v->type != TM_STRING)
        return TM_UNDECIDED; /* the function fails, in words of its own */
    return answer(vm, t, last, tm_text_starts(tm_value_text(*v), tm_value_text(t->constant)));
}

TM_HOT tm_decided ends(tm_vm *vm, const tm_test *t, bool last, const tm_value *v)
{
    if (v->type != TM_STRING)
        return TM_UNDECIDED;
    return answer(vm, t, last, tm_text_ends(tm_value_text(*v), tm_value_text(t->constant)));
}

/* --- where it stands --- */

/* Nanoseconds since 1970 both; a duration ends where an int64 does. */
TM_HOT tm_value difference(int64_t a, int64_t b)
{
    int64_t d;
    if (__builtin_sub_overflow(a, b, &d))
        d = a < b ? INT64_MIN : INT64_MAX;
    return tm_duration(d);
}

/* A value inside a map that is not decoded, looked up where it lies. False: it is to be decoded,
 * which pays when many conditions ask. */
static bool peek(const tm_test *t, tm_slot *slot, tm_value *value)
{
    enum { PEEKS_MOST = 3 };
    bool found = true;
    tm_text any_value = slot->composite;
    if (!any_value.p || slot->peeks == PEEKS_MOST)
        return false;
    slot->peeks++;
    /* Work: keys of the rule */
    for (unsigned i = 1; i < t->target->keys && found; i++)
        if (!tm_peek_step(&any_value, tm_value_text(t->target->key[i].value), &found))
            return false;
    *value = tm_nil();
    return !found || tm_peek_scalar(any_value, value);
}

/* What does not stand ready, where a program's first register is: none is running. NULL: it failed,
 * vm->error says why. */
TM_APART const tm_value *far_value(tm_vm *vm, const tm_test *t)
{
    bool found;
    tm_value *room = &vm->r[0];
    if (t->source == TM_FROM_FIELD)
        return &t->other;
    if (t->source == TM_FROM_NESTED && !vm->item[t->level]->attributes &&
        peek(t, &vm->item[t->level]->slot[t->number], room))
        return room;
    if (t->source >= TM_FROM_PATH)
        return tm_path_get(vm, t->target, room) ? room : NULL;
    *room = t->source == TM_FROM_SLOT
                ? tm_item_find_attribute(vm->item[t->level], t->number, &found)
                : difference(tm_item_field(vm->item[t->level], t->number).integer,
                             tm_item_field(vm->item[t->level], t->minus).integer);
    return room;
}

/* NULL: it is not decoded yet, or the item's attributes are a map. */
TM_HOT const tm_value *slot_value(const tm_item *item, const tm_test *t)
{
    if (item->attributes)
        return NULL;
    const tm_slot *slot = (const tm_slot *)((const char *)item->slot + t->offset);
    return slot->value.type == TM_NIL && slot->composite.p ? NULL : &slot->value;
}

/* NULL: it is absent. */
TM_HOT const tm_value *field_value(const tm_item *item, const tm_test *t)
{
    return item->seen & t->present ? tm_test_field(item, t) : NULL;
}

/* One step into a map, as tm_keys_get takes it. The key is of at most 16 bytes. */
TM_HOT const tm_value *step(const tm_map *map, const tm_value *key)
{
    static const tm_value absent = {.type = TM_NIL};
    const tm_entry *e = map->entry;
    /* Work: entries, once a test of the rule */
    for (uint32_t n = map->n; n; n--, e++)
        if (e->key.n == key->n && tm_few_bytes_equal(e->key.p, key->p, key->n))
            return &e->value;
    return &absent;
}

/* NULL: a step is none into a map that is decoded, and comes to an end or an error elsewhere. */
TM_HOT const tm_value *nested_value(const tm_item *item, const tm_test *t)
{
    const tm_value *v = slot_value(item, t);
    const tm_path_key *key = t->target->key + 1, *const end = t->target->key + t->target->keys;
    if (!v)
        return NULL;
    /* Work: keys of the rule */
    for (; key < end; key++) {
        if (v->type != TM_MAP)
            return NULL;
        v = step(v->map, &key->value);
    }
    return v;
}

/* --- tests: what is asked, of a value from each source --- */

#define TEST(name, ask, last, value)                                                               \
    static tm_decided name(tm_vm *vm, const tm_test *t)                                            \
    {                                                                                              \
        const tm_value *v = value(vm->item[t->level], t);                                          \
        return v ? ask(vm, t, last, v) : far_##ask(vm, t);                                         \
    }
#define TESTS(ask)                                                                                 \
    TM_APART tm_decided far_##ask(tm_vm *vm, const tm_test *t)                                     \
    {                                                                                              \
        const tm_value *v = far_value(vm, t);                                                      \
        return v ? ask(vm, t, false, v) : TM_FAILED;                                               \
    }                                                                                              \
    TEST(nested_##ask, ask, false, nested_value)                                                   \
    TEST(slot_##ask, ask, false, slot_value)                                                       \
    TEST(slot_##ask##_last, ask, true, slot_value)                                                 \
    TEST(field_##ask, ask, false, field_value)                                                     \
    TEST(field_##ask##_last, ask, true, field_value)
TESTS(same)
TESTS(nil)
TESTS(boolean)
TESTS(range)
TESTS(number)
TESTS(match)
TESTS(literal)
TESTS(starts)
TESTS(ends)
#undef TESTS
#undef TEST

/* Fields are always of one type. */
TM_HOT tm_decided field_int(tm_vm *vm, const tm_test *t, bool last)
{
    const tm_item *item = vm->item[t->level];
    if (!(item->seen & t->present))
        return far_range(vm, t);
    return answer(vm, t, last, tm_test_within(t, tm_test_field(item, t)->integer));
}

static tm_decided field_int_first(tm_vm *vm, const tm_test *t)
{
    return field_int(vm, t, false);
}

static tm_decided field_int_last(tm_vm *vm, const tm_test *t)
{
    return field_int(vm, t, true);
}

static tm_decided between_int(tm_vm *vm, const tm_test *t)
{
    const tm_item *item = vm->item[t->level];
    if ((item->seen & t->present) != t->present)
        return far_range(vm, t);
    tm_value d = difference(tm_test_field(item, t)->integer, item->field[t->minus].integer);
    return answer(vm, t, false, tm_test_within(t, d.integer));
}

tm_test_run tm_test_run_of(tm_test_source source, tm_ask ask, bool last)
{
#define ROW(number, ask)                                                                           \
    [number] = {                                                                                   \
        [TM_FROM_SLOT] = {slot_##ask, slot_##ask##_last},                                          \
        [TM_FROM_FIELD] = {field_##ask, field_##ask##_last},                                       \
        [TM_FROM_BETWEEN] = {far_##ask, far_##ask},                                                \
        [TM_FROM_PATH] = {far_##ask, far_##ask},                                                   \
        [TM_FROM_NESTED] = {nested_##ask, nested_##ask},                                           \
    }
    static const tm_test_run runs[][TM_TEST_SOURCES][2] = {
        ROW(TM_ASK_SAME, same),
        ROW(TM_ASK_NIL, nil),
        ROW(TM_ASK_BOOL, boolean),
        ROW(TM_ASK_RANGE, range),
        ROW(TM_ASK_NUMBER, number),
        ROW(TM_ASK_MATCH, match),
        ROW(TM_ASK_STARTS, starts),
        ROW(TM_ASK_ENDS, ends),
        ROW(TM_ASK_LITERAL, literal),
        [TM_ASK_INT] = {[TM_FROM_FIELD] = {field_int_first, field_int_last},
                        [TM_FROM_BETWEEN] = {between_int, between_int}},
    };
#undef ROW
    return runs[ask][source][last];
}

/* --- answers --- */

static tm_decided say_false(tm_vm *vm, const tm_test *t)
{
    (void)vm, (void)t;
    return TM_DECIDED_FALSE;
}

static tm_decided say_true(tm_vm *vm, const tm_test *t)
{
    (void)vm, (void)t;
    return TM_DECIDED_TRUE;
}

static tm_decided say_undecided(tm_vm *vm, const tm_test *t)
{
    (void)vm, (void)t;
    return TM_UNDECIDED;
}

const tm_test *tm_test_answer(tm_decided decided)
{
    static const tm_test answers[] = {[TM_DECIDED_FALSE] = {.run = say_false},
                                      [TM_DECIDED_TRUE] = {.run = say_true},
                                      [TM_UNDECIDED] = {.run = say_undecided}};
    return &answers[decided];
}

tm_decided tm_decide_by_running(tm_vm *vm, const tm_program *program)
{
    tm_value result;
    if (!tm_vm_run(vm, program, &result))
        return TM_FAILED;
    return result.truth ? TM_DECIDED_TRUE : TM_DECIDED_FALSE;
}
