/* LSP, documents: texts that a client has opened, and URIs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_analysis.h"

#include "base/hex.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- URIs ------------------------------------------------------------------------------------ */

tm_text tm_lsp_path_of(tm_arena *arena, tm_text uri)
{
    const tm_text scheme = TM_TEXT("file://");
    tm_buf out = {.arena = arena};
    if (!tm_text_starts(uri, scheme))
        return uri;
    tm_text rest = tm_text_skip(uri, scheme.n);
    if (tm_text_starts(rest, TM_TEXT("localhost/")))
        rest = tm_text_skip(rest, sizeof "localhost" - 1);
    for (size_t i = 0; i < rest.n; i++) {
        const int high = rest.p[i] == '%' && i + 2 < rest.n ? tm_hex_value(rest.p[i + 1]) : -1;
        const int low = high >= 0 ? tm_hex_value(rest.p[i + 2]) : -1;
        tm_buf_add_char(&out, low >= 0 ? (char)(high << 4 | low) : rest.p[i]);
        i += low >= 0 ? 2 : 0;
    }
    return tm_buf_text(&out);
}

static bool is_plain(char c)
{
    return tm_ascii_is_letter(c) || tm_ascii_is_digit(c) || strchr("/-._~", c);
}

tm_text tm_lsp_uri_of(tm_arena *arena, const tm_lsp_files *files, tm_text path)
{
    const tm_lsp_document *d = tm_lsp_document_of_path(files, path);
    tm_buf out = {.arena = arena};
    if (d)
        return d->uri;
    tm_buf_add(&out, TM_TEXT("file://"));
    path = tm_lsp_real_path(arena, path);
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] && is_plain(path.p[i]))
            tm_buf_add_char(&out, path.p[i]);
        else
            tm_buf_print(&out, "%%%02X", (unsigned)(unsigned char)path.p[i]);
    return tm_buf_text(&out);
}

tm_text tm_lsp_real_path(tm_arena *arena, tm_text path)
{
    char *real = realpath(tm_arena_copy(arena, path).p, NULL);
    const tm_text found = real ? tm_arena_copy(arena, tm_text_of(real)) : path;
    free(real);
    return found;
}

static bool resolve(tm_text path, char real[PATH_MAX])
{
    char name[PATH_MAX];
    const int n = snprintf(name, sizeof name, "%.*s", TM_PRI(path));
    return n > 0 && (size_t)n < sizeof name && realpath(name, real);
}

bool tm_lsp_same_file(tm_text a, tm_text b)
{
    char real_a[PATH_MAX], real_b[PATH_MAX];
    return tm_text_equal(a, b) ||
           (resolve(a, real_a) && resolve(b, real_b) && strcmp(real_a, real_b) == 0);
}

/* ---- the list -------------------------------------------------------------------------------- */

tm_lsp_document *tm_lsp_document_find(const tm_lsp_files *files, tm_text uri)
{
    for (tm_lsp_document *d = files->first; d; d = d->next)
        if (tm_text_equal(d->uri, uri))
            return d;
    return NULL;
}

tm_lsp_document *tm_lsp_document_of_path(const tm_lsp_files *files, tm_text path)
{
    for (tm_lsp_document *d = files->first; d; d = d->next)
        if (tm_text_equal(d->path, path))
            return d;
    return NULL;
}

/* The words of a document, in the arena that is to be its own. */
typedef struct copying {
    tm_lsp_document *document;
    tm_arena *arena;
    tm_text uri, text;
} copying;

static void copy_words(void *argument)
{
    copying *c = argument;
    c->uri = tm_arena_copy(c->arena, c->uri);
    c->text = tm_arena_copy(c->arena, c->text);
    c->document->path = tm_lsp_real_path(c->arena, tm_lsp_path_of(c->arena, c->uri));
}

/* False when out of memory: nothing has changed then. */
static bool set_text(tm_lsp_document *d, tm_text uri, tm_text text)
{
    copying c = {.document = d, .arena = tm_arena_new(NULL), .uri = uri, .text = text};
    const tm_text path = d->path;
    if (!c.arena || !tm_arena_try(c.arena, copy_words, &c)) {
        tm_arena_free(c.arena);
        d->path = path;
        return false;
    }
    tm_arena_free(d->arena);
    d->arena = c.arena;
    d->uri = c.uri;
    d->text = c.text;
    return true;
}

static tm_lsp_document *new_document(tm_lsp_files *files)
{
    tm_lsp_document *d = tm_heap_alloc(NULL, sizeof *d);
    if (!d)
        return NULL;
    *d = (tm_lsp_document){.next = files->first, .work = tm_arena_new(NULL)};
    if (d->work) {
        files->first = d;
        files->count++;
        return d;
    }
    tm_heap_free(NULL, d);
    return NULL;
}

tm_lsp_document *tm_lsp_document_put(tm_lsp_files *files, tm_text uri, tm_lsp_language language,
                                     tm_text text, int64_t version)
{
    tm_lsp_document *d = tm_lsp_document_find(files, uri);
    const bool fresh = !d;
    if (fresh)
        d = new_document(files);
    if (!d)
        return NULL;
    if (!set_text(d, uri, text)) {
        if (fresh)
            tm_lsp_document_close(files, d);
        return NULL;
    }
    d->version = version;
    d->language = language;
    tm_lsp_forget(files, &d->path);
    return d;
}

void tm_lsp_document_close(tm_lsp_files *files, tm_lsp_document *document)
{
    tm_lsp_document **at = &files->first;
    while (*at != document)
        at = &(*at)->next;
    *at = document->next;
    files->count--;
    if (document->path.n)
        tm_lsp_forget(files, &document->path);
    tm_arena_free(document->arena);
    tm_arena_free(document->work);
    tm_heap_free(NULL, document);
}

void tm_lsp_documents_free(tm_lsp_files *files)
{
    while (files->first)
        tm_lsp_document_close(files, files->first);
}

static bool has_read(const tm_lsp_document *d, tm_text path)
{
    if (tm_text_equal(d->path, path))
        return true;
    for (size_t i = 0; d->analysis && i < d->analysis->reads.count; i++)
        if (tm_text_equal(d->analysis->reads.items[i], path))
            return true;
    return false;
}

void tm_lsp_forget(tm_lsp_files *files, const tm_text *path)
{
    for (tm_lsp_document *d = files->first; d; d = d->next)
        if (!path || has_read(d, *path)) {
            d->analysis = NULL;
            d->told = false;
        }
}
