/* Lint, patterns: what looking at literals shares. For lint_*.c only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_LINT_PATTERN_H
#define TM_LANG_LINT_PATTERN_H

#include "lang/lint/lint_fact.h"

/* A text that is looked at. */
typedef struct tm_lint_look {
    tm_lint *lint;
    const tm_source *source;
    const tm_definitions *definitions;
} tm_lint_look;

/* A string literal where it is written. */
typedef struct tm_lint_literal {
    const tm_source *source;
    const tm_node *node;
    bool plain; /* it stands in a configuration, without the quotes and escapes of OTTL */
} tm_lint_literal;

/* The literal that an argument is, or the let that it names. */
bool tm_lint_find_literal(const tm_lint_look *l, const tm_node *node, tm_lint_literal *out);

/* Where `n` bytes at `at` of the literal's text stand. */
tm_place tm_lint_place_inside(const tm_lint_literal *w, size_t at, size_t n);

/* `tests`: it only asks whether the expression matches. */
void tm_lint_regex(const tm_lint_look *l, const tm_lint_literal *w, bool tests);
/* `pattern` is the argument whose groups the replacement names. */
void tm_lint_replacement(const tm_lint_look *l, const tm_lint_literal *w, const tm_node *pattern);

#endif
