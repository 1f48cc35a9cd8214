/* CRC32C: the checksum of Castagnoli's polynomial (RFC 3720, appendix B.4).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_IO_CRC32C_H
#define TM_IO_CRC32C_H

#include "base/text.h"

/* The sums of each byte at each of four places. */
typedef struct tm_crc32c {
    uint32_t of[4][256];
} tm_crc32c;

void tm_crc32c_init(tm_crc32c *crc);
uint32_t tm_crc32c_of(const tm_crc32c *crc, tm_text bytes);

#endif
