/* Signals: a thread of their own waits for them, so that no handler ever interrupts anything.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct tm_signal_watch {
    tm_daemon *daemon;
    void (*stop)(void *daemon);
} tm_signal_watch;

static sigset_t watched(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2); /* ours: ends the thread */
    return set;
}

static void reload(void *argument)
{
    tm_daemon *d = argument;
    tm_reload_ask(d->reload);
}

static void dump(void *argument)
{
    tm_daemon_dump(argument);
}

/* Posts what a signal other than those that end tamis asks for; false: it is one of them. */
static bool ask(tm_daemon *d, int signal)
{
    if (signal != SIGHUP && signal != SIGUSR1)
        return false;
    if (!tm_loop_post(d->home, signal == SIGHUP ? reload : dump, d))
        tm_log_error(d->log, "a signal is ignored",
                     TM_LOG_WORD("signal", signal == SIGHUP ? "SIGHUP" : "SIGUSR1"),
                     TM_LOG_WORD("reason", "out of memory"));
    return true;
}

static void *watch(void *argument)
{
    tm_signal_watch w = *(tm_signal_watch *)argument;
    free(argument);
    sigset_t set = watched();
    tm_letter stop = {.call = w.stop, .argument = w.daemon}; /* this thread outlives the loop */
    bool asked = false;
    for (;;) {
        int signal = 0;
        if (sigwait(&set, &signal) != 0 || signal == SIGUSR2)
            return NULL;
        if (ask(w.daemon, signal))
            continue;
        if (asked)
            _exit(128 + signal);
        asked = true;
        tm_loop_send(w.daemon->home, &stop);
    }
}

bool tm_daemon_watch_signals(tm_daemon *d, void (*stop)(void *d))
{
    sigset_t set = watched();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file at its largest size fails to be written, and that is told */
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* every thread started from here on */
    tm_signal_watch *w = malloc(sizeof *w);
    if (!w)
        return false;
    *w = (tm_signal_watch){.daemon = d, .stop = stop};
    d->signals_watched = pthread_create(&d->signal_thread, NULL, watch, w) == 0;
    if (!d->signals_watched)
        free(w);
    return d->signals_watched;
}

void tm_daemon_forget_signals(tm_daemon *d)
{
    if (!d->signals_watched)
        return;
    pthread_kill(d->signal_thread, SIGUSR2);
    pthread_join(d->signal_thread, NULL);
    d->signals_watched = false;
}
