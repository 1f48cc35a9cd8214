/* DFA: the sets of states that a machine can be in, found when a subject leads there and kept.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_DFA_H
#define TM_VM_REGEX_DFA_H

#include "base/work.h"
#include "vm/regex/nfa.h"

/* Forwards, a set is where the machine can be behind a character, whatever began where; it answers
 * whether there is a match. Backwards, it is the consuming states from which the rest of the
 * subject leads to a match; it answers where matches begin, and which way each goes. One belongs to
 * one thread. */

/* Asks whether a class with TM_NFA_ASK holds a character. */
typedef bool (*tm_dfa_ask)(void *owner, unsigned class, uint32_t rune);

/* A step's outcome. What is more than these is (state + 2) << 1 of the next set, the lowest bit
 * being whether a match begins at the place that the step leaves (backwards only). */
enum {
    TM_DFA_UNKNOWN,
    TM_DFA_YES,  /* forwards: there is a match */
    TM_DFA_NO,   /* forwards: there will be none */
    TM_DFA_SPENT /* the budget of work is spent */
};

enum { TM_DFA_BEYOND = 32, TM_DFA_RECENT = 128, TM_DFA_LEAST_STATES = 80 };

/* A character as the machine sees it. */
typedef struct tm_dfa_char {
    uint32_t rune;
    unsigned kind; /* its column */
    bool forget;   /* there is no column left for it */
    tm_nfa_around around;
    const uint64_t *in; /* beyond ASCII, where not all are alike: bit per class */
} tm_dfa_char;

typedef struct tm_dfa {
    tm_arena *arena; /* whose heap it uses, and whose escape it takes when that is empty */
    const tm_nfa *nfa;
    tm_text pattern;
    bool back;
    tm_work *work; /* or NULL */
    tm_dfa_ask ask;
    void *owner;
    uint64_t generation; /* other than any before when states were forgotten */
    uint64_t *generations;
    unsigned columns, set_words, row_words, class_words;
    uint64_t *row; /* a state is the place of its row here: columns, what is around, set */
    uint32_t states, room, most;
    uint32_t *hash; /* state + 1, 0: free */
    uint32_t hash_mask;
    uint64_t *set; /* being made */
    uint32_t *stack, *mark, marks;
    unsigned beyond;                 /* kinds beyond ASCII so far, in: */
    uint64_t *in;                    /* one class_words each, and one for the character at hand */
    uint32_t literal[TM_DFA_BEYOND]; /* which literal they are, or UINT32_MAX */
    struct {
        uint32_t rune;
        uint32_t kind; /* 0: none */
    } recent[TM_DFA_RECENT];
} tm_dfa;

/* Keeps a copy of the pattern. Out of memory leaves through the arena. *generations goes on
 * counting for all of a thread. */
tm_dfa *tm_dfa_new(tm_arena *arena, const tm_nfa *nfa, tm_text pattern, bool back,
                   uint64_t *generations);
void tm_dfa_free(tm_dfa *dfa);

/* The set to begin with: forwards at byte `at` of the text; backwards at its end. */
uint32_t tm_dfa_begin(tm_dfa *dfa, tm_text text, size_t at);

/* The state of a set that tm_dfa_copy took: set_words, and one more. */
uint32_t tm_dfa_state(tm_dfa *dfa, const uint64_t *copy);
void tm_dfa_copy(const tm_dfa *dfa, uint32_t state, uint64_t *copy);

/* Sees to it that so many new sets find room without any being forgotten; at most
 * TM_DFA_LEAST_STATES. The state at hand may move: returns where it is. */
uint32_t tm_dfa_reserve(tm_dfa *dfa, uint32_t state, uint32_t states);

/* What a character at the start of the text is, which is not empty, and its width; what the end of
 * the subject is. */
tm_dfa_char tm_dfa_next_char(tm_dfa *dfa, tm_text text, size_t *width);
tm_dfa_char tm_dfa_edge(const tm_dfa *dfa);

/* Finds out, and remembers, where a character leads. */
uint32_t tm_dfa_step(tm_dfa *dfa, uint32_t state, const tm_dfa_char *c);

/* What is remembered of that. */
static inline uint32_t tm_dfa_known(const tm_dfa *dfa, uint32_t state, unsigned column)
{
    return ((const uint32_t *)(dfa->row + state))[column];
}

static inline uint32_t tm_dfa_target(uint32_t outcome)
{
    return (outcome >> 1) - 2;
}

static inline const uint64_t *tm_dfa_set(const tm_dfa *dfa, uint32_t state)
{
    return dfa->row + state + dfa->row_words - dfa->set_words;
}

static inline bool tm_dfa_has(const uint64_t *set, uint32_t state)
{
    return set[state / 64] >> state % 64 & 1;
}

#endif
