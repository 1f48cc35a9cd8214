/* Checks of receivers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"

bool tm_check_cors(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_cors_settings *cors = settings;
    tm_text path = tm_doc_path(r->arena, doc);
    if (cors->allowed_headers.count && !cors->allowed_origins.count)
        tm_diag_warning(r->diags, doc->source, doc->key_place, "W0530",
                        "%.*s has no allowed_origins: it has no effect", TM_PRI(path));
    return true;
}

static const char *const codings_known[] = {
#define NAME(id, name) name,
    TM_REQUEST_CODINGS(NAME)
#undef NAME
};

static bool refuse_coding(tm_reading *r, const tm_doc *at, tm_text name)
{
    tm_text names[TM_REQUEST_CODING_COUNT];
    tm_buf list = {.arena = r->arena};
    size_t count = 0;
    for (size_t i = 0; i < TM_REQUEST_CODING_COUNT; i++)
        if (*codings_known[i]) {
            tm_buf_print(&list, count ? ", %s" : "%s", codings_known[i]);
            names[count++] = tm_text_of(codings_known[i]);
        }
    tm_reading_fail(r, at, "E0524", "\"%.*s\" is none of \"\", %.*s", TM_PRI(name),
                    TM_PRI(tm_buf_text(&list)));
    tm_text nearest = tm_nearest(r->arena, name, names, count);
    return nearest.n && tm_diag_hint(r->diags, "did you mean \"%.*s\"?", TM_PRI(nearest));
}

static bool add_coding(tm_reading *r, const tm_doc *at, tm_text name, unsigned *codings)
{
    for (size_t i = 0; i < TM_REQUEST_CODING_COUNT; i++)
        if (tm_text_is(name, codings_known[i])) {
            *codings |= 1u << i;
            return true;
        }
    return refuse_coding(r, at, name);
}

/* An empty list is one, too: then nothing is decompressed. */
static bool settle_codings(tm_reading *r, const tm_doc *doc, tm_http_server_settings *http)
{
    const tm_doc *list = tm_doc_find(doc, TM_TEXT("compression_algorithms"));
    const tm_texts *names = &http->compression_algorithms;
    bool fine = true;
    if (!list || list->type == TM_DOC_NULL)
        return true;
    if (!names->count)
        http->codings = 1u << TM_REQUEST_IDENTITY;
    const tm_doc *item = list->type == TM_DOC_LIST ? list->first : NULL;
    for (size_t i = 0; i < names->count; i++, item = item ? item->next : NULL)
        fine = add_coding(r, item ? item : list, names->items[i], &http->codings) && fine;
    return fine;
}

/* The two forms of one setting do not mix, unless the older one says nothing. */
static bool settle_keepalive(tm_reading *r, const tm_doc *doc, tm_http_server_settings *http)
{
    const tm_doc *newer = http->keepalive ? tm_doc_find(doc, TM_TEXT("keepalive")) : NULL;
    const tm_doc *idle = http->idle_timeout_ns ? tm_check_given(doc, "idle_timeout") : NULL;
    const tm_doc *off = tm_check_given(doc, "keep_alives_enabled");
    off = http->keep_alives_enabled ? NULL : off;
    if (newer && (idle || off))
        return tm_check_clash(r, idle ? idle : off, newer);
    http->alive = (tm_http_keepalive_settings){http->keep_alives_enabled, http->idle_timeout_ns};
    if (!newer)
        return true;
    http->alive = *http->keepalive;
    http->keep_alives_enabled = true; /* both say nothing now */
    http->idle_timeout_ns = 0;
    return true;
}

bool tm_check_http_server(tm_reading *r, const tm_doc *doc, void *settings)
{
    tm_http_server_settings *http = settings;
    if (!tm_text_starts(http->traces_url_path, TM_TEXT("/")))
        http->traces_url_path = tm_arena_print(r->arena, "/%.*s", TM_PRI(http->traces_url_path));
    return settle_codings(r, doc, http) && settle_keepalive(r, doc, http);
}

bool tm_check_page_server(tm_reading *r, const tm_doc *doc, void *settings)
{
    return settle_keepalive(r, doc, settings);
}

bool tm_check_protocols(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_otlp_protocols *protocols = settings;
    return protocols->grpc || protocols->http ||
           tm_reading_fail(r, doc, "E0523", "it needs a protocol: grpc, http or both");
}
