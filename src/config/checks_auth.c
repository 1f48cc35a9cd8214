/* Checks of authentication: its extensions, and who uses them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"
#include "config/component_names.h"
#include "config/kinds.h"
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
    if (!file && !bearer->token.n && !bearer->tokens.count)
        return tm_reading_fail(r, token ? token : tokens, "E0523", "it is empty");
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

static const tm_extension_settings *find_active(const tm_settings *settings, tm_text id)
{
    for (size_t i = 0; i < settings->active_count; i++)
        if (tm_text_equal(settings->active[i]->id, id))
            return settings->active[i];
    return NULL;
}

/* The node at `keys` of an extension. */
static const tm_doc *node_of(const tm_settings *settings, const tm_extension_settings *extension,
                             const char *map, const char *key)
{
    const tm_doc *all = tm_doc_find(settings->doc, TM_TEXT("extensions"));
    const tm_doc *own = tm_doc_find(all, extension->id);
    return tm_check_place(*map ? tm_check_place(own, map) : own, key);
}

/* ---- kinds ----------------------------------------------------------------------------------- */

/* What an extension marked AUTH in keys/extensions.def does for the checks. */
typedef struct authenticator {
    bool (*serves)(const tm_extension_settings *extension, bool server); /* or exporters */
    /* The header that exporters would send; with the key that names it. */
    tm_text (*header)(const tm_extension_settings *extension);
    /* Reads the files of secrets; a sentence in `error` when that fails. The key to blame. */
    const tm_doc *(*read)(tm_reading *r, const tm_settings *settings,
                          const tm_extension_settings *extension, bool server, char *error,
                          size_t error_bytes);
} authenticator;

static bool bearer_serves(const tm_extension_settings *extension, bool server)
{
    (void)extension, (void)server;
    return true;
}

static tm_text bearer_header(const tm_extension_settings *extension)
{
    return extension->bearer.header;
}

static const tm_doc *bearer_read(tm_reading *r, const tm_settings *settings,
                                 const tm_extension_settings *extension, bool server, char *error,
                                 size_t error_bytes)
{
    (void)server;
    tm_texts tokens;
    tm_secrets_tokens(r->world, r->arena, &extension->bearer, &tokens, error, error_bytes);
    return node_of(settings, extension, "", "filename");
}

static bool basic_serves(const tm_extension_settings *extension, bool server)
{
    return server ? extension->basic.htpasswd != NULL : extension->basic.client_auth != NULL;
}

static const tm_doc *basic_read(tm_reading *r, const tm_settings *settings,
                                const tm_extension_settings *extension, bool server, char *error,
                                size_t error_bytes)
{
    const tm_client_auth_settings *client = extension->basic.client_auth;
    tm_text lines, password;
    if (server) {
        tm_secrets_htpasswd(r->world, r->arena, extension->basic.htpasswd, &lines, error,
                            error_bytes);
        return node_of(settings, extension, "htpasswd", "file");
    }
    bool read =
        tm_secrets_client(r->world, r->arena, client, &lines, &password, error, error_bytes);
    bool name = !read && client->username_file.n && lines.p == client->username.p;
    return node_of(settings, extension, "client_auth", name ? "username_file" : "password_file");
}

static bool serves_exporters(const tm_extension_settings *extension, bool server)
{
    (void)extension;
    return !server;
}

static const tm_doc *setter_read(tm_reading *r, const tm_settings *settings,
                                 const tm_extension_settings *extension, bool server, char *error,
                                 size_t error_bytes)
{
    (void)server;
    const tm_set_headers *headers = &extension->setter.headers;
    const tm_doc *list = node_of(settings, extension, "", "headers"), *at = list->first;
    tm_text value;
    for (size_t i = 0; i < headers->count; i++, at = at ? at->next : NULL)
        if (!tm_secrets_header(r->world, r->arena, &headers->items[i], &value, error, error_bytes))
            return at ? tm_check_place(at, "value_file") : list;
    return list;
}

