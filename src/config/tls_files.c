/* TLS files: reading them, and whom to blame.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/tls_files.h"

enum { FILE_MOST_BYTES = 4 << 20 }; /* all authorities of the world are a quarter of a MiB */

/* One of the files, and the text that may stand in its place. */
typedef struct source {
    const char *file_key, *text_key;
    tm_text file, text;
    bool again; /* is it read anew while it is in use? */
} source;

/* By tm_tls_item, where it is a file. */
static source source_of(const tm_tls_settings *tls, tm_tls_item item)
{
    bool again = tls->reload_interval_ns > 0;
    switch (item) {
    case TM_TLS_CERT:
        return (source){"cert_file", "cert_pem", tls->cert_file, tls->cert_pem, again};
    case TM_TLS_KEY:
        return (source){"key_file", "key_pem", tls->key_file, tls->key_pem, again};
    case TM_TLS_CA:
        return (source){"ca_file", "ca_pem", tls->ca_file, tls->ca_pem, again};
    case TM_TLS_CLIENT_CA:
        return (source){.file_key = "client_ca_file",
                        .file = tls->client_ca_file,
                        .again = tls->client_ca_reload};
    case TM_TLS_SUITES:
        return (source){.file_key = "cipher_suites"};
    case TM_TLS_CURVES:
        return (source){.file_key = "curve_preferences"};
    case TM_TLS_NOTHING:
        break;
    }
    return (source){.file_key = ""};
}

/* One walk over the files. */
typedef struct walk {
    const tm_config_world *world;
    tm_arena *arena;
    const tm_tls_settings *tls;
    bool first; /* not again */
    tm_tls_wrong *wrong;
} walk;

static bool read_item(const walk *w, tm_tls_item item, tm_text last, tm_text *out)
{
    source s = source_of(w->tls, item);
    tm_text why;
    if (!s.file.n || (!w->first && !s.again)) {
        *out = tm_arena_copy(w->arena, w->first ? s.text : last);
        return true;
    }
    if (w->world->read(w->world->owner, w->arena, s.file, FILE_MOST_BYTES, out, &why)) {
        if (out->n)
            return true;
        why = TM_TEXT("it is empty");
    }
    *w->wrong = (tm_tls_wrong){
        .key = s.file_key,
        .why = tm_arena_print(w->arena, "cannot read %.*s: %.*s", TM_PRI(s.file), TM_PRI(why)),
        .unread = true};
    return false;
}

bool tm_tls_files_read(const tm_config_world *world, tm_arena *arena, const tm_tls_settings *tls,
                       bool server, const tm_tls_options *last, tm_tls_options *out,
                       tm_tls_wrong *wrong)
{
    const tm_tls_options none = {0}, *l = last ? last : &none;
    const walk w = {world, arena, tls, !last, wrong};
    *out = (tm_tls_options){.server = server,
                            .system_ca = tls->system_ca,
                            .skip_verify = tls->skip_verify,
                            .http1 = l->http1,
                            .name = tm_arena_copy(arena, l->name),
                            .min_version = tls->min_version,
                            .max_version = tls->max_version,
                            .suites = tls->suites,
                            .curves = tls->curves};
    return read_item(&w, TM_TLS_CERT, l->cert, &out->cert) &&
           read_item(&w, TM_TLS_KEY, l->key, &out->key) &&
           read_item(&w, TM_TLS_CA, l->ca, &out->ca) &&
           read_item(&w, TM_TLS_CLIENT_CA, l->client_ca, &out->client_ca);
}

bool tm_tls_files_same(const tm_tls_options *a, const tm_tls_options *b)
{
    return tm_text_equal(a->cert, b->cert) && tm_text_equal(a->key, b->key) &&
           tm_text_equal(a->ca, b->ca) && tm_text_equal(a->client_ca, b->client_ca);
}

void tm_tls_files_blame(tm_arena *arena, const tm_tls_settings *tls, const tm_tls_fault *fault,
                        tm_tls_wrong *wrong)
{
    source s = source_of(tls, fault->item);
    *wrong = (tm_tls_wrong){.key = s.file.n || !s.text_key ? s.file_key : s.text_key,
                            .why = tm_text_of(fault->why)};
    if (s.file.n)
        wrong->why = tm_arena_print(arena, "%.*s: %s", TM_PRI(s.file), fault->why);
}
