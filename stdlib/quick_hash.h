/* Quick hash: hashes of texts that are no digests.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_QUICK_HASH_H
#define TM_STDLIB_QUICK_HASH_H

#include "base/text.h"

/* XXH3 with 64 bits, without a seed. */
uint64_t tm_hash_xxh3(tm_text text);

#endif
