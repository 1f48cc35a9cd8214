/* Loop: libevent, with a mailbox behind an eventfd.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"

#include "base/arena.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

typedef struct tm_post {
    void (*call)(void *argument);
    void *argument;
} tm_post;

typedef struct tm_posts {
    tm_post *posts;
    size_t n;
    size_t room;
} tm_posts;

struct tm_loop {
    struct event_base *base;
    struct event bell; /* the eventfd that says that there is mail or a stop */
    int bell_fd;
    atomic_bool stop;
    pthread_mutex_t lock; /* guards inbox and letters */
    tm_posts inbox;
    tm_posts outbox; /* what is being read; swapped with the inbox, so no allocation when warm */
    tm_letter *letters, **last_letter;
};

struct tm_timer {
    struct event event;
    void (*ring)(void *argument);
    void *argument;
};

struct tm_watch {
    struct event read;
    struct event write;
    int wanted;
    void (*ready)(void *argument, int what);
    void *argument;
};

static void ring_bell(tm_loop *loop)
{
    uint64_t one = 1;
    ssize_t n = write(loop->bell_fd, &one, sizeof one);
    (void)n; /* EAGAIN: the bell has been rung 2^64 times and still rings */
}

static void take_mail(evutil_socket_t fd, short what, void *argument)
{
    tm_loop *loop = argument;
    uint64_t count;
    ssize_t n = read(fd, &count, sizeof count);
    (void)n;
    (void)what;
    pthread_mutex_lock(&loop->lock);
    tm_posts mail = loop->inbox;
    tm_letter *letter = loop->letters;
    loop->inbox = loop->outbox;
    loop->outbox = mail;
    loop->letters = NULL;
    loop->last_letter = &loop->letters;
    pthread_mutex_unlock(&loop->lock);
    for (size_t i = 0; i < mail.n; i++)
        mail.posts[i].call(mail.posts[i].argument);
    loop->outbox.n = 0;
    for (tm_letter *next; letter; letter = next) {
        next = letter->next;
        letter->call(letter->argument);
    }
}

/* A base without locks: only the mailbox is shared, and it has its own. */
static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();
    if (!config)
        return NULL;
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

