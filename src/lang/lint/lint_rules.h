/* Lint: rules that build and yet do not do what they seem to; each finding is a warning.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Codes: W0601 always true, W0602 never true, W0603 out of range, W0604 type against the semantic
 * conventions, W0605 pattern compared as text, W0606 pattern without anchor, W0607 anchor of one
 * alternative, W0608 dot in a host name, W0609 replacement, W0610 nothing gets here, W0611
 * shadowed, W0612 given twice, W0613 what it is about was dropped, W0614 idle alternative, W0615
 * spans without parent, W0616 unused definition, W0617 unused import, W0618 condition without verb,
 * W0619 star of a glob.
 */
#ifndef TM_LANG_LINT_RULES_H
#define TM_LANG_LINT_RULES_H

#include "lang/rule_unit.h"

typedef enum tm_lint_kind {
    TM_LINT_DROP,
    TM_LINT_KEEP,
    TM_LINT_EDIT, /* a statement; without a tree: something that edits and is no OTTL */
    TM_LINT_ASK   /* a condition that says whether statements run */
} tm_lint_kind;

/* A rule, from a rule file or a configuration. The caller fills it up to `tree`. */
typedef struct tm_lint_rule {
    struct tm_lint_rule *next;
    tm_lint_kind kind;
    unsigned group; /* rules of one processor: `keep` has no effect beyond it */
    tm_level level;
    tm_path_mode mode;
    const tm_definitions *definitions; /* or NULL */
    const tm_source *source;
    tm_place place; /* of the whole rule */
    tm_text name;
    const tm_tree *tree;
    struct tm_expr *editor;    /* of a statement */
    struct tm_expr *condition; /* NULL: none, or it has errors */
    bool sound;                /* it builds */
    bool odd;                  /* it has been told to be always or never true, or in part */
} tm_lint_rule;

typedef struct tm_lint {
    tm_arena *arena;
    tm_diags *diags;
    tm_lint_rule *first, *last; /* in the order in which they run */
    tm_need_table *needs;       /* what the rules read; the caller's */
    struct tm_matcher *matcher;
    unsigned steps; /* of comparing conditions; there is a most */
} tm_lint;

/* A rule at the end of the list; its fields are the caller's to fill. */
tm_lint_rule *tm_lint_add(tm_lint *lint);

/* The rules of a unit, behind those that are there. */
void tm_lint_add_unit(tm_lint *lint, const tm_rule_unit *unit, unsigned group);

/* Warns about the rules of the list, by themselves and beside each other. Rules with errors are
 * passed over without a word. */
void tm_lint_rules(tm_lint *lint);

/* Whether a rule before it may edit what its condition reads. */
bool tm_lint_is_edited(const tm_lint *lint, const tm_lint_rule *rule);

/* Warns about texts that stand in a configuration as they are: of match_type regexp, and strict. */
void tm_lint_plain_regex(tm_lint *lint, const tm_source *source, tm_place place, tm_text text);
void tm_lint_plain_text(tm_lint *lint, const tm_source *source, tm_place place, tm_text text);

/* Warns about lets, defs, imports and bare conditions of the files among `sources`. */
void tm_lint_files(tm_lint *lint, const tm_rule_unit *unit, const tm_source *const *sources,
                   size_t n);

#endif
