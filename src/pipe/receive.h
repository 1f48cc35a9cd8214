/* Receive: OTLP requests from a server's exchanges into pipelines, and the answers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_RECEIVE_H
#define TM_PIPE_RECEIVE_H

#include "net/health.h"
#include "pipe/deliveries.h"
#include "pipe/intake.h"
#include "pipe/drops.h"
#include "pipe/pipeline.h"

typedef struct tm_receiver tm_receiver;

typedef struct tm_receiver_options {
    const tm_heap *heap; /* of what requests need; NULL: libc */
    const tm_receiver_settings *settings;
    tm_pipeline **pipelines; /* that name this receiver */
    uint32_t pipeline_count;
    bool grpc_metadata; /* their rules will read it, even if those of now do not */
    uint32_t workers;
    tm_bounds bounds; /* of what one request may cost in each pipeline */
    uint32_t profile;
    tm_drops *drops;           /* see tm_intake_options */
    tm_deliveries *deliveries; /* the same */
    struct tm_tap *tap;        /* for whoever records what passes; NULL: nobody can */
    tm_health *health;         /* its service stands beside OTLP's on gRPC ports */
    const tm_clock *clock;
    tm_log *log;
    tm_registry *registry;
} tm_receiver_options;

/* The intake of a receiver, whatever its protocol is: by these transports, at most
 * TM_INTAKE_TRANSPORTS. */
tm_intake *tm_receiver_intake(const tm_receiver_options *options, const tm_text *transports,
                              unsigned count, tm_utf8_policy utf8);

/* NULL when out of memory. Outlives the listeners that serve it. */
tm_receiver *tm_receiver_new(const tm_receiver_options *options);
void tm_receiver_free(tm_receiver *receiver);

/* See tm_intake_refresh, _keep and _is_busy. */
void tm_receiver_refresh(tm_receiver *receiver, unsigned worker);
void tm_receiver_keep(tm_receiver *receiver);
bool tm_receiver_is_busy(const tm_receiver *receiver, unsigned worker);

/* What its ports tell of requests that no service saw, for tm_listener_options: `receiver` is a
 * tm_receiver. Any thread. */
void tm_receiver_tell(void *receiver, const tm_refused *refused);

/* The services of its ports, for tm_listener_options. */
const tm_service *tm_receiver_grpc_services(tm_receiver *receiver, size_t *count);
const tm_service *tm_receiver_http_services(tm_receiver *receiver, size_t *count);

#endif
