/* Taking: two pipelines whose exporters' senders answer as the tests say, and an intake before
 * them. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_PIPE_TAKING_H
#define TM_TESTS_PIPE_TAKING_H

#include "pipe/intake.h"
#include "pipe/metrics.h"
#include "pipe/pipeline_version.h"
#include "tests/unit/engine/judged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { PIPELINES = 2 };

/* A sender whose batches are answered at once, or when the test says so. */
typedef struct backend {
    tm_sender sender;
    tm_status_code answer; /* when it does not hold */
    bool holds;
    tm_batch *held; /* last first */
    unsigned batches;
    uint64_t spans; /* of all its batches */
} backend;

typedef struct told {
    unsigned times;
    tm_verdict verdict;
    char message[200];
} told;

typedef struct world {
    tm_loop *loop;
    tm_arena *arena;
    tm_registry *registry;
    backend backend[PIPELINES];
    tm_queue_settings queue;
    tm_exporter *exporter[PIPELINES];
    tm_pipeline_exporter way[PIPELINES];
    tm_shared_exporter shared[PIPELINES]; /* the same, as all pipelines know them */
    tm_exporters exporters;
    tm_publisher publisher;
    tm_pipeline pipeline[PIPELINES];
    tm_pipeline *pipelines[PIPELINES];
    tm_intake *intake;
    told told;
} world;

/* --- backends --- */

static inline void answer_batch(tm_batch *batch, tm_status_code code)
{
    tm_exporter_sent(batch->exporter, batch, &(tm_sent){.code = code, .retry_delay_ms = -1});
}

static inline void send_batch(tm_sender *sender, tm_batch *batch)
{
    backend *b = (backend *)sender;
    b->batches++;
    b->spans += batch->spans;
    if (!b->holds) {
        answer_batch(batch, b->answer);
        return;
    }
    batch->next = b->held;
    b->held = batch;
}

/* Answers the batch that came last. */
static inline void answer_last(backend *b, tm_status_code code)
{
    tm_batch *batch = b->held;
    assert_non_null(batch);
    b->held = batch->next;
    batch->next = NULL;
    answer_batch(batch, code);
}

static inline void free_nothing(tm_sender *sender)
{
    (void)sender;
}

/* --- the world --- */

static inline void stop(void *loop)
{
    tm_loop_stop(loop);
}

/* Lets the loop do what was posted to it so far, and what follows from that. */
static inline void turn(world *w)
{
    for (int i = 0; i < 4; i++) {
        assert_true(tm_loop_post(w->loop, stop, w->loop));
        tm_loop_run(w->loop);
    }
}

/* A pipeline with conditions of spans to be dropped ("": none), which fail the request. */
static inline void open_pipeline(world *w, unsigned i, const char *conditions, bool waits)
{
    static const tm_batch_limits none;
    judged r = judged_of(w->arena);
    if (*conditions)
        judged_filter(&r, TM_SPAN, TM_MODE_PROPAGATE, conditions);
    w->backend[i].sender = (tm_sender){.send = send_batch, .free = free_nothing};
    w->exporter[i] =
        tm_exporter_new(&(tm_exporter_options){.home = w->loop,
                                               .clock = tm_clock_real(),
                                               .registry = w->registry,
                                               .id = tm_arena_print(w->arena, "exporter/%u", i),
                                               .limits = &none,
                                               .batchers = 1,
                                               .queue = w->queue.enabled ? &w->queue : NULL},
                        &w->backend[i].sender);
    assert_non_null(w->exporter[i]);
    tm_pipeline_settings settings = {.id = TM_TEXT("traces")};
    tm_ruleset *rules = judged_compile(&r, NULL);
    assert_non_null(rules);
    assert_true(tm_pipeline_init(&w->pipeline[i], w->arena, &settings, rules,
                                 &(tm_pipeline_options){.registry = w->registry,
                                                        .publisher = &w->publisher,
                                                        .exporters = &w->exporters}));
    w->way[i] = (tm_pipeline_exporter){.exporter = w->exporter[i]};
    w->shared[i] = (tm_shared_exporter){.next = w->exporters.first, .exporter = w->exporter[i]};
    w->exporters.first = &w->shared[i];
    tm_pipeline_version *version = rules->note;
    version->exporter = &w->way[i];
    version->exporters = 1;
    version->waits = waits;
    w->pipelines[i] = &w->pipeline[i];
}

