/* Status: gRPC codes, and google.rpc.Status as protobuf and as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_STATUS_H
#define TM_NET_STATUS_H

#include "io/bytes.h"

typedef enum tm_status_code {
#define STATUS(name, number, http) TM_STATUS_##name = number,
#include "net/status.def"
} tm_status_code;

/* "UNAVAILABLE"; "UNKNOWN" for a number that is no code. */
const char *tm_status_name(tm_status_code code);

/* The HTTP status of an OTLP/HTTP answer with this code. */
int tm_status_http(tm_status_code code);

/* The code of an HTTP status that came without one, as gRPC maps it: 429, 502, 503 UNAVAILABLE. */
tm_status_code tm_status_of_http(int http_status);

typedef struct tm_status {
    tm_status_code code;
    tm_text message;         /* UTF-8 for people */
    uint64_t retry_after_ms; /* 0: no RetryInfo */
} tm_status;

/* Adds the message google.rpc.Status, with a RetryInfo when there is a delay; U+FFFD for each byte
 * of the message that is not UTF-8. False when out of memory. */
bool tm_status_protobuf(const tm_status *status, tm_bytes *out);
/* The same in JSON. */
bool tm_status_json(const tm_status *status, tm_bytes *out);

#endif
