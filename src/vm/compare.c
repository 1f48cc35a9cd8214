/* Compare: the six operators (language.md 2.2).
 * Work: elements in turn until two differ, charged; large maps are looked up by their keys.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/convert.h"

/* Below what nesting values are no longer looked at and count as different. */
enum { TM_COMPARE_DEPTH_MOST = 128 };

/* How two values of the same kind stand to each other. */
typedef enum order { LESS = -1, SAME = 0, MORE = 1, UNORDERED = 2, DIFFERENT = 3 } order;

static order order_of_ints(int64_t a, int64_t b)
{
    return (order)((a > b) - (a < b));
}

static order order_of_doubles(double a, double b)
{
    return a == b ? SAME : a < b ? LESS : a > b ? MORE : DIFFERENT;
}

static order order_of_texts(tm_value a, tm_value b)
{
    int c = tm_text_compare(tm_value_text(a), tm_value_text(b));
    return (order)((c > 0) - (c < 0));
}

static order order_of_times(const tm_time *a, const tm_time *b)
{
    order seconds = order_of_ints(tm_time_since_year_1(a), tm_time_since_year_1(b));
    return seconds ? seconds : order_of_ints(a->nanoseconds, b->nanoseconds);
}

/* Of what knows equality only: equal ids are not <= each other. */
static order equal_or_not(bool equal)
{
    return equal ? UNORDERED : DIFFERENT;
}

/* --- inside maps and lists: types are strict ---
 *
 * In a native list or map (a literal, Split, URL) a data map or a data list is an object of its own
 * kind, which never equals the plain map or list that telemetry holds in its place. */

/* A value with the container that it stands in. */
typedef struct inner {
    tm_value v;
    bool native;   /* the container is native */
    tm_work *work; /* containers charge their elements; NULL: to nobody */
} inner;

static bool same(inner a, inner b, unsigned depth);

typedef enum shape { SHAPE_PLAIN, SHAPE_OPAQUE, SHAPE_STRINGS } shape;

static shape shape_of(inner x)
{
    if (!x.native)
        return SHAPE_PLAIN;
    if (x.v.type == TM_MAP)
        return x.v.form == TM_NATIVE ? SHAPE_PLAIN : SHAPE_OPAQUE;
    return x.v.form == TM_LITERAL   ? SHAPE_PLAIN
           : x.v.form == TM_STRINGS ? SHAPE_STRINGS
                                    : SHAPE_OPAQUE;
}

/* What stands in x is in a native container if x is one itself. */
static inner within(inner x, tm_value v)
{
    bool native = x.v.type == TM_MAP ? x.v.form == TM_NATIVE : x.v.form != TM_DATA;
    return (inner){.v = v, .native = x.native && native, .work = x.work};
}

static bool same_list(inner a, inner b, unsigned depth)
{
    if (a.v.list->n != b.v.list->n)
        return false;
    /* Work: elements, each charged by `same` */
    for (uint32_t i = 0; i < a.v.list->n; i++)
        if (!same(within(a, a.v.list->item[i]), within(b, b.v.list->item[i]), depth))
            return false;
    return true;
}

/* As the reference compares maps: each entry of the first with the first entry of that key in the
 * second, so that keys which stand twice make it matter which is which. */
static bool same_map(inner a, inner b, unsigned depth)
{
    const tm_map *x = a.v.map, *y = b.v.map;
    if (x->n != y->n)
        return false;
    /* Work: entries, each looked up and charged by `same` */
    for (uint32_t i = 0; i < x->n; i++) {
        const tm_entry *other = tm_map_find(y, x->entry[i].key);
        if (!other || !same(within(a, x->entry[i].value), within(b, other->value), depth))
            return false;
    }
    return true;
}

/* With the work spent they count as different: what asks ends at its next charge. */
static bool same_elements(inner a, inner b, unsigned depth)
{
    const size_t n = a.v.type == TM_MAP ? a.v.map->n : a.v.list->n;
    if (a.work && !tm_work_charge(a.work, n))
        return false;
    return a.v.type == TM_MAP ? same_map(a, b, depth) : same_list(a, b, depth);
}

static bool same_container(inner a, inner b, unsigned depth)
{
    if (depth == TM_COMPARE_DEPTH_MOST || shape_of(a) != shape_of(b))
        return false;
    return same_elements(a, b, depth + 1);
}

