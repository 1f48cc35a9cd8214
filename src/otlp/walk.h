/* Walk: one pass over an item's bytes that checks everything and fills what rules ask for.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_WALK_H
#define TM_OTLP_WALK_H

#include "otlp/check.h"
#include "otlp/item.h"

/* Reads item->raw, a message of the item's level, into fields and slots. The item was reset before.
 * BAD_UTF8: everything was read all the same. */
tm_soundness tm_item_walk(tm_item *item, tm_fault *fault);

#endif
