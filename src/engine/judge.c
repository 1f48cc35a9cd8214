/* Judge: passes, levels, steps, rules.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge.h"

#include "engine/actions.h"
#include "engine/sampler.h"

#include <assert.h>

struct tm_judge {
    tm_arena *own;   /* as long as the judge: buffers sized by the ruleset, the VM's */
    tm_arena *arena; /* one request */
    tm_vm vm;
    tm_rule_failed failed;
    void *owner;
    const tm_ruleset *ruleset; /* what the buffers below were sized for */
    tm_arena *sized;           /* holds them */
    tm_rule_counts *counts;
    uint64_t *filtered;
    tm_sampled *sampled;
    uint8_t *hoisted;      /* tm_decided, one a rule: of the current resource or scope */
    tm_map **shared_cache; /* one a step */
    tm_slot *slots;
    tm_request request;
    tm_text error; /* first error under propagate, of the current pass */
    bool stop;     /* a statement failed under propagate: nothing more runs */
};

tm_judge *tm_judge_new(const tm_heap *heap, const struct tm_clock *clock, tm_rule_failed failed,
                       void *owner)
{
    tm_arena *own = tm_arena_new(heap);
    if (!own)
        return NULL;
    jmp_buf escape;
    tm_arena *volatile request = NULL, *volatile sized = NULL;
    if (setjmp(escape)) {
        tm_arena_free(request);
        tm_arena_free(sized);
        tm_arena_free(own);
        return NULL;
    }
    tm_arena_escape(own, &escape);
    tm_judge *j = TM_NEW(own, tm_judge);
    request = tm_arena_new(heap);
    sized = tm_arena_new(heap);
    if (!request || !sized)
        tm_arena_out_of_memory(own);
    *j = (tm_judge){.own = own, .arena = request, .sized = sized, .failed = failed, .owner = owner};
    tm_vm_init(&j->vm, own, j->arena, clock);
    tm_arena_escape(own, NULL);
    return j;
}

void tm_judge_free(tm_judge *j)
{
    if (!j)
        return;
    tm_arena_free(j->arena);
    tm_arena_free(j->sized);
    tm_arena_free(j->own); /* and j with it */
}

static void size_for(tm_judge *j, const tm_ruleset *rs)
{
    if (j->ruleset == rs)
        return;
    j->ruleset = NULL;
    tm_arena_reset(j->sized);
    j->counts = TM_NEW_ARRAY(j->sized, rs->rules, tm_rule_counts);
    j->filtered = TM_NEW_ARRAY(j->sized, rs->processors, uint64_t);
    j->sampled = TM_NEW_ARRAY(j->sized, rs->processors, tm_sampled);
    j->hoisted = TM_NEW_ARRAY(j->sized, rs->rules, uint8_t);
    j->shared_cache = TM_NEW_ARRAY(j->sized, rs->steps, tm_map *);
    j->slots = TM_NEW_ARRAY(j->sized, tm_request_slots(rs->needs), tm_slot);
    j->ruleset = rs;
}

/* --- rules --- */

static void fail_rule(tm_judge *j, const tm_step *step, const tm_rule *rule)
{
    j->counts[rule->number].errors++;
    if (step->error_mode == TM_MODE_IGNORE && j->failed)
        j->failed(j->owner, rule, j->vm.error);
    if (step->error_mode != TM_MODE_PROPAGATE)
        return;
    if (!j->error.p)
        j->error = tm_arena_print(j->arena, "%.*s: %.*s", TM_PRI(rule->name), TM_PRI(j->vm.error));
    j->stop |= step->kind == TM_STEP_EDIT;
}

/* Decided once for each resource or scope; an error's text is made anew each time. */
static tm_decided decide_hoisted(tm_judge *j, const tm_rule *rule)
{
    tm_decided d = (tm_decided)j->hoisted[rule->number];
    if (d == TM_UNDECIDED || d == TM_FAILED)
        d = tm_decide_rule(&j->vm, &rule->decision);
    j->hoisted[rule->number] = (uint8_t)d;
    return d;
}

