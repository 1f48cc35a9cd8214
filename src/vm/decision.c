/* Decision: read off a verified program.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The code is walked as it would run, with what registers stand for in place of values: a load
 * makes an operand, a comparison of an operand with a constant makes a test, and from there the
 * walk goes on twice, once with either answer. Code that several ways lead to becomes one test. */
#include "vm/decision.h"

#include "vm/opcode.h"

#include <stddef.h>

enum { TESTS_MOST = 64, LOADS_MOST = 6 };

/* What a register holds. */
typedef enum operand_kind {
    OPERAND_CONSTANT, /* `value` */
    OPERAND_LOADED,   /* what a test of `source` looks at */
    OPERAND_TIME      /* the time in field `number` */
} operand_kind;

typedef struct operand {
    operand_kind kind;
    uint32_t reg;
    tm_value value;
    tm_test test; /* LOADED and TIME: source, level, number, minus, other, target */
} operand;

/* The loads in front of one comparison. */
typedef struct operands {
    operand loaded[LOADS_MOST];
    unsigned n;
} operands;

typedef struct reader {
    const tm_program *p;
    tm_arena *arena;
    tm_test *test[TESTS_MOST];
    uint32_t start[TESTS_MOST]; /* the instruction at which the test's begin */
    unsigned tests;
} reader;

static const tm_test *walk(reader *r, uint32_t at);

static const tm_test *undecided(void)
{
    return tm_test_answer(TM_UNDECIDED);
}

/* --- operands --- */

static const operand *operand_of(const operands *o, uint32_t reg)
{
    for (unsigned i = o->n; i-- > 0;)
        if (o->loaded[i].reg == reg)
            return &o->loaded[i];
    return NULL;
}

static bool add(operands *o, operand loaded)
{
    if (o->n == LOADS_MOST)
        return false;
    o->loaded[o->n++] = loaded;
    return true;
}

static operand of_slot(uint32_t reg, uint32_t where)
{
    return (operand){OPERAND_LOADED,
                     reg,
                     {0},
                     {.source = TM_FROM_SLOT,
                      .level = (uint8_t)tm_where_level(where),
                      .number = tm_where_number(where),
                      .offset = tm_where_number(where) * (uint32_t)sizeof(tm_slot)}};
}

static operand of_field(uint32_t reg, uint32_t where)
{
    const tm_level level = tm_where_level(where);
    const uint32_t field = tm_where_number(where);
    return (operand){OPERAND_LOADED,
                     reg,
                     {0},
                     {.source = TM_FROM_FIELD,
                      .level = (uint8_t)level,
                      .number = field,
                      .offset = (uint32_t)(offsetof(tm_item, field) + field * sizeof(tm_value)),
                      .present = 1u << field,
                      .other = tm_field_default(level, field)}};
}

