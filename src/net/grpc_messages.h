/* Messages: those of gRPC itself (grammar/grpc.proto), by libprotobuf-c.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_GRPC_MESSAGES_H
#define TM_NET_GRPC_MESSAGES_H

#include "net/status.h"

#define TM_RETRY_INFO_TYPE "type.googleapis.com/google.rpc.RetryInfo"

/* Adds a google.rpc.Status; its message is UTF-8 already. False when out of memory. */
bool tm_messages_add_status(const tm_status *status, tm_bytes *out);

/* The delay that a google.rpc.Status asks for by RetryInfo, rounded up; one of no delay, of a
 * negative or of an absurd one counts as 0. -1: it asks for none, is malformed, or memory is out.
 */
int64_t tm_messages_retry_delay_ms(tm_text status, const tm_heap *heap);

/* The message of a google.rpc.Status, in the arena; empty when there is none or it is malformed.
 * Out of memory escapes. */
tm_text tm_messages_status_text(tm_arena *arena, tm_text status);

/* Adds the service that a grpc.health.v1.HealthCheckRequest names to *service, nothing when it
 * means the whole server. False when it is malformed or memory is out. */
bool tm_messages_health_service(tm_text request, tm_bytes *service);

/* Adds a grpc.health.v1.HealthCheckResponse: SERVING or NOT_SERVING. False when out of memory. */
bool tm_messages_add_health(bool serving, tm_bytes *out);

#endif
