/* LSP, initialize: what client and server can, and the settings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_server.h"

#include "tools/complain.h"
#include "tools/lsp/lsp_tokens.h"

enum { FOLDERS_MOST = 32, PATHS_MOST = 256 };

const tm_lsp_method *tm_lsp_methods(void)
{
    static const tm_lsp_method methods[] = {
#define REQUEST(name, symbol) {name, tm_lsp_##symbol, true},
#define NOTICE(name, symbol) {name, tm_lsp_##symbol, false},
#include "tools/lsp/lsp_methods.def"
#undef REQUEST
#undef NOTICE
        {0}};
    return methods;
}

/* ---- settings -------------------------------------------------------------------------------- */

/* Relative to the first folder of the workspace. */
static tm_texts paths_of(tm_lsp *s, const tm_doc *list)
{
    tm_texts paths = tm_lsp_texts(s->set, list, PATHS_MOST);
    for (size_t i = 0; i < paths.count; i++) {
        tm_text *path = &paths.items[i];
        if (s->roots.count && path->n && path->p[0] != '/')
            *path = tm_arena_print(s->set, "%.*s/%.*s", TM_PRI(s->roots.items[0]), TM_PRI(*path));
    }
    return paths;
}

void tm_lsp_forget_recording(tm_lsp *s)
{
    tm_loaded_free(&s->recording);
    s->recording = (tm_loaded){0};
    s->recording_read = false;
}

/* Ours among the settings of a client: what its member `tamis` has, else what is named as ours is;
 * NULL: none. */
static const tm_doc *own_settings(const tm_doc *settings)
{
    const tm_doc *inner = tm_lsp_at(settings, "tamis");
    if (inner)
        return inner->type == TM_DOC_MAP ? inner : NULL;
    return tm_lsp_at(settings, "recordings") || tm_lsp_at(settings, "include") ||
                   tm_lsp_at(settings, "tracesOnly")
               ? settings
               : NULL;
}

void tm_lsp_take_settings(tm_lsp *s, const tm_doc *settings)
{
    settings = own_settings(settings);
    if (!settings)
        return;
    tm_lsp_forget(&s->files, NULL);
    tm_lsp_forget_recording(s);
    s->recordings = s->files.include = (tm_texts){0};
    tm_arena_reset(s->set);
    s->recordings = paths_of(s, tm_lsp_at(settings, "recordings"));
    s->files.include = paths_of(s, tm_lsp_at(settings, "include"));
    s->files.traces_only = tm_lsp_true(settings, "tracesOnly");
}

const tm_loaded *tm_lsp_recording(tm_lsp *s)
{
    if (!s->recording_read && s->recordings.count) {
        s->recording_read = true;
        if (!tm_loaded_read(&s->recording, s->recordings, NULL, NULL)) {
            tm_lsp_forget_recording(s);
            s->recording_read = true;
        }
    }
    return tm_loaded_count(&s->recording) ? &s->recording : NULL;
}

bool tm_lsp_did_change_configuration(tm_lsp_call *call)
{
    tm_lsp_take_settings(call->server, tm_lsp_at(call->params, "settings"));
    return true;
}

/* ---- initialize ------------------------------------------------------------------------------ */

static void take_folders(tm_lsp *s, const tm_doc *params)
{
    const tm_doc *folders = tm_lsp_at(params, "workspaceFolders");
    tm_text uri = tm_lsp_text(params, "rootUri"), path = tm_lsp_text(params, "rootPath");
    s->roots.items = TM_NEW_ARRAY(s->own, FOLDERS_MOST, tm_text);
    if (folders && folders->type == TM_DOC_LIST)
        for (const tm_doc *f = folders->first; f && s->roots.count < FOLDERS_MOST; f = f->next)
            s->roots.items[s->roots.count++] =
                tm_lsp_path_of(s->own, tm_arena_copy(s->own, tm_lsp_text(f, "uri")));
    else if (uri.n)
        s->roots.items[s->roots.count++] = tm_lsp_path_of(s->own, tm_arena_copy(s->own, uri));
    else if (path.n)
        s->roots.items[s->roots.count++] = tm_arena_copy(s->own, path);
}

static bool has_word(const tm_doc *list, const char *word)
{
    for (const tm_doc *d = list ? list->first : NULL; d; d = d->next)
        if (d->type == TM_DOC_STRING && tm_text_is(d->text, word))
            return true;
    return false;
}

static void take_capabilities(tm_lsp *s, const tm_doc *capabilities)
{
    const tm_doc *formats = tm_lsp_at(capabilities, "textDocument.hover.contentFormat");
    s->bytes = has_word(tm_lsp_at(capabilities, "general.positionEncodings"), "utf-8");
    s->files.bytes = s->bytes;
    s->plain = formats && !has_word(formats, "markdown");
}

static void add_capabilities(tm_buf *out, bool bytes)
{
    tm_lsp_open(out, "capabilities", '{');
    tm_lsp_add_text(out, "positionEncoding", bytes ? TM_TEXT("utf-8") : TM_TEXT("utf-16"));
    tm_buf_print(out,
                 ",\"textDocumentSync\":{\"openClose\":true,\"change\":2,\"save\":true},"
                 "\"hoverProvider\":true,"
                 "\"completionProvider\":{\"triggerCharacters\":[\".\",\"\\\"\",\"[\"]},"
                 "\"signatureHelpProvider\":{\"triggerCharacters\":[\"(\",\",\"]},"
                 "\"definitionProvider\":true,"
                 "\"referencesProvider\":true,\"documentHighlightProvider\":true,"
                 "\"renameProvider\":{\"prepareProvider\":true},\"documentSymbolProvider\":true,"
                 "\"documentFormattingProvider\":true,"
                 "\"codeActionProvider\":{\"codeActionKinds\":[\"quickfix\"]},"
                 "\"codeLensProvider\":{\"resolveProvider\":false},"
                 "\"semanticTokensProvider\":{\"full\":true,\"legend\":");
    tm_lsp_tokens_legend(out);
    tm_buf_add(out, TM_TEXT("}}"));
}

bool tm_lsp_initialize(tm_lsp_call *call)
{
    tm_lsp *s = call->server;
    take_capabilities(s, tm_lsp_at(call->params, "capabilities"));
    take_folders(s, call->params);
    tm_lsp_take_settings(s, tm_lsp_at(call->params, "initializationOptions"));
    tm_lsp_open(call->result, NULL, '{');
    add_capabilities(call->result, s->bytes);
    tm_lsp_open(call->result, "serverInfo", '{');
    tm_lsp_add_text(call->result, "name", TM_TEXT("tamis"));
    tm_lsp_add_text(call->result, "version", tm_text_of(TM_VERSION));
    tm_buf_add(call->result, TM_TEXT("}}"));
    return true;
}

bool tm_lsp_initialized(tm_lsp_call *call)
{
    (void)call;
    return true;
}
