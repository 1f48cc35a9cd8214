/* Judge: one step on one item, rule by rule.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/actions.h"
#include "engine/judge_inside.h"
#include "engine/sampler.h"
#include "engine/timed_decision.h"

/* Kinds of steps are functions of their own, so that none saves registers for the others. */
#define TM_STEP static __attribute__((noinline))

/* What both have, the plain steps and those that take times. */
#define TM_EITHER static inline __attribute__((always_inline))

/* True: the error propagates, or the work is over: what stands behind the rule is not asked. */
static bool fail_rule(tm_judge *j, const tm_step *step, const tm_rule *rule)
{
    if (tm_judge_is_over(j)) {
        tm_judge_blame(j, rule);
        return true;
    }
    j->counts[rule->number].errors++;
    if (step->error_mode == TM_MODE_IGNORE && j->failed)
        j->failed(j->owner, rule, j->vm.error);
    if (step->error_mode != TM_MODE_PROPAGATE)
        return false;
    if (!j->error.p)
        j->error = tm_arena_print(j->arena, "%.*s: %.*s", TM_PRI(rule->name), TM_PRI(j->vm.error));
    j->stop |= step->kind == TM_STEP_EDIT;
    if (step->chain && step->level != TM_EVENT)
        j->spared |= (uint8_t)(1u << step->level);
    return true;
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

TM_EITHER tm_decided decide_condition(tm_judge *j, const tm_rule *rule)
{
    return rule->hoisted >= 0 ? decide_hoisted(j, rule) : tm_decide_rule(&j->vm, &rule->decision);
}

/* NULL: none holds, or one failed under propagate before. */
TM_EITHER const tm_rule *ask(tm_judge *j, const tm_step *step, bool is_timed, bool by_pairs)
{
    const uint64_t present = tm_prefilter_present(j->vm.item[step->level]);
    uint64_t pairs[TM_TEXT_PAIRS_VALUES];
    if (by_pairs)
        tm_text_pairs_look(step->pairs, j->vm.item[step->level], pairs);
    for (uint32_t block = 0; block * 64 < step->conditions; block++)
        for (uint64_t m = tm_prefilters_pass(&step->prefilters[block], present); m; m &= m - 1) {
            const uint32_t i = block * 64 + (unsigned)__builtin_ctzll(m);
            if (by_pairs && tm_text_pairs_lack(step->pairs, pairs, i))
                continue;
            const tm_rule *rule = &step->condition[i];
            const tm_decided d = decide_condition(j, rule);
            if (is_timed)
                tm_judge_end_lap(j, rule);
            if (d == TM_DECIDED_TRUE) {
                j->counts[rule->number].matched++;
                return rule;
            }
            if (d == TM_FAILED && fail_rule(j, step, rule))
                return NULL;
        }
    return NULL;
}

/* Of so many that what is usual is not to make room for it. */
static __attribute__((noinline)) const tm_rule *first_of_many(tm_judge *j, const tm_step *step)
{
    return ask(j, step, false, true);
}

TM_STEP const tm_rule *first_that_holds(tm_judge *j, const tm_step *step)
{
    return step->pairs ? first_of_many(j, step) : ask(j, step, false, false);
}

TM_STEP const tm_rule *time_conditions(tm_judge *j, const tm_step *step)
{
    return ask(j, step, true, step->pairs != NULL);
}

/* A statement whose where is false does nothing, and is not run for that. */
static bool run_statement(tm_judge *j, const tm_step *step, const tm_rule *rule)
{
    tm_value result;
    const tm_decided d = tm_decide(&j->vm, &rule->decision);
    if (d == TM_DECIDED_FALSE || d == TM_FAILED)
        return d != TM_FAILED;
    bool ok = tm_vm_run(&j->vm, rule->program, &result);
    j->counts[rule->number].matched += j->vm.matched;
    if (j->verdicts && j->vm.matched)
        tm_span_verdicts_edit(j->verdicts, step->level, rule);
    return ok;
}

TM_EITHER void run_all(tm_judge *j, const tm_step *step, bool is_timed)
{
    if (step->conditions && !(is_timed ? time_conditions : first_that_holds)(j, step))
        return;
    for (uint32_t i = 0; i < step->statements && !j->stop; i++) {
        const bool ok = run_statement(j, step, &step->statement[i]);
        if (is_timed)
            tm_judge_end_lap(j, &step->statement[i]);
        if (!ok && fail_rule(j, step, &step->statement[i]))
            return;
    }
}

TM_STEP void run_statements(tm_judge *j, const tm_step *step)
{
    run_all(j, step, false);
}

TM_STEP void time_statements(tm_judge *j, const tm_step *step)
{
    run_all(j, step, true);
}

static inline bool are_asked_for(tm_judge *j, const tm_step *step)
{
    return (!step->include && !step->exclude) || tm_matchers_pass(step, &j->vm);
}

static void count_actions(tm_judge *j, const tm_step *step)
{
    j->vm.edits++;
    j->vm.held++;
    for (uint32_t i = 0; i < step->actions; i++)
        j->counts[step->action_rule[i].number].matched++;
}

TM_STEP void run_actions(tm_judge *j, const tm_step *step)
{
    if (!are_asked_for(j, step))
        return;
    count_actions(j, step);
    if (!tm_actions_run(step, &j->vm, j->vm.item[step->level]))
        fail_rule(j, step, &step->action_rule[0]);
}

TM_STEP const tm_rule *run_matcher(tm_judge *j, const tm_step *step)
{
    if (tm_matchers_pass(step, &j->vm))
        return NULL;
    j->counts[step->action_rule->number].matched++;
    return step->action_rule;
}

TM_STEP const tm_rule *run_sampler(tm_judge *j, const tm_step *step)
{
    j->vm.edits++;
    j->vm.held++;
    tm_sampling s = tm_sampler_judge(step->sampler, &j->vm);
    j->sampled[step->processor].spans[s.policy][s.kept]++;
    j->counts[step->action_rule->number].matched += !s.kept;
    if (s.failed)
        fail_rule(j, step, step->action_rule);
    return s.kept ? NULL : step->action_rule;
}

/* A pass has one chain that propagates, at most (engine/plan.c). */
static bool is_spared(const tm_judge *j, const tm_step *step)
{
    if (step->spares && j->vm.item[step->level]->kept)
        return true;
    return j->spared && step->chain && step->error_mode == TM_MODE_PROPAGATE;
}

/* Marks of an earlier processor mean nothing to this one. */
TM_EITHER void keep_or_not(tm_judge *j, const tm_step *step, bool is_timed)
{
    tm_item *item = j->vm.item[step->level];
    item->kept &= !step->unmarks;
    if (item->kept)
        return;
    const tm_rule *rule = (is_timed ? time_conditions : first_that_holds)(j, step);
    item->kept = rule != NULL;
    if (rule && j->verdicts && step->level == TM_SPAN)
        tm_span_verdicts_keep(j->verdicts, rule);
}

TM_STEP void keep(tm_judge *j, const tm_step *step)
{
    keep_or_not(j, step, false);
}

TM_STEP void time_keep(tm_judge *j, const tm_step *step)
{
    keep_or_not(j, step, true);
}

static const tm_rule *run_step(tm_judge *j, const tm_step *step)
{
    switch (step->kind) {
    case TM_STEP_DROP:
        return is_spared(j, step) ? NULL : first_that_holds(j, step);
    case TM_STEP_KEEP:
        keep(j, step);
        return NULL;
    case TM_STEP_EDIT:
        run_statements(j, step);
        return NULL;
    case TM_STEP_ACTIONS:
        run_actions(j, step);
        return NULL;
    case TM_STEP_MATCH:
        return run_matcher(j, step);
    case TM_STEP_SAMPLE:
        return run_sampler(j, step);
    }
    return NULL;
}

/* A rule without a program begins, or a part of it; the rule ends. A stopwatch is told, if there is
 * one, or a lap of the judge's own ends. */
static void begin_rule(tm_judge *j, const tm_step *step, const tm_rule *rule)
{
    void *owner;
    const tm_decision_times *t = step->tells ? tm_decision_times_of(&j->vm, &owner) : NULL;
    if (t)
        t->begin_rule(owner, rule->number);
}

static void begin_part(tm_judge *j, const tm_step *step, uint32_t part)
{
    void *owner;
    const tm_decision_times *t = step->tells ? tm_decision_times_of(&j->vm, &owner) : NULL;
    if (t)
        t->begin_test(owner, part);
}

static void end_rule(tm_judge *j, const tm_step *step, const tm_rule *rule)
{
    void *owner;
    const tm_decision_times *t = step->tells ? tm_decision_times_of(&j->vm, &owner) : NULL;
    if (t) {
        t->end_tests(owner);
        t->end_rule(owner);
    } else if (step->is_timed) {
        tm_judge_end_lap(j, rule);
    }
}

/* What include and exclude take is the first action's. */
TM_STEP void time_actions(tm_judge *j, const tm_step *step)
{
    bool ok = true;
    if (!step->actions)
        return;
    begin_rule(j, step, &step->action_rule[0]);
    if (step->include || step->exclude)
        begin_part(j, step, TM_PART_MATCHERS);
    const bool asked_for = are_asked_for(j, step);
    if (asked_for)
        count_actions(j, step);
    for (uint32_t i = 0; asked_for && i < step->actions; i++) {
        if (i)
            begin_rule(j, step, &step->action_rule[i]);
        begin_part(j, step, TM_PART_ITSELF);
        ok &= tm_action_run(&step->action[i], &j->vm, j->vm.item[step->level]);
        end_rule(j, step, &step->action_rule[i]);
    }
    if (!asked_for)
        end_rule(j, step, &step->action_rule[0]);
    if (!ok)
        fail_rule(j, step, &step->action_rule[0]);
}

/* Steps without programs. */
static const tm_rule *time_other(tm_judge *j, const tm_step *step)
{
    if (step->kind == TM_STEP_ACTIONS) {
        time_actions(j, step);
        return NULL;
    }
    begin_rule(j, step, step->action_rule);
    begin_part(j, step, TM_PART_ITSELF);
    const tm_rule *dropped_by = run_step(j, step);
    end_rule(j, step, step->action_rule);
    return dropped_by;
}

/* The same, with a look at the clock before and behind each rule. */
static const tm_rule *time_step(tm_judge *j, const tm_step *step)
{
    tm_judge_begin_lap(j);
    switch (step->kind) {
    case TM_STEP_DROP:
        return is_spared(j, step) ? NULL : time_conditions(j, step);
    case TM_STEP_KEEP:
        time_keep(j, step);
        return NULL;
    case TM_STEP_EDIT:
        time_statements(j, step);
        return NULL;
    default:
        return time_other(j, step);
    }
}

TM_STEP const tm_rule *detour(tm_judge *j, const tm_step *step)
{
    tm_map **cache = step->shared_cache ? &j->shared_cache[step->number] : NULL;
    j->vm.cache = cache ? *cache : NULL;
    const tm_rule *dropped_by = step->is_timed ? time_step(j, step)
                                : step->tells  ? time_other(j, step)
                                               : run_step(j, step);
    if (cache)
        *cache = j->vm.cache;
    return dropped_by;
}

const tm_rule *tm_judge_step(tm_judge *j, const tm_step *step)
{
    if (step->detours)
        return detour(j, step);
    j->vm.cache = NULL;
    return run_step(j, step);
}
