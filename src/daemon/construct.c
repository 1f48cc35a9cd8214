/* Build: the parts of a daemon from its settings.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "daemon/parts.h"

#include "config/kinds.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

void tm_daemon_complain(const tm_diags *diags)
{
    tm_buf out = {.arena = diags->arena};
    tm_diags_render(diags, isatty(STDERR_FILENO), &out);
    if (out.n)
        fwrite(out.p, 1, out.n, stderr);
}

int tm_daemon_fail(const char *sentence)
{
    fprintf(stderr, "tamis: %s\n", sentence);
    return TM_EXIT_USAGE;
}

enum { MORE_PIPELINES = 256 }; /* than at the start, by all names that they ever had */

static uint32_t count_workers(const tm_settings *settings)
{
    cpu_set_t cpus;
    if (settings->service.workers)
        return (uint32_t)settings->service.workers;
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
        return (uint32_t)CPU_COUNT(&cpus);
    return 1;
}

static bool open_loops(tm_daemon *d)
{
    d->home = tm_loop_new();
    d->workers = count_workers(d->settings);
    d->threads = 2 * d->workers; /* as many for bulk */
    d->worker = TM_NEW_ARRAY(d->arena, d->threads, tm_worker_thread);
    d->bulk_worker = TM_NEW_ARRAY(d->arena, d->threads - d->workers, tm_bulk_worker);
    tm_loop **loops = TM_NEW_ARRAY(d->arena, d->threads, tm_loop *);
    for (uint32_t i = 0; i < d->threads; i++) {
        loops[i] = d->worker[i].loop = tm_loop_new();
        if (!loops[i])
            return false;
        if (i >= d->workers)
            d->bulk_worker[i - d->workers].loop = loops[i];
    }
    d->registry = tm_registry_new(NULL);
    d->health = tm_health_new(NULL);
    if (!d->home || !d->registry || !d->health || !tm_daemon_open_memory(d))
        return false;
    d->server = tm_server_new(&(tm_server_options){
        .home = d->home, .loops = loops, .loop_count = d->workers, .budget = &d->memory.budget});
    return d->server != NULL;
}

/* Reads nothing from the clients while some exporter has enough to do. */
static void back_pressure_changed(void *owner, bool back_pressure)
{
    tm_daemon *d = owner;
    d->back_pressure += back_pressure ? 1 : -1u;
    if (d->back_pressure != (back_pressure ? 1 : 0) || d->stopping)
        return;
    tm_daemon_pause(d, back_pressure);
}

bool tm_daemon_open_exporters(tm_daemon *d, const tm_settings *settings,
                              const tm_exporter_settings **failed, char *error, size_t error_bytes)
{
    tm_exporters_options options = {
        .home = d->home,
        .clock = d->clock,
        .log = d->log,
        .registry = d->registry,
        .budget = &d->memory.budget,
        .back_pressure_changed = back_pressure_changed,
        .back_pressure_owner = d,
        .senders = {
            .home = d->home, .spools = &d->spools, .log = d->log, .version = TM_TEXT(TM_VERSION)}};
    return tm_exporters_open(&d->exporters, settings, &options, failed, error, error_bytes);
}

static int open_pipelines(tm_daemon *d)
{
    const size_t n = d->settings->pipeline_count;
    char error[512] = "";
    const char *why = NULL;
    if (!tm_daemon_open_exporters(d, d->settings, NULL, error, sizeof error))
        return tm_daemon_fail(error);
    d->pipeline_room = (uint32_t)n + MORE_PIPELINES;
    d->pipeline = TM_NEW_ARRAY(d->arena, d->pipeline_room, tm_pipeline);
    tm_publisher_init(&d->publisher);
    for (size_t i = 0; i < n; i++) {
        const tm_pipeline_settings *settings = &d->settings->pipelines[i];
        tm_pipeline *pipeline = tm_daemon_add_pipeline(d, settings->id, &why);
        tm_ruleset *ruleset = pipeline ? tm_generation_take(d->generation, i) : NULL;
        if (!ruleset || !tm_pipeline_publish(pipeline, settings, ruleset))
            return tm_daemon_fail("out of memory");
    }
    tm_exporters_commit(&d->exporters, d->settings);
    return TM_EXIT_OK;
}

/* Whoever reads messages as JSON gets warnings as such, too: those of the start come before there
 * is a log, but errors alone do not wait for it. */
static bool warns_in_log(const tm_daemon *d)
{
    return d->generation->fine && d->settings->service.telemetry.logs.encoding == TM_LOGS_JSON;
}

