/* Comparer: a worker lets the shadow of the rules judge what the rules have judged.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/comparer.h"

#include "pipe/pipeline_version.h"

static void log_failure(void *owner, const tm_rule *rule, tm_text text)
{
    tm_log_some(owner, TM_LOG_WARN, "a rule of the shadow failed, which no span feels",
                TM_LOG_OWN("rule", rule->name), TM_LOG_OWN("file", rule->file),
                TM_LOG_TEXT("error", text));
}

static bool open_all(tm_comparer *c, const tm_comparer_options *o)
{
    if (!c->shadow)
        c->shadow = tm_shadow_new(o->heap, o->clock, log_failure, o->log);
    if (!c->notes)
        c->notes = tm_disagreement_notes_new(o->heap);
    return c->shadow && c->notes;
}

tm_span_verdicts *tm_comparer_begin(tm_comparer *c, const tm_comparer_options *o,
                                    const tm_ruleset *rules)
{
    if (!rules->shadow) {
        if (c->shadow || c->notes)
            tm_comparer_drop(c); /* it is no more */
        return NULL;
    }
    return open_all(c, o) ? tm_shadow_live(c->shadow) : NULL;
}

static void tell_stopped(const tm_comparer_options *o, const tm_disagreements *of,
                         const tm_shadowed *result)
{
    if (result->end == TM_COMPARED_NOT_COST)
        tm_log_some(o->log, TM_LOG_WARN,
                    "the shadow of the rules was stopped: with it a request takes too much",
                    TM_LOG_OWN("pipeline", of->pipeline), TM_LOG_UINT("spans", result->skipped));
}

void tm_comparer_end(tm_comparer *c, const tm_comparer_options *o, const tm_judge *live,
                     const tm_ruleset *rules, const tm_compared_request *request,
                     const tm_outcome *outcome)
{
    tm_disagreements *of = ((const tm_pipeline_version *)rules->note)->disagreements;
    tm_shadowed result = {.end = TM_COMPARED_NOT_MEMORY, .skipped = outcome->spans_in};
    if (c->shadow && c->notes && tm_disagreement_notes_begin(c->notes, of))
        result = tm_shadow_compare(c->shadow, live, rules, rules->shadow, request->bytes,
                                   request->client, request->utf8, outcome, tm_disagreement_note,
                                   c->notes);
    tell_stopped(o, of, &result);
    tm_disagreements_add(of, c->notes, &result, tm_clock_realtime_ns(o->clock));
}

bool tm_comparer_trim(tm_comparer *c)
{
    return c->shadow && tm_shadow_trim(c->shadow);
}

void tm_comparer_drop(tm_comparer *c)
{
    tm_shadow_free(c->shadow);
    tm_disagreement_notes_free(c->notes);
    *c = (tm_comparer){0};
}
