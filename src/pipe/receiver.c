/* Receiver: from an exchange to the intake, whatever the protocol is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/receiver.h"

enum { MUCH_BYTES = 8 << 20 }; /* of a document read, which do not stay */

/* --- making --- */

static tm_intake *open_intake(const tm_receiver_protocol *protocol, const tm_receiver_options *o)
{
    tm_intake_options options = {.heap = o->heap,
                                 .tap = o->tap,
                                 .id = o->settings->id,
                                 .pipelines = o->pipelines,
                                 .pipeline_count = o->pipeline_count,
                                 .workers = o->workers,
                                 .bulk_workers = o->bulk_workers,
                                 .utf8 = protocol->utf8(o->settings),
                                 .bounds = o->bounds,
                                 .profile = o->profile,
                                 .drops = o->drops,
                                 .deliveries = o->deliveries,
                                 .clock = o->clock,
                                 .log = o->log,
                                 .registry = o->registry};
    for (unsigned i = 0; i < TM_INTAKE_TRANSPORTS && protocol->transport[i]; i++)
        options.transport[i] = tm_text_of(protocol->transport[i]);
    return tm_intake_new(&options);
}

static uint32_t threads_of(const tm_receiver *r)
{
    return r->options.workers + r->options.bulk_workers;
}

static bool open_arenas(tm_receiver *r)
{
    bool ok = true;
    tm_secret secret;
    const tm_clock *clock = r->options.clock;
    if (!clock || !tm_clock_random(clock, &secret, sizeof secret))
        secret = (tm_secret){{(uintptr_t)r * 0x9e3779b97f4a7c15, (uintptr_t)&secret}};
    const tm_heap *heap = r->intake ? tm_intake_heap(r->intake) : NULL;
    for (uint32_t i = 0; i < threads_of(r); i++)
        if ((r->reading[i] = tm_arena_new(heap)) != NULL)
            tm_arena_set_secret(r->reading[i], secret);
        else
            ok = false;
    return ok;
}

/* Room for everything, with nothing in it. */
typedef struct making {
    const tm_receiver_protocol *protocol;
    const tm_receiver_options *options;
    tm_arena *arena;
    tm_receiver *receiver;
} making;

static void make(void *argument)
{
    making *m = argument;
    tm_receiver *r = tm_arena_zero(m->arena, 1, m->protocol->size_bytes);
    *r = (tm_receiver){.options = *m->options, .protocol = m->protocol, .arena = m->arena};
    r->reading = TM_NEW_ARRAY(m->arena, threads_of(r), tm_arena *);
    r->bulk.worker = TM_NEW_ARRAY(m->arena, m->options->workers, struct tm_bulk_list);
    m->protocol->open(r);
    r->options.pipelines = NULL; /* which need not outlive this call */
    m->receiver = r;
}

tm_receiver *tm_receiver_new(const tm_receiver_protocol *protocol,
                             const tm_receiver_options *options)
{
    making m = {.protocol = protocol, .options = options, .arena = tm_arena_new(NULL)};
    if (!m.arena || !tm_arena_try(m.arena, make, &m)) {
        tm_arena_free(m.arena);
        return NULL;
    }
    tm_receiver *r = m.receiver;
    r->intake = open_intake(protocol, options);
    if (open_arenas(r) && r->intake)
        return r;
    tm_receiver_free(r);
    return NULL;
}

void tm_receiver_free(tm_receiver *r)
{
    if (!r)
        return;
    tm_bulk_drop(r);
    tm_intake_free(r->intake);
    for (uint32_t i = 0; i < threads_of(r); i++)
        tm_arena_free(r->reading[i]);
    tm_arena_free(r->arena);
}

/* --- requests --- */

void tm_receiver_tell(void *receiver, const tm_refused *refused)
{
    tm_intake_tell(((const tm_receiver *)receiver)->intake, refused->grpc, refused);
}

int tm_receiver_tell_refused(const tm_exchange *x, const tm_verdict *verdict)
{
    const tm_status_code code = verdict->status.code;
    const int http = verdict->http_status ? verdict->http_status : tm_status_http(code);
    if (!x->cancelled)
        tm_receiver_tell(x->service->owner, &(tm_refused){.why = verdict->why,
                                                          .grpc = x->grpc,
                                                          .status = x->grpc ? (int)code : http,
                                                          .peer = x->peer,
                                                          .reason = verdict->status.message});
    return http;
}

static void gone(tm_exchange *x)
{
    tm_intake_forget(x->note);
}

static void read_client(void *argument)
{
    tm_receiver_request *q = argument;
    q->receiver->protocol->read_client(q);
}

static void read_body(void *argument)
{
    tm_receiver_request *q = argument;
    q->receiver->protocol->read(q);
}

static const tm_verdict out_of_memory = {
    .status = {TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"), .retry_after_ms = 1000},
    .why = TM_REFUSAL_BUSY};

bool tm_receiver_read(tm_receiver_request *q, tm_verdict *verdict)
{
    if (!tm_arena_try(q->arena, read_body, q))
        *verdict = out_of_memory;
    else if (!q->ok)
        *verdict = (tm_verdict){.status = {.code = TM_STATUS_INVALID_ARGUMENT, .message = q->why},
                                .why = TM_REFUSAL_DATA};
    return q->ok;
}

bool tm_receiver_trim(const tm_receiver *r, unsigned worker)
{
    tm_arena *arena = r->reading[worker];
    if (tm_arena_used(arena) <= MUCH_BYTES)
        return false;
    tm_arena_reset(arena);
    return true;
}

tm_intake_request tm_receiver_intake(const tm_receiver_request *q, unsigned worker,
                                     void (*done)(void *owner, const tm_verdict *verdict),
                                     void *owner)
{
    return (tm_intake_request){.bytes = q->bytes,
                               .client = &q->client,
                               .worker = worker,
                               .transport = q->exchange->grpc,
                               .loop = q->exchange->loop,
                               .done = done,
                               .owner = owner};
}

/* Takes in what was read, which is then answered, now or later. */
static void take(tm_receiver *r, const tm_receiver_request *q, tm_exchange *x)
{
    const tm_intake_request request = tm_receiver_intake(q, x->worker, r->protocol->answer, x);
    tm_pending_reply *pending;
    const uint64_t turn_ns = r->options.bulk_workers ? TM_BULK_TURN_NS : 0;
    if (!tm_intake_try(r->intake, &request, turn_ns, &pending)) {
        tm_bulk_note_long(r, x);
        if (tm_bulk_give(r, x))
            return;
        pending = tm_intake_take(r->intake, &request);
    }
    if (pending) {
        x->note = pending;
        x->gone = gone;
    }
}

void tm_receiver_serve(void *receiver, tm_exchange *x)
{
    tm_receiver *r = receiver;
    tm_receiver_request q = {
        .receiver = r, .exchange = x, .arena = r->reading[x->worker], .bytes = x->body};
    tm_verdict verdict = out_of_memory;
    if (tm_bulk_is(r, x) && tm_bulk_give(r, x))
        return;
    tm_arena_reset(q.arena);
    if (!tm_arena_try(q.arena, read_client, &q) || !tm_receiver_read(&q, &verdict)) {
        r->protocol->answer(x, &verdict);
        return;
    }
    take(r, &q, x);
    if (tm_receiver_trim(r, x->worker))
        tm_heap_trim(r->options.heap);
}
