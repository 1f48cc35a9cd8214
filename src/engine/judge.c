/* Judge: requests, passes, levels.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge_levels.h"

static void note_mismatch(void *owner, const tm_program *program, tm_value a, tm_value b)
{
    tm_judge *j = owner;
    if (!j->counts[program->rule].mismatches++)
        j->mismatch[program->rule] = (tm_mismatch){a, b};
}

/* A judge in the making. */
typedef struct making {
    tm_arena *own, *request, *sized, *scratch;
    const struct tm_clock *clock;
    tm_judge *judge;
} making;

static void make(void *argument)
{
    making *m = argument;
    tm_judge *j = TM_NEW(m->own, tm_judge);
    *j = (tm_judge){.own = m->own,
                    .arena = m->request,
                    .scratch = m->scratch,
                    .sized = m->sized,
                    .clock = m->clock,
                    .memory_most = SIZE_MAX,
                    .output_most = SIZE_MAX};
    tm_vm_init(&j->vm, j->own, j->arena, m->clock);
    j->vm.arena = j->scratch;
    tm_arena_set_keeper(j->scratch, j->arena);
    j->quota.work = j->vm.work;
    tm_arena_share(j->arena, &j->quota);
    tm_arena_share(j->scratch, &j->quota);
    tm_memo_enable(&j->vm, TM_MEMO_LEAST_BYTES);
    j->vm.mismatched = note_mismatch;
    j->vm.mismatched_owner = j;
    m->judge = j;
}

tm_judge *tm_judge_new(const tm_heap *heap, const struct tm_clock *clock, tm_rule_failed failed,
                       void *owner)
{
    making m = {.own = tm_arena_new(heap),
                .request = tm_arena_new(heap),
                .sized = tm_arena_new(heap),
                .scratch = tm_arena_new(heap),
                .clock = clock};
    bool made = m.own && m.request && m.sized && m.scratch;
    if (made) {
        tm_arena_follow(m.request, m.own);
        tm_arena_follow(m.sized, m.own);
        tm_arena_follow(m.scratch, m.own);
        made = tm_arena_try(m.own, make, &m);
    }
    if (!made) {
        tm_arena_free(m.request);
        tm_arena_free(m.scratch);
        tm_arena_free(m.sized);
        tm_arena_free(m.own);
        return NULL;
    }
    m.judge->failed = failed;
    m.judge->owner = owner;
    return m.judge;
}

void tm_judge_free(tm_judge *j)
{
    if (!j)
        return;
    tm_arena_free(j->arena);
    tm_arena_free(j->scratch);
    tm_arena_free(j->sized);
    tm_arena_free(j->own); /* and j with it */
}

static tm_judge_room room_for(const tm_ruleset *rs)
{
    return (tm_judge_room){rs->rules, rs->processors, rs->steps, tm_request_slots(rs->needs),
                           rs->needs[TM_EVENT]->n};
}

static bool has_room(const tm_judge_room *room, const tm_judge_room *need)
{
    return room->rules >= need->rules && room->processors >= need->processors &&
           room->steps >= need->steps && room->slots >= need->slots &&
           room->event_slots >= need->event_slots;
}

static void make_buffers(tm_judge *j, const tm_judge_room *room)
{
    j->slots = NULL;
    tm_arena_reset(j->sized);
    j->counts = TM_NEW_ARRAY(j->sized, room->rules, tm_rule_counts);
    j->mismatch = TM_NEW_ARRAY(j->sized, room->rules, tm_mismatch);
    j->rule_ns = TM_NEW_ARRAY(j->sized, room->rules, uint64_t);
    j->filtered = TM_NEW_ARRAY(j->sized, room->processors, uint64_t);
    j->sampled = TM_NEW_ARRAY(j->sized, room->processors, tm_sampled);
    j->hoisted = TM_NEW_ARRAY(j->sized, room->rules, uint8_t);
    j->shared_cache = TM_NEW_ARRAY(j->sized, room->steps, tm_map *);
    j->event_slots = TM_NEW_ARRAY(j->sized, room->event_slots, tm_slot);
    j->room = *room;
    j->slots = TM_NEW_ARRAY(j->sized, room->slots, tm_slot);
}

/* Item and slots are another ruleset's, perhaps. */
static void forget_event(tm_judge *j)
{
    j->event = (tm_item){0};
    memset(j->event_slots, 0, j->room.event_slots * sizeof *j->event_slots);
}

/* Which ruleset the buffers were made for is never asked: the next one may stand at the same
 * address. */
