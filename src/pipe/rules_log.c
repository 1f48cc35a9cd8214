/* Rules, logged: what a pipeline and its rules did, as lines of the log.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/rules_log.h"

#include "pipe/pipeline_version.h"

static void log_ledger(const tm_pipeline *p, const tm_pipeline_exporter *e, tm_log *log)
{
    const tm_ledger *l = tm_exporter_ledger(e->exporter, e->batcher);
    tm_registry_begin(p->registry);
    const uint64_t received = tm_series_value(l->received), kept = tm_series_value(l->kept),
                   dropped = tm_series_value(l->dropped), refused = tm_series_value(l->refused),
                   failed = tm_series_value(l->failed), queued = tm_series_value(l->queued);
    tm_registry_end(p->registry);
    tm_log_info(log, "state of a pipeline", TM_LOG_OWN("pipeline", p->id),
                TM_LOG_OWN("exporter", tm_exporter_id(e->exporter)),
                TM_LOG_UINT("received", received), TM_LOG_UINT("kept", kept),
                TM_LOG_UINT("dropped", dropped), TM_LOG_UINT("refused", refused),
                TM_LOG_UINT("failed", failed), TM_LOG_UINT("queued", queued));
}

/* False: it did nothing. */
static bool log_rule(const tm_pipeline *p, const tm_rule *rule, const tm_rule_series *s, bool shown,
                     tm_log *log)
{
    const uint64_t matched = atomic_load_explicit(&s->matched_here, memory_order_relaxed),
                   dropped = atomic_load_explicit(&s->dropped_here, memory_order_relaxed),
                   errors = atomic_load_explicit(&s->errors_here, memory_order_relaxed);
    if (!matched && !errors)
        return false;
    if (shown)
        tm_log_info(log, "state of a rule", TM_LOG_OWN("pipeline", p->id),
                    TM_LOG_OWN("rule", rule->name), TM_LOG_OWN("file", rule->file),
                    TM_LOG_UINT("matched", matched), TM_LOG_UINT("dropped", dropped),
                    TM_LOG_UINT("errors", errors));
    return true;
}

void tm_rules_log(tm_pipeline *p, const tm_ruleset *rs, tm_log *log)
{
    const tm_pipeline_version *v = rs->note;
    uint32_t active = 0;
    for (uint32_t i = 0; i < v->exporters; i++)
        log_ledger(p, &v->exporter[i], log);
    for (uint32_t i = 0; i < rs->rules; i++)
        active += log_rule(p, rs->rule[i], &v->rule[i], active < TM_RULES_LOGGED_MOST, log);
    tm_log_info(log, "state of all rules", TM_LOG_OWN("pipeline", p->id),
                TM_LOG_UINT("rules", rs->rules), TM_LOG_UINT("matched_or_failed", active));
}
