/* Dump: the state of the moment as lines of the log, for SIGUSR1.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/machine.h"
#include "daemon/parts.h"
#include "pipe/rules_log.h"

static void dump_process(tm_daemon *d)
{
    const uint64_t up_ms = tm_clock_monotonic_ns(d->clock) / 1000000 - d->start_ms;
    tm_log_info(d->log, "state of the process", TM_LOG_UINT("uptime_s", up_ms / 1000),
                TM_LOG_UINT("generation", tm_reload_number(d->reload)),
                TM_LOG_UINT("workers", d->workers), TM_LOG_UINT("rss_bytes", tm_machine_resident()),
                TM_LOG_UINT("held_bytes", tm_budget_held(&d->memory.budget, TM_PART_RECEIVED)),
                TM_LOG_UINT("held_bytes_limit", atomic_load(&d->memory.budget.limit)),
                TM_LOG_BOOL("back_pressure", d->back_pressure > 0),
                TM_LOG_BOOL("stopping", d->stopping));
}

static void dump_ports(const tm_daemon *d)
{
    for (const tm_daemon_receiver *r = d->receiver; r; r = r->next)
        for (uint32_t i = 0; i < r->listeners && !r->leaving; i++) {
            const tm_listener_counts counts = tm_listener_count(r->listener[i]);
            tm_log_info(
                d->log, "state of a port", TM_LOG_OWN("receiver", r->settings->id),
                TM_LOG_OWN("address", r->address[i]), TM_LOG_UINT("open", counts.open),
                TM_LOG_UINT("accepted", counts.accepted), TM_LOG_UINT("refused", counts.refused),
                TM_LOG_UINT("served", counts.served), TM_LOG_UINT("rejected", counts.rejected));
        }
}

static void dump_exporters(tm_daemon *d)
{
    for (const tm_shared_exporter *e = d->exporters.first; e; e = e->next) {
        const tm_exporter_state s = tm_exporter_look(e->exporter);
        tm_log_info(d->log, "state of an exporter", TM_LOG_OWN("exporter", e->id),
                    TM_LOG_UINT("queue_size", s.queued), TM_LOG_UINT("queue_capacity", s.capacity),
                    TM_LOG_UINT("in_flight", s.in_flight), TM_LOG_UINT("blocked", s.blocked),
                    TM_LOG_INT("connections", s.connections), TM_LOG_UINT("sent_spans", s.sent),
                    TM_LOG_UINT("failed_spans", s.failed));
    }
}

static void dump_rules(tm_daemon *d)
{
    for (uint32_t i = 0; i < d->pipelines; i++) {
        tm_held held = {0};
        tm_rules_log(&d->pipeline[i], tm_current_take(&d->pipeline[i].current, &held), d->log);
        tm_current_let_go(&held);
    }
}

void tm_daemon_dump(tm_daemon *d)
{
    dump_process(d);
    dump_ports(d);
    dump_exporters(d);
    dump_rules(d);
}
