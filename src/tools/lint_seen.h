/* Lint, seen: what recorded spans hold where a rule looks.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LINT_SEEN_H
#define TM_TOOLS_LINT_SEEN_H

#include "lang/lint/lint_fact.h"

enum { TM_LINT_TEXT_MOST = 200 }; /* longer ones are not shown */

/* One comparison or match of a rule, written in the rule itself. */
typedef struct tm_lint_leaf {
    struct tm_lint_leaf *next;
    const tm_expr *e;
    tm_fact fact;
    const tm_program *condition, *subject;
    uint64_t held;                /* how often it was true */
    uint64_t present;             /* how often its subject was not nil */
    uint64_t type[TM_TYPE_COUNT]; /* of these, by type */
    char last[TM_LINT_TEXT_MOST]; /* the text looked at last: spans repeat each other */
    size_t last_n;
    tm_text nearest;   /* of those seen, as it is written in a rule; empty: none */
    unsigned distance; /* of it */
} tm_lint_leaf;

/* Takes note of the subject's value, which may be gone then. */
void tm_lint_leaf_see(tm_lint_leaf *leaf, tm_arena *arena, tm_value value);

/* The attribute that the subject is, or an empty text. */
tm_text tm_lint_leaf_key(const tm_lint_leaf *leaf);

/* Whether every value that was seen is of a type that never compares with the rule's; which, and
 * how often, is that of the most. */
bool tm_lint_leaf_mistyped(const tm_lint_leaf *leaf, tm_type *type);

enum { TM_LINT_KEYS_MOST = 4096 };

/* Names of attributes of one level. */
typedef struct tm_lint_keys {
    tm_text slot[2 * TM_LINT_KEYS_MOST];
    tm_text key[TM_LINT_KEYS_MOST];
    uint32_t n;
} tm_lint_keys;

void tm_lint_keys_add(tm_lint_keys *keys, tm_arena *arena, tm_text key);
bool tm_lint_keys_has(const tm_lint_keys *keys, tm_text key);

#endif
