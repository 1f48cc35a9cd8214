/* Batch: chunks joined until a limit is reached; only a chunk beyond a limit is ever looked into.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/batch.h"

#include "otlp/split.h"

#include <assert.h>
#include <stdatomic.h>

void tm_waiter_init(tm_waiter *waiter, void (*told)(tm_waiter *waiter))
{
    atomic_init(&waiter->holders, 1);
    atomic_init(&waiter->worst, TM_STATUS_OK);
    waiter->told = told;
}

static int badness(tm_status_code code)
{
    return code == TM_STATUS_OK ? 0 : tm_grpc_is_retryable(code, false) ? 1 : 2;
}

bool tm_is_worse(tm_status_code code, tm_status_code than)
{
    return badness(code) > badness(than);
}

void tm_waiter_let_go(tm_waiter *waiter, tm_status_code answer)
{
    int worst = atomic_load(&waiter->worst);
    while (tm_is_worse(answer, (tm_status_code)worst) &&
           !atomic_compare_exchange_weak(&waiter->worst, &worst, (int)answer))
        ;
    if (atomic_fetch_sub(&waiter->holders, 1) == 1)
        waiter->told(waiter);
}

tm_batch *tm_batch_new(tm_text key)
{
    tm_batch *batch = tm_heap_alloc(NULL, sizeof *batch + key.n);
    if (!batch)
        return NULL;
    *batch = (tm_batch){.key = tm_text_slice(batch + 1, key.n)};
    if (key.n)
        memcpy(batch + 1, key.p, key.n);
    return batch;
}

static bool make_room(tm_batch *batch)
{
    if (batch->chunks < batch->room)
        return true;
    uint32_t room = batch->room ? batch->room * 2 : 16;
    tm_chunk **chunk = tm_heap_grow(NULL, batch->chunk, room * sizeof *chunk);
    if (!chunk)
        return false;
    batch->chunk = chunk;
    tm_waiter **waiter = tm_heap_grow(NULL, batch->waiter, room * sizeof *waiter);
    if (!waiter)
        return false;
    batch->waiter = waiter;
    batch->room = room;
    return true;
}

/* Notes where the chunk came from, if that is noted at all. */
static bool add_part(tm_batch *batch, const tm_chunk *chunk)
{
    if (!chunk->origin.deliveries)
        return true;
    const bool is_full = (batch->parts & (batch->parts - 1)) == 0; /* 0, 1, 2, 4, ... */
    tm_batch_part *part = batch->part;
    if (is_full) {
        part = tm_heap_grow(NULL, part, (batch->parts ? 2 * batch->parts : 1) * sizeof *part);
        if (!part)
            return false;
        batch->part = part;
    }
    part[batch->parts++] = (tm_batch_part){chunk->origin, chunk->spans};
    return true;
}

bool tm_batch_add(tm_batch *batch, tm_chunk *chunk, tm_waiter *waiter)
{
    if (!make_room(batch) || !add_part(batch, chunk))
        return false;
    batch->chunk[batch->chunks] = chunk;
    batch->waiter[batch->chunks++] = waiter;
    batch->spans += chunk->spans;
    batch->bytes += chunk->run.bytes;
    batch->memory_bytes += chunk->bytes.n;
    if (waiter)
        atomic_fetch_add(&waiter->holders, 1);
    return true;
}

void tm_batch_hold(tm_batch *batch, tm_budget *budget)
{
    batch->budget = budget;
    if (budget)
        tm_budget_add(budget, TM_PART_QUEUED, batch->packed.room);
}

void tm_batch_drop_chunks(tm_batch *batch)
{
    for (uint32_t i = 0; i < batch->chunks; i++) {
        if (batch->chunk[i])
            tm_chunk_unref(batch->chunk[i]);
        batch->chunk[i] = NULL;
    }
}

bool tm_batch_is_awaited(const tm_batch *batch)
{
    for (uint32_t i = 0; i < batch->chunks; i++)
        if (!batch->waiter[i])
            return false;
    return batch->chunks > 0;
}

void tm_batch_end(tm_batch *batch, tm_status_code answer)
{
    if (!batch)
        return;
    tm_batch_drop_chunks(batch);
    for (uint32_t i = 0; i < batch->chunks; i++)
        if (batch->waiter[i])
            tm_waiter_let_go(batch->waiter[i], answer);
    if (batch->budget)
        tm_budget_return(batch->budget, TM_PART_QUEUED, batch->packed.room);
    tm_bytes_free(&batch->packed);
    tm_heap_free(NULL, batch->part);
    tm_heap_free(NULL, batch->chunk);
    tm_heap_free(NULL, batch->waiter);
    tm_heap_free(NULL, batch->pieces);
    tm_heap_free(NULL, batch);
}

/* --- forming --- */

static tm_batch *open_of(const tm_batcher *f, tm_text key)
{
    tm_batch *batch = f->open;
    while (batch && !tm_text_equal(batch->key, key))
        batch = batch->next;
    return batch;
}

/* A new open batch, or NULL. */
static tm_batch *open_batch(tm_batcher *f, tm_text key, uint64_t now_ms)
{
    tm_batch *batch = tm_batch_new(key);
    if (!batch)
        return NULL;
    batch->opened_ms = now_ms;
    if (f->open)
        f->newest->next = batch;
    else
        f->open = batch;
    f->newest = batch;
    return batch;
}

static void leave_open(tm_batcher *f, tm_batch *batch)
{
    tm_batch **at = &f->open, *before = NULL;
    while (*at != batch) {
        before = *at;
        at = &before->next;
    }
    *at = batch->next;
    if (f->newest == batch)
        f->newest = before;
    batch->next = NULL;
}

