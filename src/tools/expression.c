/* Expression: reading.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/expression.h"

/* An editor's name is in lower case, with its arguments behind it. */
static bool is_statement(tm_text text)
{
    size_t n = 0;
    text = tm_text_trim(text);
    while (n < text.n && ((text.p[n] >= 'a' && text.p[n] <= 'z') || text.p[n] == '_'))
        n++;
    if (n == 3 && tm_text_starts(text, TM_TEXT("not")))
        return false;
    return n && n < text.n && text.p[n] == '(';
}

tm_tree *tm_expression_parse(tm_arena *arena, tm_diags *diags, const tm_source *source)
{
    if (is_statement(source->text))
        return tm_parse(arena, diags, source, TM_STATEMENT);
    return tm_parse_body(arena, diags, source, (tm_place){.at = 0, .n = (uint32_t)source->text.n});
}
