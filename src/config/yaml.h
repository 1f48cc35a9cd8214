/* YAML: a text to a tree whose nodes know their places.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_YAML_H
#define TM_CONFIG_YAML_H

#include "base/doc.h"

enum {
    TM_YAML_MOST_BYTES = 16 << 20,
    TM_YAML_MOST_DEPTH = 32,    /* of maps and lists, aliases expanded */
    TM_YAML_MOST_ALIASES = 100, /* those inside what an alias repeats count again */
    TM_YAML_MOST_NODES = 100000 /* of the tree, aliases expanded */
};

/* Reads one YAML 1.1/1.2 document; JSON is read too. Plain scalars are typed as the Collector does
 * (scalar.h), anchors, aliases and merge keys (<<) are resolved. What an alias repeats keeps the
 * places of the original. An empty text is a null node. NULL when something is wrong, which then
 * stands in `diags`. `source` must outlive the tree. */
tm_doc *tm_yaml_read(tm_arena *arena, tm_diags *diags, const tm_source *source);

/* Where the first character of a scalar's own text stands in its source: behind a quote, or in the
 * first line of a block. */
size_t tm_yaml_text_at(const tm_doc *scalar);

/* Adds a hint to the error that the byte at `at` cannot stand there, when its line holds a value
 * that goes on behind its closing quote or bracket, when it is a tab, or when its line is indented
 * less than the one above it (which means nothing within brackets: `flow`). Returns false always.
 */
bool tm_yaml_hint(tm_diags *diags, const tm_source *source, size_t at, bool flow);

#endif
