/* Codes: what `tamis help CODE` says of a message.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CODES_H
#define TM_TOOLS_CODES_H

#include "base/buf.h"

/* Adds cause and mending of the code, in any case of letters, with an example where there is one.
 * False: there is no such code; *near is one like it, or empty. */
bool tm_codes_explain(tm_buf *out, tm_text code, tm_text *near);

/* Whether the word looks like a code: a letter and four digits. */
bool tm_codes_is_one(tm_text word);

#endif
