/* Regex inside: what searching and replacing share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_REGEX_INSIDE_H
#define TM_VM_REGEX_REGEX_INSIDE_H

#include "vm/regex/linear.h"
#include "vm/regex/re2_row.h"
#include "vm/regex/regex.h"

struct pcre2_real_code_8; /* whose header regex.c alone includes */

typedef struct tm_code {
    struct pcre2_real_code_8 *code; /* NULL: none */
    bool jit;
} tm_code;

struct tm_regex {
    tm_text pattern;
    const tm_re2 *re2;
    tm_re2_shortcut shortcut;
    tm_code search;        /* none when the shortcut is the whole expression */
    tm_code test;          /* for tests, where less than the whole expression will do */
    const tm_re2_row *row; /* asked first by tests; NULL: none */
    const tm_nfa *nfa;     /* with search.code */
    tm_code *member;       /* classes of the NFA that Unicode's tables know */
    unsigned members;
};

/* Runs code on valid UTF-8 that is short enough for it; `groups` is at most one more than the
 * expression has. TM_MATCH_BUDGET: it came to its limits, or the text is too long; ask the linear
 * engine. */
tm_match tm_regex_run(const tm_code *code, tm_matcher *matcher, tm_text text, size_t from,
                      size_t *group, unsigned groups);

/* ---- the linear engine ---- */

enum { TM_DFAS_KEPT = 16 };

/* The DFAs of a thread, of which the one unused for longest makes room. */
typedef struct tm_dfas {
    tm_arena *arena;
    tm_work *work; /* or NULL */
    uint64_t generations, asked;
    struct {
        tm_dfa *dfa;
        uint64_t used;
    } kept[TM_DFAS_KEPT];
} tm_dfas;

void tm_dfas_free(tm_dfas *all);

/* The DFA of an expression; valid until the next one is got. `ask` is called with `owner`. */
tm_dfa *tm_dfas_get(tm_dfas *all, const tm_regex *regex, bool back, tm_dfa_ask ask, void *owner);

/* The DFA of a regex, ready to run in this matcher. */
tm_dfa *tm_matcher_dfa(tm_matcher *matcher, const tm_regex *regex, bool back);

/* Is it a letter or a decimal digit of any script? For names in templates. */
bool tm_matcher_is_name_rune(tm_matcher *matcher, uint32_t rune);

/* Takes steps; false: the work is spent. */
bool tm_matcher_charge(const tm_matcher *matcher, size_t steps);

/* A subject, and the valid UTF-8 that is matched in its place. */
typedef struct tm_regex_view {
    tm_text original;
    tm_text text;
    size_t *bad; /* offsets in the original of the bytes that are U+FFFD in text, ascending */
    size_t bads;
} tm_regex_view;

tm_regex_view tm_regex_view_of(tm_arena *arena, tm_text subject);

/* An offset in the original as one in text, and back; SIZE_MAX stays. */
size_t tm_regex_view_shift(const tm_regex_view *view, size_t original);
size_t tm_regex_view_unshift(const tm_regex_view *view, size_t offset);

/* The matches of one subject, in order. */
typedef struct tm_finder {
    const tm_regex *regex;
    tm_matcher *matcher;
    tm_arena *arena; /* for what the linear engine needs */
    const tm_regex_view *view;
    tm_linear *linear; /* once it is the linear engine that searches */
} tm_finder;

/* The first match from byte `from` on, which is not before the end of the one found last. As
 * tm_regex_search; offsets are those of the original. */
tm_match tm_finder_next(tm_finder *f, size_t from, size_t *group, unsigned groups);

#endif
