/* Retry-After: how long a server of HTTP asks to be left alone. A pure function.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP_CLIENT_RETRY_AFTER_H
#define TM_NET_HTTP_CLIENT_RETRY_AFTER_H

#include "base/text.h"

/* Milliseconds from `now_ms` (since 1970) on that the value of Retry-After asks for: a number of
 * seconds, or a date in any of the three forms of RFC 9110, of which one that is past asks for
 * nothing: 0. -1: it is neither. */
int64_t tm_retry_after_ms(tm_text value, uint64_t now_ms);

#endif
