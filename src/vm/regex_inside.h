/* Regex inside: what searching and replacing share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_INSIDE_H
#define TM_VM_REGEX_INSIDE_H

#include "vm/regex.h"

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
