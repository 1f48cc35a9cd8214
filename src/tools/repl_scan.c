/* REPL, scan: threads take the recording request by request.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/repl_scan.h"

#include "base/clock.h"
#include "otlp/event.h"
#include "otlp/request.h"
#include "tools/complain.h"
#include "explain/span_facts.h"
#include "vm/decide/decision.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS_MOST = 64, LOOK_NS = 20 * 1000 * 1000, INTS_MOST = 1000 };

/* What all threads share. */
typedef struct scan {
    const tm_loaded *loaded;
    const tm_asking *asking;
    tm_decision decision;
    size_t rounds;
    _Atomic size_t next; /* request, counted through all rounds */
    atomic_bool stop;
    pthread_mutex_t lock;
    pthread_cond_t done;
    unsigned running;
} scan;

typedef struct worker {
    scan *scan;
    tm_arena *own, *arena; /* as long as the scan; of a request */
    tm_vm vm;
    tm_request request;
    tm_slot *slots, *event_slots;
    tm_item event;
    const tm_loaded_request *row; /* that is scanned */
    tm_scanned found;
    size_t wanted; /* seeking: the span of the request to begin with */
    size_t seen;   /* spans of the request */
    size_t hit;    /* the first for which it held; SIZE_MAX */
    bool seeking;  /* in the session's thread */
    bool short_of_memory;
    pthread_t thread;
} worker;

/* ---- stopping -------------------------------------------------------------------------------- */

static bool is_stopped(const worker *w)
{
    return atomic_load_explicit(&w->scan->stop, memory_order_relaxed);
}

/* Asked in the midst of an expression, when it has taken many steps: may it go on? */
static bool may_go_on(void *owner, tm_work *work)
{
    worker *w = owner;
    (void)work;
    if (w->seeking && tm_repl_interrupted(NULL))
        atomic_store(&w->scan->stop, true);
    return !is_stopped(w);
}

/* ---- one span -------------------------------------------------------------------------------- */

/* What was stopped has not failed. */
static void note_failure(worker *w)
{
    if (is_stopped(w))
        return;
    if (!w->found.failed++)
        w->found.why = tm_arena_copy(w->own, w->vm.error);
}

static void note_number(worker *w, tm_value v)
{
    const double number = v.type == TM_DOUBLE ? v.number : (double)v.integer;
    if (!tm_bytes_add(&w->found.numbers, tm_text_slice(&number, sizeof number)))
        tm_arena_out_of_memory(w->arena);
}

static void note_hit(worker *w, size_t span)
{
    if (!tm_bytes_add(&w->found.hits, tm_text_slice(&span, sizeof span)))
        tm_arena_out_of_memory(w->arena);
}

static void note_value(worker *w, tm_value v)
{
    tm_buf text = {.arena = w->arena};
    const bool number = v.type == TM_INT || v.type == TM_DOUBLE;
    if (v.type == TM_NIL) {
        w->found.absent++;
        return;
    }
    w->found.matched++;
    w->found.only_durations &= v.type == TM_DURATION;
    w->found.only_numbers &= number;
    if (number || v.type == TM_DURATION)
        note_number(w, v);
    if (v.type == TM_DURATION || (number && w->found.values.n >= INTS_MOST))
        return;
    tm_span_fact_value(&text, v);
    tm_counted_add(&w->found.values, tm_buf_text(&text), 1);
}

/* Whether the condition held. */
static bool ask(worker *w)
{
    tm_value v;
    w->vm.cache = NULL;
    if (w->scan->asking->entry == TM_CONDITION) {
        const tm_decided d = tm_decide_rule(&w->vm, &w->scan->decision);
        if (d == TM_FAILED)
            note_failure(w);
        return d == TM_DECIDED_TRUE;
    }
    if (tm_vm_run(&w->vm, w->scan->asking->program, &v))
        note_value(w, v);
    else
        note_failure(w);
    return false;
}

static bool ask_events(worker *w)
{
    bool held = false;
    tm_event_walk walk = tm_event_walk_of(
        w->vm.item[TM_SPAN], &w->event, w->scan->asking->needs[TM_EVENT], w->event_slots, w->arena);
    while (tm_event_walk_next(&walk)) {
        w->vm.item[TM_EVENT] = walk.event;
        held |= ask(w);
    }
    return held;
}

static void scan_span(worker *w)
{
    const size_t number = w->seen++;
    if ((w->seeking && number < w->wanted) || is_stopped(w))
        return;
    w->found.spans++;
    if (!(w->scan->asking->level == TM_EVENT ? ask_events(w) : ask(w)))
        return;
    w->found.matched++;
    if (w->scan->asking->wants_hits)
        note_hit(w, w->row->first + number);
    if (w->seeking)
        w->hit = number;
    else
        tm_counted_add(&w->found.names,
                       tm_value_text(tm_item_field(w->vm.item[TM_SPAN], TM_SPAN_NAME)), 1);
}

