/* Case compare: what a test says that a span is like, and what it is like.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_COMPARE_H
#define TM_TOOLS_CASE_COMPARE_H

#include "base/buf.h"
#include "base/doc.h"

/* How many of the scalars that `expected` names are different in `span` (tools/case_seen.h). What
 * it does not name may be anything; null: absent. Lists have as many items, in the same order. */
unsigned tm_case_differs(const tm_doc *expected, const tm_doc *span);

/* Calls `tell` for each of them: the node of `expected`, and what stands there in `span`, NULL when
 * nothing does. */
typedef void (*tm_case_telling)(void *owner, const tm_doc *expected, const tm_doc *got);
void tm_case_each_difference(const tm_doc *expected, const tm_doc *span, tm_case_telling tell,
                             void *owner);

/* Appends what is expected as lines of YAML, and what of the span stands in its place. */
void tm_case_print(tm_buf *out, const tm_doc *expected);
void tm_case_print_got(tm_buf *out, const tm_doc *expected, const tm_doc *span);

/* Appends a scalar as YAML, or a tree on one line. */
void tm_case_print_flow(tm_buf *out, const tm_doc *doc);

#endif
