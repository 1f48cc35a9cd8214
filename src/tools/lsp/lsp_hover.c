/* LSP, hover: the manual of what stands under the cursor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/functions.h"
#include "tools/lsp/lsp_case.h"
#include "tools/lsp/lsp_describe.h"
#include "tools/lsp/lsp_scan.h"
#include "tools/lsp/lsp_server.h"
#include "tools/lsp/lsp_uses.h"

/* Markdown of a name and where it stands in the text. */
typedef struct hovering {
    const tm_lsp_analysis *analysis;
    tm_buf out;
    tm_place place;
} hovering;

static void describe_rules_file(hovering *h, const tm_lsp_use *use)
{
    tm_buf_print(&h->out, "    import \"%.*s\"\n\n", TM_PRI(use->name));
    if (use->target.source)
        tm_buf_print(&h->out, "%.*s\n", TM_PRI(use->target.source->name));
    for (const tm_unit_file *f = h->analysis->unit.first; f; f = f->next)
        for (const tm_file_item *i = f->file->source == use->target.source ? f->file->first : NULL;
             i; i = i->next)
            if (i->kind == TM_FILE_DEF || i->kind == TM_FILE_LET)
                tm_buf_print(&h->out, "\n    %.*s", TM_PRI(tm_lsp_item_head(h->out.arena, i)));
}

static void describe_label(hovering *h, const tm_lsp_use *use)
{
    for (const tm_file_item *i = h->analysis->file->first; i; i = i->next)
        if (i->name_place.at == use->place.at && tm_lsp_is_rule(i))
            tm_lsp_describe_item(&h->out, h->analysis->source, i);
}

static bool describe_use(hovering *h, size_t at)
{
    const tm_lsp_analysis *a = h->analysis;
    const tm_lsp_use *use =
        a->file ? tm_lsp_use_at(tm_lsp_uses_of(h->out.arena, &a->unit, a->file), at) : NULL;
    if (!use)
        return false;
    h->place = use->place;
    if (use->definition)
        tm_lsp_describe_item(&h->out, use->definition->source, use->definition->item);
    else if (use->kind == TM_LSP_USE_LABEL)
        describe_label(h, use);
    else if (use->kind == TM_LSP_USE_IMPORT)
        describe_rules_file(h, use);
    else if (use->kind == TM_LSP_USE_PARAMETER)
        tm_buf_print(&h->out, "    %.*s\n\nA parameter.\n", TM_PRI(use->name));
    return h->out.n > 0;
}

/* What needs no tree. */
static void describe_word(hovering *h, const tm_lsp_spot *spot)
{
    tm_lsp_token token, next;
    const bool file = h->analysis->file != NULL;
    if (!tm_lsp_token_at(spot->text, file, spot->at, &token, &next) || token.kind != TM_LSP_WORD)
        return;
    const tm_text word = tm_text_slice(spot->text.p + token.at, token.n);
    const tm_function *f = tm_function_find(word);
    const tm_path *path = tm_lsp_path_find(word, spot->region ? spot->region->level : TM_SPAN);
    const tm_definition *d = tm_definition_find(&h->analysis->unit.definitions, word);
    h->place = (tm_place){(uint32_t)token.at, (uint32_t)token.n};
    if (f)
        tm_functions_print(f, &h->out);
    else if (d)
        tm_lsp_describe_item(&h->out, d->source, d->item);
    else if (path)
        tm_lsp_describe_path(&h->out, path);
    else
        tm_lsp_describe_symbol(&h->out, word);
}

/* Where Markdown is shown as it stands, the signature says what the heading says. */
static tm_text without_heading(tm_text text)
{
    tm_text rest = text, line;
    return tm_text_starts(text, TM_TEXT("### ")) && tm_text_next(&rest, '\n', &line)
               ? tm_text_trim(rest)
               : text;
}

static void answer(tm_lsp_call *call, const tm_lsp_lines *lines, tm_text text, tm_lsp_span span)
{
    const bool plain = call->server->plain;
    tm_lsp_open(call->result, NULL, '{');
    tm_lsp_open(call->result, "contents", '{');
    tm_lsp_add_text(call->result, "kind", plain ? TM_TEXT("plaintext") : TM_TEXT("markdown"));
    tm_lsp_add_text(call->result, "value", plain ? without_heading(text) : text);
    tm_buf_add_char(call->result, '}');
    tm_lsp_add_range(call->result, "range", lines, span.begin, span.end);
    tm_buf_add_char(call->result, '}');
}

/* Of a file of tests: the rule that it names. */
static void hover_over_case(tm_lsp_call *call, const tm_lsp_analysis *a, size_t at)
{
    tm_buf out = {.arena = call->arena};
    tm_lsp_span name;
    const tm_unit_rule *rule = tm_lsp_case_name_at(a, at, &name) ? tm_lsp_case_rule(a, name) : NULL;
    if (!rule)
        return;
    tm_lsp_describe_item(&out, rule->file->source, rule->item);
    answer(call, &a->lines, tm_buf_text(&out), name);
}

bool tm_lsp_hover(tm_lsp_call *call)
{
    const tm_lsp_analysis *a;
    tm_lsp_spot spot;
    size_t at;
    if (!tm_lsp_ask(call, &a, &at))
        return false;
    if (!tm_lsp_spot_at(a, at, &spot)) {
        hover_over_case(call, a, at);
        return true;
    }
    hovering h = {.analysis = a, .out = {.arena = call->arena}};
    if (!describe_use(&h, spot.at))
        describe_word(&h, &spot);
    if (!h.out.n)
        return true;
    const tm_source *source = spot.region ? spot.region->source : a->source;
    answer(call, &a->lines, tm_buf_text(&h.out),
           (tm_lsp_span){tm_lsp_file_offset(&a->lines, source, h.place.at),
                         tm_lsp_file_offset(&a->lines, source, h.place.at + h.place.n)});
    return true;
}
