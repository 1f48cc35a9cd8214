/* LSP, synchronisation: documents are opened, changed and closed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_server.h"

/* By the name; the client's word only where that says nothing: eglot 1.9 has one for all documents
 * of a server. */
static tm_lsp_language language_of(tm_text id, tm_text uri)
{
    if (tm_text_ends(uri, TM_TEXT(".ottl")))
        return TM_LSP_OTTL;
    if (tm_text_ends(uri, TM_TEXT(".yaml")) || tm_text_ends(uri, TM_TEXT(".yml")))
        return TM_LSP_YAML;
    return tm_text_is(id, "ottl")   ? TM_LSP_OTTL
           : tm_text_is(id, "yaml") ? TM_LSP_YAML
                                    : TM_LSP_OTHER;
}

static bool put(tm_lsp_call *call, tm_text uri, tm_lsp_language language, tm_text text)
{
    tm_lsp *s = call->server;
    const int64_t version = tm_lsp_int(call->params, "textDocument.version");
    if (text.n > TM_RULE_FILE_MOST_BYTES)
        return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS, "%.*s is larger than 16 MiB", TM_PRI(uri));
    if (!tm_lsp_document_put(&s->files, uri, language, text, version))
        tm_arena_out_of_memory(call->arena);
    return true;
}

bool tm_lsp_did_open(tm_lsp_call *call)
{
    const tm_text uri = tm_lsp_text(call->params, "textDocument.uri");
    const tm_doc *text = tm_lsp_at(call->params, "textDocument.text");
    const tm_text id = tm_lsp_text(call->params, "textDocument.languageId");
    if (!uri.n || !text || text->type != TM_DOC_STRING)
        return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS, "params.textDocument has no uri or text");
    if (!call->document && call->server->files.count == TM_LSP_DOCUMENTS_MOST)
        return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS, "more than %d documents are open",
                           TM_LSP_DOCUMENTS_MOST);
    return put(call, uri, language_of(id, uri), text->text);
}

/* One change of a list: of a range, or of all of the text. */
static bool apply(tm_lsp_call *call, const tm_doc *change, tm_text *text)
{
    const tm_doc *range = tm_lsp_at(change, "range"), *with = tm_lsp_at(change, "text");
    size_t begin, end;
    tm_buf out = {.arena = call->arena};
    if (!with || with->type != TM_DOC_STRING)
        return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS, "a change has no text");
    if (!range) {
        *text = with->text;
        return true;
    }
    const tm_lsp_lines lines = tm_lsp_lines_of(call->arena, *text, call->server->bytes);
    if (!tm_lsp_offset_of(&lines, tm_lsp_at(range, "start"), &begin) ||
        !tm_lsp_offset_of(&lines, tm_lsp_at(range, "end"), &end) || begin > end)
        return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS, "a change has no range");
    if (text->n - (end - begin) + with->text.n > TM_RULE_FILE_MOST_BYTES)
        return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS, "the text is larger than 16 MiB");
    tm_buf_add(&out, tm_text_slice(text->p, begin));
    tm_buf_add(&out, with->text);
    tm_buf_add(&out, tm_text_skip(*text, end));
    *text = tm_buf_text(&out);
    return true;
}

/* The changes of one notification. */
typedef struct changing {
    tm_lsp_call *call;
    const tm_doc *changes;
    tm_bytes text; /* so far */
    bool ok;
} changing;

/* Each change gives the one behind it its text, whose memory is given back when that is done. */
static void change_all(void *argument)
{
    changing *c = argument;
    tm_arena *arena = c->call->arena;
    tm_lsp_document *d = c->call->document;
    if (!tm_bytes_add(&c->text, d->text))
        tm_arena_out_of_memory(arena);
    c->ok = true;
    for (const tm_doc *one = c->changes->first; one && c->ok; one = one->next) {
        const tm_arena_mark mark = tm_arena_save(arena);
        tm_text now = tm_bytes_text(&c->text);
        tm_bytes next = {0};
        c->ok = apply(c->call, one, &now);
        if (!c->ok)
            return;
        if (!tm_bytes_add(&next, now))
            tm_arena_out_of_memory(arena);
        tm_bytes_free(&c->text);
        c->text = next;
        tm_arena_restore(arena, mark);
    }
    c->ok = put(c->call, d->uri, d->language, tm_bytes_text(&c->text));
}

static void free_change(void *argument)
{
    tm_bytes_free(&((changing *)argument)->text);
}

bool tm_lsp_did_change(tm_lsp_call *call)
{
    changing c = {.call = call, .changes = tm_lsp_at(call->params, "contentChanges")};
    if (!call->document || !c.changes || c.changes->type != TM_DOC_LIST)
        return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS,
                           "params names no open document, or no changes");
    tm_arena_finally(call->arena, change_all, free_change, &c);
    return c.ok;
}

/* The client shows no diagnostics of what it has closed. */
bool tm_lsp_did_close(tm_lsp_call *call)
{
    tm_lsp *s = call->server;
    if (!call->document)
        return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS,
                           "params.textDocument names no open document");
    tm_buf params = {.arena = call->arena};
    tm_lsp_open(&params, NULL, '{');
    tm_lsp_add_text(&params, "uri", call->document->uri);
    tm_buf_add(&params, TM_TEXT(",\"diagnostics\":[]}"));
    tm_lsp_document_close(&s->files, call->document);
    tm_lsp_notify(s, "textDocument/publishDiagnostics", tm_buf_text(&params));
    return true;
}

/* Files that are read and not open may have been written. */
bool tm_lsp_did_save(tm_lsp_call *call)
{
    tm_lsp_forget(&call->server->files, NULL);
    return true;
}

bool tm_lsp_did_change_files(tm_lsp_call *call)
{
    tm_lsp *s = call->server;
    const tm_doc *changes = tm_lsp_at(call->params, "changes");
    tm_lsp_forget(&s->files, NULL);
    for (const tm_doc *c = changes ? changes->first : NULL; c; c = c->next) {
        const tm_text path = tm_lsp_path_of(call->arena, tm_lsp_text(c, "uri"));
        for (size_t i = 0; i < s->recordings.count; i++)
            if (tm_lsp_same_file(path, s->recordings.items[i]))
                tm_lsp_forget_recording(s);
    }
    return true;
}
