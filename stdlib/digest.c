/* Digest: digests from libcrypto (language.md 4.6). A build WITHOUT=crypto has none of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/digest.h"

#include "stdlib/data.h"
#include "stdlib/fn.h"

#include <openssl/evp.h>

static void free_algorithm(void *algorithm)
{
    EVP_MD_free(algorithm);
}

const void *tm_digest_find(tm_arena *arena, tm_digest digest)
{
    static const char *const name[] = {
        [TM_MD5] = "MD5", [TM_SHA1] = "SHA1", [TM_SHA256] = "SHA256", [TM_SHA512] = "SHA512"};
    EVP_MD *algorithm = EVP_MD_fetch(NULL, name[digest], NULL);
    if (algorithm)
        tm_arena_cleanup(arena, free_algorithm, algorithm);
    return algorithm;
}

tm_text tm_digest_with(tm_arena *arena, const void *algorithm, tm_text bytes)
{
    unsigned char *raw = tm_arena_alloc(arena, EVP_MAX_MD_SIZE);
    unsigned n = 0;
    if (EVP_Digest(bytes.p, bytes.n, raw, &n, algorithm, NULL) != 1)
        tm_arena_out_of_memory(arena); /* the only way in which a digest of memory fails */
    return tm_text_slice(raw, n);
}

tm_text tm_digest_bytes(tm_arena *arena, tm_digest digest, tm_text bytes)
{
    const EVP_MD *const algorithm[] = {[TM_MD5] = EVP_md5(),
                                       [TM_SHA1] = EVP_sha1(),
                                       [TM_SHA256] = EVP_sha256(),
                                       [TM_SHA512] = EVP_sha512()};
    return tm_digest_with(arena, algorithm[digest], bytes);
}

tm_text tm_digest_hex(tm_arena *arena, tm_digest digest, tm_text bytes)
{
    return tm_hex_text(arena, tm_digest_bytes(arena, digest, bytes));
}

/* --- digests --- */
static bool prepare_digest(tm_prepare *p, tm_digest digest)
{
    p->state = (void *)tm_digest_find(p->arena, digest); /* NULL: found at each call */
    return true;
}

enum { DIGEST_BYTES = 512 }; /* a digest of nothing takes as long as reading so many */

static bool return_digest(tm_call *c, tm_digest digest)
{
    tm_text text = tm_arg_text(c, 0);
    if (!tm_charge_bytes(c, text.n + DIGEST_BYTES))
        return false;
    return tm_return_text(c, tm_hex_text(c->arena, c->state
                                                       ? tm_digest_with(c->arena, c->state, text)
                                                       : tm_digest_bytes(c->arena, digest, text)));
}

static bool prepare_MD5(tm_prepare *p)
{
    return prepare_digest(p, TM_MD5);
}

TM_CONVERTER_PREPARED(MD5, "string MD5(target: string)",
                      "The MD5 digest of the text's bytes, as lower-case hex.",
                      EX(MD5("hello") == "5d41402abc4b2a76b9719d911017c592")
                      EX(MD5(nil)) REFUSED)
{
    return return_digest(c, TM_MD5);
}

static bool prepare_SHA1(tm_prepare *p)
{
    return prepare_digest(p, TM_SHA1);
}

TM_CONVERTER_PREPARED(SHA1, "string SHA1(target: string)",
                      "The SHA-1 digest of the text's bytes, as lower-case hex.",
                      EX(SHA1("hello") == "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d")
                      EX(SHA1(nil)) REFUSED)
{
    return return_digest(c, TM_SHA1);
}

static bool prepare_SHA256(tm_prepare *p)
{
    return prepare_digest(p, TM_SHA256);
}

TM_CONVERTER_PREPARED(SHA256, "string SHA256(target: string)",
                      "The SHA-256 digest of the text's bytes, as lower-case hex.",
                      EX(SHA256("hello") == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
                      EX(SHA256(nil)) REFUSED)
{
    return return_digest(c, TM_SHA256);
}

static bool prepare_SHA512(tm_prepare *p)
{
    return prepare_digest(p, TM_SHA512);
}

TM_CONVERTER_PREPARED(SHA512, "string SHA512(target: string)",
                      "The SHA-512 digest of the text's bytes, as lower-case hex.",
                      EX(Len(SHA512("hello")) == 128)
                      EX(SHA512(nil)) REFUSED)
{
    return return_digest(c, TM_SHA512);
}

void tm_data_digest(tm_buf *out)
{
    tm_buf_print(out,
                 "| OpenSSL | %s | MD5, SHA-1, SHA-2 | MD5, SHA1, SHA256, SHA512, CommunityID |\n",
                 OPENSSL_VERSION_STR);
}

TM_CHAPTER(digest, ROW(MD5), ROW(SHA1), ROW(SHA256), ROW(SHA512))
