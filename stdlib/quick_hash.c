/* Quick hash: hashes that are no digests, FNV and those of xxHash (language.md 4.6).
 * Work: each byte once, charged before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/quick_hash.h"

#include "stdlib/data.h"
#include "stdlib/fn.h"

/* Compiled in from its header: nothing to link with. */
#define XXH_INLINE_ALL
#include <xxhash.h>
#undef XXH128 /* there the name of a function, here of one of the language */

TM_CONVERTER(FNV, "int FNV(target: string)",
             "The 64-bit FNV-1a hash of the text's bytes, as a signed int.",
             EX(FNV("hello") == -6615550055289275125)
             EX(FNV(1)) REFUSED)
{
    tm_text t = tm_arg_text(c, 0);
    if (!tm_charge_bytes(c, t.n))
        return false;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    /* Work: bytes, charged before */
    for (size_t i = 0; i < t.n; i++)
        hash = (hash ^ (unsigned char)t.p[i]) * UINT64_C(0x100000001b3);
    return tm_return_int(c, (int64_t)hash);
}

uint64_t tm_hash_xxh3(tm_text text)
{
    return XXH3_64bits(text.p, text.n);
}

TM_CONVERTER(XXH3, "string XXH3(target: string)",
             "The 64-bit XXH3 hash of the text's bytes, as 16 hex digits.",
             EX(XXH3("hello") == "9555e8555c62dcfd")
             EX(XXH3(attributes["i"])) FAILS)
{
    tm_text t = tm_arg_text(c, 0);
    if (!tm_charge_bytes(c, t.n))
        return false;
    XXH64_canonical_t hash;
    XXH64_canonicalFromHash(&hash, XXH3_64bits(t.p, t.n));
    return tm_return_text(c, tm_hex_text(c->arena, tm_text_slice(hash.digest, sizeof hash.digest)));
}

TM_CONVERTER(XXH128, "string XXH128(target: string)",
             "The 128-bit XXH3 hash of the text's bytes, as 32 hex digits.",
             EX(XXH128("") == "99aa06d3014798d86001c324468d497f")
             EX(XXH128(attributes["missing"])) FAILS)
{
    tm_text t = tm_arg_text(c, 0);
    if (!tm_charge_bytes(c, t.n))
        return false;
    XXH128_canonical_t hash;
    XXH128_canonicalFromHash(&hash, XXH3_128bits(t.p, t.n));
    return tm_return_text(c, tm_hex_text(c->arena, tm_text_slice(hash.digest, sizeof hash.digest)));
}

void tm_data_quick_hash(tm_buf *out)
{
    tm_buf_print(out, "| xxHash | %d.%d.%d | XXH3 | XXH3, XXH128 |\n", XXH_VERSION_MAJOR,
                 XXH_VERSION_MINOR, XXH_VERSION_RELEASE);
}

TM_CHAPTER(quick_hash, ROW(FNV), ROW(XXH3), ROW(XXH128))
