/* Timed decision: the same tests, linked by laps.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/timed_decision.h"

#include "lang/tree.h"
#include "vm/trace.h"

/* Stands before a test and tells that it begins. */
typedef struct lap {
    tm_test test; /* whose run tells */
    const tm_test *original;
    tm_test copy; /* that goes on to laps */
    uint32_t number;
} lap;

/* The first test of a timed decision. */
typedef struct timed {
    tm_test test;
    const tm_rule *rule;
    tm_decision inner;
    lap **lap;
    uint32_t laps, room;
} timed;

const tm_decision_times *tm_decision_times_of(const tm_vm *vm, void **owner)
{
    *owner = vm->trace ? vm->trace->owner : NULL;
    return *owner;
}

static tm_decided run_lap(tm_vm *vm, const tm_test *test)
{
    const lap *l = (const lap *)test;
    void *owner;
    const tm_decision_times *t = tm_decision_times_of(vm, &owner);
    if (t)
        t->begin_test(owner, l->number);
    return l->copy.run(vm, &l->copy);
}

/* A condition is decided to its end; a statement that is to be run is run by the judge. */
static tm_decided run_timed(tm_vm *vm, const tm_test *test)
{
    const timed *x = (const timed *)test;
    void *owner;
    const tm_decision_times *t = tm_decision_times_of(vm, &owner);
    if (t)
        t->begin_rule(owner, x->rule->number);
    const tm_test *first = x->laps ? &x->lap[0]->test : x->inner.first;
    tm_decided d = first->run(vm, first);
    if (t)
        t->end_tests(owner);
    if (d == TM_UNDECIDED && x->rule->program->entry_point == TM_CONDITION)
        d = tm_decide_by_running(vm, x->rule->program);
    if (t)
        t->end_rule(owner);
    return d;
}

static bool is_answer(const tm_test *test)
{
    for (int d = TM_DECIDED_FALSE; d <= TM_UNDECIDED; d++)
        if (test == tm_test_answer((tm_decided)d))
            return true;
    return false;
}

/* The lap before a test, made when it is asked for first; answers have none. */
static const tm_test *lap_of(tm_arena *arena, timed *x, const tm_test *test)
{
    if (!test || is_answer(test))
        return test;
    for (uint32_t i = 0; i < x->laps; i++)
        if (x->lap[i]->original == test)
            return &x->lap[i]->test;
    lap *l = TM_NEW(arena, lap);
    *l = (lap){.test = {.run = run_lap}, .original = test, .copy = *test, .number = x->laps};
    if (x->laps == x->room) {
        const uint32_t room = x->room ? 2 * x->room : 4;
        x->lap = tm_arena_grow(arena, x->lap, x->room * sizeof(lap *), room * sizeof(lap *));
        x->room = room;
    }
    x->lap[x->laps++] = l;
    l->copy.at_once = false;
    l->copy.yes = lap_of(arena, x, test->yes);
    l->copy.no = lap_of(arena, x, test->no);
    return &l->test;
}

tm_decision tm_timed_decision(tm_arena *arena, const tm_rule *rule)
{
    timed *x = TM_NEW(arena, timed);
    *x = (timed){.test = {.run = run_timed}, .rule = rule, .inner = rule->decision};
    lap_of(arena, x, rule->decision.first);
    return (tm_decision){&x->test, rule->program};
}

uint32_t tm_timed_tests(const tm_decision *decision)
{
    return ((const timed *)decision->first)->laps;
}

const tm_test *tm_timed_test(const tm_decision *decision, uint32_t number)
{
    return ((const timed *)decision->first)->lap[number]->original;
}
