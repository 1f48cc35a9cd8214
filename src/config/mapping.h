/* Mapping: maps that meet: keys that repeat, merge keys, one configuration over another.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_MAPPING_H
#define TM_CONFIG_MAPPING_H

#include "base/doc.h"

/* Reports each key that stands twice in the map, with both places. */
bool tm_mapping_keys_differ(tm_arena *arena, tm_diags *diags, const tm_doc *map);

/* YAML's merge key: moves into `map` what it lacks from `merge`, a map or a list of maps of which
 * earlier ones win. */
bool tm_mapping_take(tm_diags *diags, tm_doc *map, tm_doc *merge);

/* Lays one configuration over another: maps merge, all else replaces. Moves nodes of `over`. */
void tm_mapping_lay_over(tm_doc *under, tm_doc *over);

/* Puts a child under `key`, in the place of one that was there. */
void tm_mapping_put(tm_doc *map, tm_doc *child);

/* "a::b: v" at the top becomes "a: {b: v}", as in the Collector's yaml: URIs. */
void tm_mapping_split_keys(tm_arena *arena, tm_doc *map);

#endif
