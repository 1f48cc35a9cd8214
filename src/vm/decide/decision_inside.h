/* Decision, inside: what the walk over a program knows. For decision*.c only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_DECIDE_DECISION_INSIDE_H
#define TM_VM_DECIDE_DECISION_INSIDE_H

#include "vm/decide/decision.h"

enum { TM_LOADS_MOST = 6 };

/* What a register holds. */
typedef enum tm_load_kind {
    TM_LOAD_CONSTANT, /* `value` */
    TM_LOAD_LOADED,   /* what a test of `source` looks at */
    TM_LOAD_TIME      /* the time in field `number` */
} tm_load_kind;

typedef struct tm_load {
    tm_load_kind kind;
    uint32_t reg;
    tm_value value;
    tm_test test; /* LOADED and TIME: source, level, number, minus, other, target */
} tm_load;

/* The loads in front of one comparison. */
typedef struct tm_loads {
    tm_load loaded[TM_LOADS_MOST];
    unsigned n;
} tm_loads;

tm_load tm_load_slot(uint32_t reg, uint32_t where);
tm_load tm_load_field(uint32_t reg, uint32_t where);

/* What was loaded into the register last, or NULL. */
const tm_load *tm_load_of(const tm_loads *loads, uint32_t reg);

/* Takes in an instruction that loads something a test can look at. False: it is none. */
bool tm_loads_take(const tm_program *program, tm_loads *loads, const tm_insn *insn);

/* A path was read that the test does not look at: it may fail, and nobody would know. */
bool tm_loads_fail_unseen(const tm_loads *loads, const tm_test *test);

/* Makes the test of an instruction that yields a truth. False: no test can do that. */
bool tm_test_of(const tm_program *program, const tm_loads *loads, const tm_insn *insn,
                tm_test *test);

#endif
