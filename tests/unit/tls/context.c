/* Contexts of TLS: what they are made from, and who is to blame when they cannot be.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tls/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/ssl.h>

#include "tests/unit/identity.h"
#include "tests/unit/short_heap.h"
#include "tls/suites.h"

typedef struct papers {
    identity authority, server, other, old, early;
    char *locked; /* the server's key, with a password */
    tm_arena *arena;
    tm_tls_fault fault;
} papers;

static int open_papers(void **state)
{
    papers *p = calloc(1, sizeof *p);
    p->authority = identity_new((identity_wish){.name = "authority", .authority = true});
    p->server = identity_new((identity_wish){.name = "server", .issuer = &p->authority});
    p->other = identity_new((identity_wish){.name = "other"});
    p->old = identity_new((identity_wish){.name = "old", .from_s = -200, .to_s = -100});
    p->early = identity_new((identity_wish){.name = "early", .from_s = 1000, .to_s = 2000});
    BIO *out = BIO_new(BIO_s_mem());
    unsigned char password[] = "secret";
    PEM_write_bio_PrivateKey(out, p->server.pair, EVP_aes_128_cbc(), password, 6, NULL, NULL);
    p->locked = identity_text(out);
    p->arena = tm_arena_new(NULL);
    *state = p;
    return 0;
}

static int close_papers(void **state)
{
    papers *p = *state;
    identity *all[] = {&p->authority, &p->server, &p->other, &p->old, &p->early};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        identity_free(all[i]);
    free(p->locked);
    tm_arena_free(p->arena);
    free(p);
    return 0;
}

/* The options of a server that works. */
static tm_tls_options good(const papers *p)
{
    return (tm_tls_options){.server = true,
                            .cert = tm_text_of(p->server.cert),
                            .key = tm_text_of(p->server.key),
                            .min_version = TM_TLS_1_2,
                            .max_version = TM_TLS_1_3};
}

static tm_tls_context *make(papers *p, const tm_tls_options *options)
{
    return tm_tls_context_new(NULL, p->arena, options, &p->fault);
}

static void refuses(papers *p, const tm_tls_options *options, tm_tls_item item, const char *why)
{
    tm_tls_context *context = make(p, options);
    assert_null(context);
    assert_int_equal(p->fault.item, item);
    assert_non_null(strstr(p->fault.why, why));
    assert_null(strstr(p->fault.why, "BEGIN"));
}

