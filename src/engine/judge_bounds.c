/* Judge, bounds: ends what costs more than it may, with the span or the request it is done for.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Clock and memory are looked at when the steps of a grant are taken (base/work.h), so time that
 * counts begins with the first such look; spans that take fewer steps are never looked at. */
#include "base/clock.h"
#include "engine/judge_inside.h"

enum { TRIM_LEAST_BYTES = 8 << 20, PARTS = 3, LOOK_BYTES = 32 * 1024 };

tm_bounds tm_bounds_usual(void)
{
    return (tm_bounds){.time_ns = 500000000,
                       .memory_bytes = 64 << 20,
                       .memory_factor = 32,
                       .output_bytes = 1 << 20,
                       .output_factor = 16,
                       .span_percent = 10};
}

size_t tm_bounds_of(uint64_t bytes, uint64_t factor, size_t request_bytes)
{
    if (bytes == 0)
        return SIZE_MAX;
    const uint64_t times =
        factor > SIZE_MAX / (request_bytes + 1) ? SIZE_MAX : factor * request_bytes;
    return times > bytes ? times : bytes;
}

/* What the current span may take: the percentage of each, or PARTS times its part of the request's
 * bytes, so that a large span among ordinary ones is not lost for what is ordinary. As much as the
 * percentage is left to the others. */
static uint64_t share(const tm_judge *j, uint64_t of)
{
    const uint64_t least = j->bounds.span_percent;
    const uint64_t most = least < 50 ? 100 - least : least;
    const size_t bytes = j->request.span_field.n, all = j->request_bytes;
    const uint64_t part = bytes < all / PARTS ? PARTS * 100 * (uint64_t)bytes / all : 100;
    return of / 100 * (part < least ? least : part > most ? most : part);
}

/* What is over its bounds. */
static tm_over look(tm_judge *j)
{
    const tm_bounds *b = &j->bounds;
    const bool timed = (b->time_ns || j->turn_ns) && j->clock && j->clock->thread_ns;
    const uint64_t now = timed ? tm_clock_thread_ns(j->clock) : 0;
    const size_t used = tm_arena_used(j->arena) + tm_arena_used(j->scratch);
    if (!j->looked) {
        j->looked = true;
        j->began_ns = now;
    }
    if (j->turn_ns && now - j->began_ns > j->turn_ns)
        return TM_OVER_TURN;
    if (b->time_ns && now - j->began_ns > b->time_ns)
        return TM_OVER_TIME;
    if (b->steps && tm_work_steps(j->vm.work) - j->steps_before > b->steps)
        return TM_OVER_STEPS;
    if (!j->vm.item[TM_SPAN])
        return TM_OVER_NOTHING;
    if (j->looked_at != j->request.spans_in) {
        j->looked_at = j->request.spans_in;
        j->span_began_ns = now;
        j->span_began_bytes = used;
    }
    if (b->time_ns && now - j->span_began_ns > share(j, b->time_ns))
        return TM_OVER_SPAN_TIME;
    if (j->memory_most != SIZE_MAX && used > j->span_began_bytes &&
        used - j->span_began_bytes > share(j, j->memory_most))
        return TM_OVER_SPAN_MEMORY;
    return TM_OVER_NOTHING;
}

static bool more(void *owner, tm_work *work)
{
    tm_judge *j = owner;
    (void)work;
    j->over = look(j);
    return j->over == TM_OVER_NOTHING;
}

void tm_judge_bound(tm_judge *j, const tm_bounds *bounds)
{
    j->bounds = *bounds;
    j->vm.work->more = more;
    j->vm.work->owner = j;
}

void tm_judge_turn(tm_judge *j, uint64_t turn_ns)
{
    j->turn_ns = turn_ns;
}

/* Without a look at the clock, and at most a millisecond or two, are read and mended: */
enum { ITEM_BYTES = 128 * 1024, MENDED_BYTES = 64 * 1024 };

void tm_judge_begin_turn(tm_judge *j)
{
    tm_request *q = &j->request;
    j->look_at = j->turn_ns ? (uintptr_t)q->bytes.p + LOOK_BYTES : UINTPTR_MAX;
    q->most_item_bytes = j->turn_ns ? ITEM_BYTES : SIZE_MAX;
}

bool tm_judge_may_mend(const tm_judge *j, size_t bytes)
{
    return !j->turn_ns || bytes <= MENDED_BYTES;
}

static void end_turn(tm_judge *j)
{
    j->stop = j->unfinished = true;
    j->look_at = 0;
}