static operand of_constant(uint32_t reg, tm_value value)
{
    return (operand){.kind = OPERAND_CONSTANT, .reg = reg, .value = value};
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
static bool of_target(uint32_t reg, const tm_target *t, operand *out)
{
    for (unsigned i = 0; i < t->keys; i++)
        if (t->key[i].dynamic)
            return false;
    *out = (operand){OPERAND_LOADED, reg, {0}, {.source = TM_FROM_PATH, .target = t}};
    if (is_nested(t)) {
        *out = of_slot(reg, tm_where(t->path->level, (uint32_t)t->slot));
        out->test.source = TM_FROM_NESTED;
        out->test.target = t;
    }
    if (t->path->access == TM_ACCESS_TIME) {
        *out = of_field(reg, tm_where(t->path->level, t->path->field));
        out->kind = OPERAND_TIME;
    }
    return true;
}

/* Two times of one item. */
static bool of_difference(const operands *o, const tm_insn *i, operand *out)
{
    const operand *a = operand_of(o, i->b), *b = operand_of(o, i->c);
    if (!a || !b || a->kind != OPERAND_TIME || b->kind != OPERAND_TIME ||
        a->test.level != b->test.level)
        return false;
    *out = *a;
    out->kind = OPERAND_LOADED;
    out->reg = i->a;
    out->test.source = TM_FROM_BETWEEN;
    out->test.minus = b->test.number;
    out->test.present |= b->test.present;
    return true;
}

/* Takes in an instruction that loads something a test can look at. */
static bool load(const reader *r, operands *o, const tm_insn *i)
{
    operand loaded;
    switch (i->op) {
    case TM_OP_CONSTANT:
        return add(o, of_constant(i->a, r->p->constant[i->b]));
    case TM_OP_ATTRIBUTE:
        return add(o, of_slot(i->a, i->b));
    case TM_OP_FIELD:
        return add(o, of_field(i->a, i->b));
    case TM_OP_PATH:
        return of_target(i->a, &r->p->target[i->b], &loaded) && add(o, loaded);
    case TM_OP_SUBTRACT:
        return of_difference(o, i, &loaded) && add(o, loaded);
    default:
        return false;
    }
}

/* --- comparisons --- */

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
static bool compare(const operands *o, const tm_insn *i, tm_test *t)
{
    const operand *value = operand_of(o, i->b), *constant = operand_of(o, i->c);
    const bool turned = value && value->kind == OPERAND_CONSTANT;
    if (turned) {
        value = constant;
        constant = operand_of(o, i->b);
    }
    if (!value || !constant || value->kind != OPERAND_LOADED || constant->kind != OPERAND_CONSTANT)
        return false;
    *t = value->test;
    return ask(t, constant->value, orders_of(i->op, turned));
}

static bool match(const operand *value, const tm_regex *regex, tm_test *t)
{
    if (!value || value->kind != OPERAND_LOADED)
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
static bool call(const operands *o, const tm_call_site *s, tm_test *t)
{
    if (s->function->asks == TM_ASKS_NOTHING || s->arguments != 2 || !s->argument[0].given ||
        !s->argument[1].given)
        return false;
    const operand *value = operand_of(o, s->first), *constant = operand_of(o, s->first + 1u);
    if (!value || !constant || value->kind != OPERAND_LOADED ||
        constant->kind != OPERAND_CONSTANT || constant->value.type != TM_STRING)
        return false;
    *t = value->test;
    t->constant = constant->value;
    t->ask = s->function->asks == TM_ASKS_STARTS ? TM_ASK_STARTS : TM_ASK_ENDS;
    return true;
}

/* Makes the test of an instruction that yields a truth. False: no test can do that. */
static bool test_of(const reader *r, const operands *o, const tm_insn *i, tm_test *t)
{
    operand value;
    switch (i->op) {
    case TM_OP_ATTRIBUTE_EQUAL:
    case TM_OP_ATTRIBUTE_NOT_EQUAL:
        *t = of_slot(0, i->b).test;
        return ask(t, r->p->constant[i->c], TM_ORDER_SAME);
    case TM_OP_FIELD_EQUAL:
    case TM_OP_FIELD_NOT_EQUAL:
        *t = of_field(0, i->b).test;
        return ask(t, r->p->constant[i->c], TM_ORDER_SAME);
    case TM_OP_EQUAL:
    case TM_OP_NOT_EQUAL:
    case TM_OP_LESS:
    case TM_OP_LESS_EQUAL:
    case TM_OP_GREATER:
    case TM_OP_GREATER_EQUAL:
        return compare(o, i, t);
    case TM_OP_ATTRIBUTE_MATCH:
        value = of_slot(0, i->b);
        return match(&value, r->p->regex[i->c], t);
    case TM_OP_FIELD_MATCH:
        value = of_field(0, i->b);
        return match(&value, r->p->regex[i->c], t);
    case TM_OP_MATCH:
        return match(operand_of(o, i->b), r->p->regex[i->c], t);
    case TM_OP_CALL:
        return call(o, &r->p->site[i->b], t);
    default:
        return false;
    }
}

static bool is_negated(unsigned op)
{
    return op == TM_OP_NOT_EQUAL || op == TM_OP_ATTRIBUTE_NOT_EQUAL || op == TM_OP_FIELD_NOT_EQUAL;
}

/* --- the way through --- */

/* On from `at`, where register `reg` holds a known bool. */
static const tm_test *follow(reader *r, uint32_t at, uint32_t reg, bool truth)
{
    for (;; at++) {
        const tm_insn *i = &r->p->code[at];
        const bool known = i->a == reg;
        if (i->op == TM_OP_RETURN)
            return tm_test_answer(!known  ? TM_UNDECIDED
                                  : truth ? TM_DECIDED_TRUE
                                          : TM_DECIDED_FALSE);
        if (i->op == TM_OP_JUMP)
            at = i->b - 1;
        else if (i->op == TM_OP_JUMP_FALSE && known)
            at = truth ? at : i->b - 1;
        else if (i->op == TM_OP_JUMP_TRUE && known)
            at = truth ? i->b - 1 : at;
        else if (i->op == TM_OP_NOT && i->b == reg)
            reg = i->a, truth = !truth;
        else if (i->op != TM_OP_TEST || !known)
            return walk(r, at);
    }
}

/* What is left when an instruction neither loads nor compares: an answer that is written in the
 * rule, or, of a statement, its end. */
static const tm_test *end_of(reader *r, const operands *o, uint32_t at)
{
    const tm_insn *i = &r->p->code[at];
    const operand *only = &o->loaded[0];
    if (o->n != 1 || only->kind != OPERAND_CONSTANT)
        return undecided();
    if (only->value.type == TM_BOOL)
        return follow(r, at, only->reg, only->value.truth);
    return i->op == TM_OP_RETURN && i->a == only->reg && only->value.type == TM_NIL
               ? tm_test_answer(TM_DECIDED_FALSE)
               : undecided();
}

/* A path was read that the test does not look at: it may fail, and nobody would know. */
static bool fails_unseen(const operands *o, const tm_test *t)
{
    for (unsigned i = 0; i < o->n; i++) {
        const tm_test *loaded = &o->loaded[i].test;
        if (loaded->source >= TM_FROM_PATH &&
            (t->source < TM_FROM_PATH || t->target != loaded->target))
            return true;
    }
    return false;
}

/* The test that starts at an instruction, or the answer. */
static const tm_test *walk(reader *r, uint32_t at)
{
    const tm_test *yes = tm_test_answer(TM_DECIDED_TRUE), *no = tm_test_answer(TM_DECIDED_FALSE);
    operands o = {.n = 0};
    tm_test t;
    for (unsigned i = 0; i < r->tests; i++)
        if (r->start[i] == at)
            return r->test[i];
    const uint32_t start = at;
    while (load(r, &o, &r->p->code[at]))
        at++;
    const tm_insn *i = &r->p->code[at];
    if (!test_of(r, &o, i, &t))
        return end_of(r, &o, at);
    if (r->tests == TESTS_MOST || fails_unseen(&o, &t))
        return undecided();
    tm_test *test = TM_NEW(r->arena, tm_test);
    r->start[r->tests] = start;
    r->test[r->tests++] = test;
    t.yes = follow(r, at + 1, i->a, !is_negated(i->op));
    t.no = follow(r, at + 1, i->a, is_negated(i->op));
    const bool last = (t.yes == yes && t.no == no) || (t.yes == no && t.no == yes);
    t.turned = t.yes == no;
    t.at_once = last && t.source == TM_FROM_FIELD && t.ask == TM_ASK_INT;
    t.run = tm_test_run_of((tm_test_source)t.source, (tm_ask)t.ask, last);
    *test = t;
    return test;
}

tm_decision tm_decision_of(tm_arena *arena, const tm_program *program)
{
    reader r = {.p = program, .arena = arena};
    return (tm_decision){.first = walk(&r, 0), .program = program};
}