static bool condition_holds(tm_judge *j, const tm_step *step, const tm_rule *rule)
{
    const tm_decided d =
        rule->hoisted >= 0 ? decide_hoisted(j, rule) : tm_decide_rule(&j->vm, &rule->decision);
    if (d == TM_FAILED)
        fail_rule(j, step, rule);
    else if (d == TM_DECIDED_TRUE)
        j->counts[rule->number].matched++;
    return d == TM_DECIDED_TRUE;
}

static const tm_rule *first_that_holds(tm_judge *j, const tm_step *step)
{
    const uint64_t present = tm_guard_present(j->vm.item[step->level]);
    for (uint32_t block = 0; block * 64 < step->conditions; block++)
        for (uint64_t m = tm_guards_pass(&step->guards[block], present); m; m &= m - 1) {
            const tm_rule *rule = &step->condition[block * 64 + (unsigned)__builtin_ctzll(m)];
            if (condition_holds(j, step, rule))
                return rule;
        }
    return NULL;
}

/* A statement whose where is false does nothing, and is not run for that. */
static bool run_statement(tm_judge *j, const tm_rule *rule)
{
    tm_value result;
    const tm_decided d = tm_decide(&j->vm, &rule->decision);
    if (d == TM_DECIDED_FALSE || d == TM_FAILED)
        return d != TM_FAILED;
    bool ok = tm_vm_run(&j->vm, rule->program, &result);
    j->counts[rule->number].matched += j->vm.matched;
    return ok;
}

static void run_statements(tm_judge *j, const tm_step *step)
{
    if (step->conditions && !first_that_holds(j, step))
        return;
    for (uint32_t i = 0; i < step->statements && !j->stop; i++) {
        if (!run_statement(j, &step->statement[i]))
            fail_rule(j, step, &step->statement[i]);
    }
}

static void run_actions(tm_judge *j, const tm_step *step)
{
    if ((step->include || step->exclude) && !tm_matchers_pass(step, &j->vm))
        return;
    for (uint32_t i = 0; i < step->actions; i++)
        j->counts[step->action_rule[i].number].matched++;
    if (!tm_actions_run(step, &j->vm, j->vm.item[step->level]))
        fail_rule(j, step, &step->action_rule[0]);
}

static const tm_rule *run_sampler(tm_judge *j, const tm_step *step)
{
    tm_sampling s = tm_sampler_judge(step->sampler, &j->vm);
    j->sampled[step->processor].spans[s.policy][s.kept]++;
    j->counts[step->action_rule->number].matched += !s.kept;
    if (s.failed)
        fail_rule(j, step, step->action_rule);
    return s.kept ? NULL : step->action_rule;
}

/* Runs one step on the current item of its level. The rule that drops the item, or NULL. */
static const tm_rule *run_step(tm_judge *j, const tm_step *step)
{
    j->vm.cache = step->shared_cache ? j->shared_cache[step->number] : NULL;
    const tm_rule *dropped_by = NULL;
    switch (step->kind) {
    case TM_STEP_DROP:
        dropped_by = first_that_holds(j, step);
        break;
    case TM_STEP_EDIT:
        run_statements(j, step);
        break;
    case TM_STEP_ACTIONS:
        run_actions(j, step);
        break;
    case TM_STEP_MATCH:
        if (!tm_matchers_pass(step, &j->vm))
            dropped_by = step->action_rule;
        break;
    case TM_STEP_SAMPLE:
        dropped_by = run_sampler(j, step);
        break;
    }
    if (step->shared_cache)
        j->shared_cache[step->number] = j->vm.cache;
    return dropped_by;
}

/* --- levels --- */

