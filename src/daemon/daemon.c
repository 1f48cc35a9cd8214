/* Daemon: start, run, drain, end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"

#include "base/duration.h"
#include "daemon/parts.h"

#include <malloc.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* --- the end: receivers first, then what is queued, then the page of metrics, which shows how it
 * goes; all within the time that shutdown may take --- */

enum { TM_LISTENER_GRACE_MS = 10000, TM_PAGE_GRACE_MS = 1000 };

static void finish(void *argument)
{
    tm_daemon *d = argument;
    tm_loop_stop(d->home);
}

static void close_page(tm_daemon *d)
{
    d->drained = true;
    if (d->metrics_listener)
        tm_listener_close(d->metrics_listener, TM_PAGE_GRACE_MS, finish, d);
    else
        finish(d);
}

static void outlet_closed(void *argument)
{
    tm_daemon *d = argument;
    if (--d->exporters_open == 0)
        close_page(d);
}

static void drain(tm_daemon *d)
{
    d->exporters_open = tm_exporters_count(&d->exporters);
    tm_exporters_close(&d->exporters, outlet_closed, d);
    if (d->exporters_open == 0)
        close_page(d);
}

void tm_daemon_receiver_closed(tm_daemon *d)
{
    if (--d->receivers_open == 0)
        drain(d);
}

static void give_up(void *argument)
{
    tm_daemon *d = argument;
    if (!d->drained)
        tm_log_error(
            d->log, "shutdown_timeout is over, what is left is dropped",
            TM_LOG_INT("timeout_s", d->settings->service.shutdown_timeout_ns / 1000000000));
    finish(d);
}

static void stop(void *argument)
{
    tm_daemon *d = argument;
    if (d->stopping)
        return;
    d->stopping = true;
    if (d->back_pressure)
        tm_daemon_pause(d, false); /* requests under way are to end */
    uint64_t timeout_ms = tm_duration_ms(d->settings->service.shutdown_timeout_ns);
    tm_log_info(d->log, "stopping", TM_LOG_UINT("listeners", tm_daemon_listeners(d)));
    tm_daemon_tell_stopping(d);
    tm_health_set(d->health, false);
    d->deadline = tm_timer_new(d->home, give_up, d);
    if (d->deadline)
        tm_timer_start(d->deadline, timeout_ms);
    tm_exporters_drain(&d->exporters);
    uint64_t grace_ms = timeout_ms < TM_LISTENER_GRACE_MS ? timeout_ms : TM_LISTENER_GRACE_MS;
    tm_daemon_close_receivers(d, grace_ms);
    if (d->receivers_open == 0)
        drain(d);
}

/* --- running --- */

/* How much they give way to threads that serve connections. */
enum { TM_BULK_NICE = 5 };

/* Threads have names for top, gdb and the like. */
static void *run_worker(void *argument)
{
    prctl(PR_SET_NAME, "worker");
    tm_loop_run(((tm_worker_thread *)argument)->loop);
    return NULL;
}

static void *run_bulk_worker(void *argument)
{
    prctl(PR_SET_NAME, "bulk");
    setpriority(PRIO_PROCESS, 0, TM_BULK_NICE); /* of this thread */
    tm_loop_run(((tm_worker_thread *)argument)->loop);
    return NULL;
}

static bool start_workers(tm_daemon *d)
{
    for (uint32_t i = 0; i < d->threads; i++) {
        tm_worker_thread *w = &d->worker[i];
        void *(*run)(void *) = i < d->workers ? run_worker : run_bulk_worker;
        w->runs = pthread_create(&w->thread, NULL, run, w) == 0;
        if (!w->runs)
            return false;
    }
    return true;
}

static void join_workers(tm_daemon *d)
{
    for (uint32_t i = 0; i < d->threads; i++) {
        if (!d->worker[i].runs)
            continue;
        tm_loop_stop(d->worker[i].loop);
        pthread_join(d->worker[i].thread, NULL);
    }
}

static int run(tm_daemon *d)
{
    if (!tm_daemon_watch_signals(d, stop)) {
        fputs("tamis: cannot start a thread\n", stderr);
        return TM_EXIT_USAGE;
    }
    tm_daemon_open_supervisor(d);
    int code = tm_daemon_listen(d);
    if (code == TM_EXIT_OK)
        tm_daemon_open_report(d);
    if (code == TM_EXIT_OK && !start_workers(d)) {
        fputs("tamis: cannot start a thread\n", stderr);
        code = TM_EXIT_USAGE;
    }
    if (code == TM_EXIT_OK) {
        tm_reload_start(d->reload);
        tm_log_info(d->log, "Everything is ready. Begin running and processing data.",
                    TM_LOG_UINT("workers", d->workers), TM_LOG_WORD("version", TM_VERSION));
        tm_daemon_tell_ready(d);
        tm_daemon_start_watchdog(d);
        tm_loop_run(d->home);
        if (d->report_timer)
            tm_daemon_report(d);
    }
    join_workers(d);
    tm_daemon_forget_signals(d);
    return code;
}

/* Requests and batches are blocks of 100 KiB to 4 MiB that come and go thousands of times a second.
 * glibc would map and unmap each, and the kernel clear each page again: a tenth of all the work. */
static void keep_large_blocks(void)
{
    mallopt(M_MMAP_THRESHOLD, 16 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

/* As many descriptors as it may have: shells and service managers give 1,024, which is for programs
 * that use select(2), and let whoever asks have far more. Go's runtime asks, and so the Collector.
 */
static void ask_for_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit); /* else it has those that it has */
    }
}

int tm_daemon_run(const tm_config_sources *sources)
{
    tm_daemon d;
    ask_for_descriptors();
    keep_large_blocks();
    int code = tm_daemon_build(&d, sources);
    if (code == TM_EXIT_OK)
        code = run(&d);
    uint64_t lost = tm_daemon_drop(&d);
    return code == TM_EXIT_OK && lost ? TM_EXIT_LOST : code;
}
