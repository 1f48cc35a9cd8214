/* Receiver: what receivers of every protocol are: an intake, an arena a worker in which requests
 * are read, and services that ports serve. A protocol says how its documents are read and answered.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_RECEIVER_H
#define TM_PIPE_RECEIVER_H

#include "net/health.h"
#include "pipe/bulk.h"
#include "pipe/deliveries.h"
#include "pipe/drops.h"
#include "pipe/intake.h"
#include "pipe/pipeline.h"

typedef struct tm_receiver_options {
    const tm_heap *heap; /* of what requests need; NULL: libc */
    const tm_receiver_settings *settings;
    tm_pipeline **pipelines; /* that name this receiver */
    uint32_t pipeline_count;
    bool grpc_metadata;          /* their rules will read it, even if those of now do not */
    uint32_t workers;            /* that serve connections, */
    tm_bulk_worker *bulk_worker; /* and others, */
    uint32_t bulk_workers;       /* so many */
    tm_bounds bounds;            /* of what one request may cost in each pipeline */
    uint32_t profile;
    tm_drops *drops;           /* see tm_intake_options */
    tm_deliveries *deliveries; /* the same */
    struct tm_tap *tap;        /* for whoever records what passes; NULL: nobody can */
    tm_health *health;         /* its service stands beside OTLP's on gRPC ports */
    const tm_clock *clock;
    tm_log *log;
    tm_registry *registry;
} tm_receiver_options;

typedef struct tm_receiver tm_receiver;

/* An exchange to be read. */
typedef struct tm_receiver_request {
    const tm_receiver *receiver;
    const tm_exchange *exchange;
    tm_arena *arena; /* of this request, */
    tm_text bytes;   /* protobuf of OTLP; the body as it came before it is read */
    tm_client client;
    tm_text why; /* it cannot be read */
    bool ok;
} tm_receiver_request;

typedef struct tm_receiver_protocol {
    size_t size_bytes; /* of its receiver, which begins with a tm_receiver */
    const char *transport[TM_INTAKE_TRANSPORTS];
    tm_utf8_policy (*utf8)(const tm_receiver_settings *settings);
    /* Fills in its services, which tm_receiver_serve serves. May run out of memory. */
    void (*open)(tm_receiver *receiver);
    /* How many times as long its body takes to be read as OTLP in protobuf takes to be judged. */
    unsigned (*weight)(const tm_exchange *exchange);
    /* Reads the client, in the thread of its connection. May run out of memory. */
    void (*read_client)(tm_receiver_request *request);
    /* Reads the bytes, or says why not; in any thread. May run out of memory. */
    void (*read)(tm_receiver_request *request);
    void (*answer)(void *exchange, const tm_verdict *verdict);
} tm_receiver_protocol;

struct tm_receiver {
    tm_receiver_options options; /* without its pipelines, once it is made */
    const tm_receiver_protocol *protocol;
    tm_arena *arena;
    tm_intake *intake;
    tm_bulk bulk;
    tm_arena **reading; /* one a worker, of one request; with a secret. First those that serve
                         * connections */
};

/* NULL when out of memory. Outlives the listeners that serve it. */
tm_receiver *tm_receiver_new(const tm_receiver_protocol *protocol,
                             const tm_receiver_options *options);
void tm_receiver_free(tm_receiver *receiver); /* NULL is fine */

/* For its services: reads the exchange and takes it in, or answers why not. */
void tm_receiver_serve(void *receiver, tm_exchange *exchange);

/* Reads the bytes into the request's arena. False: *verdict says why they cannot be. */
bool tm_receiver_read(tm_receiver_request *request, tm_verdict *verdict);

/* What was read, for the intake; `done` is told of it. */
tm_intake_request tm_receiver_intake(const tm_receiver_request *request, unsigned worker,
                                     void (*done)(void *owner, const tm_verdict *verdict),
                                     void *owner);

/* What a large request took in that worker to be read does not stay: true, as tm_judge_trim. */
bool tm_receiver_trim(const tm_receiver *receiver, unsigned worker);

/* What its ports tell of requests that no service saw, for tm_listener_options: `receiver` is a
 * tm_receiver. Any thread. */
void tm_receiver_tell(void *receiver, const tm_refused *refused);

/* The same of one that a service saw and that was refused, unless its client has gone; the status
 * over HTTP. */
int tm_receiver_tell_refused(const tm_exchange *exchange, const tm_verdict *verdict);

#endif