static void forget_hoisted(tm_judge *j, int level)
{
    const tm_ruleset *rs = j->ruleset;
    for (uint32_t i = 0; i < rs->rules; i++)
        if (rs->rule[i]->hoisted >= level)
            j->hoisted[i] = TM_UNDECIDED;
}

static void run_events(tm_judge *j, const tm_step *step)
{
    tm_item *span = j->vm.item[TM_SPAN];
    tm_item_open_events(span, j->ruleset->needs[TM_EVENT]);
    for (uint32_t i = 0; i < span->events && !j->stop; i++) {
        if (span->event[i].dropped)
            continue;
        j->vm.item[TM_EVENT] = &span->event[i];
        if (run_step(j, step))
            span->event[i].dropped = true;
    }
    j->vm.item[TM_EVENT] = NULL;
}

static void count_dropped_span(tm_judge *j, const tm_rule *rule)
{
    j->counts[rule->number].dropped_spans++;
    j->counts[rule->number].dropped_bytes += j->request.span_field.n;
    j->filtered[rule->processor]++;
}

/* Runs the steps of spans and events; false when the span is dropped. */
static bool judge_span(tm_judge *j, const tm_pass *pass)
{
    for (uint32_t i = 0; i < pass->steps && !j->stop; i++) {
        const tm_step *step = pass->step[i];
        if (step->level == TM_EVENT) {
            run_events(j, step);
        } else if (step->level == TM_SPAN) {
            const tm_rule *rule = run_step(j, step);
            if (rule) {
                count_dropped_span(j, rule);
                return false;
            }
        }
    }
    return true;
}

/* Runs the steps of one of the upper levels; the rule that drops the item, or NULL. */
static const tm_rule *judge_above(tm_judge *j, const tm_pass *pass, tm_level level)
{
    const tm_rule *rule = NULL;
    for (uint32_t i = 0; i < pass->steps && !j->stop && !rule; i++)
        if (pass->step[i]->level == level)
            rule = run_step(j, pass->step[i]);
    return rule;
}

/* --- passes --- */

static void judge_spans(tm_judge *j, const tm_pass *pass, const tm_rule *dropped_by)
{
    tm_request *q = &j->request;
    const bool asks = pass->levels & (1 << TM_SPAN | 1 << TM_EVENT);
    while (tm_request_next_span(q)) {
        j->vm.item[TM_SPAN] = &q->item[TM_SPAN];
        if (dropped_by)
            count_dropped_span(j, dropped_by);
        else if (asks && !judge_span(j, pass))
            tm_request_drop_span(q);
    }
    j->vm.item[TM_SPAN] = NULL;
}

static void judge_scopes(tm_judge *j, const tm_pass *pass, const tm_rule *resource_dropped_by)
{
    tm_request *q = &j->request;
    while (tm_request_next_scope(q)) {
        const tm_rule *dropped_by = resource_dropped_by;
        j->vm.item[TM_SCOPE] = &q->item[TM_SCOPE];
        if (pass->hoists)
            forget_hoisted(j, TM_SCOPE);
        if (!dropped_by && pass->levels & 1 << TM_SCOPE)
            dropped_by = judge_above(j, pass, TM_SCOPE);
        if (dropped_by)
            tm_request_drop_scope(q);
        judge_spans(j, pass, dropped_by);
        j->vm.item[TM_SCOPE] = NULL;
    }
}

static void run_pass(tm_judge *j, const tm_pass *pass, tm_text bytes, tm_utf8_policy utf8)
{
    tm_request *q = &j->request;
    tm_request_open(q, j->arena, j->ruleset->needs, j->slots, bytes, pass->prune, utf8);
    q->heads = pass->asks | pass->levels;
    while (tm_request_next_resource(q)) {
        const tm_rule *dropped_by = NULL;
        j->vm.item[TM_RESOURCE] = &q->item[TM_RESOURCE];
        if (pass->hoists)
            forget_hoisted(j, TM_RESOURCE);
        if (pass->levels & 1 << TM_RESOURCE)
            dropped_by = judge_above(j, pass, TM_RESOURCE);
        if (dropped_by)
            tm_request_drop_resource(q);
        judge_scopes(j, pass, dropped_by);
        j->vm.item[TM_RESOURCE] = NULL;
    }
}

