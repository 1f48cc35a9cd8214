/* Spool: two buffers under a lock; one is filled while the other is written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/spool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_ROOM = 4096, KEPT_ROOM = 64 * 1024, NOTICE_BYTES = 256 };

typedef struct block {
    char *p;
    size_t n, room;
} block;

struct tm_spool {
    const tm_heap *heap;
    int fd;
    size_t most;
    tm_spool_teller *tell;
    void *owner;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake, moved;
    block filling;
    size_t writing;  /* bytes that the thread has and has not written */
    uint64_t lost;   /* lines dropped and not told of */
    uint64_t writes; /* how often bytes were taken */
    bool ending, ended;
    bool left; /* nobody waits for the thread: it frees the spool itself */
    _Atomic uint64_t dropped;
};

bool tm_spool_is_due(int fd)
{
    struct stat s;
    return fstat(fd, &s) == 0 && !S_ISREG(s.st_mode);
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* Writes it all, counting down `writing`. What cannot be written at all is let go. */
static void write_all(tm_spool *s, tm_text bytes)
{
    while (bytes.n) {
        ssize_t n = write(s->fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        size_t taken = n > 0 ? (size_t)n : bytes.n;
        bytes = tm_text_skip(bytes, taken);
        pthread_mutex_lock(&s->lock);
        s->writing -= taken;
        s->writes++;
        pthread_cond_signal(&s->moved);
        pthread_mutex_unlock(&s->lock);
    }
}

static size_t tell(void *owner, uint64_t lines, char *out, size_t room)
{
    (void)owner;
    int n = snprintf(out, room, "tamis: %llu lines dropped: nobody read them\n",
                     (unsigned long long)lines);
    return (size_t)n < room ? (size_t)n : 0;
}

/* Waits for lines; takes them, or a notice of those that were lost before them. Under the lock. */
static bool take(tm_spool *s, block *out, char notice[NOTICE_BYTES], size_t *notice_n)
{
    while (!s->filling.n && !s->lost && !s->ending)
        pthread_cond_wait(&s->wake, &s->lock);
    block taken = s->filling;
    uint64_t lost = s->lost;
    s->filling = *out;
    s->filling.n = 0;
    *out = taken;
    s->lost = 0;
    *notice_n = lost ? s->tell(s->owner, lost, notice, NOTICE_BYTES) : 0;
    s->writing = taken.n + *notice_n;
    return s->writing > 0;
}

/* A block that has grown large goes back to the heap. */
static void trim(const tm_spool *s, block *b)
{
    if (b->room <= KEPT_ROOM)
        return;
    tm_heap_free(s->heap, b->p);
    *b = (block){0};
}

static void drop(tm_spool *s)
{
    if (s->fd > STDERR_FILENO)
        close(s->fd);
    pthread_cond_destroy(&s->wake);
    pthread_cond_destroy(&s->moved);
    pthread_mutex_destroy(&s->lock);
    tm_heap_free(s->heap, s->filling.p);
    tm_heap_free(s->heap, s);
}

static void *run(void *argument)
{
    tm_spool *s = argument;
    block lines = {0};
    char notice[NOTICE_BYTES];
    size_t notice_n;
    pthread_mutex_lock(&s->lock);
    while (take(s, &lines, notice, &notice_n)) {
        pthread_mutex_unlock(&s->lock);
        write_all(s, tm_text_slice(lines.p ? lines.p : "", lines.n));
        write_all(s, tm_text_slice(notice, notice_n)); /* what was lost came after them */
        trim(s, &lines);
        pthread_mutex_lock(&s->lock);
    }
    tm_heap_free(s->heap, lines.p);
    s->ended = true;
    bool left = s->left;
    pthread_cond_signal(&s->moved);
    pthread_mutex_unlock(&s->lock);
    if (left)
        drop(s);
    return NULL;
}

/* ---- adding ---------------------------------------------------------------------------------- */

static bool make_room(tm_spool *s, size_t more)
{
    block *b = &s->filling;
    if (s->writing + b->n + more > s->most)
        return false;
    if (b->room - b->n >= more)
        return true;
    size_t room = b->room ? b->room : FIRST_ROOM;
    while (room - b->n < more)
        room *= 2;
    char *p = b->p ? tm_heap_grow(s->heap, b->p, room) : tm_heap_alloc(s->heap, room);
    if (!p)
        return false;
    b->p = p;
    b->room = room;
    return true;
}

/* Under the lock. */
static bool put(tm_spool *s, tm_text bytes)
{
    /* Once lines are lost none follow until that is told: the notice stands where they stood. */
    if (s->lost || !make_room(s, bytes.n))
        return false;
    memcpy(s->filling.p + s->filling.n, bytes.p, bytes.n);
    s->filling.n += bytes.n;
    return true;
}

void tm_spool_add(tm_spool *s, tm_text lines)
{
    pthread_mutex_lock(&s->lock);
    bool all = !lines.n || put(s, lines);
    while (!all && lines.n) {
        const char *end = memchr(lines.p, '\n', lines.n);
        size_t n = end ? (size_t)(end - lines.p) + 1 : lines.n;
        if (!put(s, tm_text_slice(lines.p, n))) {
            s->lost++;
            atomic_fetch_add_explicit(&s->dropped, 1, memory_order_relaxed);
        }
        lines = tm_text_skip(lines, n);
    }
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

uint64_t tm_spool_dropped(const tm_spool *s)
{
    return atomic_load_explicit(&s->dropped, memory_order_relaxed);
}

void tm_spool_tell(tm_spool *s, tm_spool_teller *teller, void *owner)
{
    pthread_mutex_lock(&s->lock);
    s->tell = teller ? teller : tell;
    s->owner = owner;
    pthread_mutex_unlock(&s->lock);
}

/* ---- the beginning and the end ----------------------------------------------------------------
 */

static bool start(tm_spool *s)
{
    sigset_t all, before;
    sigfillset(&all); /* signals are for others */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool runs = pthread_create(&s->thread, NULL, run, s) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return runs;
}

tm_spool *tm_spool_new(const tm_heap *heap, int fd, size_t most_bytes)
{
    tm_spool *s = tm_heap_alloc(heap, sizeof *s);
    if (!s)
        return NULL;
    memset(s, 0, sizeof *s);
    s->heap = heap;
    s->fd = fd;
    s->most = most_bytes;
    s->tell = tell;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
    pthread_cond_init(&s->moved, NULL);
    if (start(s))
        return s;
    s->fd = -1; /* is still the caller's */
    drop(s);
    return NULL;
}

/* Whether the thread ends by itself; false after so long without a byte. Under the lock. */
static bool wait_for_end(tm_spool *s, unsigned patience_ms)
{
    while (!s->ended) {
        struct timespec until;
        uint64_t writes = s->writes;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += patience_ms / 1000;
        until.tv_nsec += (long)(patience_ms % 1000) * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        int failed = pthread_cond_timedwait(&s->moved, &s->lock, &until);
        if (failed == ETIMEDOUT && s->writes == writes && !s->ended)
            return false;
    }
    return true;
}

void tm_spool_free(tm_spool *s, unsigned patience_ms)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->ending = true;
    pthread_cond_signal(&s->wake);
    bool ended = wait_for_end(s, patience_ms);
    pthread_t thread = s->thread;
    s->tell = tell;   /* whoever told may be gone soon */
    s->left = !ended; /* it hangs in write, and nothing says when that ends */
    pthread_mutex_unlock(&s->lock);
    if (!ended) {
        pthread_detach(thread);
        return;
    }
    pthread_join(thread, NULL);
    drop(s);
}

/* ---- one for each descriptor ------------------------------------------------------------------
 */

tm_spool *tm_spools_find(tm_spools *spools, int fd)
{
    for (unsigned i = 0; i < spools->count; i++)
        if (spools->fd[i] == fd)
            return spools->spool[i];
    if (spools->count == sizeof spools->fd / sizeof *spools->fd)
        return NULL;
    tm_spool *spool = tm_spool_new(NULL, fd, TM_SPOOL_MOST);
    if (!spool)
        return NULL;
    const unsigned last = spools->count;
    spools->fd[last] = fd;
    spools->spool[last] = spool;
    spools->count = last + 1; /* from here on others see it */
    return spool;
}

uint64_t tm_spools_dropped(const tm_spools *spools)
{
    uint64_t lines = 0;
    for (unsigned i = 0; i < spools->count; i++)
        lines += tm_spool_dropped(spools->spool[i]);
    return lines;
}

void tm_spools_free(tm_spools *spools, unsigned patience_ms)
{
    for (unsigned i = 0; i < spools->count; i++)
        tm_spool_free(spools->spool[i], patience_ms);
    spools->count = 0;
}
