/* CRC32C: four bytes a step.
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/crc32c.h"

enum { POLYNOMIAL = 0x82f63b78 }; /* its bits turned round */

void tm_crc32c_init(tm_crc32c *crc)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t sum = i;
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? (uint32_t)POLYNOMIAL : 0);
        crc->of[0][i] = sum;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int k = 1; k < 4; k++)
            crc->of[k][i] = crc->of[k - 1][i] >> 8 ^ crc->of[0][crc->of[k - 1][i] & 255];
}

uint32_t tm_crc32c_of(const tm_crc32c *crc, tm_text bytes)
{
    const uint8_t *p = (const uint8_t *)bytes.p, *end = p + bytes.n;
    uint32_t sum = UINT32_MAX;
    for (; end - p >= 4; p += 4) {
        sum ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        sum = crc->of[3][sum & 255] ^ crc->of[2][sum >> 8 & 255] ^ crc->of[1][sum >> 16 & 255] ^
              crc->of[0][sum >> 24];
    }
    for (; p < end; p++)
        sum = sum >> 8 ^ crc->of[0][(sum ^ *p) & 255];
    return ~sum;
}
