/* Tree: a JSON document as values, for formats whose members may come in any order.
 * For this module only. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TRANSLATE_JSON_TREE_H
#define TM_TRANSLATE_JSON_TREE_H

#include "otlp/value.h"

/* Reads the document: maps, lists, strings, bools, nil; whole numbers that fit are ints. Of a
 * member given twice the first counts. False with a sentence in *error. */
bool tm_tree_read(tm_arena *arena, tm_text json, tm_value *root, tm_text *error);

/* A member of `map`: nil when there is none, or when `map` is no map. */
tm_value tm_tree_member(tm_value map, const char *key);

/* The same of one type; without one the text is empty, the map or list NULL, the number 0. Numbers
 * may be strings. */
tm_text tm_tree_text(tm_value map, const char *key);
const tm_map *tm_tree_map(tm_value map, const char *key);
const tm_list *tm_tree_list(tm_value map, const char *key);
int64_t tm_tree_int(tm_value map, const char *key);

/* An id of up to 2 * n hex digits as n bytes, zeros in front. False when it is none. */
bool tm_tree_id(tm_arena *arena, tm_text hex, size_t n, tm_text *id);

#endif
