/* Rule item: what reading lines and reading the head of an item share. For rule_*.c only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_RULE_ITEM_H
#define TM_LANG_RULE_ITEM_H

#include "lang/rule_file.h"

typedef struct tm_rule_reader {
    tm_arena *arena;
    tm_diags *diags;
    const tm_source *source;
    tm_rule_file *file;
    tm_comment *last_comment;
    tm_comment *above; /* the first of the comments directly above the next item, or NULL */
} tm_rule_reader;

static inline bool tm_rule_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static inline tm_text tm_rule_text_at(const tm_rule_reader *r, tm_place place)
{
    return tm_text_slice(r->source->text.p + place.at, place.n);
}

/* Reads the item whose place is set: kind, names and tree. What is wrong is told. */
void tm_rule_item_read(tm_rule_reader *r, tm_file_item *item);

#endif
