/* RE2 parser: what its lexer, its grammar and its tree builders share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_RE2_PARSE_H
#define TM_VM_REGEX_RE2_PARSE_H

#include "vm/regex/re2.h"

/* Go's flags, as (?imsU) sets them. */
typedef struct tm_re2_flags {
    bool fold;  /* i */
    bool lines; /* m */
    bool any;   /* s */
    bool lazy;  /* U: greedy and lazy change places */
} tm_re2_flags;

/* An opening parenthesis. */
typedef struct tm_re2_open {
    unsigned group; /* 0: does not capture */
} tm_re2_open;

/* A repetition operator. */
typedef struct tm_re2_times {
    int min, max;
    bool lazy;
    uint32_t at, n; /* the operator in the pattern */
} tm_re2_times;

typedef struct tm_re2_parse {
    tm_arena *arena;
    tm_text pattern;    /* NUL-terminated */
    const char *at;     /* what comes next */
    const char *token;  /* the token read last */
    const char *repeat; /* the repetition operator directly before, or NULL */
    bool quoted;        /* between \Q and \E */
    tm_re2_flags flags;
    tm_re2_flags *outer; /* flags to restore at ), outermost first */
    size_t depth, room;
    tm_re2 *re2;
    size_t name_room;
    const char *error; /* Go's words, or NULL */
    tm_text offender;  /* the part of the pattern they are about */
} tm_re2_parse;

/* Notes an error about the pattern from `from` up to `to`; the first one stays. Returns false. */
bool tm_re2_fail(tm_re2_parse *p, const char *error, const char *from, const char *to);

/* Reading the pattern: its end; the next code point (0 at the end); does `word` come next; where
 * `part` comes behind `from`, or NULL; a number in digits, just above the last code point when
 * it is larger. */
const char *tm_re2_end(const tm_re2_parse *p);
bool tm_re2_at_end(const tm_re2_parse *p);
uint32_t tm_re2_take_rune(tm_re2_parse *p);
bool tm_re2_starts(const tm_re2_parse *p, const char *word);
const char *tm_re2_find(const tm_re2_parse *p, const char *from, const char *part);
uint32_t tm_re2_read_number(const char *digits, const char *end, uint32_t base);

/* Escapes and classes; each reads from p->at on and leaves it behind what it read. */
bool tm_re2_escape(tm_re2_parse *p, uint32_t *rune);
bool tm_re2_bracket(tm_re2_parse *p, tm_re2_class *class);

/* \d, \pL and their like, added to class. Not one of them: *found is false and p->at stays. */
bool tm_re2_class_escape(tm_re2_parse *p, tm_re2_class *class, bool *found);

/* Builders. Those that can fail return NULL after tm_re2_fail. */
void tm_re2_push_flags(tm_re2_parse *p);
void tm_re2_pop_flags(tm_re2_parse *p);
unsigned tm_re2_add_group(tm_re2_parse *p, tm_text name);
tm_re2_node *tm_re2_leaf(tm_re2_parse *p, tm_re2_type type);
tm_re2_node *tm_re2_rune(tm_re2_parse *p, uint32_t rune);
tm_re2_node *tm_re2_set(tm_re2_parse *p, tm_re2_class *class);
tm_re2_node *tm_re2_group(tm_re2_parse *p, tm_re2_open open, tm_re2_node *body);
tm_re2_node *tm_re2_repeat(tm_re2_parse *p, tm_re2_node *body, tm_re2_times times);
tm_re2_node *tm_re2_join(tm_re2_parse *p, tm_re2_type type, tm_re2_node *a, tm_re2_node *b);

#endif
