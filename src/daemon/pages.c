/* Pages: what Prometheus scrapes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "base/machine.h"

#include <sys/resource.h>

typedef enum tm_daemon_metric {
#define METRIC(id, ...) TM_DAEMON_##id,
#include "daemon/process_metrics.def"
#undef METRIC
    TM_DAEMON_METRICS
} tm_daemon_metric;

static const tm_metric_row rows[TM_DAEMON_METRICS] = {
#define METRIC(id, ...) TM_METRIC_ROW(__VA_ARGS__),
#include "daemon/process_metrics.def"
#undef METRIC
};

static double read_uptime(void *owner)
{
    const tm_daemon *d = owner;
    return (double)(tm_clock_monotonic_ns(d->clock) / 1000000 - d->start_ms) / 1e3;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double read_cpu(void *owner)
{
    struct rusage usage;
    (void)owner;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? seconds(usage.ru_utime) + seconds(usage.ru_stime)
                                               : 0;
}

static double read_rss(void *owner)
{
    (void)owner;
    return (double)tm_machine_resident();
}

static double read_dropped_lines(void *owner)
{
    const tm_daemon *d = owner;
    return (double)(tm_spools_dropped(&d->spools) + tm_log_dropped(d->log));
}

static double read_held(void *owner)
{
    const tm_daemon *d = owner;
    return (double)tm_budget_held(&d->memory.budget, TM_PART_RECEIVED);
}

static double read_held_most(void *owner)
{
    const tm_daemon *d = owner;
    return (double)atomic_load(&d->memory.budget.limit);
}

static double read_held_refused(void *owner)
{
    const tm_daemon *d = owner;
    return (double)atomic_load(&d->memory.budget.refused);
}

static double read_bulk_waiting(void *owner)
{
    const tm_daemon *d = owner;
    unsigned waiting = 0;
    for (uint32_t i = 0; i < d->threads - d->workers; i++)
        waiting += atomic_load(&d->bulk_worker[i].waiting);
    return waiting;
}

static double read_limit(void *owner)
{
    const tm_daemon *d = owner;
    return (double)atomic_load(&d->memory.limit);
}

static double read_soft_limit(void *owner)
{
    const tm_daemon *d = owner;
    return (double)atomic_load(&d->memory.soft_limit);
}

static double read_other(void *owner)
{
    const tm_daemon *d = owner;
    return (double)atomic_load(&d->memory.other);
}

static double read_part(void *owner)
{
    const atomic_size_t *held = owner;
    return (double)atomic_load(held);
}

/* The page of metrics in the making. */
typedef struct metrics_page {
    tm_daemon *daemon;
    bool open; /* as OpenMetrics */
    tm_buf out;
} metrics_page;

static void print_page(void *argument)
{
    metrics_page *page = argument;
    const tm_daemon *d = page->daemon;
    if (page->open)
        tm_registry_print_open(d->registry, &page->out);
    else
        tm_registry_print(d->registry, d->suffixes, &page->out);
}

/* Is the media type among those that the header lists, but for q=0? */
static bool accepts(tm_text header, tm_text media_type)
{
    for (tm_text range, type; tm_text_next(&header, ',', &range);) {
        tm_text parameters = range, parameter;
        tm_text_next(&parameters, ';', &type);
        bool refused = false;
        while (tm_text_next(&parameters, ';', &parameter)) {
            parameter = tm_text_trim(parameter);
            refused |= tm_text_is(parameter, "q=0") || tm_text_is(parameter, "q=0.0");
        }
        if (!refused && tm_text_same_word(tm_text_trim(type), media_type))
            return true;
    }
    return false;
}

/* Prometheus takes both and would rather have OpenMetrics, where counters have to end in _total:
 * without suffixes they keep their names, so that it is for those who take nothing else. */
static bool wants_open(const tm_daemon *d, const tm_exchange *x)
{
    tm_text header;
    return tm_exchange_header(x, "accept", &header) &&
           accepts(header, TM_TEXT("application/openmetrics-text")) &&
           (d->suffixes || !accepts(header, TM_TEXT("text/plain")));
}

