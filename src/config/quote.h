/* Quote: texts and trees as YAML that reads back as the same.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_QUOTE_H
#define TM_CONFIG_QUOTE_H

#include "base/doc.h"

/* A string as a scalar: as it is where that is safe, else in quotes. Dollars are doubled, since
 * reading a configuration expands them. */
void tm_quote(tm_text text, tm_buf *out);

/* A tree in one line: {a: 1, b: [x, y]}. */
void tm_quote_flow(const tm_doc *doc, tm_buf *out);

#endif
