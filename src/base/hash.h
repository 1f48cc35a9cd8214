/* Hash: SipHash-1-3, for tables whose keys a client chooses.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_HASH_H
#define TM_BASE_HASH_H

#include "base/text.h"

/* What makes hashes unforeseeable: random, and never told to anybody. */
typedef struct tm_secret {
    uint64_t key[2];
} tm_secret;

/* SipHash with one round a word and three at the end (Aumasson, Bernstein). */
uint64_t tm_hash(tm_secret secret, tm_text t);

#endif
