/* Decision: what an instruction asks of what was loaded.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/decide/decision_inside.h"

/* The values that stand to `integer` in one of the orders, as a range. False when there are none.
 */
static bool set_range(tm_test *t, int64_t integer)
{
    const bool less = t->orders & TM_ORDER_LESS, more = t->orders & TM_ORDER_MORE;
    int64_t low = less ? INT64_MIN : integer, high = more ? INT64_MAX : integer;
    if (!(t->orders & TM_ORDER_SAME) && integer == (less ? INT64_MIN : INT64_MAX))
        return false;
    if (!(t->orders & TM_ORDER_SAME)) {
        low += more;
        high -= less;
    }
    t->low = low;
    t->span = (uint64_t)high - (uint64_t)low;
    return true;
}

/* What a test of the source surely looks at, when that is an int or a duration. */
static tm_type sure_type(const tm_test *t)
{
    return t->source == TM_FROM_BETWEEN ? TM_DURATION
           : t->source == TM_FROM_FIELD ? (tm_type)t->other.type
                                        : TM_NIL;
}

/* Whether the value is compared by a test at all; `orders`: those that make it true. */
static bool ask(tm_test *t, tm_value constant, unsigned orders)
{
    t->constant = constant;
    t->orders = (uint8_t)orders;
    switch ((tm_type)constant.type) {
    case TM_INT:
    case TM_DURATION:
        t->ask = sure_type(t) == (tm_type)constant.type ? TM_ASK_INT : TM_ASK_RANGE;
        return set_range(t, constant.integer);
    case TM_DOUBLE:
        t->ask = TM_ASK_NUMBER;
        return true;
    case TM_STRING:
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        t->ask = TM_ASK_SAME;
        return orders == TM_ORDER_SAME;
    case TM_NIL:
        t->ask = TM_ASK_NIL;
        return orders == TM_ORDER_SAME;
    case TM_BOOL:
        t->ask = TM_ASK_BOOL;
        return orders == TM_ORDER_SAME;
    default:
        return false;
    }
}

/* The orders that make the comparison true, once b and c have changed places if `turned`. */
static unsigned orders_of(unsigned op, bool turned)
{
    enum { LESS = TM_ORDER_LESS, SAME = TM_ORDER_SAME, MORE = TM_ORDER_MORE };
    switch (op) {
    case TM_OP_LESS:
        return turned ? MORE : LESS;
    case TM_OP_LESS_EQUAL:
        return turned ? MORE | SAME : LESS | SAME;
    case TM_OP_GREATER:
        return turned ? LESS : MORE;
    case TM_OP_GREATER_EQUAL:
        return turned ? LESS | SAME : MORE | SAME;
    default:
        return SAME;
    }
}

/* A comparison of registers, one of which holds a constant. */
static bool compare(const tm_loads *o, const tm_insn *i, tm_test *t)
{
    const tm_load *value = tm_load_of(o, i->b), *constant = tm_load_of(o, i->c);
    const bool turned = value && value->kind == TM_LOAD_CONSTANT;
    if (turned) {
        value = constant;
        constant = tm_load_of(o, i->b);
    }
    if (!value || !constant || value->kind != TM_LOAD_LOADED || constant->kind != TM_LOAD_CONSTANT)
        return false;
    *t = value->test;
    return ask(t, constant->value, orders_of(i->op, turned));
}

static bool match(const tm_load *value, const tm_regex *regex, tm_test *t)
{
    if (!value || value->kind != TM_LOAD_LOADED)
        return false;
    const tm_literal literal = tm_regex_literal(regex);
    *t = value->test;
    t->ask = literal.place == TM_LITERAL_NONE ? TM_ASK_MATCH : TM_ASK_LITERAL;
    t->place = (uint8_t)literal.place;
    t->constant = tm_string(literal.text);
    t->regex = regex;
    return true;
}

/* A function that asks something of a string and a constant. */
static bool call(const tm_loads *o, const tm_call_site *s, tm_test *t)
{
    if (s->function->asks == TM_ASKS_NOTHING || s->arguments != 2 || !s->argument[0].given ||
        !s->argument[1].given)
        return false;
    const tm_load *value = tm_load_of(o, s->first), *constant = tm_load_of(o, s->first + 1u);
    if (!value || !constant || value->kind != TM_LOAD_LOADED ||
        constant->kind != TM_LOAD_CONSTANT || constant->value.type != TM_STRING)
        return false;
    *t = value->test;
    t->constant = constant->value;
    t->ask = s->function->asks == TM_ASKS_STARTS ? TM_ASK_STARTS : TM_ASK_ENDS;
    return true;
}

static bool test_of(const tm_program *p, const tm_loads *o, const tm_insn *i, tm_test *t)
{
    tm_load value;
    switch (i->op) {
    case TM_OP_ATTRIBUTE_EQUAL:
    case TM_OP_ATTRIBUTE_NOT_EQUAL:
        *t = tm_load_slot(0, i->b).test;
        return ask(t, p->constant[i->c], TM_ORDER_SAME);
    case TM_OP_FIELD_EQUAL:
    case TM_OP_FIELD_NOT_EQUAL:
        *t = tm_load_field(0, i->b).test;
        return ask(t, p->constant[i->c], TM_ORDER_SAME);
    case TM_OP_EQUAL:
    case TM_OP_NOT_EQUAL:
    case TM_OP_LESS:
    case TM_OP_LESS_EQUAL:
    case TM_OP_GREATER:
    case TM_OP_GREATER_EQUAL:
        return compare(o, i, t);
    case TM_OP_ATTRIBUTE_MATCH:
        value = tm_load_slot(0, i->b);
        return match(&value, p->regex[i->c], t);
    case TM_OP_FIELD_MATCH:
        value = tm_load_field(0, i->b);
        return match(&value, p->regex[i->c], t);
    case TM_OP_MATCH:
        return match(tm_load_of(o, i->b), p->regex[i->c], t);
    case TM_OP_CALL:
        return call(o, &p->site[i->b], t);
    default:
        return false;
    }
}

bool tm_test_of(const tm_program *p, const tm_loads *o, const tm_insn *i, tm_test *t)
{
    if (!test_of(p, o, i, t))
        return false;
    t->differs = i->op == TM_OP_NOT_EQUAL || i->op == TM_OP_ATTRIBUTE_NOT_EQUAL ||
                 i->op == TM_OP_FIELD_NOT_EQUAL;
    return true;
}
