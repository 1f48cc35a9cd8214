/* Run, a job: what one thread does with a block.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/run_job.h"

#include "base/clock.h"
#include "otlp/wire.h"

static void note_drop(void *owner, const tm_rule *rule, const tm_request *q)
{
    tm_run_worker *w = owner;
    tm_run_drop drop = {.rule = rule,
                        .span_field = q->span_field,
                        .scope_body = q->group[TM_SCOPE].body,
                        .resource_body = q->group[TM_RESOURCE].body};
    if (!tm_bytes_add(&w->drops, tm_text_slice(&drop, sizeof drop)))
        w->short_of_memory = true;
}

bool tm_run_worker_init(tm_run_worker *w, const tm_run_plan *plan, tm_arena *own)
{
    *w = (tm_run_worker){.plan = plan,
                         .arena = tm_arena_new(NULL),
                         .deflater = tm_deflater_new(NULL),
                         .judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL)};
    if (!w->arena || !w->deflater || !w->judge || !tm_unit_reader_init(&w->reader, NULL, w->arena))
        return false;
    w->tally.rule = TM_NEW_ARRAY(own, plan->ruleset->rules + 1, tm_rule_counts);
    if (plan->wants_dropped || plan->why)
        tm_judge_watch(w->judge, note_drop, w);
    return true;
}

void tm_run_worker_free(tm_run_worker *w)
{
    tm_judge_free(w->judge);
    tm_deflater_free(w->deflater);
    tm_unit_reader_free(&w->reader);
    tm_bytes_free(&w->kept);
    tm_bytes_free(&w->dropped);
    tm_bytes_free(&w->drops);
    tm_run_gather_free(&w->gathered);
    tm_arena_free(w->arena);
}

static void tell(tm_run_worker *w, tm_text what)
{
    tm_text line = tm_arena_print(w->arena, "tamis: %s: byte %llu: %.*s\n", w->job->name,
                                  (unsigned long long)w->unit->position, TM_PRI(what));
    if (!tm_bytes_add(&w->job->messages, line))
        w->short_of_memory = true;
}

static void count(tm_run_worker *w, const tm_outcome *o)
{
    w->tally.in += o->spans_in;
    w->tally.kept += o->spans_out;
    for (uint32_t i = 0; i < w->plan->ruleset->rules; i++) {
        tm_rule_counts *sum = &w->tally.rule[i];
        sum->matched += o->rule[i].matched;
        sum->errors += o->rule[i].errors;
        sum->dropped_spans += o->rule[i].dropped_spans;
        sum->dropped_bytes += o->rule[i].dropped_bytes;
        sum->mismatches += o->rule[i].mismatches;
    }
}

static void add_kept(tm_run_worker *w, const tm_pieces *out)
{
    const bool protobuf = w->plan->kept.protobuf;
    enum { MOST_VARINT = 10 };
    if (!out->bytes)
        return;
    if (protobuf && tm_bytes_reserve(&w->kept, out->bytes + MOST_VARINT)) {
        char *at = tm_wire_put_varint(w->kept.p + w->kept.n, out->bytes);
        tm_pieces_copy(out, at);
        w->kept.n = (size_t)(at - w->kept.p) + out->bytes;
    } else if (!protobuf) {
        char *at = tm_arena_alloc(w->arena, out->bytes);
        tm_pieces_copy(out, at);
        if (!tm_output_add(w->arena, w->plan->kept, tm_text_slice(at, out->bytes), &w->kept))
            w->short_of_memory = true;
    } else {
        w->short_of_memory = true;
    }
}

static void add_drops(tm_run_worker *w)
{
    const tm_run_drop *drop = (const tm_run_drop *)w->drops.p;
    tm_buf why = {.arena = w->arena};
    for (size_t i = 0; i < w->drops.n / sizeof *drop; i++) {
        if (w->plan->why)
            tm_run_why(&why, &drop[i]);
        if (w->plan->wants_dropped)
            tm_run_gather(&w->gathered, &drop[i]);
    }
    w->drops.n = 0;
    tm_run_gather_close(&w->gathered);
    tm_text request = tm_bytes_text(&w->gathered.request);
    if (request.n && !tm_output_add(w->arena, w->plan->dropped, request, &w->dropped))
        w->short_of_memory = true;
    w->gathered.request.n = 0;
    if (!tm_bytes_add(&w->job->why, tm_buf_text(&why)))
        w->short_of_memory = true;
}

/* Judges one unit. */
static void judge(void *argument)
{
    tm_run_worker *w = argument;
    tm_outcome o;
    tm_text request, error;
    w->drops.n = 0;
    if (!tm_unit_read(&w->reader, &w->job->block, w->unit, &request, &error)) {
        w->tally.bad_input = true;
        tell(w, error);
        return;
    }
    if (!tm_judge_request(w->judge, w->plan->ruleset, request, NULL, TM_UTF8_MEND, &o)) {
        w->short_of_memory = true;
        return;
    }
    if (o.status == TM_REFUSED_FORM) {
        w->tally.bad_input = true;
        tell(w, o.reason);
        return;
    }
    count(w, &o);
    if (o.status == TM_REFUSED_RULE) {
        w->tally.refused += o.spans_in;
        tell(w, o.reason);
        return;
    }
    add_kept(w, o.out);
    if (w->drops.n)
        add_drops(w);
}

void tm_run_work(tm_run_worker *w, tm_run_job *job)
{
    w->job = job;
    job->kept.n = job->dropped.n = job->why.n = job->messages.n = 0;
    w->kept.n = w->dropped.n = 0;
    for (size_t i = 0; i < job->block.units; i++) {
        w->unit = &job->block.unit[i];
        tm_arena_reset(w->arena);
        if (!tm_arena_try(w->arena, judge, w))
            w->short_of_memory = true;
    }
    if (!tm_output_pack(w->deflater, w->plan->kept, &w->kept, &job->kept) ||
        !tm_output_pack(w->deflater, w->plan->dropped, &w->dropped, &job->dropped))
        w->short_of_memory = true;
}

void tm_run_job_free(tm_run_job *job)
{
    tm_bytes_free(&job->block.bytes);
    tm_bytes_free(&job->kept);
    tm_bytes_free(&job->dropped);
    tm_bytes_free(&job->why);
    tm_bytes_free(&job->messages);
}
