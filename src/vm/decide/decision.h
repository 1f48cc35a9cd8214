/* Decision: what a condition asks, test by test, so that the usual ones are decided without the
 * loop. SPDX-License-Identifier: Apache-2.0
 *
 * A decision is read off the bytecode of a verified program (tm_decision_of), which stays what says
 * what the condition means: a test stands for the instructions that load one value and compare it
 * with a constant, and it leads on where their jumps lead. Where the code does something else the
 * decision ends undecided, and the program is run from its start; tests change nothing, so that
 * nobody can tell. A test that fails leaves the error that the program would leave; one that meets
 * a value of a type that does not compare ends undecided, so that the program tells of it. */
#ifndef TM_VM_DECIDE_DECISION_H
#define TM_VM_DECIDE_DECISION_H

#include "vm/vm.h"

typedef enum tm_decided { TM_DECIDED_FALSE, TM_DECIDED_TRUE, TM_FAILED, TM_UNDECIDED } tm_decided;

/* Where the value stands that a test looks at. */
typedef enum tm_test_source {
    TM_FROM_SLOT,    /* attribute `number` of the item */
    TM_FROM_FIELD,   /* field `number`, `other` when it is absent */
    TM_FROM_BETWEEN, /* a time minus another of the item, both in fields, as a duration */
    TM_FROM_PATH,    /* `target`, whose keys are constants */
    TM_FROM_NESTED,  /* the same, by string keys of at most 16 bytes from a slot on */
    TM_TEST_SOURCES
} tm_test_source;

/* What it asks of the value. */
typedef enum tm_ask {
    TM_ASK_SAME,    /* is it `constant`, a string or an id? */
    TM_ASK_NIL,     /* is it nil? */
    TM_ASK_BOOL,    /* is it `constant`? */
    TM_ASK_RANGE,   /* is it from `low` on at most `span` more, of the type of `constant`? */
    TM_ASK_INT,     /* the same, when it surely is of that type */
    TM_ASK_NUMBER,  /* stands it to `constant`, a number, as `orders` say? */
    TM_ASK_MATCH,   /* does `regex` match it? */
    TM_ASK_LITERAL, /* the same, when finding `constant` is all that `regex` does */
    TM_ASK_STARTS,  /* does it start with `constant`, a string? Undecided when it is no string */
    TM_ASK_ENDS
} tm_ask;

/* Orders that a test is content with: bits. */
enum { TM_ORDER_LESS = 1, TM_ORDER_SAME = 2, TM_ORDER_MORE = 4 };

/* One test. It answers by asking the test behind it; those that ask nothing are the answers. */
typedef struct tm_test tm_test;
typedef tm_decided (*tm_test_run)(tm_vm *vm, const tm_test *test);
struct tm_test {
    tm_test_run run;
    const tm_test *yes, *no;
    uint8_t source; /* tm_test_source */
    uint8_t ask;    /* tm_ask */
    uint8_t level;
    uint8_t orders;
    uint8_t place;    /* tm_literal_place */
    bool at_once;     /* its field is asked by tm_decide itself */
    bool turned;      /* the last test of a decision: yes is false and no is true */
    bool differs;     /* it is `!=`, which types that do not compare make true */
    uint32_t number;  /* of slot or field */
    uint32_t offset;  /* in bytes, of the slot among slots, or of the field in its item */
    uint32_t minus;   /* BETWEEN: the field that is taken off */
    uint32_t present; /* bits in the item's `seen` when the fields are there */
    tm_value constant;
    int64_t low;
    uint64_t span;
    union {
        tm_value other; /* of an absent field */
        const tm_target *target;
    };
    const tm_regex *regex;
};

typedef struct tm_decision {
    const tm_test *first;      /* never NULL */
    const tm_program *program; /* that it was read off */
} tm_decision;

/* The decision of a verified condition, or of a statement: TM_DECIDED_FALSE then says that running
 * it would do nothing. */
tm_decision tm_decision_of(tm_arena *arena, const tm_program *program);

/* What runs a test; `last`: both answers end the decision. */
tm_test_run tm_test_run_of(tm_test_source source, tm_ask ask, bool last);

/* The test that is an answer. */
const tm_test *tm_test_answer(tm_decided answer);

static inline bool tm_test_within(const tm_test *t, int64_t integer)
{
    return (uint64_t)integer - (uint64_t)t->low <= t->span;
}

static inline const tm_value *tm_test_field(const tm_item *item, const tm_test *t)
{
    return (const tm_value *)((const char *)item + t->offset);
}

/* Decides over vm->item as tm_vm_run would with the program that the decision was read off.
 * TM_UNDECIDED: that is to be run. TM_FAILED: vm->error says why. */
static inline tm_decided tm_decide(tm_vm *vm, const tm_decision *d)
{
    const tm_test *t = d->first;
    if (t->at_once && vm->item[t->level]->seen & t->present)
        return tm_test_within(t, tm_test_field(vm->item[t->level], t)->integer) != t->turned
                   ? TM_DECIDED_TRUE
                   : TM_DECIDED_FALSE;
    return t->run(vm, t);
}

/* Runs the program. For tm_decide_rule alone. */
tm_decided tm_decide_by_running(tm_vm *vm, const tm_program *program);

/* What a condition says of the items, by tests or by running it; never TM_UNDECIDED. Whoever wants
 * to trace runs the program. */
static inline tm_decided tm_decide_rule(tm_vm *vm, const tm_decision *d)
{
    const tm_decided decided = tm_decide(vm, d);
    return decided == TM_UNDECIDED ? tm_decide_by_running(vm, d->program) : decided;
}

#endif
