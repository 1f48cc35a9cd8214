/* Regex: RE2 expressions (Go's dialect), checked by our own grammar, run by PCRE2 with JIT where
 * that cannot take long, and by our own machine in linear time everywhere else.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_REGEX_H
#define TM_VM_REGEX_REGEX_H

#include "base/buf.h"
#include "base/work.h"

typedef struct tm_regex tm_regex;

/* Per-thread match memory: match data, JIT stack, match context with the limits. Freed by its
 * arena's cleanup. */
typedef struct tm_matcher tm_matcher;
tm_matcher *tm_matcher_new(tm_arena *arena);

/* Charges what searches cost to `work`; NULL, as at first: to nobody. */
void tm_matcher_set_work(tm_matcher *matcher, tm_work *work);

/* Up to how many bytes a subject is tried with PCRE2 first; 0: never, which tests want. */
void tm_matcher_set_short(tm_matcher *matcher, size_t bytes);

/* Compiles an RE2 pattern; the code is freed with the arena. NULL when RE2 would refuse the
 * pattern: *error then says why in one sentence, *at is the byte offset in the pattern. */
tm_regex *tm_regex_new(tm_arena *arena, tm_text pattern, tm_text *error, size_t *at);

typedef enum tm_match { TM_NO_MATCH, TM_MATCH, TM_MATCH_BUDGET } tm_match;

/* Leftmost-first search in subject from byte `from` on; an invalid byte matches as U+FFFD of
 * width 1, as in Go. group[2*i], group[2*i+1] receive byte offsets in the original subject of
 * group i (SIZE_MAX: did not take part) for i < groups, group 0 being the whole match; groups
 * may be 0. TM_MATCH_BUDGET: the work is spent (tm_matcher_set_work). What `arena` is used for
 * is given back. */
tm_match tm_regex_search(const tm_regex *regex, tm_matcher *matcher, tm_arena *arena,
                         tm_text subject, size_t from, size_t *group, unsigned groups);

/* True when it matches anywhere; the fast way for IsMatch (literal prefixes, memmem, ... where
 * they fit). */
tm_match tm_regex_test(const tm_regex *regex, tm_matcher *matcher, tm_arena *arena,
                       tm_text subject);

/* What an expression comes down to when a literal alone decides whether it matches. */
typedef enum tm_literal_place {
    TM_LITERAL_NONE, /* it is no such expression */
    TM_LITERAL_ANYWHERE,
    TM_LITERAL_FIRST,
    TM_LITERAL_LAST,
    TM_LITERAL_ALL
} tm_literal_place;
typedef struct tm_literal {
    tm_literal_place place; /* where a subject that matches has the text */
    tm_text text;
} tm_literal;
tm_literal tm_regex_literal(const tm_regex *regex);

tm_text tm_regex_pattern(const tm_regex *regex); /* as it was given, for listings */
unsigned tm_regex_groups(const tm_regex *regex); /* capturing groups, without group 0 */
tm_text tm_regex_group_name(const tm_regex *regex, unsigned i); /* 1-based; empty: unnamed */

/* Replaces all matches as Go's ReplaceAllString does (empty matches included). expand(owner,
 * ...) appends the replacement of one match to out; groups counts group 0, too. False stops (its
 * owner keeps the reason): *stopped is then true. *result is the subject itself when nothing
 * matched. */
typedef bool (*tm_regex_expander)(void *owner, tm_text subject, const size_t *group,
                                  unsigned groups, tm_buf *out);
tm_match tm_regex_replace(const tm_regex *regex, tm_matcher *matcher, tm_arena *arena,
                          tm_text subject, tm_regex_expander expand, void *owner, tm_text *result,
                          bool *stopped);

/* Appends `template` with $1, ${1}, $name, ${name} and $$ expanded as Go's Regexp.Expand does. */
void tm_regex_expand(const tm_regex *regex, tm_matcher *matcher, tm_text template, tm_text subject,
                     const size_t *group, unsigned groups, tm_buf *out);

/* "PCRE2 10.42 2022-12-11, JIT x86 64bit (little endian + unaligned), Unicode 14.0.0"; "no JIT"
 * warns that matching is slow and its budget tight. */
tm_text tm_regex_engine(tm_arena *arena);

/* The version of PCRE2, or of its Unicode tables. */
tm_text tm_regex_version(tm_arena *arena, bool unicode);

#endif
