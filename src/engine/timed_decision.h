/* Timed decision: a decision whose tests tell a stopwatch when they begin. For stopwatch.c and
 * ruleset.c. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_TIMED_DECISION_H
#define TM_ENGINE_TIMED_DECISION_H

#include "engine/ruleset.h"

/* What is told, also by steps without programs; the owner of vm->trace, which begins with it. */
typedef struct tm_decision_times {
    void (*begin_rule)(void *owner, uint32_t rule);
    void (*begin_test)(void *owner, uint32_t test);
    void (*end_tests)(void *owner);
    void (*end_rule)(void *owner);
} tm_decision_times;

/* The tests of a rule without a program: what it does, and what its processor asks before. */
enum { TM_PART_ITSELF, TM_PART_MATCHERS, TM_PARTS };

/* Whom to tell, or NULL; *owner is what is to be passed on. */
const tm_decision_times *tm_decision_times_of(const tm_vm *vm, void **owner);

/* Its own, in the arena; the rule's program and tests stay what they are. */
tm_decision tm_timed_decision(tm_arena *arena, const tm_rule *rule);

/* The tests of a timed decision, by number. */
uint32_t tm_timed_tests(const tm_decision *timed);
const tm_test *tm_timed_test(const tm_decision *timed, uint32_t number);

#endif
