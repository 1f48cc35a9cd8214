/* Case judge: the engine, watched.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_judge.h"

#include "base/clock.h"

static void failed(void *owner, const tm_rule *rule, tm_text text)
{
    tm_case_judge *j = owner;
    if (!j->outcome->error.p)
        j->outcome->error =
            tm_arena_print(j->arena, "%.*s: %.*s", TM_PRI(rule->name), TM_PRI(text));
}

static void dropped(void *owner, const tm_rule *rule, const tm_request *request)
{
    tm_case_judge *j = owner;
    tm_case_seen_add_current(j->arena, &j->outcome->dropped, request, rule);
}

static void free_judge(void *what)
{
    tm_judge_free(what);
}

tm_case_judge *tm_case_judge_new(tm_arena *arena, tm_case_coverage *coverage)
{
    tm_case_judge *j = TM_NEW(arena, tm_case_judge);
    *j = (tm_case_judge){.arena = arena,
                         .coverage = coverage,
                         .judge = tm_judge_new(NULL, tm_clock_real(), failed, j)};
    if (!j->judge)
        return NULL;
    tm_arena_cleanup(arena, free_judge, j->judge);
    tm_judge_watch(j->judge, dropped, j);
    if (coverage)
        tm_judge_vm(j->judge)->trace = tm_case_coverage_trace(coverage);
    return j;
}

static void take(tm_case_judge *j, const tm_ruleset *ruleset, const tm_outcome *o)
{
    tm_case_outcome *out = j->outcome;
    for (uint32_t i = 0; i < ruleset->rules; i++) {
        out->errors += o->rule[i].errors;
        out->matched += o->rule[i].matched;
    }
    if (j->coverage)
        tm_case_coverage_counts(j->coverage, ruleset, o->rule);
    if (o->status != TM_JUDGED) {
        out->refused = tm_arena_copy(j->arena, o->reason);
        out->malformed = o->status == TM_REFUSED_FORM;
        return;
    }
    if (!o->out->bytes)
        return;
    char *bytes = tm_arena_alloc(j->arena, o->out->bytes);
    tm_pieces_copy(o->out, bytes);
    tm_case_seen_add(j->arena, &out->kept, tm_text_slice(bytes, o->out->bytes));
}

bool tm_case_judge_run(tm_case_judge *j, const tm_ruleset *ruleset, const tm_texts *requests,
                       tm_case_outcome *outcome)
{
    *outcome = (tm_case_outcome){0};
    j->outcome = outcome;
    for (size_t i = 0; i < requests->count && !outcome->refused.p; i++) {
        tm_outcome o;
        if (!tm_judge_request(j->judge, ruleset, requests->items[i], NULL, TM_UTF8_MEND, &o))
            return false;
        take(j, ruleset, &o);
    }
    return true;
}
