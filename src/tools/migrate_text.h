/* Migrate, text: a configuration that is changed in places, whose lines remember where they came
 * from.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_MIGRATE_TEXT_H
#define TM_TOOLS_MIGRATE_TEXT_H

#include "base/doc.h"

/* `cut` bytes at `at` go, `put` comes in their place. */
typedef struct tm_migrate_edit {
    size_t at, cut, number;
    tm_text put;
} tm_migrate_edit;

typedef struct tm_migrate_text {
    tm_arena *arena;
    tm_text text;
    const unsigned *lines; /* of each line of `text`: its line in the file, from 1 */
    size_t line_count;
    tm_buf edits; /* tm_migrate_edit */
} tm_migrate_text;

/* `first_line`: of the text in its file, from 1. */
void tm_migrate_text_init(tm_migrate_text *t, tm_arena *arena, tm_text text, unsigned first_line);

/* Notes an edit of the text as it is. Cuts may overlap; what is put inside of one stays. */
void tm_migrate_text_edit(tm_migrate_text *t, size_t at, size_t cut, tm_text put);

/* Applies what was noted. True when something was. */
bool tm_migrate_text_apply(tm_migrate_text *t);

/* The line of the file that the byte comes from. */
unsigned tm_migrate_text_line(const tm_migrate_text *t, size_t at);

/* ---- where nodes stand --------------------------------------------------------------------------
 *
 * A node that an alias repeats stands where its anchor is; what the alias itself takes is told for
 * values of maps alone. */

/* The first byte of a node: its key, or the dash of a block list's item. */
size_t tm_migrate_start(tm_text text, const tm_doc *node);

/* Behind its last byte, trailing comments not counted. */
size_t tm_migrate_end(tm_text text, const tm_doc *node);

/* Is the list or map written in brackets? */
bool tm_migrate_in_brackets(tm_text text, const tm_doc *list_or_map);

/* Columns before the first character of the byte's line that is no blank. */
size_t tm_migrate_indent(tm_text text, size_t at);

/* Where the line of the byte starts, and where the next one does, or the text ends. */
size_t tm_migrate_line_start(tm_text text, size_t at);
size_t tm_migrate_line_end(tm_text text, size_t at);

/* Several nodes. */
typedef struct tm_migrate_nodes {
    tm_buf nodes; /* const tm_doc * */
} tm_migrate_nodes;

bool tm_migrate_nodes_have(const tm_migrate_nodes *all, const tm_doc *node);
void tm_migrate_nodes_add(tm_migrate_nodes *all, const tm_doc *node);

/* Notes the edits that take the nodes out, with their own comments: those that stand right above a
 * node at its column, and those further in below it. */
void tm_migrate_cut(tm_migrate_text *t, const tm_migrate_nodes *all);

#endif
