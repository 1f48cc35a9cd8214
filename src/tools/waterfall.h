/* Waterfall: the spans of a trace below their parents, each with a bar for its time.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_WATERFALL_H
#define TM_TOOLS_WATERFALL_H

#include "tools/repl.h"

/* Shows the trace of the current span: as a list by time, or as a tree. The spans that the rules
 * drop are struck through; a span whose parent is not there is an orphan, which is said, and so is
 * one whose parent the rules drop. */
void tm_waterfall_list(tm_repl *repl);
void tm_waterfall_draw(tm_repl *repl);

#endif
