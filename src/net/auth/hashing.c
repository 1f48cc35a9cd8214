/* Hashing: a bounded queue, few threads of low priority, and a ring of what was good.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "net/auth/hashing.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

/* One password. Who asks the same while it waits or is looked at gets the same answer. */
typedef struct job {
    struct job *next;
    unsigned char key[TM_HASHING_KEY];
    tm_text password, hash; /* behind this block */
    const char *refusal;
    tm_auth_question *questions;
} job;

typedef struct known {
    unsigned char key[TM_HASHING_KEY];
    uint64_t until_ns; /* 0: nothing is known here */
} known;

struct tm_hashing {
    const tm_clock *clock;
    tm_hashing_fits *fits;
    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t wake;
    unsigned threads; /* that have not ended */
    bool ending;
    job *first, **last; /* those that wait */
    unsigned waiting;
    job *under_way;
    known good[TM_HASHING_KNOWN];
    size_t goods; /* how many ever */
};

tm_hashing *tm_hashing_new(const tm_clock *clock, tm_hashing_fits *fits)
{
    tm_hashing *h = tm_heap_alloc(NULL, sizeof *h);
    if (!h)
        return NULL;
    memset(h, 0, sizeof *h);
    h->clock = clock;
    h->fits = fits;
    h->last = &h->first;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->wake, NULL);
    return h;
}

static void free_job(job *j)
{
    explicit_bzero(j + 1, j->password.n);
    tm_heap_free(NULL, j);
}

/* The last one frees it. Lets go of the lock. */
static void leave_ended(tm_hashing *h)
{
    bool last = h->threads == 0;
    pthread_mutex_unlock(&h->lock);
    if (!last)
        return;
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    tm_heap_free(NULL, h);
}

void tm_hashing_free(tm_hashing *h)
{
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    h->ending = true;
    for (job *next; h->first; h->first = next) {
        next = h->first->next;
        free_job(h->first);
    }
    pthread_cond_broadcast(&h->wake);
    leave_ended(h);
}

/* ---- what was found good: under the lock ------------------------------------------------------
 */

static bool same_key(const unsigned char *a, const unsigned char *b)
{
    return tm_auth_equal(tm_text_slice(a, TM_HASHING_KEY), tm_text_slice(b, TM_HASHING_KEY));
}

static bool is_known(const tm_hashing *h, const unsigned char *key)
{
    uint64_t now_ns = tm_clock_monotonic_ns(h->clock);
    bool found = false;
    for (size_t i = 0; i < h->goods && i < TM_HASHING_KNOWN; i++)
        found |= now_ns < h->good[i].until_ns && same_key(h->good[i].key, key);
    return found;
}

static void remember(tm_hashing *h, const unsigned char *key)
{
    known *k = &h->good[h->goods++ % TM_HASHING_KNOWN];
    memcpy(k->key, key, TM_HASHING_KEY);
    k->until_ns = tm_clock_monotonic_ns(h->clock) + TM_HASHING_KNOWN_S * UINT64_C(1000000000);
}

/* ---- threads ----------------------------------------------------------------------------------
 */

/* Takes the oldest job; NULL when the end has come. Under the lock. */
static job *take(tm_hashing *h)
{
    while (!h->first && !h->ending)
        pthread_cond_wait(&h->wake, &h->lock);
    if (h->ending)
        return NULL;
    job *j = h->first;
    h->first = j->next;
    if (!h->first)
        h->last = &h->first;
    h->waiting--;
    return j;
}

static void answer_all(const job *j, tm_auth_verdict verdict)
{
    for (tm_auth_question *next, *q = j->questions; q; q = next) {
        next = q->next; /* when the letter is away it is not ours any more */
        q->verdict = verdict;
        q->why = verdict == TM_AUTH_NO ? j->refusal : "out of memory";
        tm_loop_send(q->loop, &q->letter);
    }
}

