/* Rule line: name, text and place of a rule.
 * SPDX-License-Identifier: Apache-2.0 */
#include "explain/rule_line.h"

#include "base/harmless.h"

void tm_rule_line_text(tm_buf *out, const tm_rule *rule)
{
    tm_buf text = {.arena = out->arena};
    for (size_t i = 0; i < rule->text.n; i++)
        tm_buf_add_char(&text, rule->text.p[i] == '\n' ? ' ' : rule->text.p[i]);
    tm_harmless_add(out, tm_buf_text(&text));
}

void tm_rule_line_place(tm_buf *out, const tm_screen *screen, const tm_rule *rule)
{
    if (rule->file.n && !tm_text_equal(rule->file, rule->name))
        tm_screen_print(screen, out, TM_INK_DIM, " (%.*s)", TM_PRI(rule->file));
}

void tm_rule_line_add(tm_buf *out, const tm_screen *screen, const tm_rule *rule)
{
    tm_screen_add(screen, out, TM_INK_BOLD, rule->name);
    if (rule->text.n)
        tm_buf_print(out, ": ");
    tm_rule_line_text(out, rule);
    tm_rule_line_place(out, screen, rule);
}
