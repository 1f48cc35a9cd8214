/* Checks of authentication: its extensions, and who uses them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"

bool tm_check_auth(tm_reading *r, const tm_doc *doc, void *settings)
{
    (void)r;
    tm_auth_settings *auth = settings;
    auth->doc = tm_check_given(doc, "authenticator");
    return true;
}

/* Header fields of HTTP allow neither blanks nor line breaks in what these become. */
static bool check_token(tm_reading *r, const tm_doc *at, tm_text token)
{
    for (size_t i = 0; i < token.n; i++)
        if (token.p[i] < ' ' || token.p[i] > '~')
            return tm_reading_fail(r, at, "E0524", "a token has visible characters only");
    return true;
}

bool tm_check_bearer(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_bearer_settings *bearer = settings;
    const tm_doc *token = tm_check_given(doc, "token"), *tokens = tm_check_given(doc, "tokens");
    const tm_doc *file = tm_check_given(doc, "filename");
    bool fine = true;
    if (!token && !tokens && !file)
        return tm_reading_fail(r, doc, "E0523", "it needs token, tokens or filename");
    if (token && tokens)
        return tm_check_clash(r, token, tokens);
    if (file && (token || tokens)) {
        const tm_doc *other = token ? token : tokens;
        tm_diag_warning(r->diags, other->source, other->key_place, "W0530",
                        "%.*s: filename is given, so that \"%.*s\" has no effect",
                        TM_PRI(tm_doc_path(r->arena, doc)), TM_PRI(other->key));
    }
    if (!bearer->header.n)
        return tm_reading_fail(r, tm_check_place(doc, "header"), "E0524", "the header is empty");
    fine = check_token(r, token, bearer->token);
    for (size_t i = 0; i < bearer->tokens.count; i++)
        fine = check_token(r, tokens, bearer->tokens.items[i]) && fine;
    return fine;
}

/* The hash of a line of the file; false without a report when it has no colon. */
static bool hash_of(tm_text line, tm_text *hash)
{
    tm_text user;
    return tm_text_next(&line, ':', &user) && line.p && (*hash = line, true);
}

bool tm_check_htpasswd(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_htpasswd_settings *htpasswd = settings;
    tm_text rest = htpasswd->inline_text, line, hash;
    const tm_doc *at = tm_check_place(doc, "inline");
    if (!htpasswd->file.n && !rest.n)
        return tm_reading_fail(r, doc, "E0523", "it needs file or inline");
    for (unsigned number = 1; rest.n && tm_text_next(&rest, '\n', &line); number++) {
        line = tm_text_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        if (!hash_of(line, &hash))
            return tm_reading_fail(r, at, "E0524", "line %u is not USER:HASH", number);
        if (tm_text_starts(hash, TM_TEXT("$apr1$")) || tm_text_starts(hash, TM_TEXT("{SSHA}")))
            return tm_reading_fail(r, at, "E0522",
                                   "line %u: hashes of this kind are not supported yet", number);
    }
    return true;
}

bool tm_check_client_auth(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_client_auth_settings *client = settings;
    if (tm_text_find(client->username, TM_TEXT(":")) >= 0)
        return tm_reading_fail(r, tm_check_place(doc, "username"), "E0524",
                               "a name has no colon in it");
    return true;
}

bool tm_check_basic(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_basic_settings *basic = settings;
    if (basic->htpasswd && basic->client_auth)
        return tm_check_clash(r, tm_doc_find(doc, TM_TEXT("htpasswd")),
                              tm_doc_find(doc, TM_TEXT("client_auth")));
    return basic->htpasswd || basic->client_auth ||
           tm_reading_fail(r, doc, "E0523", "it needs htpasswd or client_auth");
}

/* ---- who uses them --------------------------------------------------------------------------- */

static const tm_extension_settings *find_active(const tm_settings *settings, tm_text id)
{
    for (size_t i = 0; i < settings->active_count; i++)
        if (tm_text_equal(settings->active[i]->id, id))
            return settings->active[i];
    return NULL;
}

static bool authenticates(const tm_extension_settings *extension, bool server)
{
    switch (extension->type) {
    case TM_EXTENSION_BEARER:
        return true;
    case TM_EXTENSION_BASIC:
        return server ? extension->basic.htpasswd != NULL : extension->basic.client_auth != NULL;
    default:
        return false;
    }
}

static bool resolve(tm_reading *r, const tm_settings *settings, tm_auth_settings *auth, bool server)
{
    if (!auth || !auth->doc)
        return true;
    auth->extension = find_active(settings, auth->authenticator);
    if (!auth->extension) {
        tm_reading_fail(r, auth->doc, "E0526", "service.extensions does not name \"%.*s\"",
                        TM_PRI(auth->authenticator));
        tm_text *names = TM_NEW_ARRAY(r->arena, settings->active_count, tm_text);
        for (size_t i = 0; i < settings->active_count; i++)
            names[i] = settings->active[i]->id;
        tm_text nearest = tm_nearest(r->arena, auth->authenticator, names, settings->active_count);
        return nearest.n && tm_diag_hint(r->diags, "did you mean \"%.*s\"?", TM_PRI(nearest));
    }
    return authenticates(auth->extension, server) ||
           tm_reading_fail(r, auth->doc, "E0524", "%.*s does not authenticate %s",
                           TM_PRI(auth->authenticator), server ? "clients" : "exporters");
}

/* The Collector does not send credentials without TLS, which is not built here yet. */
static void warn_of_plain(tm_reading *r, const tm_auth_settings *auth)
{
    if (auth && auth->extension)
        tm_diag_warning(r->diags, auth->doc->source, auth->doc->place, "W0531",
                        "%.*s: the credentials travel without encryption",
                        TM_PRI(tm_doc_path(r->arena, auth->doc)));
}

bool tm_check_authenticators(tm_reading *r, tm_settings *settings)
{
    bool fine = true;
    for (size_t i = 0; i < settings->receiver_count; i++) {
        if (settings->receivers[i].type != TM_RECEIVER_OTLP)
            continue;
        const tm_otlp_protocols *p = &settings->receivers[i].otlp.protocols;
        fine = resolve(r, settings, p->grpc ? p->grpc->auth : NULL, true) && fine;
        fine = resolve(r, settings, p->http ? p->http->auth : NULL, true) && fine;
    }
    for (size_t i = 0; i < settings->exporter_count; i++) {
        if (settings->exporters[i].type != TM_EXPORTER_OTLP)
            continue;
        tm_auth_settings *auth = settings->exporters[i].otlp.auth;
        if (!resolve(r, settings, auth, false))
            fine = false;
        else
            warn_of_plain(r, auth);
    }
    return fine;
}
