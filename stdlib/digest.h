/* Digest: digests that the engine needs too; not there in a build WITHOUT=crypto.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_DIGEST_H
#define TM_STDLIB_DIGEST_H

#include "base/arena.h"

typedef enum tm_digest { TM_MD5, TM_SHA1, TM_SHA256, TM_SHA512 } tm_digest;

/* libcrypto's algorithm, found once instead of at each call, for tm_digest_with. Lives as long as
 * the arena; threads may share it. */
const void *tm_digest_find(tm_arena *arena, tm_digest digest);
tm_text tm_digest_with(tm_arena *arena, const void *algorithm, tm_text bytes);

/* The digest of the bytes, as bytes or as lower-case hex, in the arena. */
tm_text tm_digest_bytes(tm_arena *arena, tm_digest digest, tm_text bytes);
tm_text tm_digest_hex(tm_arena *arena, tm_digest digest, tm_text bytes);

#endif
