/* Linear: searches that take time in proportion to the subject, whatever the expression.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Whether there is a match, one pass forwards says. All matches of a subject, with their groups,
 * take two passes backwards, which find the places where a match begins and the sets of states
 * that lead to its end, and one forwards that follows the preferred way and never turns back.
 * Subjects are valid UTF-8. */
#ifndef TM_VM_REGEX_LINEAR_H
#define TM_VM_REGEX_LINEAR_H

#include "vm/regex/dfa.h"
#include "vm/regex/regex.h"

/* Whether there is a match from byte `from` on. */
tm_match tm_linear_test(tm_dfa *forwards, tm_text text, size_t from);

/* What is left to do at a place of a match: to visit a state, or to put a slot back (state
 * UINT32_MAX). */
typedef struct tm_linear_task {
    uint32_t state;
    uint32_t slot;
    size_t value;
} tm_linear_task;

/* The matches of one subject, in order. Other searches may run between two of them. */
typedef struct tm_linear {
    tm_text text;
    size_t from;          /* where the search began */
    size_t block, blocks; /* bytes of one, and how many there are behind `from` */
    size_t loaded;        /* the block whose sets are in `at`; SIZE_MAX: none */
    uint64_t generation;  /* of the DFA when it was loaded */
    size_t first, last;   /* its bytes; the last block has the end of the text, too */
    uint32_t *at;         /* of each byte of it: as tm_dfa_step; 0 within a character */
    uint64_t *saved;      /* of each block: the set at its first character */
    bool *begins;         /* of each block: a match begins in it */
    tm_linear_task *task;
    uint32_t *mark, marks; /* states visited at a place */
} tm_linear;

/* Opens the search from byte `from` on; what it needs is in the arena. TM_MATCH_BUDGET: the work
 * is spent. Else there is a match or none. */
tm_match tm_linear_open(tm_linear *l, tm_dfa *backwards, tm_arena *arena, tm_text text,
                        size_t from);

/* The first match at byte `at` or behind it, which is not before the end of the match found last.
 * Groups as in tm_regex_search. */
tm_match tm_linear_next(tm_linear *l, tm_dfa *backwards, size_t at, size_t *group, unsigned groups);

#endif