static inline tm_intake *new_intake(world *w, const tm_heap *heap)
{
    return tm_intake_new(&(tm_intake_options){.heap = heap,
                                              .id = TM_TEXT("test"),
                                              .transport = {TM_TEXT("file")},
                                              .pipelines = w->pipelines,
                                              .pipeline_count = PIPELINES,
                                              .workers = 1,
                                              .utf8 = TM_UTF8_MEND,
                                              .clock = tm_clock_real(),
                                              .registry = w->registry});
}

/* Two pipelines, of which each waits or not. */
static inline void open_world(world *w, const tm_queue_settings *queue,
                              const char *const conditions[2], bool first_waits, bool second_waits)
{
    *w = (world){.loop = tm_loop_new(),
                 .arena = tm_arena_new(NULL),
                 .registry = tm_registry_new(NULL),
                 .queue = queue ? *queue : (tm_queue_settings){0}};
    tm_publisher_init(&w->publisher);
    open_pipeline(w, 0, conditions[0], first_waits);
    open_pipeline(w, 1, conditions[1], second_waits);
    w->intake = new_intake(w, NULL);
    assert_non_null(w->intake);
}

static inline void close_world(world *w)
{
    turn(w);
    tm_intake_free(w->intake);
    for (unsigned i = 0; i < PIPELINES; i++) {
        while (w->backend[i].held)
            answer_last(&w->backend[i], TM_STATUS_OK);
        turn(w);
        tm_exporter_free(w->exporter[i]);
        tm_pipeline_drop(&w->pipeline[i]);
    }
    tm_publisher_drop(&w->publisher);
    tm_registry_free(w->registry);
    tm_loop_free(w->loop);
    tm_arena_free(w->arena);
}

static inline void hear(void *owner, const tm_verdict *verdict)
{
    told *t = owner;
    size_t n = verdict->status.message.n;
    t->times++;
    t->verdict = *verdict;
    assert_true(n < sizeof t->message);
    if (n)
        memcpy(t->message, verdict->status.message.p, n);
    t->message[n] = 0;
}

/* Hands in a request of so many spans, or the bytes when there are some. */
static inline tm_pending_reply *take(world *w, unsigned spans, tm_text bytes)
{
    static const tm_client client = {.address = {"", 0}};
    tm_buf all = {.arena = w->arena};
    for (unsigned i = 0; i < spans; i++)
        tm_buf_add(&all, judged_span(w->arena, i == 0 ? "first" : "another", "key=value"));
    w->told = (told){.times = 0};
    return tm_intake_take(
        w->intake,
        &(tm_intake_request){.bytes = spans ? judged_request(w->arena, "host=a", tm_buf_text(&all))
                                            : bytes,
                             .client = &client,
                             .loop = w->loop,
                             .done = hear,
                             .owner = &w->told});
}

static inline void check_verdict(const world *w, tm_status_code code, tm_refusal why,
                                 unsigned spans, const char *message)
{
    assert_int_equal(w->told.times, 1);
    assert_int_equal(w->told.verdict.status.code, code);
    assert_int_equal(w->told.verdict.spans, spans);
    if (code != TM_STATUS_OK) {
        assert_int_equal(w->told.verdict.why, why);
        assert_string_equal(w->told.message, message);
    }
}

static inline void check_counted(world *w, uint64_t accepted, uint64_t refused, uint64_t failed)
{
    const tm_text labels[] = {TM_TEXT("test"), TM_TEXT("file")};
    tm_series_owner owner = {.registry = w->registry};
    assert_int_equal(tm_series_value(tm_pipe_series(&owner, TM_PIPE_ACCEPTED, labels)), accepted);
    assert_int_equal(tm_series_value(tm_pipe_series(&owner, TM_PIPE_REFUSED, labels)), refused);
    assert_int_equal(tm_series_value(tm_pipe_series(&owner, TM_PIPE_FAILED, labels)), failed);
    tm_series_owner_drop(&owner);
}

#endif
