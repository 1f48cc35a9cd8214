/* Checks of TLS: what its keys say together, and the files that they name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"
#include "config/kinds.h"
#include "config/tls_files.h"
#include "tls/suites.h"

/* ---- keys ------------------------------------------------------------------------------------ */

/* A file or a text, not both. */
static bool check_either(tm_reading *r, const tm_doc *doc, const char *file, const char *text)
{
    const tm_doc *a = tm_check_given(doc, file), *b = tm_check_given(doc, text);
    return !a || !b || tm_check_clash(r, a, b);
}

/* Nothing of a certificate or key that stands in the configuration itself is shown. */
static bool fail(tm_reading *r, const tm_doc *doc, const char *key, const char *code, tm_text why)
{
    const tm_doc *at = tm_check_place(doc, key);
    bool secret = tm_text_ends(at->key, TM_TEXT("_pem"));
    return tm_diag_error(r->diags, at->source, secret ? at->key_place : at->place, code,
                         "%.*s: %.*s", TM_PRI(tm_doc_path(r->arena, at)), TM_PRI(why));
}

/* Certificate and key need each other. */
static bool check_pair(tm_reading *r, const tm_doc *doc, const tm_tls_settings *tls)
{
    bool cert = tls->cert_file.n || tls->cert_pem.n, key = tls->key_file.n || tls->key_pem.n;
    if (cert && !key)
        return fail(r, doc, tls->cert_file.n ? "cert_file" : "cert_pem", "E0523",
                    TM_TEXT("it needs key_file or key_pem, too"));
    return !key || cert ||
           fail(r, doc, tls->key_file.n ? "key_file" : "key_pem", "E0523",
                TM_TEXT("it needs cert_file or cert_pem, too"));
}

/* The names that `name_of` gives. */
static tm_texts names_of(tm_arena *arena, const char *name_of(size_t number))
{
    tm_texts out = {0};
    while (name_of(out.count))
        out.count++;
    out.items = TM_NEW_ARRAY(arena, out.count, tm_text);
    for (size_t i = 0; i < out.count; i++)
        out.items[i] = tm_text_of(name_of(i));
    return out;
}

static bool check_name(tm_reading *r, const tm_doc *at, tm_text name, const tm_texts *known)
{
    for (size_t i = 0; i < known->count; i++)
        if (tm_text_equal(name, known->items[i]))
            return true;
    tm_reading_fail(r, at, "E0524", "\"%.*s\" is none that may be used", TM_PRI(name));
    tm_text nearest = tm_nearest(r->arena, name, known->items, known->count);
    return nearest.n && tm_diag_hint(r->diags, "did you mean \"%.*s\"?", TM_PRI(nearest));
}

static bool check_names(tm_reading *r, const tm_doc *doc, const char *key, const tm_texts *names,
                        const char *name_of(size_t number))
{
    const tm_doc *list = tm_check_given(doc, key);
    const tm_doc *item = list && list->type == TM_DOC_LIST ? list->first : NULL;
    tm_texts known = names_of(r->arena, name_of);
    bool fine = true;
    for (size_t i = 0; i < names->count; i++, item = item ? item->next : NULL)
        fine = check_name(r, item ? item : list, names->items[i], &known) && fine;
    return fine;
}

static bool check_versions(tm_reading *r, const tm_doc *doc, tm_tls_settings *tls)
{
    const tm_doc *least = tm_check_given(doc, "min_version");
    const tm_doc *most = tm_check_place(doc, "max_version");
    if (tls->max_version < TM_TLS_1_2)
        return tm_reading_fail(r, most, "E0524", "TLS before 1.2 is not spoken, it is not safe");
    if (tls->max_version < tls->min_version)
        return tm_reading_fail(r, most, "E0527", "it is less than min_version");
    if (tls->min_version < TM_TLS_1_2)
        tm_diag_warning(r->diags, least->source, least->place, "W0541",
                        "%.*s: TLS before 1.2 is not spoken, it is not safe",
                        TM_PRI(tm_doc_path(r->arena, least)));
    return true;
}

/* Of both sides; every mistake is told. */
static bool check_common(tm_reading *r, const tm_doc *doc, tm_tls_settings *tls)
{
    bool fine = check_either(r, doc, "cert_file", "cert_pem");
    tls->doc = doc;
    fine = check_either(r, doc, "key_file", "key_pem") && fine;
    fine = check_pair(r, doc, tls) && fine;
    fine = check_versions(r, doc, tls) && fine;
    fine = check_names(r, doc, "cipher_suites", &tls->suites, tm_tls_suite_name) && fine;
    return check_names(r, doc, "curve_preferences", &tls->curves, tm_tls_curve_name) && fine;
}

