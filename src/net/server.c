/* Server: the workers, and connections on their way to them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/server.h"

#include "net/conn.h"
#include "net/listener.h"

#include <assert.h>

enum { PAUSE_MS = 1000, HEAD_BYTES = 64 << 20, HEAD_STEP = 16 * 1024 };

struct tm_server {
    tm_server_options options;
    tm_worker *workers;
    size_t worker_count;
    tm_listener *listeners; /* only touched in the home thread */
    pthread_mutex_t lock;   /* guards arriving */
    tm_conn *arriving;      /* accepted, not yet adopted */
    tm_budget no_budget;    /* where the options have none */
};

static void relieved(void *owner)
{
    tm_server_attend(owner);
}

tm_server *tm_server_new(const tm_server_options *options)
{
    assert(options->home && options->loop_count > 0);
    const tm_heap *heap = options->heap;
    tm_server *server = tm_heap_alloc(heap, sizeof *server);
    if (!server)
        return NULL;
    memset(server, 0, sizeof *server);
    server->options = *options;
    if (!server->options.max_head_bytes)
        server->options.max_head_bytes = HEAD_BYTES;
    tm_budget_init(&server->no_budget, 0);
    if (!options->budget)
        server->options.budget = &server->no_budget;
    server->options.budget->owner = server;
    server->options.budget->relieved = relieved;
    pthread_mutex_init(&server->lock, NULL);
    server->workers = tm_heap_alloc(heap, options->loop_count * sizeof *server->workers);
    if (!server->workers)
        goto fail;
    memset(server->workers, 0, options->loop_count * sizeof *server->workers);
    for (size_t i = 0; i < options->loop_count; i++) {
        server->worker_count++;
        if (!tm_worker_open(&server->workers[i], server, heap, options->loops[i], (unsigned)i))
            goto fail;
    }
    return server;
fail:
    tm_server_free(server);
    return NULL;
}

/* A connection that no worker has seen. */
static void drop_arriving(tm_server *server, tm_conn *conn)
{
    conn->transport->kind->close(conn->transport);
    tm_heap_free(server->options.heap, conn);
}

void tm_server_free(tm_server *server)
{
    if (!server)
        return;
    for (size_t i = 0; i < server->worker_count; i++)
        tm_worker_close(&server->workers[i]);
    for (tm_conn *next, *conn = server->arriving; conn; conn = next) {
        next = conn->next_arriving;
        drop_arriving(server, conn);
    }
    while (server->listeners) {
        tm_listener *listener = server->listeners;
        tm_server_remove(server, listener);
        tm_listener_free(listener);
    }
    server->options.budget->relieved = NULL;
    pthread_mutex_destroy(&server->lock);
    tm_heap_free(server->options.heap, server->workers);
    tm_heap_free(server->options.heap, server);
}

const tm_heap *tm_server_heap(const tm_server *server)
{
    return server->options.heap;
}

tm_loop *tm_server_home(const tm_server *server)
{
    return server->options.home;
}

void tm_server_nudge(tm_server *server)
{
    for (size_t i = 0; i < server->worker_count; i++)
        tm_worker_nudge(&server->workers[i]);
}

void tm_server_add(tm_server *server, tm_listener *listener)
{
    listener->next = server->listeners;
    server->listeners = listener;
}

void tm_server_remove(tm_server *server, tm_listener *listener)
{
    tm_listener **at = &server->listeners;
    while (*at != listener)
        at = &(*at)->next;
    *at = listener->next;
}

/* ---- arrivals ------------------------------------------------------------------------------- */

static void leave_arriving(tm_server *server, tm_conn *conn)
{
    pthread_mutex_lock(&server->lock);
    tm_conn **at = &server->arriving;
    while (*at != conn)
        at = &(*at)->next_arriving;
    *at = conn->next_arriving;
    pthread_mutex_unlock(&server->lock);
}

static void arrive(void *argument)
{
    tm_conn *conn = argument;
    leave_arriving(conn->worker->server, conn);
    tm_conn_adopt(conn);
}

static tm_worker *least_loaded(tm_server *server, unsigned turn)
{
    tm_worker *best = NULL;
    unsigned least = 0;
    for (size_t i = 0; i < server->worker_count; i++) {
        tm_worker *worker = &server->workers[(turn + i) % server->worker_count];
        unsigned load = atomic_load(&worker->load);
        if (best && load >= least)
            continue;
        best = worker;
        least = load;
    }
    return best;
}

void tm_server_hand(tm_server *server, tm_conn *conn, unsigned turn)
{
    conn->worker = least_loaded(server, turn);
    atomic_fetch_add(&conn->worker->load, 1);
    pthread_mutex_lock(&server->lock);
    conn->next_arriving = server->arriving;
    server->arriving = conn;
    pthread_mutex_unlock(&server->lock);
    conn->letter = (tm_letter){.call = arrive, .argument = conn};
    tm_loop_send(conn->worker->loop, &conn->letter);
}

/* ---- the budget of bodies ------------------------------------------------------------------- */

uint64_t tm_server_pause_ms(const tm_server *server)
{
    return server->options.pause_ms ? server->options.pause_ms : PAUSE_MS;
}

tm_budget *tm_server_budget(const tm_server *server)
{
    return server->options.budget;
}

void tm_server_attend(tm_server *server)
{
    for (size_t i = 0; i < server->worker_count; i++)
        tm_worker_attend(&server->workers[i]);
}

size_t tm_server_spare_bytes(const tm_server *server)
{
    size_t limit = atomic_load_explicit(&server->options.budget->limit, memory_order_relaxed);
    size_t part = limit / 8 / server->worker_count;
    return part < TM_WORKER_SPARE_BYTES ? part : TM_WORKER_SPARE_BYTES;
}

bool tm_server_charge_head(tm_server *server, size_t bytes, size_t *charged)
{
    if (bytes <= TM_HEAD_FREE || bytes <= *charged)
        return true;
    size_t more = (bytes + HEAD_STEP - 1) / HEAD_STEP * HEAD_STEP - *charged;
    tm_budget *budget = server->options.budget;
    if (tm_budget_held(budget, TM_PART_HEADS) + more > server->options.max_head_bytes ||
        !tm_budget_reserve(budget, TM_BUDGET_HEAD, more))
        return false;
    *charged += more;
    return true;
}

void tm_server_discharge_head(tm_server *server, size_t bytes)
{
    tm_budget_return(server->options.budget, TM_PART_HEADS, bytes);
}
