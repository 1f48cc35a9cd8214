/* File watch: a thread between inotify and who reads the files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/file_watch.h"

#include "base/duration.h"
#include "daemon/file_watch_places.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    WRITING = 8,          /* times the debounce while a file is open for writing */
    PATIENCE = 40,        /* times the debounce, then whatever is there has to do */
    NEED_POLL_MS = 10000, /* where the settings want none, but there is no other way */
};

#define NEVER UINT64_MAX

struct tm_file_watch {
    tm_file_watch_options options;
    pthread_t thread;
    int wake_fd; /* there is something under the lock */
    pthread_mutex_t lock;
    tm_seen *next; /* to be watched from now on; under the lock */
    tm_reload_settings next_settings;
    bool has_next, over;
    /* The thread's own: */
    tm_seen *seen;
    tm_watched_places places;
    uint64_t debounce_ms, poll_ms;
    uint64_t due_ms;    /* when to tell of changes */
    uint64_t latest_ms; /* ... however many more there are */
    uint64_t look_ms;   /* when to look at the files */
    bool said;          /* that it polls */
};

static uint64_t now_ms(void)
{
    return tm_clock_monotonic_ns(tm_clock_real()) / 1000000;
}

/* ---- changes --------------------------------------------------------------------------------- */

static void note_change(tm_file_watch *w, tm_place_change change)
{
    const uint64_t now = now_ms();
    if (change == TM_PLACE_SAME)
        return;
    if (w->latest_ms == NEVER)
        w->latest_ms = now + PATIENCE * w->debounce_ms;
    const uint64_t due = now + (change == TM_PLACE_WRITTEN ? WRITING : 1) * w->debounce_ms;
    w->due_ms = due < w->latest_ms ? due : w->latest_ms;
}

static void look(tm_file_watch *w)
{
    if (w->seen && w->due_ms == NEVER && tm_seen_change(w->seen).n)
        note_change(w, TM_PLACE_CHANGED);
    w->look_ms = w->seen && w->poll_ms ? now_ms() + w->poll_ms : NEVER;
}

static void tell(tm_file_watch *w)
{
    w->due_ms = w->latest_ms = NEVER;
    w->options.changed(w->options.owner);
}

/* ---- what is watched ------------------------------------------------------------------------- */

static void say_how(tm_file_watch *w, bool polls, const char *why)
{
    if (w->options.polls)
        tm_series_set(w->options.polls, polls);
    if (polls && !w->said)
        tm_log_warn(w->options.log, "files cannot be watched, they are looked at from time to time",
                    TM_LOG_WORD("reason", why), TM_LOG_UINT("poll_ms", w->poll_ms));
    else if (!polls && w->said)
        tm_log_info(w->options.log, "files are watched again", TM_LOG_UINT("poll_ms", w->poll_ms));
    w->said = polls;
}

static void watch_next(tm_file_watch *w)
{
    const char *why = NULL;
    pthread_mutex_lock(&w->lock);
    tm_seen *next = w->next;
    const tm_reload_settings settings = w->next_settings;
    w->next = NULL;
    w->has_next = false;
    pthread_mutex_unlock(&w->lock);
    tm_seen_free(w->seen);
    w->seen = next;
    w->debounce_ms = tm_duration_ms(settings.debounce_ns);
    w->poll_ms = tm_duration_ms(settings.poll_ns);
    const bool told = tm_watched_places_set(&w->places, next, &why);
    if (!told && !w->poll_ms)
        w->poll_ms = NEED_POLL_MS;
    say_how(w, !told, why);
    look(w); /* it may have changed before it was watched */
}

/* ---- the thread ------------------------------------------------------------------------------ */

static int wait_ms(const tm_file_watch *w)
{
    const uint64_t next = w->due_ms < w->look_ms ? w->due_ms : w->look_ms, now = now_ms();
    if (next == NEVER)
        return -1;
    const uint64_t left = next > now ? next - now : 0;
    return left < INT32_MAX ? (int)left : INT32_MAX;
}

/* False: it is over. */
static bool take_news(tm_file_watch *w)
{
    uint64_t count;
    (void)!read(w->wake_fd, &count, sizeof count);
    pthread_mutex_lock(&w->lock);
    const bool over = w->over, has_next = w->has_next;
    pthread_mutex_unlock(&w->lock);
    if (has_next && !over)
        watch_next(w);
    return !over;
}

static void *run(void *argument)
{
    tm_file_watch *w = argument;
    for (;;) {
        struct pollfd fds[] = {{.fd = w->wake_fd, .events = POLLIN},
                               {.fd = tm_watched_places_fd(&w->places), .events = POLLIN}};
        if (poll(fds, 2, wait_ms(w)) < 0 && errno != EINTR)
            return NULL;
        if (fds[0].revents && !take_news(w))
            return NULL;
        if (fds[1].revents)
            note_change(w, tm_watched_places_read(&w->places));
        if (now_ms() >= w->look_ms)
            look(w);
        if (now_ms() >= w->due_ms)
            tell(w);
    }
}

/* ---- making ---------------------------------------------------------------------------------- */

tm_file_watch *tm_file_watch_new(const tm_file_watch_options *options)
{
    tm_file_watch *w = tm_heap_alloc(NULL, sizeof *w);
    if (!w)
        return NULL;
    *w = (tm_file_watch){.options = *options,
                         .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                         .due_ms = NEVER,
                         .latest_ms = NEVER,
                         .look_ms = NEVER};
    pthread_mutex_init(&w->lock, NULL);
    tm_watched_places_init(&w->places, options->most_directories);
    if (w->wake_fd >= 0 && pthread_create(&w->thread, NULL, run, w) == 0)
        return w;
    if (w->wake_fd >= 0)
        close(w->wake_fd);
    pthread_mutex_destroy(&w->lock);
    tm_heap_free(NULL, w);
    return NULL;
}

static void wake(tm_file_watch *w)
{
    const uint64_t one = 1;
    (void)!write(w->wake_fd, &one, sizeof one);
}

void tm_file_watch_free(tm_file_watch *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->over = true;
    pthread_mutex_unlock(&w->lock);
    wake(w);
    pthread_join(w->thread, NULL);
    tm_watched_places_drop(&w->places);
    tm_seen_free(w->seen);
    tm_seen_free(w->next);
    close(w->wake_fd);
    pthread_mutex_destroy(&w->lock);
    tm_heap_free(NULL, w);
}

void tm_file_watch_set(tm_file_watch *w, tm_seen *seen, const tm_reload_settings *settings)
{
    pthread_mutex_lock(&w->lock);
    tm_seen *before = w->next;
    w->next = seen;
    w->next_settings = *settings;
    w->has_next = true;
    pthread_mutex_unlock(&w->lock);
    tm_seen_free(before);
    wake(w);
}