static bool same_scalar(tm_value a, tm_value b)
{
    switch ((tm_type)a.type) {
    case TM_NIL:
        return true;
    case TM_BOOL:
        return a.truth == b.truth;
    case TM_INT:
    case TM_DURATION:
        return a.integer == b.integer;
    case TM_NATIVE_INT: /* marked as a byte of a bytes value it equals nothing (language.md 4.12) */
        return a.integer == b.integer && !a.spare && !b.spare;
    case TM_DOUBLE:
        return a.number == b.number;
    case TM_TIME:
        return order_of_times(a.time, b.time) == SAME;
    case TM_EVENTS:
    case TM_LINKS:
    case TM_STATUS:
        return a.object == b.object;
    default:
        return tm_text_equal(tm_value_text(a), tm_value_text(b));
    }
}

static bool same(inner a, inner b, unsigned depth)
{
    if (a.v.type != b.v.type)
        return false;
    if (a.v.type == TM_MAP || a.v.type == TM_LIST)
        return same_container(a, b, depth);
    return same_scalar(a.v, b.v);
}

/* --- operands --- */

static order order_of_lists(tm_work *work, tm_value a, tm_value b)
{
    if ((a.form == TM_STRINGS) != (b.form == TM_STRINGS))
        return DIFFERENT;
    return equal_or_not(same_elements((inner){a, true, work}, (inner){b, true, work}, 0));
}

static bool is_number(tm_value v)
{
    return v.type == TM_INT || v.type == TM_DOUBLE;
}

static order order_of_numbers(tm_value a, tm_value b)
{
    if (a.type == TM_INT && b.type == TM_INT)
        return order_of_ints(a.integer, b.integer);
    return order_of_doubles(a.type == TM_INT ? (double)a.integer : a.number,
                            b.type == TM_INT ? (double)b.integer : b.number);
}

/* As an operand, empty bytes are nil: an accident of the real OTTL, whose answers users have. */
static tm_value operand(tm_value v)
{
    return v.type == TM_BYTES && v.n == 0 ? tm_nil() : v;
}

static order order_of(tm_work *work, tm_value a, tm_value b)
{
    a = operand(a);
    b = operand(b);
    if (is_number(a) && is_number(b))
        return order_of_numbers(a, b);
    if (a.type != b.type)
        return DIFFERENT;
    switch ((tm_type)a.type) {
    case TM_NIL:
        return SAME;
    case TM_BOOL:
        return order_of_ints(a.truth, b.truth);
    case TM_STRING:
    case TM_BYTES:
        return order_of_texts(a, b);
    case TM_TIME:
        return order_of_times(a.time, b.time);
    case TM_DURATION:
        return order_of_ints(a.integer, b.integer);
    case TM_MAP:
        return equal_or_not(same_elements((inner){a, true, work}, (inner){b, true, work}, 0));
    case TM_LIST:
        return order_of_lists(work, a, b);
    default:
        return equal_or_not(same_scalar(a, b));
    }
}

static bool compare(tm_work *work, tm_comparison op, tm_value a, tm_value b)
{
    order o = order_of(work, a, b);
    switch (op) {
    case TM_IS_EQ:
        return o == SAME || o == UNORDERED;
    case TM_IS_NE:
        return o != SAME && o != UNORDERED;
    case TM_IS_LT:
        return o == LESS;
    case TM_IS_LE:
        return o == LESS || o == SAME;
    case TM_IS_GT:
        return o == MORE;
    case TM_IS_GE:
        return o == MORE || o == SAME;
    }
    return false;
}

bool tm_value_compare(tm_comparison op, tm_value a, tm_value b)
{
    return compare(NULL, op, a, b);
}

/* Of two kinds, which stand in no order; nil is of none. */
static bool do_not_compare(tm_value a, tm_value b)
{
    a = operand(a);
    b = operand(b);
    return a.type != b.type && a.type != TM_NIL && b.type != TM_NIL &&
           !(is_number(a) && is_number(b));
}

bool tm_vm_compare(tm_vm *vm, tm_comparison op, tm_value a, tm_value b)
{
    if (compare(vm->work, op, a, b))
        return true;
    if (vm->mismatched && do_not_compare(a, b))
        vm->mismatched(vm->mismatched_owner, vm->program, a, b);
    return false;
}

bool tm_element_equal(tm_vm *vm, tm_value a, tm_value b)
{
    return compare(vm->work, TM_IS_EQ, a, b);
}