/* Reads the configuration and compiles its rules; says what is wrong with them. */
static int read_settings(tm_daemon *d, const tm_config_sources *sources)
{
    tm_config_sources noted = *sources;
    d->seen = tm_seen_new(&sources->world);
    if (d->seen) {
        noted.world = tm_seen_world(d->seen);
        d->generation = tm_generation_new(NULL, &noted);
    }
    if (!d->generation)
        return tm_daemon_fail("out of memory");
    d->settings = &d->generation->compiled.settings;
    if (!warns_in_log(d))
        tm_daemon_complain(&d->generation->diags);
    return d->generation->fine ? TM_EXIT_OK : tm_settings_exit(d->settings);
}

/* In the order of the settings, so that their ports open in it. */
static int open_receivers(tm_daemon *d)
{
    bool metadata = false;
    for (uint32_t i = 0; i < d->pipelines; i++) {
        tm_held held = {0};
        metadata |= tm_current_take(&d->pipeline[i].current, &held)->grpc_metadata;
        tm_current_let_go(&held);
    }
    for (size_t i = d->settings->receiver_count; i-- > 0;) {
        const tm_receiver_settings *from = &d->settings->receivers[i];
        if (tm_daemon_receiver_is_used(d->settings, from) &&
            !tm_daemon_receiver_new(d, d->settings, from, metadata))
            return tm_daemon_fail("out of memory");
    }
    return TM_EXIT_OK;
}

int tm_daemon_build(tm_daemon *d, const tm_config_sources *sources)
{
    *d = (tm_daemon){.arena = tm_arena_new(NULL), .clock = tm_clock_real()};
    if (!d->arena)
        return tm_daemon_fail("out of memory");
    tm_tap_init(&d->tap, d->clock);
    d->start_ms = tm_clock_monotonic_ns(d->clock) / 1000000;
    int code = read_settings(d, sources);
    if (code != TM_EXIT_OK)
        return code;
    code = tm_daemon_open_log(d);
    if (code != TM_EXIT_OK)
        return code;
    if (warns_in_log(d))
        tm_daemon_log_diags(d->log, &d->generation->diags);
    if (!open_loops(d))
        return tm_daemon_fail("out of memory or file descriptors");
    code = open_pipelines(d);
    if (code == TM_EXIT_OK && !tm_daemon_open_drops(d))
        code = tm_daemon_fail("out of memory");
    if (code == TM_EXIT_OK)
        code = open_receivers(d);
    if (code == TM_EXIT_OK) {
        d->reload = tm_reload_new(d, sources, d->seen);
        d->seen = NULL;
        tm_daemon_open_page(d);
        tm_daemon_open_debug(d);
        tm_daemon_open_shadow(d);
        tm_daemon_open_tap(d);
        tm_daemon_watch_memory(d);
    }
    return code;
}

static void tell_end(const tm_daemon *d, uint64_t lost)
{
    const uint64_t dropped = d->exporters.dropped;
    if (lost)
        tm_log_error(d->log, "stopped, but spans were lost", TM_LOG_UINT("spans", lost));
    else if (dropped)
        tm_log_warn(d->log, "stopped, no span was lost at the end, but before",
                    TM_LOG_UINT("spans", dropped));
    else
        tm_log_info(d->log, "stopped, no span was lost",
                    TM_LOG_UINT("uptime_s",
                                (tm_clock_monotonic_ns(d->clock) / 1000000 - d->start_ms) / 1000));
}

uint64_t tm_daemon_drop(tm_daemon *d)
{
    if (!d->arena)
        return 0;
    tm_daemon_drop_auth(d); /* before those whom it would answer */
    if (d->server)
        tm_server_free(d->server);
    tm_reload_free(d->reload);
    tm_seen_free(d->seen);
    tm_daemon_drop_shadow(d);
    tm_tap_drop(&d->tap);
    uint64_t lost =
        tm_exporters_drop(&d->exporters); /* tells those who wait, whom receivers know */
    if (d->stopping)
        tell_end(d, lost);
    for (uint32_t i = 0; i < d->pipelines; i++)
        tm_pipeline_drop(&d->pipeline[i]);
    if (d->pipeline)
        tm_publisher_drop(&d->publisher);
    tm_daemon_drop_receivers(d);
    tm_daemon_drop_pages(d);
    tm_drops_free(d->drops);
    tm_daemon_drop_supervisor(d);
    tm_deliveries_free(d->deliveries);
    tm_timer_free(d->report_timer);
    tm_timer_free(d->memory.timer);
    tm_timer_free(d->deadline);
    if (d->health)
        tm_health_free(d->health);
    for (uint32_t i = 0; i < d->threads; i++)
        if (d->worker[i].loop)
            tm_loop_free(d->worker[i].loop);
    if (d->home)
        tm_loop_free(d->home);
    if (d->registry)
        tm_registry_free(d->registry);
    tm_daemon_close_log(d);
    tm_generation_unref(d->generation);
    tm_arena_free(d->arena);
    return lost;
}
