/* LSP, formatting: what `tamis fmt` makes of a rule file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/rule_format.h"
#include "tools/lsp/lsp_server.h"

/* Whole lines that both texts have in common at their start, in bytes. */
static size_t same_start(tm_text a, tm_text b)
{
    size_t n = 0;
    for (size_t i = 0; i < a.n && i < b.n && a.p[i] == b.p[i]; i++)
        if (a.p[i] == '\n')
            n = i + 1;
    return n;
}

/* The same at their end, not before `start`. */
static size_t same_end(tm_text a, tm_text b, size_t start)
{
    size_t n = 0;
    for (size_t i = 1; i <= a.n - start && i <= b.n - start && a.p[a.n - i] == b.p[b.n - i]; i++)
        if (i == a.n - start || a.p[a.n - i - 1] == '\n')
            n = i;
    return n;
}

bool tm_lsp_formatting(tm_lsp_call *call)
{
    const tm_lsp_analysis *a;
    tm_diags diags = {.arena = call->arena};
    tm_buf tidy = {.arena = call->arena};
    if (!tm_lsp_ask(call, &a, NULL))
        return false;
    if (!a->source) /* YAML has formatters of its own */
        return true;
    const tm_rule_file *file = tm_rule_file_read(call->arena, &diags, a->source);
    if (diags.errors)
        return tm_lsp_fail(call, TM_LSP_REQUEST_FAILED, "the file has errors, and stays as it is");
    tm_rule_format(file, &tidy);
    const tm_text old = a->lines.text, now = tm_buf_text(&tidy);
    tm_lsp_open(call->result, NULL, '[');
    if (!tm_text_equal(old, now)) {
        const size_t start = same_start(old, now), end = same_end(old, now, start);
        tm_lsp_open(call->result, NULL, '{');
        tm_lsp_add_range(call->result, "range", &a->lines, start, old.n - end);
        tm_lsp_add_text(call->result, "newText", tm_text_slice(now.p + start, now.n - end - start));
        tm_buf_add_char(call->result, '}');
    }
    tm_buf_add_char(call->result, ']');
    return true;
}
