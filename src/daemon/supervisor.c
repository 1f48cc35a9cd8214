/* Supervisor: what systemd, or another one that sets NOTIFY_SOCKET, is told: states, and that the
 * loops still turn. SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A worker that is asked whether its loop still turns. */
typedef struct turn {
    struct tm_supervisor *supervisor;
    tm_letter letter; /* to the worker, then back */
} turn;

struct tm_supervisor {
    tm_daemon *daemon;
    int fd;
    struct sockaddr_un address;
    socklen_t address_bytes;
    tm_timer *timer; /* of the watchdog; NULL: there is none */
    uint64_t interval_ms;
    turn *turn;          /* one a worker */
    uint32_t unreturned; /* of them */
};

/* ---- states ---------------------------------------------------------------------------------- */

/* A path, or (behind @) an abstract name. */
static bool read_address(tm_supervisor *s, const char *name)
{
    size_t n = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof s->address.sun_path)
        return false;
    s->address.sun_family = AF_UNIX;
    memcpy(s->address.sun_path, name, n);
    if (name[0] == '@')
        s->address.sun_path[0] = 0;
    s->address_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    return true;
}

void tm_daemon_open_supervisor(tm_daemon *d)
{
    const char *name = getenv("NOTIFY_SOCKET");
    tm_supervisor *s = TM_NEW(d->arena, tm_supervisor);
    if (!name || !*name)
        return;
    *s = (tm_supervisor){.daemon = d, .fd = -1};
    if (read_address(s, name))
        s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s->fd >= 0)
        d->supervisor = s;
    else
        tm_log_warn(d->log, "the supervisor cannot be told",
                    TM_LOG_OWN("socket", tm_text_of(name)));
}

/* A supervisor that does not read misses it: nothing waits for that. */
static void tell(const tm_supervisor *s, const char *state)
{
    if (sendto(s->fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
               (const struct sockaddr *)&s->address, s->address_bytes) < 0)
        tm_log_some(s->daemon->log, TM_LOG_WARN, "the supervisor cannot be told",
                    TM_LOG_WORD("reason", strerror(errno)));
}

void tm_daemon_tell_ready(tm_daemon *d)
{
    char state[128];
    if (!d->supervisor || d->stopping)
        return;
    snprintf(state, sizeof state, "READY=1\nSTATUS=%u listeners, generation %llu",
             tm_daemon_listeners(d), (unsigned long long)tm_reload_number(d->reload));
    tell(d->supervisor, state);
}

void tm_daemon_tell_reloading(tm_daemon *d)
{
    char state[128];
    if (!d->supervisor || d->stopping)
        return;
    snprintf(state, sizeof state,
             "RELOADING=1\nMONOTONIC_USEC=%llu\nSTATUS=reading the configuration",
             (unsigned long long)(tm_clock_monotonic_ns(d->clock) / 1000));
    tell(d->supervisor, state);
}

void tm_daemon_tell_stopping(tm_daemon *d)
{
    if (d->supervisor)
        tell(d->supervisor, "STOPPING=1\nSTATUS=sending what is queued");
}

/* ---- watchdog -------------------------------------------------------------------------------- */

static void returned(void *argument)
{
    turn *t = argument;
    t->supervisor->unreturned--;
}

/* In the worker's thread. */
static void turns(void *argument)
{
    turn *t = argument;
    t->letter.call = returned;
    tm_loop_send(t->supervisor->daemon->home, &t->letter);
}

static void ask_workers(tm_supervisor *s)
{
    const tm_daemon *d = s->daemon;
    s->unreturned = d->workers;
    for (uint32_t i = 0; i < d->workers; i++) {
        s->turn[i] = (turn){s, {.call = turns, .argument = &s->turn[i]}};
        tm_loop_send(d->worker[i].loop, &s->turn[i].letter);
    }
}

/* The home loop turns, or this would not ring; it is told only when all the others do, too. */
static void ring(void *argument)
{
    tm_supervisor *s = argument;
    if (s->unreturned == 0) {
        tell(s, "WATCHDOG=1");
        ask_workers(s);
    } else {
        tm_log_some(s->daemon->log, TM_LOG_WARN, "workers do not answer",
                    TM_LOG_UINT("workers", s->unreturned));
    }
    tm_timer_start(s->timer, s->interval_ms);
}

/* A number of the environment; 0: there is none. */
static uint64_t number_of(const char *name)
{
    const char *value = getenv(name);
    char *end;
    if (!value || !*value)
        return 0;
    unsigned long long number = strtoull(value, &end, 10);
    return *end ? 0 : number;
}

void tm_daemon_start_watchdog(tm_daemon *d)
{
    tm_supervisor *s = d->supervisor;
    const uint64_t pid = number_of("WATCHDOG_PID"), most_ms = number_of("WATCHDOG_USEC") / 1000;
    if (!s || !most_ms || (pid && pid != (uint64_t)getpid()))
        return;
    s->turn = TM_NEW_ARRAY(d->arena, d->workers, turn);
    s->interval_ms = most_ms / 3 ? most_ms / 3 : 1; /* so that one of them may come late */
    s->timer = tm_timer_new(d->home, ring, s);
    if (s->timer)
        ring(s);
}

void tm_daemon_drop_supervisor(tm_daemon *d)
{
    if (!d->supervisor)
        return;
    tm_timer_free(d->supervisor->timer);
    close(d->supervisor->fd);
}
