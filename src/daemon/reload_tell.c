/* Reload, what is told: log lines and metrics.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reload_inside.h"

static const tm_metric_row rows[TM_RELOAD_METRICS] = {
#define METRIC(id, ...) TM_METRIC_ROW(__VA_ARGS__),
#include "daemon/reload_metrics.def"
#undef METRIC
};

static const double pauses_s[] = {0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001,
                                  0.002,   0.005,   0.01,    0.02,   0.05,   0.1,    1};

static const char *const results[] = {
    [TM_RELOAD_DONE] = "success", [TM_RELOAD_REFUSED] = "refused", [TM_RELOAD_FAILED] = "failed"};

tm_series *tm_reload_series(tm_reload *r, tm_reload_metric id)
{
    return r->metric[id] ? tm_metric_series(r->metric[id], NULL) : NULL;
}

static void set(tm_reload *r, tm_reload_metric id, uint64_t value)
{
    tm_series *s = tm_reload_series(r, id);
    if (s)
        tm_series_set(s, (int64_t)value);
}

static tm_series *series(tm_reload *r, tm_reload_metric id, const char *label)
{
    const tm_text labels[] = {tm_text_of(label)};
    return r->metric[id] ? tm_metric_series(r->metric[id], labels) : NULL;
}

static uint64_t now_s(const tm_reload *r)
{
    return tm_clock_realtime_ns(r->daemon->clock) / 1000000000;
}

void tm_reload_open_metrics(tm_reload *r)
{
    for (int id = 0; id < TM_RELOAD_METRICS; id++)
        r->metric[id] = tm_metric_register(r->daemon->registry, &rows[id]);
    if (r->metric[TM_RELOAD_PAUSE])
        tm_metric_set_bounds(r->metric[TM_RELOAD_PAUSE], pauses_s,
                             sizeof pauses_s / sizeof *pauses_s);
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        (void)series(r, TM_RELOAD_RELOADS, results[i]);
    set(r, TM_RELOAD_GENERATION, r->number);
    set(r, TM_RELOAD_SUCCESSFUL, 1);
    set(r, TM_RELOAD_ERRORS, 0);
    set(r, TM_RELOAD_POLLS, 0);
    set(r, TM_RELOAD_TIMESTAMP, now_s(r));
}

void tm_reload_observe_pause(tm_reload *r, const char *thread, uint64_t begin_ns)
{
    tm_series *s = series(r, TM_RELOAD_PAUSE, thread);
    if (s)
        tm_series_observe(s, (double)(tm_clock_monotonic_ns(r->daemon->clock) - begin_ns) / 1e9);
}

static void log_diag(tm_log *log, const tm_diag *d)
{
    const tm_log_level level = d->severity == TM_ERROR ? TM_LOG_ERROR : TM_LOG_WARN;
    unsigned line = 0, column = 0;
    if (!d->source) {
        TM_LOG_LINE_(log, level, NULL, "configuration", TM_LOG_WORD("code", d->code),
                     TM_LOG_OWN("message", d->message), TM_LOG_OWN("hint", d->hint));
        return;
    }
    tm_source_position(d->source, d->place.at, &line, &column);
    TM_LOG_LINE_(log, level, NULL, "configuration", TM_LOG_WORD("code", d->code),
                 TM_LOG_OWN("file", d->source->name), TM_LOG_UINT("line", line),
                 TM_LOG_UINT("column", column), TM_LOG_OWN("message", d->message),
                 TM_LOG_OWN("hint", d->hint));
}

void tm_daemon_log_diags(tm_log *log, const tm_diags *diags)
{
    enum { MOST = 20 };
    unsigned shown = 0;
    for (const tm_diag *d = diags->first; d && shown < MOST; d = d->next, shown++)
        log_diag(log, d);
    const unsigned all = diags->errors + diags->warnings;
    if (all > MOST)
        tm_log_warn(log, "configuration", TM_LOG_UINT("further_messages", all - MOST));
}

void tm_reload_tell(tm_reload *r)
{
    tm_log *log = r->daemon->log;
    tm_series *count = series(r, TM_RELOAD_RELOADS, results[r->result]);
    if (count)
        tm_series_add(count, 1);
    set(r, TM_RELOAD_SUCCESSFUL, r->result == TM_RELOAD_DONE);
    set(r, TM_RELOAD_ERRORS, r->next ? r->next->diags.errors : 0);
    set(r, TM_RELOAD_GENERATION, r->number);
    if (r->next)
        tm_daemon_log_diags(log, &r->next->diags);
    if (r->result == TM_RELOAD_DONE) {
        set(r, TM_RELOAD_TIMESTAMP, now_s(r));
        tm_log_info(log, "the configuration was read again", TM_LOG_UINT("generation", r->number));
    } else if (r->result == TM_RELOAD_REFUSED) {
        tm_log_error(log, "the configuration is wrong, the last good one stays in force",
                     TM_LOG_UINT("generation", r->number),
                     TM_LOG_UINT("errors", r->next->diags.errors));
    } else if (!r->daemon->stopping) {
        tm_log_error(log, "the configuration could not be read again",
                     TM_LOG_WORD("reason", "out of memory or threads"),
                     TM_LOG_UINT("generation", r->number));
    }
}