static const tm_doc *oauth2_read(tm_reading *r, const tm_settings *settings,
                                 const tm_extension_settings *extension, bool server, char *error,
                                 size_t error_bytes)
{
    const tm_oauth2_settings *oauth2 = &extension->oauth2;
    tm_text id = TM_TEXT(""), secret;
    (void)server;
    bool read = tm_secrets_oauth2(r->world, r->arena, oauth2, &id, &secret, error, error_bytes);
    bool named = !read && oauth2->client_id_file.n && id.p == oauth2->client_id.p;
    return node_of(settings, extension, "", named ? "client_id_file" : "client_secret_file");
}

static const authenticator authenticator_setter = {serves_exporters, NULL, setter_read};
static const authenticator authenticator_oauth2 = {serves_exporters, NULL, oauth2_read};
static const authenticator authenticator_bearer = {bearer_serves, bearer_header, bearer_read};
static const authenticator authenticator_basic = {basic_serves, NULL, basic_read};

static const authenticator *const AUTHENTICATORS[] = {
#define ROW_NONE(MEMBER) NULL
#define ROW_PAGES(MEMBER) NULL
#define ROW_AUTH(MEMBER) &authenticator_##MEMBER
#define EXTENSION(ID, MEMBER, NAME, STATE, AUTH, MANUAL) [TM_EXTENSION_##ID] = ROW_##AUTH(MEMBER),
#include "config/keys/extensions.def"
#undef EXTENSION
};

static bool authenticates(const tm_extension_settings *extension, bool server)
{
    const authenticator *kind = AUTHENTICATORS[extension->type];
    return kind && kind->serves(extension, server);
}

static bool check_sent_header(tm_reading *r, const tm_settings *settings,
                              const tm_extension_settings *extension)
{
    const authenticator *kind = AUTHENTICATORS[extension->type];
    return !kind->header || tm_check_sent_name(kind->header(extension)) ||
           tm_reading_fail(r, node_of(settings, extension, "", "header"), "E0524",
                           "\"%.*s\" is no name of a header that exporters may send",
                           TM_PRI(kind->header(extension)));
}

/* ---- who uses them --------------------------------------------------------------------------- */

