/* Run, the pool: a ring of jobs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/run_pool.h"

#include "tools/complain.h"

#include <pthread.h>

typedef struct pool {
    pthread_mutex_t lock;
    pthread_cond_t read, done;
    tm_run_job *job; /* the ring */
    size_t jobs;
    size_t oldest, filled; /* the jobs that are not written yet; one thread's alone */
    size_t taken;          /* of all jobs that were read, so many were taken */
    size_t given;
    bool ended;
    tm_run_worker *worker;
    pthread_t *thread;
    unsigned workers, started;
} pool;

typedef struct seat {
    pool *pool;
    tm_run_worker *worker;
} seat;

static tm_run_job *take(pool *p)
{
    tm_run_job *job = NULL;
    pthread_mutex_lock(&p->lock);
    while (p->taken == p->given && !p->ended)
        pthread_cond_wait(&p->read, &p->lock);
    if (p->taken < p->given) {
        job = &p->job[p->taken++ % p->jobs];
        job->state = TM_JOB_TAKEN;
    }
    pthread_mutex_unlock(&p->lock);
    return job;
}

static void *work(void *argument)
{
    const seat *s = argument;
    for (tm_run_job *job; (job = take(s->pool)) != NULL;) {
        tm_run_work(s->worker, job);
        pthread_mutex_lock(&s->pool->lock);
        job->state = TM_JOB_DONE;
        pthread_cond_signal(&s->pool->done);
        pthread_mutex_unlock(&s->pool->lock);
    }
    return NULL;
}

static void give(pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->job[p->given % p->jobs].state = TM_JOB_READ;
    p->given++;
    p->filled++;
    pthread_cond_signal(&p->read);
    pthread_mutex_unlock(&p->lock);
}

/* Writes the oldest job, waiting for it. False: the sink has enough. */
static bool write_oldest(pool *p, const tm_run_sink *sink)
{
    tm_run_job *job = &p->job[p->oldest % p->jobs];
    pthread_mutex_lock(&p->lock);
    while (job->state != TM_JOB_DONE)
        pthread_cond_wait(&p->done, &p->lock);
    job->state = TM_JOB_FREE;
    pthread_mutex_unlock(&p->lock);
    p->oldest++;
    p->filled--;
    return sink->write(sink->owner, job);
}

static void read_and_write(pool *p, tm_input *input, const tm_run_sink *sink)
{
    bool more = true, wanted = true;
    while (more && wanted) {
        if (p->filled && tm_input_would_wait(input)) {
            wanted = write_oldest(p, sink);
            continue;
        }
        tm_run_job *job = &p->job[p->given % p->jobs];
        more = tm_input_next(input, &job->block);
        job->name = input->name;
        if (more)
            give(p);
        if (p->filled == p->jobs)
            wanted = write_oldest(p, sink);
        sink->progress(sink->owner);
    }
    while (p->filled)
        wanted = write_oldest(p, sink) && wanted;
}

static bool start(pool *p, tm_arena *arena, const tm_run_plan *plan)
{
    bool ok = true;
    for (unsigned i = 0; i < p->workers; i++)
        ok = tm_run_worker_init(&p->worker[i], plan, arena) && ok;
    if (!ok)
        return tm_complain("out of memory");
    for (; p->started < p->workers; p->started++) {
        seat *s = TM_NEW(arena, seat);
        *s = (seat){p, &p->worker[p->started]};
        if (pthread_create(&p->thread[p->started], NULL, work, s) != 0)
            break;
    }
    return p->started > 0 || tm_complain("no thread can be started");
}

static void stop(pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->ended = true;
    pthread_cond_broadcast(&p->read);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->started; i++)
        pthread_join(p->thread[i], NULL);
}

static void sum_up(const pool *p, const tm_run_plan *plan, tm_run_tally *tally, bool *short_of)
{
    for (unsigned i = 0; i < p->workers; i++) {
        const tm_run_tally *one = &p->worker[i].tally;
        tally->in += one->in;
        tally->kept += one->kept;
        tally->bad_input |= one->bad_input;
        tally->refused += one->refused;
        *short_of |= p->worker[i].short_of_memory || p->worker[i].gathered.short_of_memory;
        for (uint32_t k = 0; one->rule && k < plan->ruleset->rules; k++) {
            tally->rule[k].matched += one->rule[k].matched;
            tally->rule[k].errors += one->rule[k].errors;
            tally->rule[k].dropped_spans += one->rule[k].dropped_spans;
            tally->rule[k].dropped_bytes += one->rule[k].dropped_bytes;
        }
    }
}

bool tm_run_pool(tm_arena *arena, const tm_run_plan *plan, unsigned workers, tm_input *input,
                 const tm_run_sink *sink, tm_run_tally *tally)
{
    bool short_of = false;
    pool p = {.lock = PTHREAD_MUTEX_INITIALIZER,
              .read = PTHREAD_COND_INITIALIZER,
              .done = PTHREAD_COND_INITIALIZER,
              .jobs = 2 * workers + 2,
              .workers = workers};
    p.job = TM_NEW_ARRAY(arena, p.jobs, tm_run_job);
    p.worker = TM_NEW_ARRAY(arena, workers, tm_run_worker);
    p.thread = TM_NEW_ARRAY(arena, workers, pthread_t);
    *tally = (tm_run_tally){.rule = TM_NEW_ARRAY(arena, plan->ruleset->rules + 1, tm_rule_counts)};
    bool ok = start(&p, arena, plan);
    if (ok)
        read_and_write(&p, input, sink);
    stop(&p);
    sum_up(&p, plan, tally, &short_of);
    for (unsigned i = 0; i < workers; i++)
        tm_run_worker_free(&p.worker[i]);
    for (size_t i = 0; i < p.jobs; i++)
        tm_run_job_free(&p.job[i]);
    return ok && (!short_of || tm_complain("out of memory"));
}
