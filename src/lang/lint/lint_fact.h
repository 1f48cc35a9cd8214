/* Lint, facts: what follows from a condition that holds. For lint_*.c only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_LINT_FACT_H
#define TM_LANG_LINT_FACT_H

#include "lang/lint/lint_rules.h"
#include "lang/resolve.h"
#include "vm/regex/regex.h"

/* A condition, or its opposite. */
typedef struct tm_lint_claim {
    const tm_expr *e;
    bool negated;
} tm_lint_claim;

/* What a condition without `and`, `or` and `not` says. */
typedef enum tm_fact_kind {
    TM_FACT_OTHER,
    TM_FACT_COMPARE, /* subject op value */
    TM_FACT_MATCH,   /* IsMatch(subject, regex) */
    TM_FACT_AFFIX    /* HasPrefix or HasSuffix, as a literal at a place */
} tm_fact_kind;

typedef struct tm_fact {
    tm_fact_kind kind;
    bool negated;
    tm_operator op;
    const tm_expr *subject; /* a path or call */
    tm_value value;
    const struct tm_regex *regex;
    tm_literal literal; /* MATCH, AFFIX: TM_LITERAL_NONE when it is no such expression */
} tm_fact;

tm_fact tm_fact_of(tm_lint_claim claim);

/* Whether both yield the same for the same span, as far as can be told by looking. */
bool tm_lint_same(const tm_expr *a, const tm_expr *b);

/* Without `not` in front. */
tm_lint_claim tm_lint_claim_of(const tm_expr *e, bool negated);
tm_lint_claim tm_lint_opposite(tm_lint_claim claim);

/* Whether `a` holds wherever `b` does. False: it need not, or nobody can tell. */
bool tm_lint_implies(tm_lint *lint, tm_lint_claim b, tm_lint_claim a);

/* `and` of this claim or `or`: TM_EXPR_AND of a negated `or`, too; else its own kind. */
tm_expr_kind tm_lint_kind_of(tm_lint_claim claim);

/* Calls `visit` for each path of the expression, those of arguments and lambdas included, until it
 * returns true, which is then returned. */
typedef bool (*tm_lint_visit)(void *owner, const tm_expr *e);
bool tm_lint_find(const tm_expr *e, tm_lint_visit visit, void *owner);

/* What the source says at the expression's place. */
tm_text tm_lint_written(const tm_source *source, tm_place place);

void tm_lint_conditions(tm_lint *lint, const tm_lint_rule *rule);
void tm_lint_range(tm_lint *lint, const tm_lint_rule *rule, tm_lint_claim leaf);
void tm_lint_patterns(tm_lint *lint, const tm_source *source, const tm_definitions *definitions,
                      const tm_tree *tree);
void tm_lint_orphans(tm_lint *lint, const tm_lint_rule *rule);
void tm_lint_order(tm_lint *lint);
void tm_lint_unused(tm_lint *lint, const tm_rule_unit *unit, const tm_unit_file *file);

#endif
