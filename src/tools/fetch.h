/* Fetch: one page of an HTTP server nearby.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_FETCH_H
#define TM_TOOLS_FETCH_H

#include "io/bytes.h"

/* Where to ask: "localhost:8888", ":8888", "[::1]:8888", with http:// in front or not. */
typedef struct tm_fetch_address {
    char host[256], port[8];
} tm_fetch_address;

/* False: it is no address. */
bool tm_fetch_address_read(tm_text text, tm_fetch_address *out);

enum { TM_FETCH_BYTES_MOST = 64 << 20 };

/* GET of a path, over a connection of its own. False with a sentence in `error`; else *status is
 * what HTTP says and *body (emptied before) what came. */
bool tm_fetch(const tm_fetch_address *address, const char *path, int *status, tm_bytes *body,
              char *error, size_t error_bytes);

#endif
