/* Report: what the rules dropped, for somebody who watches the debug exporter.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "base/write.h"
#include "config/kinds.h"

#include <unistd.h>

enum { TM_REPORT_MS = 1000 };

typedef struct tm_report {
    tm_daemon *daemon;
    tm_buf out;
    uint64_t spans;
} tm_report;

static void add_rule(void *owner, tm_text rule, uint64_t spans)
{
    tm_report *r = owner;
    tm_buf_print(&r->out, "%s%.*s %llu", r->spans ? ", " : "", TM_PRI(rule),
                 (unsigned long long)spans);
    r->spans += spans;
}

static void add_rules(void *argument)
{
    tm_report *report = argument;
    for (uint32_t i = 0; i < report->daemon->pipelines; i++)
        tm_pipeline_dropped(&report->daemon->pipeline[i], add_rule, report);
}

static void show(tm_daemon *d, tm_text line)
{
    bool due = tm_spool_is_due(STDOUT_FILENO);
    tm_spool *spool = due ? tm_spools_find(&d->spools, STDOUT_FILENO) : NULL;
    if (spool)
        tm_spool_add(spool, line);
    else if (!due)
        tm_write_all(STDOUT_FILENO, line); /* if the disk is full, there is nowhere to say so */
}

void tm_daemon_report(tm_daemon *d)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_report report = {.daemon = d, .out = {.arena = arena}};
    if (arena && tm_arena_try(arena, add_rules, &report) && report.spans != d->reported) {
        d->reported = report.spans;
        show(d, tm_arena_print(arena, "dropped %llu span%s so far: %.*s\n",
                               (unsigned long long)report.spans, report.spans == 1 ? "" : "s",
                               TM_PRI(tm_buf_text(&report.out))));
    }
    tm_arena_free(arena);
}

static bool is_shown(const tm_daemon *d)
{
    bool shown = false;
    for (size_t i = 0; i < d->settings->pipeline_count; i++)
        for (size_t k = 0; k < d->settings->pipelines[i].exporter_count; k++)
            shown |= tm_exporter_has(d->settings->pipelines[i].exporters[k], TM_EXPORTER_SHOWS);
    return shown;
}

static void ring(void *argument)
{
    tm_daemon *d = argument;
    if (is_shown(d))
        tm_daemon_report(d);
    tm_timer_start(d->report_timer, TM_REPORT_MS);
}

void tm_daemon_open_report(tm_daemon *d)
{
    if (d->report_timer || !is_shown(d))
        return;
    if (tm_spool_is_due(STDOUT_FILENO))
        tm_spools_find(&d->spools, STDOUT_FILENO);
    d->report_timer = tm_timer_new(d->home, ring, d);
    if (d->report_timer)
        tm_timer_start(d->report_timer, TM_REPORT_MS);
}
