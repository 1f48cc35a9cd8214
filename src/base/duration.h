/* Duration: spans of time as Go writes them, such as 1m30s or 200ms.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_DURATION_H
#define TM_BASE_DURATION_H

#include "base/buf.h"

/* Reads "300ms", "-1.5h", "2h45m", "0"; units ns, us, µs, ms, s, m, h. False when it is no
 * duration or does not fit a signed number of nanoseconds. */
bool tm_duration_read(tm_text text, int64_t *ns);

/* In milliseconds, rounded up, so that only 0 becomes 0. Not for negative ones. */
uint64_t tm_duration_ms(int64_t ns);

/* The shortest form: 1m30s, 200ms, 0s. */
void tm_duration_print(int64_t ns, tm_buf *out);

/* As Go's time.Duration shows itself: 1m30s too, but 1h0m0s and 1.5µs. */
void tm_duration_print_whole(int64_t ns, tm_buf *out);

#endif