/* The bytes a pass left, in one run, for the next pass to read. */
static tm_text joined(tm_judge *j, const tm_pieces *out)
{
    if (out->n == 1)
        return out->piece[0].text;
    char *at = tm_arena_alloc(j->arena, out->bytes);
    tm_pieces_copy(out, at);
    return tm_text_slice(at, out->bytes);
}

static const tm_pass nothing = {.step = NULL}; /* a pipeline without rules still checks */

static void start(tm_judge *j, tm_outcome *o)
{
    memset(j->counts, 0, j->ruleset->rules * sizeof *j->counts);
    memset(j->filtered, 0, j->ruleset->processors * sizeof *j->filtered);
    memset(j->sampled, 0, j->ruleset->processors * sizeof *j->sampled);
    memset(j->shared_cache, 0, j->ruleset->steps * sizeof(tm_map *));
    j->error = (tm_text){0};
    j->stop = false;
    *o = (tm_outcome){
        .rule = j->counts, .filtered = j->filtered, .sampled = j->sampled, .mended = o->mended};
}

static void refuse(tm_outcome *o, tm_verdict_status status, tm_text reason)
{
    o->status = status;
    o->reason = reason;
    o->out = NULL;
    o->spans_out = 0;
}

/* Runs the passes in order. False: bad UTF-8 showed, which the policy wants mended first. */
static bool run_passes(tm_judge *j, tm_text bytes, tm_utf8_policy utf8, tm_outcome *o)
{
    const tm_ruleset *rs = j->ruleset;
    uint32_t passes = rs->passes ? rs->passes : 1;
    start(j, o);
    for (uint32_t i = 0; i < passes; i++) {
        run_pass(j, rs->passes ? &rs->pass[i] : &nothing, bytes, utf8);
        const tm_request *q = &j->request;
        if (i == 0)
            o->spans_in = q->spans_in;
        if (q->soundness == TM_BAD_UTF8 && utf8 == TM_UTF8_MEND)
            return false;
        if (q->soundness != TM_SOUND) {
            refuse(o, TM_REFUSED_FORM, tm_request_reason(q));
            return true;
        }
        o->out = tm_request_finish(&j->request);
        o->spans_out = q->spans_out;
        if (j->error.p && (o->out->bytes || j->stop)) {
            refuse(o, TM_REFUSED_RULE, j->error);
            return true;
        }
        j->error = (tm_text){0};
        if (i + 1 < passes)
            bytes = joined(j, o->out);
    }
    return true;
}

bool tm_judge_request(tm_judge *j, const tm_ruleset *ruleset, tm_text bytes,
                      const tm_client *client, tm_utf8_policy utf8, tm_outcome *outcome)
{
    jmp_buf escape;
    if (setjmp(escape)) {
        j->ruleset = NULL;
        tm_arena_escape(j->arena, NULL);
        tm_arena_escape(j->sized, NULL);
        tm_arena_escape(j->own, NULL);
        return false;
    }
    tm_arena_escape(j->arena, &escape);
    tm_arena_escape(j->sized, &escape);
    tm_arena_escape(j->own, &escape);
    size_for(j, ruleset);
    tm_arena_reset(j->arena);
    j->vm.client = client;
    outcome->mended = false;
    if (!run_passes(j, bytes, utf8, outcome)) {
        outcome->mended = true;
        run_passes(j, tm_request_mend(j->arena, bytes), TM_UTF8_KEEP, outcome);
    }
    tm_arena_escape(j->arena, NULL);
    tm_arena_escape(j->sized, NULL);
    tm_arena_escape(j->own, NULL);
    return true;
}
