/* Case input: the recordings of a test, read whole.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_INPUT_H
#define TM_TOOLS_CASE_INPUT_H

#include "base/arena.h"

/* Appends the requests that a recording of any format holds. False: *why is a clause, with the
 * position where there is one. */
bool tm_case_input_read(tm_arena *arena, tm_text path, tm_texts *requests, tm_text *why);

/* Appends a request. */
void tm_case_input_add(tm_arena *arena, tm_texts *requests, tm_text request);

#endif
