/* IP address: its text.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_IP_ADDRESS_H
#define TM_STDLIB_IP_ADDRESS_H

#include "base/text.h"

typedef struct tm_ip_address {
    unsigned char byte[16];
    unsigned bits; /* 32 or 128 */
} tm_ip_address;

/* Refuses leading zeros and short forms, as the reference does. An address of IPv6 that stands for
 * one of IPv4 becomes that one. */
bool tm_ip_address_read(tm_text t, tm_ip_address *a);

#endif
