/* Walk: one pass over an item's bytes that checks everything and fills what rules ask for.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_WALK_H
#define TM_OTLP_WALK_H

#include "otlp/structure.h"
#include "otlp/item.h"

/* Reads item->raw, a message of the item's level, into fields and slots. The item was reset before.
 * BAD_UTF8: everything was read all the same. */
tm_soundness tm_item_walk(tm_item *item, tm_fault *fault);

enum { TM_LINK_TRACE_ID = TM_NUMBER_LINK_trace_id, TM_LINK_SPAN_ID = TM_NUMBER_LINK_span_id };

/* Bit per field of a link, whose structure was checked, that holds an id of zeros only: none, which
 * is left out of what leaves. Of several ids in one field the last one counts. */
unsigned tm_link_zero_ids(tm_text link);

#endif