static void leave(job **list, const job *j)
{
    while (*list != j)
        list = &(*list)->next;
    *list = j->next;
}

static void *run(void *argument)
{
    tm_hashing *h = argument;
    setpriority(PRIO_PROCESS, 0, 10); /* of this thread: those of the loops go before it */
    pthread_mutex_lock(&h->lock);
    for (job *j; (j = take(h)) != NULL;) {
        j->next = h->under_way;
        h->under_way = j;
        pthread_mutex_unlock(&h->lock);
        tm_auth_verdict verdict = h->fits(j->password, j->hash);
        pthread_mutex_lock(&h->lock);
        leave(&h->under_way, j);
        if (verdict == TM_AUTH_YES)
            remember(h, j->key);
        if (!h->ending) /* else nobody may be there any more */
            answer_all(j, verdict);
        free_job(j);
    }
    h->threads--;
    leave_ended(h);
    return NULL;
}

/* Signals are for others. Nobody waits for the threads: a hash may take longer than the shutdown.
 * Under the lock. */
static bool start_threads(tm_hashing *h)
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (h->threads < TM_HASHING_THREADS && pthread_create(&thread, NULL, run, h) == 0) {
        pthread_detach(thread);
        h->threads++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return h->threads > 0;
}

/* ---- questions --------------------------------------------------------------------------------
 */

static job *find(job *list, const unsigned char *key)
{
    while (list && !same_key(list->key, key))
        list = list->next;
    return list;
}

/* Under the lock. NULL: there are too many, or out of memory. */
static job *add_job(tm_hashing *h, const unsigned char *key, tm_text password, tm_text hash)
{
    if (h->waiting == TM_HASHING_QUEUE || !start_threads(h))
        return NULL;
    job *j = tm_heap_alloc(NULL, sizeof *j + password.n + hash.n);
    if (!j)
        return NULL;
    char *texts = (char *)(j + 1);
    *j = (job){.password = tm_text_slice(texts, password.n),
               .hash = tm_text_slice(texts + password.n, hash.n)};
    memcpy(j->key, key, TM_HASHING_KEY);
    memcpy(texts, password.p, password.n);
    memcpy(texts + password.n, hash.p, hash.n);
    *h->last = j;
    h->last = &j->next;
    h->waiting++;
    pthread_cond_signal(&h->wake);
    return j;
}

static void call_back(void *argument)
{
    tm_auth_question *question = argument;
    question->answer(question);
}

tm_auth_verdict tm_hashing_ask(tm_hashing *h, const unsigned char key[TM_HASHING_KEY],
                               tm_text password, tm_text hash, const char *refusal,
                               tm_auth_question *question)
{
    tm_auth_verdict verdict = TM_AUTH_YES;
    pthread_mutex_lock(&h->lock);
    if (!is_known(h, key)) {
        job *j = find(h->under_way, key);
        j = j ? j : find(h->first, key);
        j = j ? j : add_job(h, key, password, hash);
        verdict = j ? TM_AUTH_LATER : TM_AUTH_UNABLE;
        if (j) {
            j->refusal = refusal;
            question->letter = (tm_letter){.call = call_back, .argument = question};
            question->next = j->questions;
            j->questions = question;
        }
    }
    pthread_mutex_unlock(&h->lock);
    return verdict;
}

tm_auth_verdict tm_hashing_wait(tm_hashing *h, const unsigned char key[TM_HASHING_KEY],
                                tm_text password, tm_text hash)
{
    pthread_mutex_lock(&h->lock);
    bool good = is_known(h, key);
    pthread_mutex_unlock(&h->lock);
    tm_auth_verdict verdict = good ? TM_AUTH_YES : h->fits(password, hash);
    if (good || verdict != TM_AUTH_YES)
        return verdict;
    pthread_mutex_lock(&h->lock);
    remember(h, key);
    pthread_mutex_unlock(&h->lock);
    return verdict;
}