bool tm_check_tls_client(tm_reading *r, const tm_doc *doc, void *settings)
{
    tm_tls_settings *tls = settings;
    bool fine = check_either(r, doc, "ca_file", "ca_pem");
    const tm_doc *skips = tm_check_given(doc, "insecure_skip_verify");
    if (tls->skip_verify && !tls->insecure)
        tm_diag_warning(r->diags, skips->source, skips->place, "W0542",
                        "%.*s: whoever answers is taken for the backend",
                        TM_PRI(tm_doc_path(r->arena, skips)));
    return check_common(r, doc, tls) && fine;
}

bool tm_check_tls_server(tm_reading *r, const tm_doc *doc, void *settings)
{
    tm_tls_settings *tls = settings;
    if (!check_common(r, doc, tls))
        return false;
    return tls->cert_file.n || tls->cert_pem.n ||
           tm_reading_fail(r, doc, "E0523",
                           "it needs cert_file and key_file, or cert_pem and key_pem");
}

/* ---- files ----------------------------------------------------------------------------------- */

static void warn_of_dates(tm_reading *r, const tm_tls_settings *tls, const tm_tls_fault *fault)
{
    const tm_doc *at = tm_check_place(tls->doc, tls->cert_file.n ? "cert_file" : "cert_pem");
    if (fault->expired || fault->early)
        tm_diag_warning(r->diags, at->source, at->key_place, "W0543", "%.*s: the certificate %s",
                        TM_PRI(tm_doc_path(r->arena, at)),
                        fault->expired ? "has expired" : "is not valid yet");
}

/* One walk over all of them. */
typedef struct walk {
    tm_reading *reading;
    bool server, fine, unread;
} walk;

static void check_files(void *owner, tm_tls_settings *tls)
{
    walk *w = owner;
    tm_reading *r = w->reading;
    tm_tls_options options;
    tm_tls_wrong wrong;
    tm_tls_fault fault;
    if (!tls->doc)
        return;
    if (!tm_tls_files_read(r->world, r->arena, tls, w->server, NULL, &options, &wrong)) {
        w->unread = true;
        w->fine = fail(r, tls->doc, wrong.key, "E0500", wrong.why);
        return;
    }
    tm_tls_context *context =
        tm_tls_context_new(tm_arena_heap(r->arena), r->arena, &options, &fault);
    tm_tls_context_unref(context);
    if (context)
        return warn_of_dates(r, tls, &fault);
    tm_tls_files_blame(r->arena, tls, &fault, &wrong);
    w->fine = fail(r, tls->doc, wrong.key, "E0541", wrong.why);
}

/* Those of the extension that an exporter authenticates by, and of those whose credentials go with
 * it. */
static void check_extension(void *owner, tm_auth_settings *auth)
{
    if (!auth->extension)
        return;
    tm_extension_each_tls(auth->extension, check_files, owner);
    tm_extension_each_auth(auth->extension, check_extension, owner);
}

static bool receives(const tm_settings *settings, const tm_receiver_settings *receiver)
{
    for (size_t i = 0; i < settings->pipeline_count; i++)
        for (size_t k = 0; k < settings->pipelines[i].receiver_count; k++)
            if (settings->pipelines[i].receivers[k] == receiver)
                return true;
    return false;
}

static bool exports(const tm_settings *settings, const tm_exporter_settings *exporter)
{
    for (size_t i = 0; i < settings->pipeline_count; i++)
        for (size_t k = 0; k < settings->pipelines[i].exporter_count; k++)
            if (settings->pipelines[i].exporters[k] == exporter)
                return true;
    return false;
}

bool tm_check_tls_of_all(tm_reading *r, tm_settings *settings)
{
    walk w = {.reading = r, .server = true, .fine = true};
    for (size_t i = 0; i < settings->receiver_count; i++)
        if (receives(settings, &settings->receivers[i]))
            tm_receiver_each_tls(&settings->receivers[i], check_files, &w);
    for (size_t i = 0; i < settings->active_count; i++)
        if (tm_extension_listens(settings->active[i]))
            tm_extension_each_tls(settings->active[i], check_files, &w);
    w.server = false;
    for (size_t i = 0; i < settings->exporter_count; i++) {
        const tm_exporter_settings *exporter = &settings->exporters[i];
        if (!exports(settings, exporter))
            continue;
        if (tm_exporter_tls(exporter))
            tm_exporter_each_tls(exporter, check_files, &w);
        tm_exporter_each_auth(exporter, check_extension, &w);
    }
    settings->unread |= w.unread;
    return w.fine;
}
