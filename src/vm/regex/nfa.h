/* NFA: the machine of an expression, whose states a search follows all at once.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_NFA_H
#define TM_VM_REGEX_NFA_H

#include "vm/regex/re2.h"

/* The ways through it are in order of preference, as in RE2 and Go: of two that match, the one met
 * first wins. A way that comes back to a state without having consumed anything is none: RE2 then
 * tries the body's next way, where a backtracker would leave the loop ((|a)* shows it). */
typedef enum tm_nfa_op {
    TM_NFA_MATCH,
    TM_NFA_RUNE,   /* arg: code point */
    TM_NFA_MEMBER, /* arg: number of the class */
    TM_NFA_DOT,
    TM_NFA_ANY,
    TM_NFA_ASSERT, /* arg: tm_re2_type; from here on nothing is consumed */
    TM_NFA_SAVE,   /* arg: slot */
    TM_NFA_SPLIT   /* to `next` rather than to `arg` */
} tm_nfa_op;

typedef struct tm_nfa_state {
    tm_nfa_op op;
    uint32_t next, arg;
} tm_nfa_state;

/* What a class has of the characters beyond ASCII. */
typedef enum tm_nfa_beyond {
    TM_NFA_NONE,
    TM_NFA_ALL,
    TM_NFA_RANGES, /* those of the node's class, and what ASCII letters fold to */
    TM_NFA_ASK     /* Unicode's tables know */
} tm_nfa_beyond;

typedef struct tm_nfa_class {
    const tm_re2_node *node; /* NULL: no state has it */
    uint64_t ascii[2];
    tm_nfa_beyond beyond;
} tm_nfa_class;

/* What assertions see of the characters on both sides. Where no state asks, words and lines are
 * plain. */
typedef enum tm_nfa_around {
    TM_NFA_PLAIN,
    TM_NFA_WORD,
    TM_NFA_LINE, /* \n */
    TM_NFA_EDGE  /* there is none: the start or the end of the subject */
} tm_nfa_around;

enum { TM_NFA_ASCII = 0x80, TM_NFA_MOST_STATES = 200000 };

typedef struct tm_nfa {
    tm_nfa_state *state;
    uint32_t states, start; /* state 0 is the only MATCH */
    uint32_t *back;         /* states that lead to state s: */
    uint32_t *back_at;      /* back[back_at[s]] up to back[back_at[s + 1]] */
    tm_nfa_class *class;
    unsigned classes;
    uint32_t *rune; /* literals beyond ASCII, ascending */
    unsigned runes;
    uint8_t kind[TM_NFA_ASCII]; /* characters of one kind are the same to every state */
    uint8_t around[TM_NFA_ASCII];
    unsigned kinds;
    bool uniform;  /* all characters beyond ASCII are of one kind */
    bool anchored; /* matches begin at the start of the subject only */
    bool asks_word, asks_line;
} tm_nfa;

/* NULL when it would have more than TM_NFA_MOST_STATES. Of classes with TM_NFA_ASK, `ascii` is not
 * known yet. */
tm_nfa *tm_nfa_new(tm_arena *arena, const tm_re2 *re2);

/* Fills in what classes say of themselves. For tm_nfa_new. */
void tm_nfa_read_classes(tm_nfa *nfa);

/* Finds kinds once `ascii` of all classes is known. */
void tm_nfa_finish(tm_arena *arena, tm_nfa *nfa);

/* Whether the class holds a character beyond ASCII; not for TM_NFA_ASK. */
bool tm_nfa_has(const tm_nfa_class *class, uint32_t rune);

/* Does an assertion hold between two such characters? */
bool tm_nfa_holds(tm_re2_type assertion, tm_nfa_around left, tm_nfa_around right);

/* What is before byte `at` of the text, and what is there. */
tm_nfa_around tm_nfa_left(const tm_nfa *nfa, tm_text text, size_t at);
tm_nfa_around tm_nfa_right(const tm_nfa *nfa, tm_text text, size_t at);

#endif
