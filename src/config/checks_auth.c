/* Checks of authentication: its extensions, and who uses them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"
#include "config/components.h"
#include "config/secrets.h"

bool tm_check_auth(tm_reading *r, const tm_doc *doc, void *settings)
{
    (void)r;
    tm_auth_settings *auth = settings;
    auth->doc = tm_check_given(doc, "authenticator");
    return true;
}

/* Header fields of HTTP allow no line breaks in what these become. */
static bool check_token(tm_reading *r, const tm_doc *at, tm_text token)
{
    return tm_secrets_visible(token) ||
           tm_reading_fail(r, at, "E0524", "it has a character that HTTP does not allow here");
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
    fine = check_token(r, tm_check_place(doc, "scheme"), bearer->scheme) && fine;
    for (size_t i = 0; i < bearer->tokens.count; i++)
        fine = check_token(r, tokens, bearer->tokens.items[i]) && fine;
    return fine;
}

bool tm_check_htpasswd(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_htpasswd_settings *htpasswd = settings;
    tm_text rest = htpasswd->inline_text, line;
    const tm_doc *at = tm_check_place(doc, "inline");
    if (!htpasswd->file.n && !rest.n)
        return tm_reading_fail(r, doc, "E0523", "it needs file or inline");
    for (unsigned number = 1; rest.n && tm_text_next(&rest, '\n', &line); number++) {
        const char *wrong = tm_secrets_line(line);
        if (wrong)
            return tm_reading_fail(r, at, "E0524", "line %u: %s", number, wrong);
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

/* The node at `keys` of an extension. */
static const tm_doc *node_of(const tm_settings *settings, const tm_extension_settings *extension,
                             const char *map, const char *key)
{
    const tm_doc *all = tm_doc_find(settings->doc, TM_TEXT("extensions"));
    const tm_doc *own = tm_doc_find(all, extension->id);
    return tm_check_place(*map ? tm_check_place(own, map) : own, key);
}

static bool check_sent_header(tm_reading *r, const tm_settings *settings,
                              const tm_extension_settings *extension)
{
    return extension->type != TM_EXTENSION_BEARER || tm_check_sent_name(extension->bearer.header) ||
           tm_reading_fail(r, node_of(settings, extension, "", "header"), "E0524",
                           "\"%.*s\" is no name of a header that exporters may send",
                           TM_PRI(extension->bearer.header));
}

static bool resolve(tm_reading *r, const tm_settings *settings, tm_auth_settings *auth, bool server)
{
    if (!auth || !auth->doc)
        return true;
    auth->extension = find_active(settings, auth->authenticator);
    if (!auth->extension &&
        tm_component_used(settings->doc, TM_SECTION_EXTENSIONS, auth->authenticator))
        return false; /* what is wrong with it is told already */
    if (!auth->extension) {
        tm_reading_fail(r, auth->doc, "E0526", "service.extensions does not name \"%.*s\"",
                        TM_PRI(auth->authenticator));
        tm_text *names = TM_NEW_ARRAY(r->arena, settings->active_count, tm_text);
        for (size_t i = 0; i < settings->active_count; i++)
            names[i] = settings->active[i]->id;
        tm_text nearest = tm_nearest(r->arena, auth->authenticator, names, settings->active_count);
        return nearest.n && tm_diag_hint(r->diags, "did you mean \"%.*s\"?", TM_PRI(nearest));
    }
    if (!authenticates(auth->extension, server))
        return tm_reading_fail(r, auth->doc, "E0524", "%.*s does not authenticate %s",
                               TM_PRI(auth->authenticator), server ? "clients" : "exporters");
    return server || check_sent_header(r, settings, auth->extension);
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

/* ---- files ----------------------------------------------------------------------------------- */

static bool check_files(tm_reading *r, const tm_settings *settings, const tm_auth_settings *auth,
                        bool server)
{
    const tm_extension_settings *extension = auth ? auth->extension : NULL;
    char error[512] = "";
    tm_texts tokens;
    tm_text lines, password;
    const tm_doc *at;
    if (!extension || !authenticates(extension, server))
        return true;
    if (extension->type == TM_EXTENSION_BEARER) {
        tm_secrets_tokens(r->world, r->arena, &extension->bearer, &tokens, error, sizeof error);
        at = node_of(settings, extension, "", "filename");
    } else if (server) {
        tm_secrets_htpasswd(r->world, r->arena, extension->basic.htpasswd, &lines, error,
                            sizeof error);
        at = node_of(settings, extension, "htpasswd", "file");
    } else {
        const tm_client_auth_settings *client = extension->basic.client_auth;
        bool read =
            tm_secrets_client(r->world, r->arena, client, &lines, &password, error, sizeof error);
        bool name = !read && client->username_file.n && lines.p == client->username.p;
        at = node_of(settings, extension, "client_auth", name ? "username_file" : "password_file");
    }
    return !*error || tm_reading_fail(r, at, "E0500", "%s", error);
}

static bool check_pipeline_files(tm_reading *r, const tm_settings *settings,
                                 const tm_pipeline_settings *pipeline)
{
    bool fine = true;
    for (size_t i = 0; i < pipeline->receiver_count; i++) {
        const tm_otlp_protocols *p = &pipeline->receivers[i]->otlp.protocols;
        if (pipeline->receivers[i]->type != TM_RECEIVER_OTLP)
            continue;
        fine = check_files(r, settings, p->grpc ? p->grpc->auth : NULL, true) && fine;
        fine = check_files(r, settings, p->http ? p->http->auth : NULL, true) && fine;
    }
    for (size_t i = 0; i < pipeline->exporter_count; i++)
        if (pipeline->exporters[i]->type == TM_EXPORTER_OTLP)
            fine = check_files(r, settings, pipeline->exporters[i]->otlp.auth, false) && fine;
    return fine;
}

bool tm_settings_check_files(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                             tm_settings *settings)
{
    tm_reading r = {.arena = arena, .diags = diags, .world = world};
    bool fine = true;
    for (size_t i = 0; i < settings->pipeline_count; i++)
        fine = check_pipeline_files(&r, settings, &settings->pipelines[i]) && fine;
    settings->unread |= !fine;
    return fine;
}
