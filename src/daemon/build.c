/* Build: the parts of a daemon from its settings.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "daemon/parts.h"

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
    d->workers = count_workers(&d->settings);
    d->worker = TM_NEW_ARRAY(d->arena, d->workers, tm_worker_thread);
    tm_loop **loops = TM_NEW_ARRAY(d->arena, d->workers, tm_loop *);
    for (uint32_t i = 0; i < d->workers; i++) {
        loops[i] = d->worker[i].loop = tm_loop_new();
        if (!loops[i])
            return false;
    }
    d->registry = tm_registry_new(NULL);
    d->health = tm_health_new(NULL);
    if (!d->home || !d->registry || !d->health)
        return false;
    d->server = tm_server_new(
        &(tm_server_options){.home = d->home, .loops = loops, .loop_count = d->workers});
    return d->server != NULL;
}

static tm_ruleset *compile(tm_daemon *d, const tm_pipeline_settings *settings)
{
    unsigned before = d->diags.errors;
    tm_ruleset *ruleset =
        tm_ruleset_new(NULL, settings->processors, (uint32_t)settings->processor_count, &d->diags);
    if (!ruleset && d->diags.errors == before)
        tm_diag_error(&d->diags, settings->source, settings->place, "E0404", "out of memory");
    return ruleset;
}

/* Reads nothing from the clients while some exporter has enough to do. */
static void press(void *owner, bool pressed)
{
    tm_daemon *d = owner;
    d->pressed += pressed ? 1 : -1u;
    if (d->pressed != (pressed ? 1 : 0) || d->stopping)
        return;
    for (uint32_t i = 0; i < d->otlp_listeners; i++)
        tm_listener_pause(d->listener[i], pressed);
}

static bool open_outlets(tm_daemon *d, char *error, size_t error_bytes)
{
    tm_outlets_options options = {.home = d->home,
                                  .clock = d->clock,
                                  .log = d->log,
                                  .registry = d->registry,
                                  .press = press,
                                  .press_owner = d,
                                  .senders = {.home = d->home,
                                              .log = d->log,
                                              .version = TM_TEXT(TM_VERSION),
                                              .credential = tm_daemon_credential}};
    return tm_outlets_init(&d->outlets, d->arena, &d->settings, &options, error, error_bytes);
}

/* Compiles every pipeline before any is made, so that all errors show at once. */
static int open_pipelines(tm_daemon *d)
{
    size_t n = d->settings.pipeline_count;
    tm_ruleset **ruleset = TM_NEW_ARRAY(d->arena, n, tm_ruleset *);
    for (size_t i = 0; i < n; i++)
        ruleset[i] = compile(d, &d->settings.pipelines[i]);
    tm_daemon_complain(&d->diags);
    char error[512] = "";
    bool ok = d->diags.errors == 0 && open_outlets(d, error, sizeof error);
    tm_pipeline_options options = {.log = d->log, .registry = d->registry, .outlets = &d->outlets};
    d->pipeline = TM_NEW_ARRAY(d->arena, n, tm_pipeline);
    for (size_t i = 0; i < n; i++)
        if (ok)
            tm_pipeline_init(&d->pipeline[d->pipelines++], d->arena, &d->settings.pipelines[i],
                             ruleset[i], &options);
        else
            tm_ruleset_unref(ruleset[i]);
    if (d->diags.errors)
        return TM_EXIT_CONFIG;
    return ok ? TM_EXIT_OK : tm_daemon_fail(error);
}

static tm_bounds bounds_of(const tm_judge_settings *s)
{
    return (tm_bounds){.time_ns = (uint64_t)s->time_ns,
                       .memory_bytes = (uint64_t)s->memory_mib << 20,
                       .memory_factor = (uint64_t)s->memory_factor,
                       .output_bytes = (uint64_t)s->output_mib << 20,
                       .output_factor = (uint64_t)s->output_factor,
                       .span_percent = (uint64_t)s->span_percent};
}

static int open_receivers(tm_daemon *d)
{
    const tm_bounds bounds = bounds_of(&d->settings.service.judge);
    d->receiver = TM_NEW_ARRAY(d->arena, d->settings.receiver_count, tm_receiver *);
    tm_pipeline **pipelines = TM_NEW_ARRAY(d->arena, d->pipelines, tm_pipeline *);
    for (size_t i = 0; i < d->settings.receiver_count; i++) {
        const tm_receiver_settings *s = &d->settings.receivers[i];
        uint32_t n = 0;
        for (uint32_t p = 0; p < d->pipelines; p++)
            for (size_t k = 0; k < d->settings.pipelines[p].receiver_count; k++)
                if (d->settings.pipelines[p].receivers[k] == s)
                    pipelines[n++] = &d->pipeline[p];
        if (n == 0)
            continue;
        d->receiver[i] = tm_receiver_new(&(tm_receiver_options){.settings = s,
                                                                .pipelines = pipelines,
                                                                .pipeline_count = n,
                                                                .workers = d->workers,
                                                                .bounds = bounds,
                                                                .health = d->health,
                                                                .clock = d->clock,
                                                                .log = d->log,
                                                                .registry = d->registry});
        if (!d->receiver[i])
            return tm_daemon_fail("out of memory");
    }
    return TM_EXIT_OK;
}

int tm_daemon_build(tm_daemon *d, const tm_config_sources *sources)
{
    *d = (tm_daemon){.arena = tm_arena_new(NULL), .clock = tm_clock_real()};
    if (!d->arena)
        return tm_daemon_fail("out of memory");
    d->diags.arena = d->arena;
    d->start_ms = tm_clock_monotonic_ns(d->clock) / 1000000;
    if (!tm_settings_read(d->arena, &d->diags, sources, &d->settings)) {
        tm_daemon_complain(&d->diags);
        return tm_settings_exit(&d->settings);
    }
    int code = tm_daemon_open_log(d);
    if (code != TM_EXIT_OK)
        return code;
    if (!open_loops(d))
        return tm_daemon_fail("out of memory or file descriptors");
    code = open_pipelines(d);
    if (code == TM_EXIT_OK)
        code = open_receivers(d);
    if (code == TM_EXIT_OK)
        tm_daemon_open_page(d);
    return code;
}

void tm_daemon_drop(tm_daemon *d)
{
    if (!d->arena)
        return;
    if (d->server)
        tm_server_free(d->server);
    tm_daemon_drop_auth(d);
    tm_outlets_drop(&d->outlets); /* tells those who wait, whom the receivers know */
    for (uint32_t i = 0; i < d->pipelines; i++)
        tm_pipeline_drop(&d->pipeline[i]);
    for (size_t i = 0; d->receiver && i < d->settings.receiver_count; i++)
        tm_receiver_free(d->receiver[i]);
    tm_timer_free(d->report_timer);
    tm_timer_free(d->deadline);
    if (d->health)
        tm_health_free(d->health);
    for (uint32_t i = 0; i < d->workers; i++)
        if (d->worker[i].loop)
            tm_loop_free(d->worker[i].loop);
    if (d->home)
        tm_loop_free(d->home);
    if (d->registry)
        tm_registry_free(d->registry);
    tm_daemon_close_log(d);
    tm_arena_free(d->arena);
}