void tm_judge_open(tm_judge *j, const tm_ruleset *rs, size_t request_bytes)
{
    const tm_judge_room need = room_for(rs);
    j->ruleset = rs;
    if (!j->slots || !has_room(&j->room, &need))
        make_buffers(j, &need);
    forget_event(j);
    tm_arena_reset(j->arena);
    tm_arena_reset(j->scratch);
    tm_judge_begin(j, request_bytes);
    tm_judge_begin_times(j);
}

/* --- passes --- */

static void judge_spans(tm_judge *j, const tm_pass *pass, const tm_rule *dropped_by)
{
    tm_request *q = &j->request;
    const bool asks = pass->levels & (1 << TM_SPAN | 1 << TM_EVENT);
    const bool marks = j->ruleset->keeps && j->ruleset->passes > 1;
    const bool notes = marks || j->verdicts;
    const bool tells = notes || (j->watch.kept && j->last_pass);
    while (tm_request_next_span(q) && tm_judge_has_turn(j, q->span_field.p)) {
        j->vm.item[TM_SPAN] = &q->item[TM_SPAN];
        j->span_events.n = 0;
        if (notes)
            tm_judge_begin_span(j, marks);
        if (dropped_by)
            tm_levels_count_dropped(j, dropped_by);
        else if (asks && !tm_levels_judge_span(j, pass))
            tm_request_drop_span(q);
        else if (tells)
            tm_judge_stay(j, notes, marks);
        tm_judge_release(j);
    }
    j->unfinished |= q->oversize;
    j->vm.item[TM_SPAN] = NULL;
}

static void judge_scopes(tm_judge *j, const tm_pass *pass, const tm_rule *resource_dropped_by)
{
    tm_request *q = &j->request;
    while (!j->unfinished && tm_request_next_scope(q) &&
           tm_judge_has_turn(j, q->group[TM_SCOPE].field.p)) {
        const tm_rule *dropped_by = resource_dropped_by;
        j->vm.item[TM_SCOPE] = &q->item[TM_SCOPE];
        j->spared &= 1 << TM_RESOURCE;
        if (j->verdicts)
            tm_span_verdicts_enter(j->verdicts, TM_SCOPE);
        if (pass->hoists)
            tm_levels_forget_hoisted(j, TM_SCOPE);
        if (!dropped_by && pass->levels & 1 << TM_SCOPE)
            dropped_by = tm_levels_judge_above(j, pass, TM_SCOPE);
        if (dropped_by)
            tm_request_drop_scope(q);
        judge_spans(j, pass, dropped_by);
        j->vm.item[TM_SCOPE] = NULL;
    }
    j->unfinished |= q->oversize;
}

static void run_pass(tm_judge *j, const tm_pass *pass, tm_text bytes, tm_utf8_policy utf8)
{
    tm_request *q = &j->request;
    tm_request_open(q, j->arena, j->ruleset->needs, j->slots, bytes, pass->prune, utf8);
    j->looked_at = UINT64_MAX;
    tm_marks_turn(&j->kept_spans);
    tm_marks_turn(&j->kept_events);
    if (j->verdicts)
        tm_span_verdicts_pass(j->verdicts);
    q->heads = pass->asks | pass->levels;
    tm_judge_begin_turn(j);
    while (!j->unfinished && tm_request_next_resource(q) &&
           tm_judge_has_turn(j, q->group[TM_RESOURCE].field.p)) {
        const tm_rule *dropped_by = NULL;
        j->vm.item[TM_RESOURCE] = &q->item[TM_RESOURCE];
        j->spared = 0;
        if (j->verdicts)
            tm_span_verdicts_enter(j->verdicts, TM_RESOURCE);
        if (pass->hoists)
            tm_levels_forget_hoisted(j, TM_RESOURCE);
        if (pass->levels & 1 << TM_RESOURCE)
            dropped_by = tm_levels_judge_above(j, pass, TM_RESOURCE);
        if (dropped_by)
            tm_request_drop_resource(q);
        judge_scopes(j, pass, dropped_by);
        j->vm.item[TM_RESOURCE] = NULL;
    }
}

