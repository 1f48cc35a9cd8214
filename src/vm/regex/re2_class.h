/* RE2 classes: sets of code points as a pattern writes them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_RE2_CLASS_H
#define TM_VM_REGEX_RE2_CLASS_H

#include "vm/regex/re2.h"

/* A Unicode category or script, see unicode.def. */
typedef struct tm_unicode {
    const char *name;   /* lower case, without separators */
    const char *prefix; /* of the categories of the news that belong to it; NULL: a script */
    const char *text;   /* what PCRE2 calls it, in a class */
    const char *folded; /* what (?i) adds, in a class; NULL: nothing */
    const char *part;   /* what (?i) adds as an expression of its own; NULL: nothing */
    bool negated;       /* the row says what is not in it */
} tm_unicode;

/* Code points that PCRE2 10.42 (Unicode 14) does not know yet and Go's Unicode 15 does. */
typedef struct tm_unicode_news {
    tm_re2_range range;
    const char *category;
    const char *script;
} tm_unicode_news;

/* Adds low to high; overlaps are fine. */
void tm_re2_class_add(tm_arena *arena, tm_re2_class *class, uint32_t low, uint32_t high);

/* Adds the set called [:name:], or d, s and w for Perl's; `negated` adds its complement, which
 * under class->fold is that of the folded set. False: no such name. */
bool tm_re2_class_add_set(tm_arena *arena, tm_re2_class *class, tm_text name, bool negated);

/* Adds what \p{name} stands for. False: no such name. */
bool tm_re2_class_add_property(tm_arena *arena, tm_re2_class *class, tm_text name, bool negated);

/* Sorts and joins the ranges and drops surrogates, which no subject has. */
void tm_re2_class_finish(tm_re2_class *class);

/* Visits the news that belong to a row; *i starts at 0. NULL: no more. */
const tm_unicode_news *tm_unicode_next_news(const tm_unicode *row, size_t *i);

#endif
