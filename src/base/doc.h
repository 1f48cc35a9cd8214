/* Document: a tree of maps, lists and scalars read from YAML or JSON, every node with its place.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_DOC_H
#define TM_BASE_DOC_H

#include "base/diag.h"

typedef enum tm_doc_type {
    TM_DOC_NULL,
    TM_DOC_BOOL,
    TM_DOC_INT,
    TM_DOC_DOUBLE,
    TM_DOC_STRING,
    TM_DOC_LIST,
    TM_DOC_MAP
} tm_doc_type;

/* A node. Children of a list or map are linked by `next`, in source order; keys of a map are
 * unique. */
typedef struct tm_doc {
    tm_doc_type type;
    bool quoted;   /* a string that was quoted, or a block scalar */
    bool expanded; /* the value of one ${...}, which `text` is, whatever the type */
    const tm_source *source;
    tm_place place;
    tm_place key_place;
    tm_text key;  /* in a map: this child's key */
    tm_text text; /* scalars: the text as written, after expansion and unquoting */
    union {
        bool truth;
        int64_t integer;
        double number;
    };
    struct tm_doc *first, *last; /* children */
    struct tm_doc *next;
    struct tm_doc *parent;
} tm_doc;

tm_doc *tm_doc_new(tm_arena *arena, tm_doc_type type);
void tm_doc_append(tm_doc *parent, tm_doc *child);

/* The child of a map with that key, or NULL (also when `map` is NULL or no map). */
tm_doc *tm_doc_find(const tm_doc *map, tm_text key);

/* "processors.filter.traces.span[3]": where the node hangs, for messages. */
tm_text tm_doc_path(tm_arena *arena, const tm_doc *doc);

const char *tm_doc_type_name(tm_doc_type type); /* "a map", "a list", "a string", "an int", ... */

#endif