static void serve_metrics(void *owner, tm_exchange *x)
{
    tm_arena *arena = tm_arena_new(NULL);
    metrics_page page = {.daemon = owner, .open = wants_open(owner, x), .out = {.arena = arena}};
    tm_reply reply = {
        .status = {.code = TM_STATUS_UNAVAILABLE, .message = TM_TEXT("out of memory")}};
    if (arena && tm_arena_try(arena, print_page, &page))
        reply = (tm_reply){.body = tm_buf_text(&page.out),
                           .content_type =
                               page.open ? TM_TEXT("application/openmetrics-text; version=1.0.0; "
                                                   "charset=utf-8")
                                         : TM_TEXT("text/plain; version=0.0.4")};
    tm_exchange_reply(x, &reply);
    tm_arena_free(arena);
}

static void bind(tm_daemon *d, tm_daemon_metric id, double (*read)(void *owner))
{
    tm_metric *metric = tm_metric_register(d->registry, &rows[id]);
    if (metric)
        tm_series_bind(tm_metric_series(metric, NULL), read, d);
}

static void bind_memory(tm_daemon *d)
{
    static const char *const words[] = {
#define PART(id, word) word,
        TM_BUDGET_PARTS(PART)
#undef PART
    };
    tm_metric *metric = tm_metric_register(d->registry, &rows[TM_DAEMON_MEMORY_BYTES]);
    if (!metric)
        return;
    for (int i = 0; i < TM_PARTS; i++) {
        const tm_text label = tm_text_of(words[i]);
        tm_series_bind(tm_metric_series(metric, &label), read_part, &d->memory.budget.held[i]);
    }
    const tm_text other = TM_TEXT("other");
    tm_series_bind(tm_metric_series(metric, &other), read_other, d);
    bind(d, TM_DAEMON_MEMORY_LIMIT, read_limit);
    bind(d, TM_DAEMON_MEMORY_SOFT, read_soft_limit);
}

/* A random UUID. */
static tm_text new_instance_id(tm_daemon *d)
{
    uint8_t b[16] = {0};
    tm_buf out = {.arena = d->arena};
    tm_clock_random(d->clock, b, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    for (unsigned i = 0; i < sizeof b; i++)
        tm_buf_print(&out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
    return tm_buf_text(&out);
}

static void tell_target(tm_daemon *d)
{
    const tm_text labels[] = {new_instance_id(d), TM_TEXT("tamis"), TM_TEXT(TM_VERSION)};
    tm_metric *metric = tm_metric_register(d->registry, &rows[TM_DAEMON_TARGET]);
    if (metric)
        tm_series_set(tm_metric_series(metric, labels), 1);
}

void tm_daemon_open_page(tm_daemon *d)
{
    tell_target(d);
    bind(d, TM_DAEMON_UPTIME, read_uptime);
    bind(d, TM_DAEMON_CPU, read_cpu);
    bind(d, TM_DAEMON_RSS, read_rss);
    bind(d, TM_DAEMON_DROPPED_LINES, read_dropped_lines);
    bind(d, TM_DAEMON_HELD, read_held);
    bind(d, TM_DAEMON_HELD_MOST, read_held_most);
    bind(d, TM_DAEMON_HELD_REFUSED, read_held_refused);
    bind(d, TM_DAEMON_BULK_WAITING, read_bulk_waiting);
    bind_memory(d);
    const tm_prometheus_settings *prometheus = &d->settings->service.telemetry.metrics.prometheus;
    d->suffixes = !prometheus->without_type_suffix || !prometheus->without_units;
    tm_daemon_add_page(d, &(tm_service){.kind = TM_SERVICE_PAGE,
                                        .path = TM_TEXT("/metrics"),
                                        .keep_headers = true,
                                        .serve = serve_metrics,
                                        .owner = d});
    const tm_service reload = tm_reload_service(d->reload);
    tm_daemon_add_page(d, &reload);
}
