/* Functions: the reference page of the language's functions.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_FUNCTIONS_H
#define TM_TOOLS_FUNCTIONS_H

#include "base/buf.h"

/* Every function with signature, manual, origin, errors and examples, and the data behind them, as
 * Markdown. */
void tm_functions_manual(tm_buf *out);

/* Whether there is a function of that name. */
bool tm_functions_know(tm_text name);

/* The manual of one function. */
struct tm_function;
void tm_functions_print(const struct tm_function *function, tm_buf *out);

#endif