static bool resolve(tm_reading *r, const tm_settings *settings, tm_auth_settings *auth, bool server)
{
    if (!auth->doc)
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

/* Credentials travel without TLS only where somebody has said so. */
static bool check_plain(tm_reading *r, const tm_auth_settings *auth, bool insecure)
{
    if (!auth->extension)
        return true;
    if (!insecure) {
        tm_reading_fail(r, auth->doc, "E0550", "the credentials would travel without encryption");
        return tm_diag_hint(r->diags, "https:// encrypts; \"tls: {insecure: true}\" allows it");
    }
    tm_diag_warning(r->diags, auth->doc->source, auth->doc->place, "W0531",
                    "%.*s: the credentials travel without encryption",
                    TM_PRI(tm_doc_path(r->arena, auth->doc)));
    return true;
}

static void keep_named(void *owner, tm_auth_settings *auth)
{
    *(tm_auth_settings **)owner = auth;
}

/* What names the extension whose credentials are sent with those of this one; or NULL. */
static tm_auth_settings *additional_of(const tm_extension_settings *extension)
{
    tm_auth_settings *named = NULL;
    if (!tm_extension_listens(extension))
        tm_extension_each_auth(extension, keep_named, &named);
    return named && named->extension ? named : NULL;
}

/* Credentials that go with each other in a circle have no end: it is told of once, and cut. */
static bool check_circle(tm_reading *r, const tm_settings *settings,
                         const tm_extension_settings *start)
{
    tm_auth_settings *first = additional_of(start), *at = first;
    tm_buf way = {.arena = r->arena};
    tm_buf_print(&way, "%.*s", TM_PRI(start->id));
    for (size_t i = 0; at && i < settings->active_count; i++, at = additional_of(at->extension)) {
        tm_buf_print(&way, ", %.*s", TM_PRI(at->authenticator));
        if (at->extension != start)
            continue;
        first->extension = NULL;
        return tm_reading_fail(r, first->doc, "E0524", "it leads back to itself: %.*s",
                               TM_PRI(tm_buf_text(&way)));
    }
    return true;
}

/* One walk over what authenticates. */
typedef struct walk {
    tm_reading *reading;
    const tm_settings *settings;
    bool fine;
    bool plain;    /* what is sent travels without encryption, ... */
    bool insecure; /* ... and that is wanted */
} walk;

static void resolve_clients(void *owner, tm_auth_settings *auth)
{
    walk *w = owner;
    w->fine = resolve(w->reading, w->settings, auth, true) && w->fine;
}

static void resolve_own(void *owner, tm_auth_settings *auth)
{
    walk *w = owner;
    w->fine = resolve(w->reading, w->settings, auth, false) &&
              (!w->plain || check_plain(w->reading, auth, w->insecure)) && w->fine;
}

/* Of those that listen, or whose credentials go with others. */
static void resolve_extensions(walk *w)
{
    for (size_t i = 0; i < w->settings->active_count; i++) {
        const tm_extension_settings *extension = w->settings->active[i];
        tm_extension_each_auth(extension,
                               tm_extension_listens(extension) ? resolve_clients : resolve_own, w);
    }
    for (size_t i = 0; i < w->settings->active_count; i++)
        w->fine = check_circle(w->reading, w->settings, w->settings->active[i]) && w->fine;
}

bool tm_check_authenticators(tm_reading *r, tm_settings *settings)
{
    walk w = {.reading = r, .settings = settings, .fine = true};
    resolve_extensions(&w);
    for (size_t i = 0; i < settings->receiver_count; i++)
        tm_receiver_each_auth(&settings->receivers[i], resolve_clients, &w);
    for (size_t i = 0; i < settings->exporter_count; i++) {
        w.plain = !tm_exporter_tls(&settings->exporters[i]);
        w.insecure = tm_exporter_is_insecure(&settings->exporters[i]);
        tm_exporter_each_auth(&settings->exporters[i], resolve_own, &w);
    }
    return w.fine;
}

/* ---- files ----------------------------------------------------------------------------------- */

static void check_own(void *owner, tm_auth_settings *auth);

static void check_files(walk *w, const tm_auth_settings *auth, bool server)
{
    const tm_extension_settings *extension = auth->extension;
    char error[512] = "";
    if (!extension || !authenticates(extension, server))
        return;
    const tm_doc *at = AUTHENTICATORS[extension->type]->read(w->reading, w->settings, extension,
                                                             server, error, sizeof error);
    if (*error)
        w->fine = tm_reading_fail(w->reading, at, "E0500", "%s", error);
    if (!server)
        tm_extension_each_auth(extension, check_own, w);
}

static void check_clients(void *owner, tm_auth_settings *auth)
{
    check_files(owner, auth, true);
}

static void check_own(void *owner, tm_auth_settings *auth)
{
    check_files(owner, auth, false);
}

bool tm_settings_check_files(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                             tm_settings *settings)
{
    tm_reading r = {.arena = arena, .diags = diags, .world = world};
    walk w = {.reading = &r, .settings = settings, .fine = true};
    for (size_t i = 0; i < settings->pipeline_count; i++) {
        const tm_pipeline_settings *pipeline = &settings->pipelines[i];
        for (size_t k = 0; k < pipeline->receiver_count; k++)
            tm_receiver_each_auth(pipeline->receivers[k], check_clients, &w);
        for (size_t k = 0; k < pipeline->exporter_count; k++)
            tm_exporter_each_auth(pipeline->exporters[k], check_own, &w);
    }
    for (size_t i = 0; i < settings->active_count; i++)
        if (tm_extension_listens(settings->active[i]))
            tm_extension_each_auth(settings->active[i], check_clients, &w);
    settings->unread |= !w.fine;
    return tm_check_tls_of_all(&r, settings) && w.fine;
}
