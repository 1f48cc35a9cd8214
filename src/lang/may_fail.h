/* May fail: conditions and values that have a result whatever the span is.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_MAY_FAIL_H
#define TM_LANG_MAY_FAIL_H

#include "lang/tree.h"

typedef enum tm_failing {
    TM_FAILS_NEVER,
    TM_FAILS_ON_NAN, /* where a NaN or an infinity has no text form, perhaps in a list or map */
    TM_FAILS_PERHAPS /* also said of what is not known */
} tm_failing;

/* Whether there are spans that make the expression a runtime error. All its paths start with a
 * context. */
tm_failing tm_may_fail(const tm_node *node);

/* The same of a statement or a condition as a whole. */
tm_failing tm_tree_may_fail(const tm_tree *tree);

/* Whether the answer may change from one time to the next for the same span: Now(), UUID(). */
bool tm_may_change(const tm_node *node);

/* Whether a path of the expression is the events of a span, as a whole. */
bool tm_mentions_events(const tm_node *node);

/* Whether there is a lambda in it. */
bool tm_mentions_lambda(const tm_node *node);

#endif
