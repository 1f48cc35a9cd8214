/* NFA: runs the few expressions that a backtracker answers otherwise than RE2.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_NFA_H
#define TM_VM_NFA_H

#include "vm/re2.h"
#include "vm/regex.h"

/* When the body of an endless repetition matches without consuming, RE2 forgets that turn and
 * tries the body's next way; PCRE2 leaves the loop with it. (|a)* and ([^,]*,?)+ show the
 * difference. Such expressions are simulated with a list of states in order of preference, in
 * linear time, as RE2 does. */
typedef struct tm_nfa tm_nfa;

/* Says whether a code point belongs to the class (or folded letter) of this number. */
typedef bool (*tm_nfa_member)(void *owner, unsigned class, uint32_t rune);

/* The machine of an expression; *classes gets the nodes that `member` is asked about, *count how
 * many. NULL when it would have too many states. */
tm_nfa *tm_nfa_new(tm_arena *arena, const tm_re2 *re2, const tm_re2_node ***classes,
                   unsigned *count);

/* Bytes of memory that a search for the first `groups` groups needs. */
size_t tm_nfa_memory(const tm_nfa *nfa, unsigned groups);

typedef struct tm_nfa_run {
    void *memory; /* tm_nfa_memory bytes, aligned to 16 */
    tm_nfa_member member;
    void *owner;
    bool (*expired)(void *owner); /* asked now and then; true ends the search */
} tm_nfa_run;

/* As tm_regex_search, with a subject that is valid UTF-8. */
tm_match tm_nfa_search(const tm_nfa *nfa, const tm_nfa_run *run, tm_text subject, size_t from,
                       size_t *group, unsigned groups);

#endif
