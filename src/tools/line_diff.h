/* Line diff: what differs between two texts, line by line.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LINE_DIFF_H
#define TM_TOOLS_LINE_DIFF_H

#include "base/buf.h"

/* Adds a unified diff with three lines of context; nothing where the texts are the same. Texts that
 * differ in more than a few thousand lines are shown as one change. */
void tm_line_diff(tm_buf *out, const char *old_name, tm_text old_text, const char *new_name,
                  tm_text new_text);

#endif