void tm_judge_start(tm_judge *j, tm_outcome *o)
{
    memset(j->counts, 0, j->ruleset->rules * sizeof *j->counts);
    memset(j->filtered, 0, j->ruleset->processors * sizeof *j->filtered);
    memset(j->sampled, 0, j->ruleset->processors * sizeof *j->sampled);
    memset(j->shared_cache, 0, j->ruleset->steps * sizeof(tm_map *));
    j->error = j->refusal = j->rejection = (tm_text){0};
    j->rejected = 0;
    j->kept_spans = j->kept_events = (tm_marks){0};
    j->span_events = (tm_marks){0};
    j->stop = false;
    tm_judge_tell_start(j);
    *o = (tm_outcome){.rule = j->counts,
                      .mismatch = j->mismatch,
                      .filtered = j->filtered,
                      .sampled = j->sampled,
                      .rule_ns = j->is_timed ? j->rule_ns : NULL,
                      .mended = o->mended};
}

void tm_judge_refuse(tm_outcome *o, tm_verdict_status status, tm_text reason)
{
    o->status = status;
    o->reason = reason;
    o->out = NULL;
    o->spans_out = 0;
}

/* Runs the passes in order. An error under propagate refuses what its processor leaves; when that
 * is nothing there is nothing to refuse. False: bad UTF-8 showed, which the policy wants mended
 * first. */
static bool run_passes(tm_judge *j, tm_text bytes, tm_utf8_policy utf8, tm_outcome *o)
{
    static const tm_pass nothing = {.step = NULL}; /* a pipeline without rules still checks */
    const tm_ruleset *rs = j->ruleset;
    uint32_t passes = rs->passes ? rs->passes : 1;
    tm_judge_start(j, o);
    for (uint32_t i = 0; i < passes; i++) {
        j->last_pass = i + 1 == passes;
        run_pass(j, rs->passes ? &rs->pass[i] : &nothing, bytes, utf8);
        const tm_request *q = &j->request;
        if (j->unfinished || q->oversize) {
            tm_judge_refuse(o, TM_UNFINISHED, (tm_text){0});
            return true;
        }
        if (i == 0)
            o->spans_in = q->spans_in;
        if (q->soundness == TM_BAD_UTF8 && utf8 == TM_UTF8_MEND)
            return false;
        if (q->soundness != TM_SOUND) {
            tm_judge_refuse(o, TM_REFUSED_FORM, tm_request_reason(q));
            return true;
        }
        o->out = tm_request_finish(&j->request);
        o->spans_out = q->spans_out;
        o->spans_rejected = j->rejected;
        o->rejection = j->rejection;
        o->steps = tm_work_steps(j->vm.work) - j->steps_before;
        if (o->out->bytes > j->output_most)
            j->refusal = tm_arena_print(j->arena, "what leaves would have %zu bytes, more than %zu",
                                        o->out->bytes, j->output_most);
        if (j->refusal.p) {
            tm_judge_refuse(o, TM_REFUSED_COST, j->refusal);
            return true;
        }
        if (j->stop || (j->error.p && o->out->bytes && tm_judge_ends_processor(rs, i))) {
            tm_judge_refuse(o, TM_REFUSED_RULE, j->error);
            return true;
        }
        if (i + 1 < passes)
            bytes = tm_pieces_joined(o->out, j->arena); /* for the next pass */
    }
    return true;
}

/* One call of tm_judge_request. */
typedef struct judging {
    tm_judge *judge;
    const tm_ruleset *ruleset;
    tm_text bytes;
    tm_utf8_policy utf8;
    tm_outcome *outcome;
} judging;

static void judge_all(void *argument)
{
    const judging *a = argument;
    tm_judge *j = a->judge;
    tm_judge_open(j, a->ruleset, a->bytes.n);
    a->outcome->mended = false;
    if (run_passes(j, a->bytes, a->utf8, a->outcome))
        return;
    if (!tm_judge_may_mend(j, a->bytes.n)) {
        tm_judge_refuse(a->outcome, TM_UNFINISHED, (tm_text){0});
        return;
    }
    a->outcome->mended = true;
    run_passes(j, tm_request_mend(j->arena, a->bytes), TM_UTF8_KEEP, a->outcome);
}

bool tm_judge_try(tm_judge *j, void (*all)(void *argument), void *argument, tm_outcome *outcome)
{
    if (tm_arena_try(j->own, all, argument))
        return true;
    if (!j->quota.over)
        return false;
    tm_judge_refuse(outcome, TM_REFUSED_COST, TM_TEXT("the request takes too much memory"));
    return true;
}

bool tm_judge_request(tm_judge *j, const tm_ruleset *ruleset, tm_text bytes,
                      const tm_client *client, tm_utf8_policy utf8, tm_outcome *outcome)
{
    judging a = {j, ruleset, bytes, utf8, outcome};
    j->vm.client = client;
    return tm_judge_try(j, judge_all, &a, outcome);
}
