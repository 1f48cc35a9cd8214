/* Print: a tree as tidy OTTL text, which reads back as the same tree.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_PRINT_H
#define TM_LANG_PRINT_H

#include "lang/tree.h"

/* Adds the text in one line: one space around operators and behind commas, parentheses as they were
 * written, numbers in the shortest form that means the same, bytes in lower-case digits. */
void tm_print_tree(const tm_tree *tree, tm_buf *out);
void tm_print_node(const tm_node *node, tm_buf *out);

/* Adds a string with its quotes and escapes. */
void tm_print_string(tm_text text, tm_buf *out);

/* Adds a finite double so that it reads as one (with a point) and as the same one. */
void tm_print_double(double number, tm_buf *out);

#endif
