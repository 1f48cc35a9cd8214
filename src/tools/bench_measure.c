/* Bench, measure: rounds that take turns, so that what the machine does meanwhile hits all alike.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_measure.h"

#include "base/clock.h"
#include "tools/complain.h"

#include <stdlib.h>

enum { SPANS_LEAST = 20000 }; /* of a round: fewer are judged again and again */

typedef struct measuring {
    tm_arena *arena;
    tm_bench *bench;
    tm_judge *judge; /* of plain rulesets */
    tm_judge *timed[TM_BENCH_SIDES];
    tm_stopwatch *watch[TM_BENCH_SIDES];
    bool done;
} measuring;

/* ---- rounds ---------------------------------------------------------------------------------- */

static void count(tm_bench_side *side, const tm_outcome *o)
{
    side->kept += o->spans_out;
    side->refused += o->status == TM_REFUSED_RULE ? o->spans_in : 0;
    for (uint32_t i = 0; i < side->plain->rules; i++) {
        side->rule[i].matched += o->rule[i].matched;
        side->rule[i].dropped += o->rule[i].dropped_spans;
        side->rule[i].errors += o->rule[i].errors;
    }
}

/* One pass over the recording; `counted` gets what became of it, or is NULL. */
static void pass(measuring *m, tm_judge *judge, const tm_ruleset *rules, tm_bench_side *counted)
{
    const tm_loaded *l = m->bench->loaded;
    tm_outcome o;
    for (size_t i = 0; i < tm_loaded_requests(l); i++) {
        if (!tm_judge_request(judge, rules, tm_loaded_request_at(l, i)->bytes, NULL, TM_UTF8_MEND,
                              &o))
            tm_arena_out_of_memory(m->arena);
        if (counted)
            count(counted, &o);
    }
}

static double each_span(const measuring *m, double ns)
{
    return ns / (double)(m->bench->passes * tm_loaded_count(m->bench->loaded));
}

/* Processor time, so that other processes do not count. */
static double plain_round(measuring *m, const tm_bench_side *side)
{
    const uint64_t begin = tm_clock_thread_ns(tm_clock_real());
    for (uint64_t i = 0; i < m->bench->passes; i++)
        pass(m, m->judge, side->plain, NULL);
    return each_span(m, (double)(tm_clock_thread_ns(tm_clock_real()) - begin));
}

static double positive(int64_t ns)
{
    return ns > 0 ? (double)ns : 0;
}

static int by_cost(const void *a, const void *b)
{
    const tm_timed_part *x = a, *y = b;
    if (x->ns != y->ns)
        return x->ns > y->ns ? -1 : 1;
    const int order = tm_text_compare(x->function, y->function);
    return order ? order : tm_text_compare(x->detail, y->detail);
}

static size_t add_part(tm_timed_part *parts, size_t n, const tm_timed_part *part, bool by_detail)
{
    size_t i = 0;
    while (i < n && !(tm_text_equal(parts[i].function, part->function) &&
                      (!by_detail || tm_text_equal(parts[i].detail, part->detail))))
        i++;
    if (i == n)
        parts[n++] = (tm_timed_part){.function = part->function,
                                     .detail = by_detail ? part->detail : (tm_text){0}};
    parts[i].times += part->times;
    parts[i].ns += part->ns;
    return n;
}

static void take_rule(measuring *m, int side, uint32_t number)
{
    const tm_stopwatch *watch = m->watch[side];
    tm_bench_rule *r = &m->bench->side[side].rule[number];
    const uint32_t n = tm_stopwatch_parts(watch, number);
    r->timed = *tm_stopwatch_rule(watch, number);
    r->ns = each_span(m, positive(r->timed.ns));
    if (!r->part)
        r->part = TM_NEW_ARRAY(m->arena, n + 1, tm_timed_part);
    r->parts = 0;
    for (uint32_t i = 0; i < n; i++) {
        const tm_timed_part part = tm_stopwatch_part(watch, number, i);
        r->parts = add_part(r->part, r->parts, &part, true);
    }
    for (size_t i = 0; i < r->parts; i++) {
        r->part[i].times /= m->bench->passes;
        r->part[i].ns = (int64_t)(positive(r->part[i].ns) / (double)m->bench->passes);
    }
    if (r->parts)
        qsort(r->part, r->parts, sizeof *r->part, by_cost);
    r->timed.asked /= m->bench->passes;
    r->timed.runs /= m->bench->passes;
}

