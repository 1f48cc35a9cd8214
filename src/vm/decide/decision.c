/* Decision: read off a verified program.
 * Work: of rules alone: programs.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The code is walked as it would run, with what registers stand for in place of values: a load
 * makes an operand, a comparison of an operand with a constant makes a test, and from there the
 * walk goes on twice, once with either answer. Code that several ways lead to becomes one test. */
#include "vm/decide/decision_inside.h"

enum { TESTS_MOST = 64 };

typedef struct reader {
    const tm_program *p;
    tm_arena *arena;
    const tm_test *test[TESTS_MOST];
    uint32_t start[TESTS_MOST]; /* the instruction at which the test's begin */
    unsigned tests;
} reader;

static const tm_test *walk(reader *r, uint32_t at);

static const tm_test *undecided(void)
{
    return tm_test_answer(TM_UNDECIDED);
}

static bool is_negated(unsigned op)
{
    return op == TM_OP_NOT_EQUAL || op == TM_OP_ATTRIBUTE_NOT_EQUAL || op == TM_OP_FIELD_NOT_EQUAL;
}

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
static const tm_test *end_of(reader *r, const tm_loads *o, uint32_t at)
{
    const tm_insn *i = &r->p->code[at];
    const tm_load *only = &o->loaded[0];
    if (o->n != 1 || only->kind != TM_LOAD_CONSTANT)
        return undecided();
    if (only->value.type == TM_BOOL)
        return follow(r, at, only->reg, only->value.truth);
    return i->op == TM_OP_RETURN && i->a == only->reg && only->value.type == TM_NIL
               ? tm_test_answer(TM_DECIDED_FALSE)
               : undecided();
}

/* The test that starts at an instruction, or the answer. */
static const tm_test *walk(reader *r, uint32_t at)
{
    const tm_test *yes = tm_test_answer(TM_DECIDED_TRUE), *no = tm_test_answer(TM_DECIDED_FALSE);
    tm_loads o = {.n = 0};
    tm_test t;
    for (unsigned i = 0; i < r->tests; i++)
        if (r->start[i] == at)
            return r->test[i];
    const uint32_t start = at;
    while (tm_loads_take(r->p, &o, &r->p->code[at]))
        at++;
    const tm_insn *i = &r->p->code[at];
    if (!tm_test_of(r->p, &o, i, &t))
        return end_of(r, &o, at);
    if (r->tests == TESTS_MOST || tm_loads_fail_unseen(&o, &t))
        return undecided();
    tm_test *test = TM_NEW(r->arena, tm_test);
    const unsigned number = r->tests++;
    r->start[number] = start;
    r->test[number] = test;
    t.yes = follow(r, at + 1, i->a, !is_negated(i->op));
    t.no = follow(r, at + 1, i->a, is_negated(i->op));
    const bool last = (t.yes == yes && t.no == no) || (t.yes == no && t.no == yes);
    t.turned = t.yes == no;
    t.at_once = last && t.source == TM_FROM_FIELD && t.ask == TM_ASK_INT;
    t.run = tm_test_run_of((tm_test_source)t.source, (tm_ask)t.ask, last);
    *test = t;
    if (t.ask == TM_ASK_MATCH && (t.yes == undecided() || t.no == undecided()))
        r->test[number] = undecided(); /* the program would match once more */
    return r->test[number];
}

tm_decision tm_decision_of(tm_arena *arena, const tm_program *program)
{
    reader r = {.p = program, .arena = arena};
    return (tm_decision){.first = walk(&r, 0), .program = program};
}
