/* Snappy: its block format by libsnappy, and its framing format on top. For this module only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_IO_SNAPPY_H
#define TM_IO_SNAPPY_H

#include "io/crc32c.h"
#include "io/inflate.h"

/* Both add what `in` decompresses to, at most cap_bytes. Neither allocates more than the cap, nor
 * more than the input can stand for: a block grows at most 22-fold. */
tm_inflate_result tm_snappy_block(tm_text in, size_t cap_bytes, tm_bytes *out);
tm_inflate_result tm_snappy_frames(const tm_crc32c *crc, tm_text in, size_t cap_bytes,
                                   tm_bytes *out);

#endif