bool tm_judge_goes_on(tm_judge *j, const char *at)
{
    j->look_at = (uintptr_t)at + LOOK_BYTES;
    if (j->unfinished || look(j) == TM_OVER_TURN)
        end_turn(j);
    return !j->unfinished;
}

static uint64_t rest_of(uint64_t most, uint64_t used)
{
    return most > used ? most - used : 1; /* 0 would be no bound */
}

tm_bounds tm_judge_rest(const tm_judge *j)
{
    tm_bounds rest = j->bounds;
    if (rest.memory_bytes)
        rest.memory_bytes = rest_of(j->memory_most, j->quota.held);
    rest.memory_factor = 0;
    if (rest.time_ns && j->looked)
        rest.time_ns = rest_of(rest.time_ns, tm_clock_thread_ns(j->clock) - j->began_ns);
    return rest;
}

bool tm_judge_trim(tm_judge *j)
{
    if (j->quota.held < TRIM_LEAST_BYTES)
        return false;
    tm_arena_reset(j->arena);
    tm_arena_reset(j->scratch);
    return true;
}

void tm_judge_begin(tm_judge *j, size_t request_bytes)
{
    const tm_bounds *b = &j->bounds;
    j->request_bytes = request_bytes;
    j->memory_most = tm_bounds_of(b->memory_bytes, b->memory_factor, request_bytes);
    j->output_most = tm_bounds_of(b->output_bytes, b->output_factor, request_bytes);
    j->looked = j->unfinished = false;
    j->over = TM_OVER_NOTHING;
    j->blamed = NULL;
    tm_memo_forget(&j->vm);
    tm_work_resume(j->vm.work);
    j->steps_before = tm_work_steps(j->vm.work);
    j->quota.most = j->memory_most == SIZE_MAX ? 0 : j->memory_most;
    j->quota.over = false;
    j->mark = tm_vm_save(&j->vm);
}

/* When the arena is over its bound, the work ended without being asked for more. */
static tm_over over_what(const tm_judge *j)
{
    return j->quota.over ? TM_OVER_MEMORY : j->over;
}

/* The rule that took too much; where none failed, the first one of the step. */
static const tm_rule *rule_of(const tm_judge *j, const tm_step *step)
{
    if (j->blamed)
        return j->blamed;
    return step->action_rule  ? step->action_rule
           : step->conditions ? step->condition
                              : step->statement;
}

static tm_text text_of(const tm_judge *j)
{
    return j->blamed ? j->blame : TM_TEXT(TM_SPENT);
}

void tm_judge_blame(tm_judge *j, const tm_rule *rule)
{
    if (j->blamed)
        return;
    j->blamed = rule;
    j->blame = tm_arena_copy(j->arena, j->vm.error);
}

/* Refuses the request. */
static void end_request(tm_judge *j, const tm_step *step, tm_over over)
{
    j->stop = true;
    j->refusal = tm_arena_print(j->arena, "%.*s: %.*s: the request takes too much %s",
                                TM_PRI(rule_of(j, step)->name), TM_PRI(text_of(j)),
                                over == TM_OVER_MEMORY  ? "memory"
                                : over == TM_OVER_STEPS ? "work"
                                                        : "processor time");
}

static void tell(tm_judge *j, const tm_rule *rule, tm_text text)
{
    if (j->failed)
        j->failed(j->owner, rule, text);
}

bool tm_judge_ends_span(tm_judge *j, const tm_step *step)
{
    const tm_over over = over_what(j);
    if (over == TM_OVER_TURN) {
        end_turn(j);
        return false;
    }
    if (over != TM_OVER_SPAN_TIME && over != TM_OVER_SPAN_MEMORY) {
        end_request(j, step, over);
        return false;
    }
    const tm_rule *rule = rule_of(j, step);
    const tm_text text = tm_arena_print(j->arena, "%.*s: a span of %zu bytes takes too much %s",
                                        TM_PRI(text_of(j)), j->request.span_field.n,
                                        over == TM_OVER_SPAN_MEMORY ? "memory" : "processor time");
    tell(j, rule, text);
    j->counts[rule->number].rejected_spans++;
    if (j->rejected++ == 0)
        j->rejection = tm_arena_print(j->arena, "%.*s: %.*s", TM_PRI(rule->name), TM_PRI(text));
    if (j->verdicts)
        tm_span_verdicts_reject(j->verdicts);
    j->over = TM_OVER_NOTHING;
    j->blamed = NULL;
    tm_work_resume(j->vm.work);
    return true;
}
