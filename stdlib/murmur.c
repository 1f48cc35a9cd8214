/* Murmur: MurmurHash3 of Austin Appleby, x86_32 and x64_128, with seed 0 (language.md 4.6).
 * Work: each byte once, charged before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include <endian.h>

static uint32_t rotate_32(uint32_t x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

static uint64_t rotate_64(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

/* Fewer than nine bytes as a little-endian number. */
static uint64_t little_endian(const char *p, size_t bytes)
{
    uint64_t x = 0;
    /* Work: at most 8 bytes */
    for (size_t i = 0; i < bytes; i++)
        x |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return x;
}

static uint32_t word_32(const char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return le32toh(x);
}

static uint64_t word_64(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return le64toh(x);
}

static void print_little_endian(tm_buf *out, uint64_t x, unsigned bytes)
{
    char byte[sizeof x];
    /* Work: at most 8 bytes */
    for (unsigned i = 0; i < bytes; i++)
        byte[i] = (char)(x >> (8 * i));
    tm_buf_add_hex(out, tm_text_slice(byte, bytes));
}

static uint32_t mix_32(uint32_t k)
{
    return rotate_32(k * 0xcc9e2d51u, 15) * 0x1b873593u;
}

static uint32_t murmur_32(tm_text t)
{
    uint32_t h = 0;
    size_t i = 0;
    /* Work: bytes of the text, charged before */
    for (; i + 4 <= t.n; i += 4)
        h = rotate_32(h ^ mix_32(word_32(t.p + i)), 13) * 5 + 0xe6546b64u;
    h ^= mix_32((uint32_t)little_endian(t.p + i, t.n - i));
    h ^= (uint32_t)t.n;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

static const uint64_t C1 = UINT64_C(0x87c37b91114253d5), C2 = UINT64_C(0x4cf5ad432745937f);

static uint64_t mix_low(uint64_t k)
{
    return rotate_64(k * C1, 31) * C2;
}

static uint64_t mix_high(uint64_t k)
{
    return rotate_64(k * C2, 33) * C1;
}

static uint64_t finish_64(uint64_t k)
{
    k = (k ^ k >> 33) * UINT64_C(0xff51afd7ed558ccd);
    k = (k ^ k >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return k ^ k >> 33;
}

static void murmur_128(tm_text t, uint64_t *low, uint64_t *high)
{
    uint64_t a = 0, b = 0;
    size_t i = 0;
    /* Work: bytes of the text, charged before */
    for (; i + 16 <= t.n; i += 16) {
        a = rotate_64(a ^ mix_low(word_64(t.p + i)), 27) + b;
        a = a * 5 + 0x52dce729;
        b = rotate_64(b ^ mix_high(word_64(t.p + i + 8)), 31) + a;
        b = b * 5 + 0x38495ab5;
    }
    size_t rest = t.n - i;
    if (rest > 8)
        b ^= mix_high(little_endian(t.p + i + 8, rest - 8));
    a ^= mix_low(little_endian(t.p + i, rest > 8 ? 8 : rest));
    a ^= t.n;
    b ^= t.n;
    a += b;
    b += a;
    a = finish_64(a);
    b = finish_64(b);
    *low = a + b;
    *high = b + *low;
}

TM_CONVERTER(Murmur3Hash, "string Murmur3Hash(target: string)",
             "The 32-bit MurmurHash3 of the text's bytes, as hex with the lowest byte first.",
             EX(Murmur3Hash("hello") == "47fa8b24")
             EX(Murmur3Hash(1)) REFUSED)
{
    tm_buf hex = {.arena = c->arena};
    if (!tm_charge_bytes(c, tm_arg_text(c, 0).n))
        return false;
    print_little_endian(&hex, murmur_32(tm_arg_text(c, 0)), 4);
    return tm_return_text(c, tm_buf_text(&hex));
}

TM_CONVERTER(
    Murmur3Hash128, "string Murmur3Hash128(target: string)",
    "The 128-bit MurmurHash3 of the text's bytes, as hex of two halves with the lowest byte first.",
    EX(Murmur3Hash128("hello") == "029bbd41b3a7d8cb191dae486a901e5b")
    EX(Murmur3Hash128(attributes["missing"])) FAILS)
{
    uint64_t low, high;
    tm_buf hex = {.arena = c->arena};
    if (!tm_charge_bytes(c, tm_arg_text(c, 0).n))
        return false;
    murmur_128(tm_arg_text(c, 0), &low, &high);
    print_little_endian(&hex, low, 8);
    print_little_endian(&hex, high, 8);
    return tm_return_text(c, tm_buf_text(&hex));
}

TM_CHAPTER(murmur, ROW(Murmur3Hash), ROW(Murmur3Hash128))