static void scan_request(void *argument)
{
    worker *w = argument;
    tm_request *q = &w->request;
    w->seen = 0;
    w->hit = SIZE_MAX;
    tm_request_open(q, w->arena, w->scan->asking->needs, w->slots, w->row->bytes, false,
                    TM_UTF8_KEEP);
    for (unsigned level = 0; level <= TM_SPAN; level++)
        w->vm.item[level] = &q->item[level];
    while (w->hit == SIZE_MAX && tm_request_next_resource(q))
        while (w->hit == SIZE_MAX && tm_request_next_scope(q))
            while (w->hit == SIZE_MAX && tm_request_next_span(q))
                scan_span(w);
}

static bool scan_one(worker *w, size_t request)
{
    tm_arena_reset(w->arena);
    w->row = tm_loaded_request_at(w->scan->loaded, request);
    if (tm_arena_try(w->arena, scan_request, w))
        return true;
    w->short_of_memory = true;
    return false;
}

/* ---- workers --------------------------------------------------------------------------------- */

static void prepare(void *argument)
{
    worker *w = argument;
    const tm_asking *asking = w->scan->asking;
    tm_vm_init(&w->vm, w->own, w->arena, tm_clock_real());
    w->vm.work->more = may_go_on;
    w->vm.work->owner = w;
    w->slots = TM_NEW_ARRAY(w->own, tm_request_slots(asking->needs) + 1, tm_slot);
    w->event_slots = TM_NEW_ARRAY(w->own, asking->needs[TM_EVENT]->n + 1, tm_slot);
    w->found.names.arena = w->found.values.arena = w->own;
}

static bool open_worker(worker *w, scan *s)
{
    *w = (worker){.scan = s,
                  .own = tm_arena_new(NULL),
                  .arena = tm_arena_new(NULL),
                  .found = {.only_numbers = true, .only_durations = true}};
    if (!w->own || !w->arena)
        return false;
    tm_arena_follow(w->own, w->arena);
    return tm_arena_try(w->arena, prepare, w);
}

void tm_scanned_free(tm_scanned *found)
{
    tm_bytes_free(&found->numbers);
    tm_bytes_free(&found->hits);
}

static void close_worker(worker *w)
{
    tm_scanned_free(&w->found);
    tm_arena_free(w->arena);
    tm_arena_free(w->own);
}

static void *work(void *argument)
{
    worker *w = argument;
    scan *s = w->scan;
    const size_t requests = tm_loaded_requests(s->loaded);
    for (size_t i; !is_stopped(w) && (i = atomic_fetch_add(&s->next, 1)) < requests * s->rounds;)
        if (!scan_one(w, i % requests))
            break;
    pthread_mutex_lock(&s->lock);
    s->running--;
    pthread_cond_signal(&s->done);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Waits for all of them, looking now and then whether they are to stop. */
static void wait_for_all(scan *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->running) {
        struct timespec at;
        clock_gettime(CLOCK_REALTIME, &at);
        at.tv_nsec += LOOK_NS;
        at.tv_sec += at.tv_nsec / 1000000000;
        at.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&s->done, &s->lock, &at);
        if (tm_repl_interrupted(NULL))
            atomic_store(&s->stop, true);
    }
    pthread_mutex_unlock(&s->lock);
}

static unsigned count_workers(const tm_loaded *loaded, unsigned wanted)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = wanted ? wanted : online > 0 ? (size_t)online : 1;
    n = n < WORKERS_MOST ? n : WORKERS_MOST;
    return (unsigned)(n < tm_loaded_requests(loaded) ? n : tm_loaded_requests(loaded));
}

static void add_up(tm_arena *arena, tm_scanned *sum, const tm_scanned *one)
{
    sum->spans += one->spans;
    sum->matched += one->matched;
    sum->absent += one->absent;
    if (!sum->failed && one->failed)
        sum->why = tm_arena_copy(arena, one->why);
    sum->failed += one->failed;
    sum->only_numbers &= one->only_numbers;
    sum->only_durations &= one->only_durations;
    tm_counted_take(&sum->names, &one->names);
    tm_counted_take(&sum->values, &one->values);
    if (!tm_bytes_add(&sum->numbers, tm_bytes_text(&one->numbers)) ||
        !tm_bytes_add(&sum->hits, tm_bytes_text(&one->hits)))
        tm_arena_out_of_memory(arena);
}

