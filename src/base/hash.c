/* Hash: SipHash-1-3, for tables whose keys a client chooses.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

typedef struct state {
    uint64_t v0, v1, v2, v3;
} state;

static uint64_t turned(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(state *s)
{
    s->v0 += s->v1;
    s->v1 = turned(s->v1, 13) ^ s->v0;
    s->v0 = turned(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = turned(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = turned(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = turned(s->v1, 17) ^ s->v2;
    s->v2 = turned(s->v2, 32);
}

static void add_word(state *s, uint64_t word)
{
    s->v3 ^= word;
    mix(s);
    s->v0 ^= word;
}

/* Words are read with the smaller byte first, as on the machines that we run on. */
uint64_t tm_hash(tm_secret secret, tm_text t)
{
    state s = {.v0 = secret.key[0] ^ 0x736f6d6570736575,
               .v1 = secret.key[1] ^ 0x646f72616e646f6d,
               .v2 = secret.key[0] ^ 0x6c7967656e657261,
               .v3 = secret.key[1] ^ 0x7465646279746573};
    uint64_t word;
    size_t i = 0;
    for (; t.n - i >= 8; i += 8) {
        memcpy(&word, t.p + i, 8);
        add_word(&s, word);
    }
    word = 0;
    if (t.n > i)
        memcpy(&word, t.p + i, t.n - i);
    add_word(&s, word | (uint64_t)t.n << 56);
    s.v2 ^= 0xff;
    mix(&s), mix(&s), mix(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