static void certificate_and_key_are_checked(void **state)
{
    papers *p = *state;
    tm_tls_options o = good(p);
    tm_tls_context *context = make(p, &o);
    assert_non_null(context);
    assert_false(p->fault.expired || p->fault.early);
    tm_tls_context_unref(tm_tls_context_ref(context));
    tm_tls_context_unref(context);
    o.key = tm_text_of(p->other.key);
    refuses(p, &o, TM_TLS_KEY, "not the key of the certificate");
    o.key = tm_text_of(p->locked);
    refuses(p, &o, TM_TLS_KEY, "password");
    o.key = tm_text_of(p->server.cert);
    refuses(p, &o, TM_TLS_KEY, "no private key");
    o.key = TM_TEXT("");
    refuses(p, &o, TM_TLS_KEY, "no private key");
    o = good(p);
    o.cert = tm_text_of(p->server.key);
    refuses(p, &o, TM_TLS_CERT, "no certificate");
    o.cert = tm_text_slice(p->server.cert, 200);
    refuses(p, &o, TM_TLS_CERT, "a certificate that is none");
    o.cert = TM_TEXT("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    refuses(p, &o, TM_TLS_CERT, "a certificate that is none");
}

static void every_certificate_of_a_chain_has_to_be_one(void **state)
{
    papers *p = *state;
    tm_tls_options o = good(p);
    o.cert = tm_arena_print(p->arena, "remarks\n%s%s", p->server.cert, p->authority.cert);
    tm_tls_context *context = make(p, &o);
    assert_non_null(context);
    tm_tls_context_unref(context);
    o.cert = tm_arena_print(p->arena, "%s%.200s", p->server.cert, p->authority.cert);
    refuses(p, &o, TM_TLS_CERT, "a certificate that is none");
}

static void dates_are_told_and_no_fault(void **state)
{
    papers *p = *state;
    tm_tls_options o = good(p);
    o.cert = tm_text_of(p->old.cert), o.key = tm_text_of(p->old.key);
    tm_tls_context *context = make(p, &o);
    assert_non_null(context);
    assert_true(p->fault.expired && !p->fault.early);
    tm_tls_context_unref(context);
    o.cert = tm_text_of(p->early.cert), o.key = tm_text_of(p->early.key);
    context = make(p, &o);
    assert_non_null(context);
    assert_true(p->fault.early && !p->fault.expired);
    tm_tls_context_unref(context);
}

static void authorities_are_certificates(void **state)
{
    papers *p = *state;
    tm_tls_options o = good(p);
    o.client_ca = tm_text_of(p->server.key);
    refuses(p, &o, TM_TLS_CLIENT_CA, "no certificate");
    o.client_ca = tm_arena_print(p->arena, "%s%s%s", p->authority.cert, p->other.cert,
                                 p->authority.cert); /* twice is no harm */
    tm_tls_context *context = make(p, &o);
    assert_non_null(context);
    tm_tls_context_unref(context);
    o = (tm_tls_options){.min_version = TM_TLS_1_2, .max_version = TM_TLS_1_3};
    o.ca = TM_TEXT("nothing");
    refuses(p, &o, TM_TLS_CA, "no certificate");
    o.ca = tm_text_of(p->authority.cert);
    context = make(p, &o);
    assert_non_null(context);
    tm_tls_context_unref(context);
}

static void suites_and_curves_are_opensssls(void **state)
{
    papers *p = *state;
    tm_tls_options o = good(p);
    for (size_t i = 0; tm_tls_suite_name(i); i++) {
        tm_text name = tm_text_of(tm_tls_suite_name(i));
        o.suites = (tm_texts){&name, 1};
        tm_tls_context *context = make(p, &o);
        assert_non_null(context);
        tm_tls_context_unref(context);
    }
    tm_text newest = TM_TEXT("TLS_AES_128_GCM_SHA256");
    o.suites = (tm_texts){&newest, 1};
    o.max_version = TM_TLS_1_2;
    refuses(p, &o, TM_TLS_SUITES, "max_version");
    o = good(p);
    tm_text curves[] = {TM_TEXT("none of this name"), TM_TEXT("P384")};
    o.curves = (tm_texts){curves, 2};
    tm_tls_context *context = make(p, &o);
    assert_non_null(context);
    tm_tls_context_unref(context);
    o.curves = (tm_texts){curves, 1};
    refuses(p, &o, TM_TLS_CURVES, "none of them");
}

static void addresses_are_not_asked_for_by_name(void **state)
{
    papers *p = *state;
    static const struct {
        const char *name, *sent;
    } cases[] = {{"tempo.test", "tempo.test"}, {"127.0.0.1", NULL}, {"::1", NULL}, {"", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tm_tls_options o = {.min_version = TM_TLS_1_2,
                            .max_version = TM_TLS_1_3,
                            .ca = tm_text_of(p->authority.cert),
                            .name = tm_text_of(cases[i].name)};
        tm_tls_context *context = make(p, &o);
        assert_non_null(context);
        SSL *ssl = tm_tls_context_session(context);
        const char *sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        assert_true(cases[i].sent ? sent && !strcmp(sent, cases[i].sent) : !sent);
        tm_tls_context_unref(context);
        SSL_free(ssl); /* it has what it needs of the context */
    }
}

static void without_memory_there_is_none(void **state)
{
    papers *p = *state;
    short_heap memory;
    short_heap_init(&memory, 0, true);
    tm_tls_options o = good(p);
    assert_null(tm_tls_context_new(&memory.heap, p->arena, &o, &p->fault));
    assert_string_equal(p->fault.why, "out of memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificate_and_key_are_checked),
        cmocka_unit_test(every_certificate_of_a_chain_has_to_be_one),
        cmocka_unit_test(dates_are_told_and_no_fault),
        cmocka_unit_test(authorities_are_certificates),
        cmocka_unit_test(suites_and_curves_are_opensssls),
        cmocka_unit_test(addresses_are_not_asked_for_by_name),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, open_papers, close_papers);
}
