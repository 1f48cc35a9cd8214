/* RE2: the tree of a regular expression in Go's RE2 dialect, and its text for PCRE2.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_RE2_H
#define TM_VM_REGEX_RE2_H

#include "base/buf.h"

enum { TM_RE2_MOST_REPEATS = 1000, TM_RE2_MOST_HEIGHT = 1000, TM_RE2_LAST_RUNE = 0x10ffff };

typedef enum tm_re2_type {
    TM_RE2_EMPTY,
    TM_RE2_RUNE,  /* rune */
    TM_RE2_CLASS, /* class */
    TM_RE2_DOT,   /* any but \n */
    TM_RE2_ANY,
    TM_RE2_TEXT_START,
    TM_RE2_TEXT_END,
    TM_RE2_LINE_START,
    TM_RE2_LINE_END,
    TM_RE2_WORD_EDGE,
    TM_RE2_NO_WORD_EDGE,
    TM_RE2_GROUP,    /* group; one child */
    TM_RE2_REPEAT,   /* min, max, lazy; one child */
    TM_RE2_SEQUENCE, /* two children or more */
    TM_RE2_CHOICE    /* two children or more */
} tm_re2_type;

typedef struct tm_re2_range {
    uint32_t low, high;
} tm_re2_range;

/* A row of unicode.def that a class names, or its complement. */
typedef struct tm_re2_property {
    const struct tm_unicode *row;
    bool negated;
} tm_re2_property;

/* A set of code points: ranges and properties together, then folded, then negated. */
typedef struct tm_re2_class {
    tm_re2_range *range; /* sorted, apart from each other, no surrogates once finished */
    size_t ranges, range_room;
    tm_re2_property *property;
    size_t properties, property_room;
    bool negated;
    bool fold;
} tm_re2_class;

typedef struct tm_re2_node {
    tm_re2_type type;
    bool fold;     /* RUNE: in either case */
    bool lazy;     /* REPEAT */
    bool nullable; /* may match without consuming */
    uint16_t height;
    int min, max; /* REPEAT; max -1: no limit */
    uint32_t rune;
    unsigned group; /* 1-based */
    unsigned set;   /* CLASS, and RUNE with fold: its number, below re2->sets */
    tm_re2_class *class;
    struct tm_re2_node *first, *last, *next;
} tm_re2_node;

typedef struct tm_re2 {
    tm_re2_node *root;
    unsigned groups; /* capturing ones */
    tm_text *name;   /* groups of them; empty when unnamed */
    unsigned sets;   /* classes and folded runes */
    bool idle_loops; /* an endless repetition whose body may match without consuming */
} tm_re2;

/* Parses a pattern. NULL when Go would refuse it: *error then is Go's message, *at where the
 * offending part starts in the pattern. */
tm_re2 *tm_re2_new(tm_arena *arena, tm_text pattern, tm_text *error, size_t *at);

typedef enum tm_re2_shortcut_type {
    TM_RE2_NO_SHORTCUT,
    TM_RE2_CONTAINS,
    TM_RE2_STARTS,
    TM_RE2_ENDS,
    TM_RE2_EQUALS
} tm_re2_shortcut_type;

/* A literal that decides whether an expression matches anywhere. */
typedef struct tm_re2_shortcut {
    tm_re2_shortcut_type type;
    tm_text literal; /* valid UTF-8 without U+FFFD: bytes of a subject need not be checked */
    bool one_line;   /* for subjects without \n only */
    bool whole;      /* the expression matches the literal and nothing more; no groups */
    const tm_re2_node *rest; /* without shortcut: what is enough to test for; NULL: all of it */
} tm_re2_shortcut;

tm_re2_shortcut tm_re2_find_shortcut(tm_arena *arena, const tm_re2 *re2);

/* Where the literal stands as the shortcut wants it, from byte `from` on; SIZE_MAX: nowhere. */
size_t tm_re2_shortcut_find(const tm_re2_shortcut *shortcut, tm_text text, size_t from);

/* The expression as a PCRE2 pattern for PCRE2_UTF | PCRE2_DOTALL | PCRE2_ALT_CIRCUMFLEX without
 * PCRE2_UCP, newline LF. It has no group names; its groups are numbered as in the tree. */
tm_text tm_re2_emit(tm_arena *arena, const tm_re2_node *node);

/* Appends one class the same way; *fold says whether (?i) is on there, and is kept up to date. */
void tm_re2_emit_class(tm_buf *out, const tm_re2_class *class, bool *fold);

/* Turns PCRE2's caseless mode on or off where it is not yet so. */
void tm_re2_emit_fold(tm_buf *out, bool *fold, bool want);

#endif
