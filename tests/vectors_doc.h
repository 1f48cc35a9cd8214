/* Vectors, documents: JSON as trees, OTLP/JSON to protobuf and back, and when two documents are the
 * same. SPDX-License-Identifier: Apache-2.0
 *
 * The conversion is the tests' own (driven by src/otlp/messages.def), so that it cannot hide a
 * mistake of the product's reader and writer. */
#ifndef TM_TESTS_VECTORS_DOC_H
#define TM_TESTS_VECTORS_DOC_H

#include "base/doc.h"

/* Reads one JSON value; NULL when it is not well-formed. */
tm_doc *tm_vectors_json(tm_arena *arena, tm_text text);

/* A member, or NULL; its text, or an empty one. */
tm_doc *tm_vectors_find(const tm_doc *map, const char *key);
tm_text tm_vectors_text(const tm_doc *map, const char *key);
bool tm_vectors_truth(const tm_doc *map, const char *key);

/* TracesData as OTLP/JSON to an ExportTraceServiceRequest, and back. */
tm_text tm_vectors_encode(tm_arena *arena, const tm_doc *traces);
tm_doc *tm_vectors_decode(tm_arena *arena, tm_text request);
/* The same for the body of one Span. */
tm_doc *tm_vectors_decode_span(tm_arena *arena, tm_text span);

/* The rules of compare.py: lists of attributes as sets, absent members as their defaults, doubles
 * within 1e-13, 64-bit integers as numbers or texts. NULL is an absent document. */
bool tm_vectors_same(const tm_doc *a, const tm_doc *b);
bool tm_vectors_same_number(const tm_doc *a, double b);

/* JSON on one line, for messages. */
tm_text tm_vectors_print(tm_arena *arena, const tm_doc *doc);

#endif