static tm_decision decision_of(tm_arena *arena, const tm_asking *asking)
{
    return asking->entry == TM_CONDITION
               ? tm_decision_of(arena, asking->program)
               : (tm_decision){tm_test_answer(TM_UNDECIDED), asking->program};
}

/* Starts as many as there are processors; the caller's thread waits. */
static bool run_workers(scan *s, worker *w, unsigned n)
{
    unsigned started = 0;
    s->running = n;
    while (started < n && pthread_create(&w[started].thread, NULL, work, &w[started]) == 0)
        started++;
    pthread_mutex_lock(&s->lock);
    s->running -= n - started;
    pthread_mutex_unlock(&s->lock);
    wait_for_all(s);
    for (unsigned i = 0; i < started; i++)
        pthread_join(w[i].thread, NULL);
    return started > 0 || n == 0 || tm_complain("no thread can be started");
}

/* One call of tm_repl_scan. */
typedef struct scanning {
    scan shared;
    worker *w;
    unsigned n;
    tm_arena *arena;
    tm_scanned *out;
    bool ok;
} scanning;

static void scan_all(void *argument)
{
    scanning *c = argument;
    bool ok = true;
    for (unsigned i = 0; i < c->n; i++)
        ok = open_worker(&c->w[i], &c->shared) && ok;
    if (!ok)
        tm_complain("out of memory");
    ok = ok && run_workers(&c->shared, c->w, c->n);
    for (unsigned i = 0; ok && i < c->n; i++) {
        ok = !c->w[i].short_of_memory || tm_complain("out of memory");
        add_up(c->arena, c->out, &c->w[i].found);
    }
    c->ok = ok;
}

static void close_all(void *argument)
{
    scanning *c = argument;
    for (unsigned i = 0; i < c->n; i++)
        close_worker(&c->w[i]);
    if (!c->ok)
        tm_scanned_free(c->out);
}

bool tm_repl_scan(const tm_repl *repl, tm_arena *arena, const tm_asking *asking, unsigned threads,
                  size_t rounds, tm_scanned *out)
{
    scanning *c = TM_NEW(arena, scanning);
    *c = (scanning){.shared = {.loaded = &repl->loaded,
                               .asking = asking,
                               .decision = decision_of(arena, asking),
                               .rounds = rounds,
                               .lock = PTHREAD_MUTEX_INITIALIZER,
                               .done = PTHREAD_COND_INITIALIZER},
                    .n = count_workers(&repl->loaded, threads),
                    .arena = arena,
                    .out = out};
    c->w = TM_NEW_ARRAY(arena, c->n + 1, worker);
    *out = (tm_scanned){.only_numbers = true, .only_durations = true};
    out->names.arena = out->values.arena = arena;
    tm_arena_finally(arena, scan_all, close_all, c);
    out->stopped = atomic_load(&c->shared.stop);
    return c->ok;
}

/* ---- seeking --------------------------------------------------------------------------------- */

/* The last request that begins at or before the span. */
static size_t request_of(const tm_loaded *l, size_t span)
{
    size_t low = 0, high = tm_loaded_requests(l);
    while (low + 1 < high) {
        const size_t middle = low + (high - low) / 2;
        if (tm_loaded_request_at(l, middle)->first <= span)
            low = middle;
        else
            high = middle;
    }
    return low;
}

size_t tm_repl_seek(tm_repl *repl, const tm_asking *asking, size_t from, bool *stopped)
{
    const tm_loaded *l = &repl->loaded;
    scan s = {.loaded = l, .asking = asking, .decision = decision_of(repl->line, asking)};
    worker *w = TM_NEW(repl->line, worker);
    size_t found = SIZE_MAX;
    bool ok = open_worker(w, &s);
    w->seeking = true;
    for (size_t i = request_of(l, from); ok && i < tm_loaded_requests(l) && found == SIZE_MAX;
         i++) {
        const size_t first = tm_loaded_request_at(l, i)->first;
        w->wanted = from > first ? from - first : 0;
        ok = scan_one(w, i);
        found = ok && w->hit != SIZE_MAX ? first + w->hit : SIZE_MAX;
        if (tm_repl_interrupted(NULL))
            atomic_store(&s.stop, true);
        ok = ok && !is_stopped(w);
    }
    *stopped = is_stopped(w) && found == SIZE_MAX;
    if (w->found.failed)
        tm_repl_wrong(repl, "it failed for %llu span%s: %.*s", (unsigned long long)w->found.failed,
                      w->found.failed == 1 ? "" : "s", TM_PRI(w->found.why));
    close_worker(w);
    return found;
}
