/* Hash: digests from libcrypto.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/hash.h"

#include "stdlib/fn.h"

#include <openssl/evp.h>

tm_text tm_digest_hex(tm_arena *arena, tm_digest digest, tm_text bytes)
{
    const EVP_MD *const algorithm[] = {[TM_MD5] = EVP_md5(),
                                       [TM_SHA1] = EVP_sha1(),
                                       [TM_SHA256] = EVP_sha256(),
                                       [TM_SHA512] = EVP_sha512()};
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_Digest(bytes.p, bytes.n, raw, &n, algorithm[digest], NULL) != 1)
        tm_arena_out_of_memory(arena); /* the only way in which a digest of memory fails */
    char *hex = tm_arena_alloc(arena, 2u * n);
    for (unsigned i = 0; i < n; i++) {
        hex[2 * i] = "0123456789abcdef"[raw[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
    }
    return tm_text_slice(hex, 2u * n);
}

TM_CONVERTER(MD5, "string MD5(value: string)", "The MD5 digest of the text's bytes, as lower-case hex.",
             EX(MD5("hello") == "5d41402abc4b2a76b9719d911017c592") EX(MD5(nil)) REFUSED)
{
    return tm_return_text(c, tm_digest_hex(c->arena, TM_MD5, tm_arg_text(c, 0)));
}

TM_CONVERTER(SHA1, "string SHA1(value: string)",
             "The SHA-1 digest of the text's bytes, as lower-case hex.",
             EX(SHA1("hello") == "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d") EX(SHA1(nil)) REFUSED)
{
    return tm_return_text(c, tm_digest_hex(c->arena, TM_SHA1, tm_arg_text(c, 0)));
}

TM_CONVERTER(SHA256, "string SHA256(value: string)",
             "The SHA-256 digest of the text's bytes, as lower-case hex.",
             EX(SHA256("hello") ==
                "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
                 EX(SHA256(nil)) REFUSED)
{
    return tm_return_text(c, tm_digest_hex(c->arena, TM_SHA256, tm_arg_text(c, 0)));
}

TM_CONVERTER(SHA512, "string SHA512(value: string)",
             "The SHA-512 digest of the text's bytes, as lower-case hex.",
             EX(Len(SHA512("hello")) == 128) EX(SHA512(nil)) REFUSED)
{
    return tm_return_text(c, tm_digest_hex(c->arena, TM_SHA512, tm_arg_text(c, 0)));
}

TM_CHAPTER(hash, ROW(MD5), ROW(SHA1), ROW(SHA256), ROW(SHA512))
