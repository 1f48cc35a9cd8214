/* Identities: certificates and keys in PEM for the tests, made when they run.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_IDENTITY_H
#define TM_TESTS_IDENTITY_H

#include "base/text.h"

#include <assert.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

typedef struct identity {
    X509 *certificate;
    EVP_PKEY *pair;
    char *cert, *key; /* in PEM */
} identity;

/* What it is to be. */
typedef struct identity_wish {
    const char *name;       /* subject's common name */
    const char *san;        /* "DNS:localhost,IP:127.0.0.1"; NULL: none */
    const char *eku;        /* "serverAuth"; NULL: good for everything */
    const identity *issuer; /* NULL: signed by itself */
    bool authority;
    long from_s, to_s; /* from now; 0 and 0: for a day */
} identity_wish;

static inline char *identity_text(BIO *bio)
{
    char *p;
    long n = BIO_get_mem_data(bio, &p);
    char *out = strndup(p, (size_t)n);
    BIO_free(bio);
    return out;
}

static inline void identity_extend(X509 *certificate, X509V3_CTX *context, int nid,
                                   const char *value)
{
    X509_EXTENSION *e = value ? X509V3_EXT_conf_nid(NULL, context, nid, value) : NULL;
    assert(!value || e);
    if (e)
        X509_add_ext(certificate, e, -1);
    X509_EXTENSION_free(e);
}

static inline identity identity_new(identity_wish wish)
{
    identity out = {.certificate = X509_new(), .pair = EVP_EC_gen("P-256")};
    X509 *x = out.certificate;
    X509V3_CTX context;
    const identity *issuer = wish.issuer ? wish.issuer : &out;
    X509_set_version(x, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), (uint64_t)(uintptr_t)out.pair);
    X509_gmtime_adj(X509_getm_notBefore(x), wish.from_s ? wish.from_s : -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), wish.to_s ? wish.to_s : 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)wish.name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(issuer->certificate));
    X509_set_pubkey(x, out.pair);
    X509V3_set_ctx(&context, issuer->certificate, x, NULL, NULL, 0);
    identity_extend(x, &context, NID_basic_constraints,
                    wish.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    identity_extend(x, &context, NID_subject_alt_name, wish.san);
    identity_extend(x, &context, NID_ext_key_usage, wish.eku);
    assert(X509_sign(x, issuer->pair, EVP_sha256()) > 0);
    BIO *cert = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(cert, x);
    PEM_write_bio_PrivateKey(key, out.pair, NULL, NULL, 0, NULL, NULL);
    out.cert = identity_text(cert);
    out.key = identity_text(key);
    return out;
}

static inline void identity_free(identity *i)
{
    X509_free(i->certificate);
    EVP_PKEY_free(i->pair);
    free(i->cert);
    free(i->key);
}

#endif
