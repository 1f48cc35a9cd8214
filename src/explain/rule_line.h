/* Rule line: a rule as people are shown it, on one line.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_EXPLAIN_RULE_LINE_H
#define TM_EXPLAIN_RULE_LINE_H

#include "engine/ruleset.h"
#include "explain/screen.h"

/* Appends its text, line breaks as blanks, so that no terminal obeys it. */
void tm_rule_line_text(tm_buf *out, const tm_rule *rule);

/* Appends " (FILE:LINE)", if that is known and not its name already. */
void tm_rule_line_place(tm_buf *out, const tm_screen *screen, const tm_rule *rule);

/* Appends "NAME: TEXT (FILE:LINE)". */
void tm_rule_line_add(tm_buf *out, const tm_screen *screen, const tm_rule *rule);

#endif
