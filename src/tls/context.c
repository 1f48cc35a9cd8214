/* Context: an SSL_CTX from texts in PEM.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tls/context_inside.h"

#include "tls/suites.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

/* A context in the making. */
typedef struct making {
    tm_arena *arena;
    const tm_tls_options *options;
    SSL_CTX *ctx;
    tm_tls_fault *fault;
    tm_text curves; /* that were set */
    bool made;
} making;

static bool fail(making *m, tm_tls_item item, const char *why)
{
    ERR_clear_error();
    m->fault->item = item;
    m->fault->why = why;
    return false;
}

/* The same with OpenSSL's reason. */
static bool fail_so(making *m, tm_tls_item item, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return fail(m, item, tm_arena_print(m->arena, "%s: %s", what, reason ? reason : "no reason").p);
}

/* ---- PEM ------------------------------------------------------------------------------------- */

/* Calls take(owner, certificate) for each; false when one is no certificate, or there is none. */
static bool each_certificate(making *m, tm_tls_item item, tm_text pem,
                             bool (*take)(making *m, X509 *certificate, size_t number))
{
    BIO *in = BIO_new_mem_buf(pem.p, pem.n < INT_MAX ? (int)pem.n : INT_MAX);
    X509 *certificate = NULL;
    size_t count = 0;
    bool fine = in != NULL;
    while (fine && (certificate = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
        fine = take(m, certificate, count++);
        X509_free(certificate);
    }
    BIO_free(in);
    bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!fine)
        return m->fault->why ? false : fail_so(m, item, "it cannot be used");
    if (!ended)
        return fail_so(m, item, "it has a certificate that is none");
    ERR_clear_error();
    if (!count && tm_text_find(pem, TM_TEXT("PRIVATE KEY-----")) >= 0)
        return fail(m, item, "it has a private key, and no certificate in PEM");
    return count || fail(m, item, "it has no certificate in PEM");
}

/* Keys have no passwords here; that one was asked for tells what is wrong. */
static int refuse_password(char *out, int room, int writes, void *asked)
{
    (void)out, (void)room, (void)writes;
    *(bool *)asked = true;
    return -1;
}

/* ---- own certificate ------------------------------------------------------------------------- */

static bool take_own(making *m, X509 *certificate, size_t number)
{
    if (number) /* of an authority between */
        return SSL_CTX_add1_chain_cert(m->ctx, certificate) == 1;
    m->fault->expired = X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
    m->fault->early = X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0;
    return SSL_CTX_use_certificate(m->ctx, certificate) == 1;
}

static bool take_key(making *m)
{
    tm_text pem = m->options->key;
    bool asked = false, belongs = false, known = false;
    BIO *in = BIO_new_mem_buf(pem.p, pem.n < INT_MAX ? (int)pem.n : INT_MAX);
    EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, refuse_password, &asked) : NULL;
    BIO_free(in);
    known = key != NULL;
    belongs =
        known && SSL_CTX_use_PrivateKey(m->ctx, key) == 1 && SSL_CTX_check_private_key(m->ctx) == 1;
    EVP_PKEY_free(key);
    if (asked)
        return fail(m, TM_TLS_KEY, "it is encrypted by a password: write it without one");
    if (!known)
        return fail(m, TM_TLS_KEY, "it has no private key in PEM");
    return belongs || fail(m, TM_TLS_KEY, "it is not the key of the certificate");
}

static bool take_identity(making *m)
{
    const tm_tls_options *o = m->options;
    if (!o->cert.n && !o->key.n)
        return true;
    return each_certificate(m, TM_TLS_CERT, o->cert, take_own) && take_key(m);
}

/* ---- authorities ----------------------------------------------------------------------------- */

static bool take_authority(making *m, X509 *certificate, size_t number)
{
    (void)number;
    return X509_STORE_add_cert(SSL_CTX_get_cert_store(m->ctx), certificate) == 1 &&
           (!m->options->server || SSL_CTX_add_client_CA(m->ctx, certificate) == 1);
}

