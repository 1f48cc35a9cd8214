/* CORS: which pages of other origins may send. Sans I/O.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_CORS_H
#define TM_NET_CORS_H

#include "base/text.h"

/* All that it points to outlives the listener. */
typedef struct tm_cors {
    tm_texts origins; /* with at most one '*', which stands for anything; "*": every one */
    tm_texts headers; /* that requests may have; "*": any; none: those that are harmless */
    tm_text exposed;  /* headers of answers that pages may see, "a, b"; may be empty */
    tm_text max_age;  /* seconds that browsers may keep what a preflight said; empty: not told */
} tm_cors;

/* Letters of any case. */
bool tm_cors_takes_origin(const tm_cors *cors, tm_text origin);

bool tm_cors_takes_every_origin(const tm_cors *cors);

/* Is this list of an Access-Control-Request-Headers, which browsers write in lower case and sort,
 * one of headers that requests may have? */
bool tm_cors_takes_headers(const tm_cors *cors, tm_text list);

#endif
