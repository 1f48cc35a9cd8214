/* Health: the gRPC service grpc.health.v1.Health (Check; Watch is UNIMPLEMENTED, which clients take
 * for "no news").
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HEALTH_H
#define TM_NET_HEALTH_H

#include "net/server.h"

typedef struct tm_health tm_health;

/* Serving at first. NULL when out of memory. Outlives the listeners that have its service. */
tm_health *tm_health_new(const tm_heap *heap);
void tm_health_free(tm_health *health);

/* What it answers for the server and for the trace service (another name is NOT_FOUND). Any
 * thread. */
void tm_health_set(tm_health *health, bool serving);

/* What it answers. Any thread. */
bool tm_health_serving(const tm_health *health);

/* The row for a port's table. */
tm_service tm_health_service(tm_health *health);

#endif