/* Keeps what the round says when it took less than those before. */
static void timed_round(measuring *m, int number, bool counts)
{
    tm_bench_side *side = &m->bench->side[number];
    tm_stopwatch_reset(m->watch[number]);
    for (uint64_t i = 0; i < m->bench->passes; i++)
        pass(m, m->timed[number], side->timed, NULL);
    double all = 0;
    for (uint32_t i = 0; i < side->timed->rules; i++)
        all += each_span(m, positive(tm_stopwatch_rule(m->watch[number], i)->ns));
    if (!counts || (side->rules_ns > 0 && all >= side->rules_ns))
        return;
    side->rules_ns = all;
    for (uint32_t i = 0; i < side->timed->rules; i++)
        take_rule(m, number, i);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void open_side(measuring *m, int number)
{
    tm_bench_side *side = &m->bench->side[number];
    side->round_ns = TM_NEW_ARRAY(m->arena, m->bench->rounds, double);
    side->rule = TM_NEW_ARRAY(m->arena, side->plain->rules + 1, tm_bench_rule);
    for (uint32_t i = 0; i < side->plain->rules; i++)
        side->rule[i].rule = side->plain->rule[i];
    if (!side->timed)
        return;
    m->timed[number] = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    if (!m->timed[number])
        tm_arena_out_of_memory(m->arena);
    m->watch[number] = tm_stopwatch_new(m->arena, side->timed, tm_clock_real());
    tm_stopwatch_attach(m->watch[number], m->timed[number]);
}

static void close_side(tm_bench_side *side, unsigned rounds)
{
    qsort(side->round_ns, rounds, sizeof *side->round_ns, by_number);
    side->least_ns = side->round_ns[0];
    side->median_ns = side->round_ns[rounds / 2];
}

/* Every other round begins at the other end. The first one warms up. */
static void take_turns(measuring *m)
{
    tm_bench *b = m->bench;
    for (unsigned round = 0; round <= b->rounds; round++)
        for (int i = 0; i < TM_BENCH_SIDES; i++) {
            const int number = round % 2 ? TM_BENCH_SIDES - 1 - i : i;
            tm_bench_side *side = &b->side[number];
            if (!side->plain)
                continue;
            if (!round)
                pass(m, m->judge, side->plain, side);
            const double ns = plain_round(m, side);
            if (round)
                side->round_ns[round - 1] = ns;
            if (side->timed)
                timed_round(m, number, round > 0);
        }
}

static void measure(void *argument)
{
    measuring *m = argument;
    tm_bench *b = m->bench;
    const uint64_t spans = tm_loaded_count(b->loaded);
    b->passes = spans < SPANS_LEAST ? (SPANS_LEAST + spans - 1) / spans : 1;
    m->judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    if (!m->judge)
        tm_arena_out_of_memory(m->arena);
    for (int i = 0; i < TM_BENCH_SIDES; i++)
        if (b->side[i].plain)
            open_side(m, i);
    take_turns(m);
    for (int i = 0; i < TM_BENCH_SIDES; i++)
        if (b->side[i].plain)
            close_side(&b->side[i], b->rounds);
    m->done = true;
}

bool tm_bench_measure(tm_arena *arena, tm_bench *bench)
{
    measuring *m = TM_NEW(arena, measuring);
    *m = (measuring){.arena = arena, .bench = bench};
    const bool done = tm_arena_try(arena, measure, m);
    tm_judge_free(m->judge);
    for (int i = 0; i < TM_BENCH_SIDES; i++)
        tm_judge_free(m->timed[i]);
    return done || tm_complain("out of memory");
}

tm_timed_part *tm_bench_functions(tm_arena *arena, const tm_bench_side *side, size_t *n)
{
    size_t room = 1;
    for (uint32_t i = 0; i < side->plain->rules; i++)
        room += side->rule[i].parts;
    tm_timed_part *functions = TM_NEW_ARRAY(arena, room, tm_timed_part);
    *n = 0;
    for (uint32_t i = 0; i < side->plain->rules; i++)
        for (size_t k = 0; k < side->rule[i].parts; k++)
            *n = add_part(functions, *n, &side->rule[i].part[k], false);
    if (*n)
        qsort(functions, *n, sizeof *functions, by_cost);
    return functions;
}

static int by_rule(const void *a, const void *b)
{
    const tm_bench_rule *x = *(const tm_bench_rule *const *)a,
                        *y = *(const tm_bench_rule *const *)b;
    if (x->ns < y->ns || x->ns > y->ns)
        return x->ns > y->ns ? -1 : 1;
    return x->rule->number < y->rule->number ? -1 : 1;
}

const tm_bench_rule **tm_bench_dearest(tm_arena *arena, const tm_bench_side *side)
{
    const uint32_t n = side->plain->rules;
    const tm_bench_rule **sorted = TM_NEW_ARRAY(arena, n + 1, const tm_bench_rule *);
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = &side->rule[i];
    if (n)
        qsort(sorted, n, sizeof *sorted, by_rule);
    return sorted;
}
