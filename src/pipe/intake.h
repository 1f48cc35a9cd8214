/* Intake: from a request's bytes to what all pipelines say of it, whatever protocol brought them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_INTAKE_H
#define TM_PIPE_INTAKE_H

#include "net/server.h"
#include "pipe/deliveries.h"
#include "pipe/drops.h"
#include "pipe/partial.h"
#include "pipe/pipeline.h"

typedef struct tm_intake tm_intake;
typedef struct tm_pending_reply tm_pending_reply;

enum { TM_INTAKE_TRANSPORTS = 2 }; /* of one receiver, at most */

typedef struct tm_intake_options {
    const tm_heap *heap; /* of what requests need; safe in every worker's thread; NULL: libc */
    tm_text id;          /* of the receiver */
    tm_text transport[TM_INTAKE_TRANSPORTS]; /* "grpc", as metrics name them; empty: none */
    tm_pipeline **pipelines;                 /* that name the receiver; copied, they outlive it */
    uint32_t pipeline_count;
    uint32_t workers;      /* that serve connections, */
    uint32_t bulk_workers; /* and others, numbered behind them */
    tm_utf8_policy utf8;
    tm_bounds bounds; /* of what one request may cost in each pipeline */
    uint32_t profile; /* of one request in so many the time of rules is measured; 0: of none */
    tm_drops *drops;  /* where spans that rules drop are noted; NULL: nowhere */
    tm_deliveries *deliveries; /* and where those that stay are; NULL: not noted */
    struct tm_tap *tap;        /* for whoever records what passes; NULL: nobody can */
    const tm_clock *clock;
    tm_log *log;
    tm_registry *registry;
} tm_intake_options;

/* What became of a request. */
typedef struct tm_verdict {
    tm_status status;   /* OK: all pipelines took it; else the first of the worst that they said */
    tm_refusal why;     /* unless it is OK */
    int http_status;    /* of a refusal, where the code has another; 0: the code's */
    uint32_t spans;     /* that it held; 0 when it could not be read */
    tm_partial partial; /* of OK: those of them that took too much */
} tm_verdict;

typedef struct tm_intake_request {
    tm_text bytes; /* an ExportTraceServiceRequest in protobuf */
    const tm_client *client;
    unsigned worker;    /* in whose thread it is judged */
    unsigned transport; /* index of the options' */
    tm_loop *loop;      /* of its connection, in whose thread it is told */
    /* Told once. The verdict lives until it returns. */
    void (*done)(void *owner, const tm_verdict *verdict);
    void *owner;
} tm_intake_request;

/* NULL when out of memory. */
tm_intake *tm_intake_new(const tm_intake_options *options);

/* When no loop runs any more: what still waits is never told. */
void tm_intake_free(tm_intake *intake);

/* Of what requests need: the options', or that of the pipelines' budget. */
const tm_heap *tm_intake_heap(const tm_intake *intake);

/* Judges the request for each pipeline and hands on what leaves; each gets all of it whatever the
 * others say. Its spans are counted with the verdict: accepted, refused, or failed when memory ran
 * out. `done` is told before this returns, and the reply is NULL; or, where a pipeline's clients
 * wait for room or for a backend's answer, from the loop later on. The request and what it points
 * to are only needed until this returns. */
tm_pending_reply *tm_intake_take(tm_intake *intake, const tm_intake_request *request);

/* The same within so much processor time for each pipeline's rules (0: without bound). False: it
 * takes more, and is as if it had never come; else *pending is the reply, or NULL. */
bool tm_intake_try(tm_intake *intake, const tm_intake_request *request, uint64_t turn_ns,
                   tm_pending_reply **pending);

/* The same for a request that is judged in another thread than that of its connection. There it is
 * opened (NULL: out of memory), in the other one, with that as its worker, its verdict is found and
 * noted, and then the thread of the connection lets go of it. True: much was freed, as
 * tm_judge_trim says. */
tm_pending_reply *tm_intake_open(tm_intake *intake, const tm_intake_request *request);
bool tm_intake_judge(tm_intake *intake, const tm_intake_request *request,
                     tm_pending_reply *pending);

/* The client of a pending reply is gone: what waits for room only is dropped. `done` is still due.
 */
void tm_intake_forget(tm_pending_reply *pending);

/* Takes what is published now, in the thread of that worker, so that nothing keeps the rulesets of
 * its last request. */
void tm_intake_refresh(tm_intake *intake, unsigned worker);

/* From now on each worker judges by the rules that it has: those of the configuration to come are
 * for other pipelines. Between tm_publisher_begin and _end. */
void tm_intake_keep(tm_intake *intake);

/* Whether some reply is pending there, in the thread of that worker. */
bool tm_intake_is_busy(const tm_intake *intake, unsigned worker);

/* Counts and logs a request that was refused, here or before anybody read it. Any thread. */
void tm_intake_tell(tm_intake *intake, unsigned transport, const tm_refused *refused);

#endif