tm_loop *tm_loop_new(void)
{
    tm_loop *loop = tm_heap_alloc(NULL, sizeof *loop);
    if (!loop)
        return NULL;
    *loop = (tm_loop){.bell_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    loop->last_letter = &loop->letters;
    if (loop->bell_fd < 0)
        goto fail;
    loop->base = new_base();
    if (!loop->base)
        goto fail;
    pthread_mutex_init(&loop->lock, NULL);
    event_assign(&loop->bell, loop->base, loop->bell_fd, EV_READ | EV_PERSIST, take_mail, loop);
    if (event_add(&loop->bell, NULL) == 0)
        return loop;
    pthread_mutex_destroy(&loop->lock);
    event_base_free(loop->base);
fail:
    if (loop->bell_fd >= 0)
        close(loop->bell_fd);
    tm_heap_free(NULL, loop);
    return NULL;
}

void tm_loop_free(tm_loop *loop)
{
    if (!loop)
        return;
    event_del(&loop->bell);
    event_base_free(loop->base);
    close(loop->bell_fd);
    pthread_mutex_destroy(&loop->lock);
    tm_heap_free(NULL, loop->inbox.posts);
    tm_heap_free(NULL, loop->outbox.posts);
    tm_heap_free(NULL, loop);
}

void tm_loop_run(tm_loop *loop)
{
    while (!atomic_exchange(&loop->stop, false))
        event_base_loop(loop->base, EVLOOP_ONCE);
}

void tm_loop_stop(tm_loop *loop)
{
    atomic_store(&loop->stop, true);
    ring_bell(loop);
}

/* Whether nothing is in the mailbox; the lock is held. */
static bool is_empty(const tm_loop *loop)
{
    return loop->inbox.n == 0 && !loop->letters;
}

/* Room for one more post; the lock is held. */
static bool grow_inbox(tm_posts *inbox)
{
    if (inbox->n < inbox->room)
        return true;
    size_t room = inbox->room ? inbox->room * 2 : 16;
    tm_post *posts = tm_heap_grow(NULL, inbox->posts, room * sizeof *posts);
    if (!posts)
        return false;
    inbox->posts = posts;
    inbox->room = room;
    return true;
}

bool tm_loop_post(tm_loop *loop, void (*call)(void *argument), void *argument)
{
    pthread_mutex_lock(&loop->lock);
    bool first = is_empty(loop);
    bool posted = grow_inbox(&loop->inbox);
    if (posted)
        loop->inbox.posts[loop->inbox.n++] = (tm_post){.call = call, .argument = argument};
    pthread_mutex_unlock(&loop->lock);
    if (posted && first)
        ring_bell(loop);
    return posted;
}

void tm_loop_send(tm_loop *loop, tm_letter *letter)
{
    letter->next = NULL;
    pthread_mutex_lock(&loop->lock);
    bool first = is_empty(loop);
    *loop->last_letter = letter;
    loop->last_letter = &letter->next;
    pthread_mutex_unlock(&loop->lock);
    if (first)
        ring_bell(loop);
}

static void ring_timer(evutil_socket_t fd, short what, void *argument)
{
    tm_timer *timer = argument;
    (void)fd;
    (void)what;
    timer->ring(timer->argument);
}

tm_timer *tm_timer_new(tm_loop *loop, void (*ring)(void *argument), void *argument)
{
    tm_timer *timer = tm_heap_alloc(NULL, sizeof *timer);
    if (!timer)
        return NULL;
    *timer = (tm_timer){.ring = ring, .argument = argument};
    event_assign(&timer->event, loop->base, -1, 0, ring_timer, timer);
    return timer;
}

void tm_timer_start(tm_timer *timer, uint64_t after_ms)
{
    struct timeval after = {.tv_sec = (time_t)(after_ms / 1000),
                            .tv_usec = (suseconds_t)(after_ms % 1000 * 1000)};
    event_add(&timer->event, &after);
}

void tm_timer_stop(tm_timer *timer)
{
    event_del(&timer->event);
}

void tm_timer_free(tm_timer *timer)
{
    if (!timer)
        return;
    event_del(&timer->event);
    tm_heap_free(NULL, timer);
}

static void report_ready(evutil_socket_t fd, short what, void *argument)
{
    tm_watch *watch = argument;
    (void)fd;
    watch->ready(watch->argument, what & EV_READ ? TM_WATCH_READ : TM_WATCH_WRITE);
}

tm_watch *tm_watch_new(tm_loop *loop, int fd, void (*ready)(void *argument, int what),
                       void *argument)
{
    assert(fd >= 0);
    tm_watch *watch = tm_heap_alloc(NULL, sizeof *watch);
    if (!watch)
        return NULL;
    *watch = (tm_watch){.ready = ready, .argument = argument};
    event_assign(&watch->read, loop->base, fd, EV_READ | EV_PERSIST, report_ready, watch);
    event_assign(&watch->write, loop->base, fd, EV_WRITE | EV_PERSIST, report_ready, watch);
    return watch;
}

static bool set_event(struct event *event, bool on)
{
    return (on ? event_add(event, NULL) : event_del(event)) == 0;
}

bool tm_watch_want(tm_watch *watch, int what)
{
    int change = watch->wanted ^ what;
    bool fits = true;
    watch->wanted = what;
    if (change & TM_WATCH_READ)
        fits = set_event(&watch->read, what & TM_WATCH_READ);
    if (change & TM_WATCH_WRITE)
        fits = set_event(&watch->write, what & TM_WATCH_WRITE) && fits;
    return fits;
}

void tm_watch_free(tm_watch *watch)
{
    if (!watch)
        return;
    tm_watch_want(watch, 0);
    tm_heap_free(NULL, watch);
}

uint64_t tm_loop_now_ms(const tm_loop *loop)
{
    struct timespec now;
    (void)loop;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
