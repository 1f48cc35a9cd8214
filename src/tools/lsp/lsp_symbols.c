/* LSP, document symbols: the items of a rule file, the rules of a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_describe.h"
#include "tools/lsp/lsp_diagnostics.h"
#include "tools/lsp/lsp_server.h"

/* Kinds of symbols, by LSP's numbers. */
enum { IS_MODULE = 2, IS_PROPERTY = 7, IS_FUNCTION = 12, IS_CONSTANT = 14, IS_EVENT = 24 };

static int kind_of(const tm_file_item *i)
{
    return i->kind == TM_FILE_IMPORT   ? IS_MODULE
           : i->kind == TM_FILE_OPTION ? IS_PROPERTY
           : i->kind == TM_FILE_LET    ? IS_CONSTANT
           : i->kind == TM_FILE_DEF    ? IS_FUNCTION
                                       : IS_EVENT;
}

/* The first line of a text, as far as it may be shown. */
static tm_text first_line(tm_text text)
{
    enum { SHOWN_MOST = 80 };
    size_t n = 0;
    while (n < text.n && n < SHOWN_MOST && text.p[n] != '\n' && text.p[n] != '\r')
        n++;
    while (n < text.n && n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    return tm_text_slice(text.p, n);
}

static void add_symbol(tm_buf *out, const tm_lsp_lines *lines, tm_text name, const char *detail,
                       int kind, tm_lsp_span whole, tm_lsp_span chosen)
{
    tm_lsp_open(out, NULL, '{');
    tm_lsp_add_text(out, "name", name.n ? name : TM_TEXT("?"));
    tm_lsp_add_text(out, "detail", tm_text_of(detail));
    tm_lsp_add_int(out, "kind", kind);
    tm_lsp_add_range(out, "range", lines, whole.begin, whole.end);
    tm_lsp_add_range(out, "selectionRange", lines, chosen.begin, chosen.end);
    tm_buf_add_char(out, '}');
}

static void add_item(tm_buf *out, const tm_lsp_analysis *a, const tm_file_item *i)
{
    static const char *const words[] = {
        [TM_FILE_BROKEN] = "broken", [TM_FILE_IMPORT] = "import", [TM_FILE_OPTION] = "option",
        [TM_FILE_LET] = "let",       [TM_FILE_DEF] = "def",       [TM_FILE_DROP] = "drop",
        [TM_FILE_KEEP] = "keep",     [TM_FILE_EDIT] = "edit"};
    const tm_lsp_span whole = {i->place.at, i->place.at + i->place.n};
    const tm_place name = i->name_place.n ? i->name_place : i->place;
    const tm_text text = tm_text_slice(a->source->text.p + i->place.at, i->place.n);
    add_symbol(out, &a->lines, i->name.n ? i->name : first_line(text), words[i->kind], kind_of(i),
               whole, (tm_lsp_span){name.at, name.at + name.n});
}

bool tm_lsp_document_symbol(tm_lsp_call *call)
{
    const tm_lsp_analysis *a;
    if (!tm_lsp_ask(call, &a, NULL))
        return false;
    tm_lsp_open(call->result, NULL, '[');
    for (const tm_file_item *i = a->file ? a->file->first : NULL; i; i = i->next)
        add_item(call->result, a, i);
    for (const tm_lsp_region *r = a->region; r; r = r->next) {
        const tm_lsp_span whole = {tm_lsp_file_offset(&a->lines, r->source, 0),
                                   tm_lsp_file_offset(&a->lines, r->source, r->source->text.n)};
        add_symbol(call->result, &a->lines, first_line(r->source->text),
                   r->entry == TM_STATEMENT ? "statement" : "condition", IS_EVENT, whole, whole);
    }
    tm_buf_add_char(call->result, ']');
    return true;
}
