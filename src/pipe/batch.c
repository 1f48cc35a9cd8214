/* Batch: chunks joined until a limit is reached; only a chunk beyond a limit is ever looked into.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/batch.h"

#include "otlp/split.h"

#include <stdatomic.h>

void tm_waiter_init(tm_waiter *waiter, void (*told)(tm_waiter *waiter))
{
    atomic_init(&waiter->holders, 1);
    atomic_init(&waiter->worst, TM_STATUS_OK);
    waiter->told = told;
}

void tm_waiter_let_go(tm_waiter *waiter, tm_status_code answer)
{
    int none = TM_STATUS_OK;
    if (answer != TM_STATUS_OK)
        atomic_compare_exchange_strong(&waiter->worst, &none, (int)answer);
    if (atomic_fetch_sub(&waiter->holders, 1) == 1)
        waiter->told(waiter);
}

tm_batch *tm_batch_new(void)
{
    tm_batch *batch = tm_heap_alloc(NULL, sizeof *batch);
    if (batch)
        *batch = (tm_batch){0};
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

bool tm_batch_add(tm_batch *batch, tm_chunk *chunk, tm_waiter *waiter)
{
    if (!make_room(batch))
        return false;
    batch->chunk[batch->chunks] = chunk;
    batch->waiter[batch->chunks++] = waiter;
    batch->spans += chunk->spans;
    batch->bytes += chunk->bytes.n;
    if (waiter)
        atomic_fetch_add(&waiter->holders, 1);
    return true;
}

void tm_batch_drop_chunks(tm_batch *batch)
{
    for (uint32_t i = 0; i < batch->chunks; i++) {
        if (batch->chunk[i])
            tm_chunk_unref(batch->chunk[i]);
        batch->chunk[i] = NULL;
    }
}

void tm_batch_end(tm_batch *batch, tm_status_code answer)
{
    if (!batch)
        return;
    tm_batch_drop_chunks(batch);
    for (uint32_t i = 0; i < batch->chunks; i++)
        if (batch->waiter[i])
            tm_waiter_let_go(batch->waiter[i], answer);
    tm_bytes_free(&batch->packed);
    tm_heap_free(NULL, batch->chunk);
    tm_heap_free(NULL, batch->waiter);
    tm_heap_free(NULL, batch->pieces);
    tm_heap_free(NULL, batch);
}

/* --- forming --- */

static void close_open(tm_former *f)
{
    tm_batch *batch = f->open;
    f->open = NULL;
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

/* Adds a chunk that is within the limits by itself. */
static bool add_whole(tm_former *f, tm_chunk *chunk, tm_waiter *waiter, uint64_t now_ms)
{
    const tm_batch_limits *l = &f->limits;
    if (f->open && (exceeds(f->open->bytes + chunk->bytes.n, l->max_bytes) ||
                    exceeds((size_t)f->open->spans + chunk->spans, l->max_spans))) {
        close_open(f);
        f->by_size++;
    }
    bool fresh = !f->open;
    if (fresh && !(f->open = tm_batch_new()))
        return false;
    if (fresh)
        f->open->opened_ms = now_ms;
    if (!tm_batch_add(f->open, chunk, waiter)) {
        if (fresh) {
            tm_batch_end(f->open, TM_STATUS_OK);
            f->open = NULL;
        }
        return false;
    }
    f->spans += chunk->spans;
    f->bytes += chunk->bytes.n;
    bool at_once = (!l->trigger_spans && !l->trigger_bytes) || l->timeout_ms == 0;
    if (at_once || reaches(f->open->spans, l->trigger_spans) ||
        reaches(f->open->bytes, l->trigger_bytes) || reaches(f->open->spans, l->max_spans) ||
        reaches(f->open->bytes, l->max_bytes)) {
        f->by_size += !at_once;
        close_open(f);
    }
    return true;
}

typedef struct tm_parts {
    tm_former *former;
    tm_waiter *waiter;
    uint64_t now_ms;
} tm_parts;

static bool take_part(void *owner, const tm_pieces *pieces, uint32_t spans)
{
    tm_parts *parts = owner;
    tm_chunk *chunk = tm_chunk_new(pieces, spans);
    if (chunk && add_whole(parts->former, chunk, parts->waiter, parts->now_ms))
        return true;
    if (chunk)
        tm_chunk_unref(chunk);
    return false;
}

/* Cuts the chunk so that full batches come out exactly at the limits. Parts that were added before
 * memory ran out stay: the client sends all of it again, which at-least-once allows. */
static bool add_in_parts(tm_former *f, tm_chunk *chunk, tm_waiter *waiter, uint64_t now_ms)
{
    tm_arena *arena = tm_arena_new(NULL);
    if (!arena)
        return false;
    jmp_buf escape;
    tm_parts parts = {.former = f, .waiter = waiter, .now_ms = now_ms};
    volatile bool ok = false;
    if (setjmp(escape) == 0) {
        tm_arena_escape(arena, &escape);
        uint32_t open_spans = f->open ? f->open->spans : 0;
        uint32_t first = f->limits.max_spans > open_spans ? f->limits.max_spans - open_spans : 0;
        ok = tm_split(arena, chunk->bytes, first, f->limits.max_spans, f->limits.max_bytes,
                      take_part, &parts);
    }
    tm_arena_free(arena);
    if (ok)
        tm_chunk_unref(chunk);
    return ok;
}

bool tm_former_add(tm_former *f, tm_chunk *chunk, tm_waiter *waiter, uint64_t now_ms)
{
    uint32_t open_spans = f->open ? f->open->spans : 0;
    bool cut = exceeds((size_t)open_spans + chunk->spans, f->limits.max_spans) ||
               exceeds(chunk->bytes.n, f->limits.max_bytes);
    if (!(cut ? add_in_parts : add_whole)(f, chunk, waiter, now_ms))
        return false;
    f->requests++;
    (f->open ? f->open : f->last)->requests++;
    return true;
}

void tm_former_flush(tm_former *f)
{
    if (!f->open)
        return;
    f->by_time++;
    close_open(f);
}

tm_batch *tm_former_take(tm_former *f)
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