static bool trust(making *m)
{
    const tm_tls_options *o = m->options;
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(m->ctx);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN); /* whom one trusts is enough */
    if (o->server) {
        if (o->client_ca.n)
            SSL_CTX_set_verify(m->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        return !o->client_ca.n ||
               each_certificate(m, TM_TLS_CLIENT_CA, o->client_ca, take_authority);
    }
    SSL_CTX_set_verify(m->ctx, o->skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if ((!o->ca.n || o->system_ca) && SSL_CTX_set_default_verify_paths(m->ctx) != 1)
        return fail_so(m, TM_TLS_CA, "the system's authorities cannot be used");
    return !o->ca.n || each_certificate(m, TM_TLS_CA, o->ca, take_authority);
}

/* ---- what is spoken -------------------------------------------------------------------------- */

static bool set_suites(making *m, int *least)
{
    tm_buf list = {.arena = m->arena};
    tm_tls_suites_print(&m->options->suites, &list);
    tm_buf_add_char(&list, 0);
    if (list.n == 1) {
        if (m->options->max_version < TM_TLS_1_3)
            return fail(m, TM_TLS_SUITES, "they are all of TLS 1.3, which max_version rules out");
        *least = TLS1_3_VERSION;
        return true;
    }
    return SSL_CTX_set_cipher_list(m->ctx, list.p) == 1 ||
           fail_so(m, TM_TLS_SUITES, "they cannot be used");
}

/* Those that this OpenSSL knows. */
static bool set_curves(making *m)
{
    const tm_texts *curves = &m->options->curves;
    tm_buf list = {.arena = m->arena};
    for (size_t i = 0; i < curves->count; i++) {
        const char *name = tm_tls_curve_find(curves->items[i]);
        if (name && SSL_CTX_set1_groups_list(m->ctx, name) == 1)
            tm_buf_print(&list, "%s%s", list.n ? ":" : "", name);
    }
    ERR_clear_error();
    if (curves->count && !list.n)
        return fail(m, TM_TLS_CURVES, "this machine's OpenSSL knows none of them");
    if (!list.n)
        tm_buf_print(&list, "X25519:P-256:P-384");
    m->curves = tm_buf_text(&list);
    tm_buf_add_char(&list, 0);
    return SSL_CTX_set1_groups_list(m->ctx, list.p) == 1 ||
           fail_so(m, TM_TLS_CURVES, "they cannot be used");
}

static int number_of(tm_tls_version version)
{
    static const int numbers[] = {
        [TM_TLS_1_2] = TLS1_2_VERSION,
        [TM_TLS_1_3] = TLS1_3_VERSION,
    };
    return version < TM_TLS_1_2 ? TLS1_2_VERSION : numbers[version];
}

static const uint8_t H2_HTTP1[] = "\x02h2\x08http/1.1", H2[] = "\x02h2";

/* The first of ours that the client has; a client with none of them is told so. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *n,
                           const unsigned char *offered, unsigned offered_n, void *http1)
{
    const uint8_t *ours = http1 ? H2_HTTP1 : H2;
    unsigned ours_n = (http1 ? sizeof H2_HTTP1 : sizeof H2) - 1;
    (void)ssl;
    return SSL_select_next_proto((unsigned char **)(uintptr_t)out, n, ours, ours_n, offered,
                                 offered_n) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool set_protocols(making *m)
{
    if (m->options->server) {
        void *http1 = m->options->http1 ? (void *)(uintptr_t)H2_HTTP1 : NULL;
        SSL_CTX_set_alpn_select_cb(m->ctx, choose_protocol, http1);
        return true;
    }
    return SSL_CTX_set_alpn_protos(m->ctx, H2, sizeof H2 - 1) == 0 ||
           fail(m, TM_TLS_NOTHING, "out of memory");
}

/* Whom a client asks for and who has to answer: hosts by their names, never by the common name. */
static bool set_name(making *m)
{
    tm_text name = tm_arena_copy(m->arena, m->options->name);
    uint8_t address[16];
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(m->ctx);
    if (m->options->server || !name.n)
        return true;
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    bool numeric =
        inet_pton(AF_INET, name.p, address) == 1 || inet_pton(AF_INET6, name.p, address) == 1;
    int set = numeric ? X509_VERIFY_PARAM_set1_ip_asc(param, name.p)
                      : X509_VERIFY_PARAM_set1_host(param, name.p, name.n);
    return set == 1 || fail_so(m, TM_TLS_NOTHING, "the server's name cannot be used");
}

/* No session is taken up again: nobody gets in by a certificate that was good once, nor are there
 * keys that would open what was recorded. Renegotiation and compression are attacks today. */
static bool set_manners(making *m)
{
    const tm_tls_options *o = m->options;
    int least = number_of(o->min_version);
    SSL_CTX_set_options(m->ctx, TM_TLS_OPTIONS);
    SSL_CTX_set_mode(m->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(m->ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(m->ctx, 0);
    SSL_CTX_set_security_level(m->ctx, 2);
    if (!set_suites(m, &least) || !set_curves(m))
        return false;
    return (SSL_CTX_set_ciphersuites(m->ctx, TM_TLS_SUITES_OF_1_3) == 1 &&
            SSL_CTX_set_min_proto_version(m->ctx, least) == 1 &&
            SSL_CTX_set_max_proto_version(m->ctx, number_of(o->max_version)) == 1) ||
           fail_so(m, TM_TLS_NOTHING, "TLS cannot be set up");
}

/* ---- contexts -------------------------------------------------------------------------------- */

static tm_tls_context *wrap(const tm_heap *heap, const making *m)
{
    const tm_tls_options *o = m->options;
    tm_tls_context *context = tm_heap_alloc(heap, sizeof *context);
    uint8_t address[16];
    if (!context)
        return NULL;
    *context =
        (tm_tls_context){.heap = heap, .ctx = m->ctx, .server = o->server, .http1 = o->http1};
    atomic_init(&context->references, 1);
    if (o->name.n && o->name.n < sizeof context->name)
        memcpy(context->name, o->name.p, o->name.n);
    if (m->curves.n < sizeof context->curves) /* all names that there are fit */
        memcpy(context->curves, m->curves.p, m->curves.n);
    if (inet_pton(AF_INET, context->name, address) == 1 ||
        inet_pton(AF_INET6, context->name, address) == 1)
        context->name[0] = 0; /* addresses are not asked for by name */
    return context;
}

static void make(void *argument)
{
    making *m = argument;
    m->fault->item = TM_TLS_NOTHING;
    m->fault->why = NULL;
    m->made = set_manners(m) && trust(m) && take_identity(m) && set_name(m) && set_protocols(m);
}

/* Also when memory for what is to be said of it runs out. */
static void drop_unless_made(void *argument)
{
    making *m = argument;
    if (!m->made)
        SSL_CTX_free(m->ctx);
}

tm_tls_context *tm_tls_context_new(const tm_heap *heap, tm_arena *arena,
                                   const tm_tls_options *options, tm_tls_fault *fault)
{
    *fault = (tm_tls_fault){.why = "out of memory"};
    making m = {.arena = arena, .options = options, .fault = fault};
    ERR_clear_error();
    m.ctx = SSL_CTX_new(options->server ? TLS_server_method() : TLS_client_method());
    if (!m.ctx)
        return NULL;
    tm_arena_finally(arena, make, drop_unless_made, &m);
    if (!m.made)
        return NULL;
    tm_tls_context *context = wrap(heap, &m);
    if (!context) {
        SSL_CTX_free(m.ctx);
        fault->why = "out of memory";
    }
    return context;
}

tm_tls_context *tm_tls_context_ref(tm_tls_context *context)
{
    atomic_fetch_add_explicit(&context->references, 1, memory_order_relaxed);
    return context;
}

void tm_tls_context_unref(tm_tls_context *context)
{
    if (!context || atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) != 1)
        return;
    SSL_CTX_free(context->ctx);
    tm_heap_free(context->heap, context);
}

SSL *tm_tls_context_session(const tm_tls_context *context)
{
    SSL *ssl = SSL_new(context->ctx);
    if (!ssl)
        return NULL;
    if (context->server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    if (!context->name[0] || SSL_set_tlsext_host_name(ssl, context->name) == 1)
        return ssl;
    SSL_free(ssl);
    return NULL;
}

bool tm_tls_context_may_choose_none(const tm_tls_context *context)
{
    return context->server && context->http1;
}
