/* Rule format: a rule file in its tidy form.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_RULE_FORMAT_H
#define TM_LANG_RULE_FORMAT_H

#include "lang/rule_file.h"

enum { TM_FORMAT_WIDTH = 100 };

/* Adds the file with one layout: each item as lang/print writes it, broken at `and`, `or`, `where`
 * and the items of lists where it is wider than TM_FORMAT_WIDTH; labels of neighbouring rules in
 * one column; comments where they stood; at most one empty line between items. An item with a
 * comment inside keeps its lines. What it yields formats to itself and compiles to the same. The
 * file has no errors. */
void tm_rule_format(const tm_rule_file *file, tm_buf *out);

#endif
