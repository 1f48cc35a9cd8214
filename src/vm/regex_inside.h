/* Regex inside: what searching and replacing share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_INSIDE_H
#define TM_VM_REGEX_INSIDE_H

#include "vm/nfa.h"
#include "vm/re2_row.h"
#include "vm/regex.h"

struct pcre2_real_code_8; /* whose header regex.c alone includes */

typedef struct tm_code {
    struct pcre2_real_code_8 *code; /* NULL: none */
    bool jit;
} tm_code;

struct tm_regex {
    tm_text pattern;
    const tm_re2 *re2;
    tm_re2_shortcut shortcut;
    tm_code search;           /* none when the shortcut is the whole expression */
    tm_code test;             /* for tests, where less than the whole expression will do */
    const tm_re2_row *row;    /* asked first by tests; NULL: none */
    const tm_nfa *nfa;        /* NULL: PCRE2 searches */
    struct tm_member *member; /* classes of the NFA */
    unsigned members;
};

/* Runs code or NFA on valid UTF-8; `groups` is at most one more than the expression has. */
tm_match tm_regex_run(const tm_code *code, tm_matcher *matcher, tm_text text, size_t from,
                      size_t *group, unsigned groups);
tm_match tm_regex_run_nfa(const tm_regex *regex, tm_matcher *matcher, tm_text text, size_t from,
                          size_t *group, unsigned groups);

/* Is it a letter or a decimal digit of any script? For names in templates. */
bool tm_regex_is_name_rune(tm_arena *arena, uint32_t rune);

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

/* As tm_regex_search; offsets are those of the original. */
tm_match tm_regex_search_view(const tm_regex *regex, tm_matcher *matcher, const tm_regex_view *view,
                              size_t from, size_t *group, unsigned groups);

#endif
