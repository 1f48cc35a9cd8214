/* Checks of the extensions that only exporters authenticate by: headers_setter, oauth2client.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"
#include "config/secrets.h"

/* A value comes from one place. */
static bool check_sources(tm_reading *r, const tm_doc *doc)
{
    static const char *const sources[] = {"value", "value_file", "from_context", "from_attribute"};
    const tm_doc *source;
    if (!tm_check_one_of(r, doc, sources, sizeof sources / sizeof *sources, &source))
        return false;
    return source || tm_reading_fail(r, doc, "E0523",
                                     "it needs value, value_file, from_context or from_attribute");
}

bool tm_check_set_header(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_set_header *header = settings;
    if (!header->key.n || !tm_check_sent_name(header->key))
        return tm_reading_fail(r, tm_check_place(doc, "key"), "E0524",
                               "\"%.*s\" is no name of a header that exporters may send",
                               TM_PRI(header->key));
    if (header->action == TM_HEADER_DELETE)
        return true;
    if (!check_sources(r, doc))
        return false;
    const bool visible = tm_secrets_visible(header->value);
    return (visible && tm_secrets_visible(header->default_value)) ||
           tm_reading_fail(r, tm_check_place(doc, visible ? "default_value" : "value"), "E0524",
                           "it has a character that HTTP does not allow here");
}

bool tm_check_setter(tm_reading *r, const tm_doc *doc, void *settings)
{
    enum { MOST = 32 };
    const tm_setter_settings *setter = settings;
    if (!setter->headers.count)
        return tm_reading_fail(r, tm_check_place(doc, "headers"), "E0524", "it sets no header");
    return setter->headers.count <= MOST ||
           tm_reading_fail(r, tm_check_place(doc, "headers"), "E0524",
                           "there are more than %d headers", MOST);
}

bool tm_check_oauth2(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_oauth2_settings *oauth2 = settings;
    if (!oauth2->client_id.n && !oauth2->client_id_file.n)
        return tm_reading_fail(r, doc, "E0523", "it needs client_id or client_id_file");
    if (!oauth2->client_secret.n && !oauth2->client_secret_file.n)
        return tm_reading_fail(r, doc, "E0523", "it needs client_secret or client_secret_file");
    if (oauth2->token_url.https || oauth2->tls.insecure)
        return true;
    tm_reading_fail(r, tm_check_place(doc, "token_url"), "E0550",
                    "the credentials would travel without encryption");
    return tm_diag_hint(r->diags, "https:// encrypts; \"tls: {insecure: true}\" allows it");
}
