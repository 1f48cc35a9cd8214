/* Context, lent: what it is made of, for the SSL_CTX of another library.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tls/context_inside.h"

#include <openssl/err.h>
#include <stdio.h>

static bool lend_identity(SSL_CTX *from, SSL_CTX *to)
{
    X509 *certificate = SSL_CTX_get0_certificate(from);
    EVP_PKEY *key = SSL_CTX_get0_privatekey(from);
    STACK_OF(X509) *chain = NULL;
    SSL_CTX_get0_chain_certs(from, &chain);
    return !certificate || SSL_CTX_use_cert_and_key(to, certificate, key, chain, 1) == 1;
}

/* Ciphers before TLS 1.3, by OpenSSL's names. Where only those of 1.3 are left, the least version
 * says so, and the list does not matter. */
static bool lend_suites(SSL_CTX *from, SSL_CTX *to)
{
    char list[1024];
    size_t n = 0;
    STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(from);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
        const char *name = SSL_CIPHER_get_name(cipher);
        if (tm_text_starts(tm_text_of(name), TM_TEXT("TLS_")))
            continue; /* one of TLS 1.3 */
        int added = snprintf(list + n, sizeof list - n, "%s%s", n ? ":" : "", name);
        if (added < 0 || (size_t)added >= sizeof list - n)
            return false;
        n += (size_t)added;
    }
    return (!n || SSL_CTX_set_cipher_list(to, list) == 1) &&
           SSL_CTX_set_ciphersuites(to, TM_TLS_SUITES_OF_1_3) == 1;
}

bool tm_tls_context_lend(const tm_tls_context *context, SSL_CTX *to)
{
    SSL_CTX *from = context->ctx;
    SSL_CTX_set_options(to, TM_TLS_OPTIONS);
    SSL_CTX_set_session_cache_mode(to, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_security_level(to, SSL_CTX_get_security_level(from));
    SSL_CTX_set1_cert_store(to, SSL_CTX_get_cert_store(from));
    SSL_CTX_set_verify(to, SSL_CTX_get_verify_mode(from), NULL);
    bool lent = SSL_CTX_set1_param(to, SSL_CTX_get0_param(from)) == 1 && lend_suites(from, to) &&
                SSL_CTX_set1_groups_list(to, context->curves) == 1 &&
                SSL_CTX_set_min_proto_version(to, (int)SSL_CTX_get_min_proto_version(from)) == 1 &&
                SSL_CTX_set_max_proto_version(to, (int)SSL_CTX_get_max_proto_version(from)) == 1 &&
                lend_identity(from, to);
    ERR_clear_error();
    return lent;
}