static void close_batch(tm_batcher *f, tm_batch *batch)
{
    leave_open(f, batch);
    if (f->last)
        f->last->next = batch;
    else
        f->first = batch;
    f->last = batch;
    f->full++;
}

static bool reaches(size_t have, size_t limit)
{
    return limit && have >= limit;
}

static bool exceeds(size_t have, size_t limit)
{
    return limit && have > limit;
}

static bool is_over(const tm_batch_limits *l, const tm_batch *batch, const tm_chunk *more)
{
    return exceeds(batch->bytes + more->run.bytes, l->max_bytes) ||
           exceeds((size_t)batch->spans + more->spans, l->max_spans);
}

static bool is_full(const tm_batch_limits *l, const tm_batch *batch)
{
    return reaches(batch->spans, l->trigger_spans) || reaches(batch->bytes, l->trigger_bytes) ||
           reaches(batch->spans, l->max_spans) || reaches(batch->bytes, l->max_bytes);
}

/* Adds a chunk that is within the limits by itself. */
static bool add_whole(tm_batcher *f, tm_chunk *chunk, tm_text key, tm_waiter *waiter,
                      uint64_t now_ms)
{
    const tm_batch_limits *l = &f->limits;
    tm_batch *batch = open_of(f, key);
    if (batch && is_over(l, batch, chunk)) {
        close_batch(f, batch);
        f->by_size++;
        batch = NULL;
    }
    bool fresh = !batch;
    if (fresh && !(batch = open_batch(f, key, now_ms)))
        return false;
    if (!tm_batch_add(batch, chunk, waiter)) {
        if (fresh) {
            leave_open(f, batch);
            tm_batch_end(batch, TM_STATUS_OK);
        }
        return false;
    }
    f->spans += chunk->spans;
    f->bytes += chunk->run.bytes;
    bool at_once = (!l->trigger_spans && !l->trigger_bytes) || l->timeout_ms == 0;
    if (at_once || is_full(l, batch)) {
        f->by_size++;
        close_batch(f, batch);
    }
    return true;
}

typedef struct tm_parts {
    tm_batcher *batcher;
    tm_text key;
    tm_waiter *waiter;
    tm_origin origin;
    uint64_t now_ms;
    const tm_chunk *whole;
} tm_parts;

static bool take_part(void *owner, const tm_pieces *pieces, uint32_t spans)
{
    tm_parts *parts = owner;
    tm_chunk *chunk = tm_chunk_part(parts->whole, pieces, spans);
    if (chunk)
        chunk->origin = parts->origin;
    if (chunk && add_whole(parts->batcher, chunk, parts->key, parts->waiter, parts->now_ms))
        return true;
    if (chunk)
        tm_chunk_unref(chunk);
    return false;
}

/* A chunk to be cut. */
typedef struct cutting {
    tm_arena *arena;
    tm_text bytes;
    tm_parts parts;
    bool ok;
} cutting;

static void cut_all(void *argument)
{
    cutting *c = argument;
    const tm_batcher *f = c->parts.batcher;
    const tm_batch *batch = open_of(c->parts.batcher, c->parts.key);
    uint32_t open_spans = batch ? batch->spans : 0;
    uint32_t first = f->limits.max_spans > open_spans ? f->limits.max_spans - open_spans : 0;
    c->ok = tm_split(c->arena, c->bytes, first, f->limits.max_spans, f->limits.max_bytes, take_part,
                     &c->parts);
}

/* Cuts the chunk so that full batches come out exactly at the limits. Parts that were added before
 * memory ran out stay: the client sends all of it again, which at-least-once allows. */
static bool add_in_parts(tm_batcher *f, tm_chunk *chunk, tm_text key, tm_waiter *waiter,
                         uint64_t now_ms)
{
    cutting c = {.arena = tm_arena_new(NULL),
                 .bytes = chunk->bytes,
                 .parts = {.batcher = f,
                           .key = key,
                           .waiter = waiter,
                           .origin = chunk->origin,
                           .now_ms = now_ms,
                           .whole = chunk}};
    const bool ok = c.arena && tm_arena_try(c.arena, cut_all, &c) && c.ok;
    tm_arena_free(c.arena);
    if (ok)
        tm_chunk_unref(chunk);
    return ok;
}

bool tm_batcher_add(tm_batcher *f, tm_chunk *chunk, tm_text key, tm_waiter *waiter, uint64_t now_ms)
{
    tm_batch *batch = open_of(f, key);
    uint32_t open_spans = batch ? batch->spans : 0;
    bool cut = exceeds((size_t)open_spans + chunk->spans, f->limits.max_spans) ||
               exceeds(chunk->run.bytes, f->limits.max_bytes);
    assert(!cut || !chunk->packed); /* tm_exporter_chunk packs none that would be cut */
    if (!(cut ? add_in_parts : add_whole)(f, chunk, key, waiter, now_ms))
        return false;
    batch = open_of(f, key);
    (batch ? batch : f->last)->requests++; /* where it ends */
    f->requests++;
    return true;
}

void tm_batcher_flush_due(tm_batcher *f, uint64_t now_ms)
{
    while (f->open && now_ms >= f->open->opened_ms + f->limits.timeout_ms) {
        f->by_time++;
        close_batch(f, f->open);
    }
}

void tm_batcher_flush(tm_batcher *f)
{
    while (f->open) {
        f->by_time++;
        close_batch(f, f->open);
    }
}

tm_batch *tm_batcher_take(tm_batcher *f)
{
    tm_batch *batch = f->first;
    if (!batch)
        return NULL;
    f->first = batch->next;
    if (!f->first)
        f->last = NULL;
    batch->next = NULL;
    f->full--;
    f->spans -= batch->spans;
    f->bytes -= batch->bytes;
    f->requests -= batch->requests;
    return batch;
}
