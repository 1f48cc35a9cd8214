/* Stopwatch: laps of tests and steps of programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/stopwatch.h"

#include "base/clock.h"
#include "engine/actions.h"
#include "engine/timed_decision.h"
#include "vm/opcode.h"
#include "vm/trace.h"

#define MATCHERS "include, exclude"

enum { LONG_NS = 20000 };

typedef struct lapped {
    uint64_t times;
    int64_t ns;
} lapped;

typedef struct row {
    tm_timed_rule rule;
    uint32_t tests, parts;
    lapped *part;
    tm_text itself; /* what it is, without a program: "upsert" */
} row;

struct tm_stopwatch {
    tm_decision_times times; /* first: what timed decisions tell */
    tm_trace trace;
    const tm_ruleset *ruleset;
    const tm_clock *clock;
    row *row;                 /* by number of the rule */
    row *open;                /* whose time runs; NULL: none's */
    lapped *test;             /* the test that is asked; NULL: none */
    bool by_run;              /* its time began with its program */
    uint64_t last_ns;         /* the clock when it was looked at last */
    int64_t look_ns;          /* that a look takes */
    uint64_t wall_ns, own_ns; /* when the thread's processor time was looked at last; that time */
    /* By depth: what lambdas and the way to them took of the call that is under way there. */
    int64_t inside[TM_LAMBDA_DEPTH_MOST + 2];
    uint32_t done[TM_LAMBDA_DEPTH_MOST + 2]; /* the instruction done last */
};

/* ---- time ------------------------------------------------------------------------------------ */

/* For how long the thread has not run since this was asked last. */
static int64_t away(tm_stopwatch *w)
{
    const uint64_t own = tm_clock_thread_ns(w->clock), wall = tm_clock_monotonic_ns(w->clock);
    const int64_t away = (int64_t)(wall - w->wall_ns) - (int64_t)(own - w->own_ns);
    w->wall_ns = wall;
    w->own_ns = own;
    return away > 0 ? away : 0;
}

/* Since the last look. When it is so long that the thread may have waited for a processor, its own
 * time is looked at, which takes longer. */
static int64_t lap(tm_stopwatch *w)
{
    const uint64_t now = tm_clock_monotonic_ns(w->clock);
    int64_t took = (int64_t)(now - w->last_ns) - w->look_ns;
    w->last_ns = now;
    if (took > LONG_NS) {
        const int64_t gone = away(w);
        took -= gone < took ? gone : took;
        w->last_ns = tm_clock_monotonic_ns(w->clock);
    }
    if (w->open)
        w->open->rule.ns += took;
    return took;
}

static void close_test(tm_stopwatch *w)
{
    const int64_t took = lap(w);
    if (w->test)
        w->test->ns += took;
    w->test = NULL;
}

/* ---- decisions ------------------------------------------------------------------------------- */

static void open_rule(tm_stopwatch *w, uint32_t rule)
{
    w->open = NULL;
    w->test = NULL;
    lap(w);
    w->open = &w->row[rule];
}

static void begin_rule(void *owner, uint32_t rule)
{
    tm_stopwatch *w = owner;
    open_rule(w, rule);
    w->open->rule.asked++;
    w->by_run = false;
}

static void begin_test(void *owner, uint32_t test)
{
    tm_stopwatch *w = owner;
    close_test(w);
    w->test = &w->open->part[test];
    w->test->times++;
}

/* What a lap of nothing takes, by all ways that lead to it. */
static void measure_look(tm_stopwatch *w)
{
    enum { BATCHES = 20, LAPS = 200 };
    lapped nothing = {0};
    row idle = {.part = &nothing};
    int64_t least = INT64_MAX;
    w->look_ns = 0;
    away(w);
    for (unsigned i = 0; i < BATCHES; i++) {
        w->open = NULL;
        w->test = NULL;
        lap(w);
        w->open = &idle;
        idle.rule.ns = 0;
        for (unsigned k = 0; k < LAPS; k++)
            w->times.begin_test(w, 0);
        least = idle.rule.ns / LAPS < least ? idle.rule.ns / LAPS : least;
    }
    w->open = NULL;
    w->test = NULL;
    w->look_ns = least;
    away(w);
}

static void end_tests(void *owner)
{
    close_test(owner);
}

static void end_rule(void *owner)
{
    tm_stopwatch *w = owner;
    lap(w);
    w->open = NULL;
}

/* ---- programs -------------------------------------------------------------------------------- */

static void enter(void *owner, const tm_vm *vm, uint32_t entry)
{
    tm_stopwatch *w = owner;
    if (vm->depth) {
        w->inside[vm->depth - 1] += lap(w);
    } else {
        if (!w->open) {
            open_rule(w, vm->program->rule);
            w->by_run = true;
        }
        w->open->rule.runs++;
    }
    w->inside[vm->depth] = 0;
    w->done[vm->depth] = entry - 1;
}

/* What lambdas do is told of there; the rest of a call, from its begin to the first of them and
 * between them, is its own. */
static void add_step(tm_stopwatch *w, const tm_vm *vm, uint32_t at, int64_t took)
{
    lapped *part = &w->open->part[w->open->tests + at];
    part->ns += took + w->inside[vm->depth];
    part->times++;
    w->inside[vm->depth] = 0;
}

static void leave(void *owner, const tm_vm *vm, bool done, const tm_value *result)
{
    tm_stopwatch *w = owner;
    const int64_t took = lap(w);
    (void)result;
    if (!done)
        add_step(w, vm, tm_trace_next(vm, w->done[vm->depth]), took);
    else if (vm->depth)
        w->inside[vm->depth - 1] += took;
    if (!vm->depth && w->by_run)
        w->open = NULL;
}

static void step(void *owner, const tm_vm *vm, uint32_t at)
{
    tm_stopwatch *w = owner;
    add_step(w, vm, at, lap(w));
    w->done[vm->depth] = at;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* What its rules are, if they have no programs. */
static void name_step(tm_stopwatch *w, const tm_step *step)
{
    if (step->kind == TM_STEP_MATCH)
        w->row[step->action_rule->number].itself = TM_TEXT(MATCHERS);
    if (step->kind == TM_STEP_SAMPLE)
        w->row[step->action_rule->number].itself = TM_TEXT("probabilistic_sampler");
    for (uint32_t i = 0; i < step->actions; i++)
        w->row[step->action_rule[i].number].itself = tm_action_verb(step->action[i].action);
}

tm_stopwatch *tm_stopwatch_new(tm_arena *arena, const tm_ruleset *timed, const tm_clock *clock)
{
    tm_stopwatch *w = TM_NEW(arena, tm_stopwatch);
    *w = (tm_stopwatch){.times = {begin_rule, begin_test, end_tests, end_rule},
                        .trace = {.enter = enter, .leave = leave, .step = step, .owner = w},
                        .ruleset = timed,
                        .clock = clock,
                        .row = TM_NEW_ARRAY(arena, timed->rules + 1, row)};
    for (uint32_t i = 0; i < timed->rules; i++) {
        const tm_rule *rule = timed->rule[i];
        w->row[i].tests = rule->program ? tm_timed_tests(&rule->decision) : TM_PARTS;
        w->row[i].parts = w->row[i].tests + (rule->program ? rule->program->length : 0);
        w->row[i].part = TM_NEW_ARRAY(arena, w->row[i].parts, lapped);
    }
    for (uint32_t i = 0; i < timed->passes; i++)
        for (uint32_t k = 0; k < timed->pass[i].steps; k++)
            name_step(w, timed->pass[i].step[k]);
    measure_look(w);
    return w;
}

void tm_stopwatch_attach(tm_stopwatch *w, tm_judge *judge)
{
    tm_judge_vm(judge)->trace = &w->trace;
}

void tm_stopwatch_reset(tm_stopwatch *w)
{
    for (uint32_t i = 0; i < w->ruleset->rules; i++) {
        w->row[i].rule = (tm_timed_rule){0};
        if (w->row[i].parts)
            memset(w->row[i].part, 0, w->row[i].parts * sizeof *w->row[i].part);
    }
    w->open = NULL;
    measure_look(w);
}

const tm_timed_rule *tm_stopwatch_rule(const tm_stopwatch *w, uint32_t rule)
{
    return &w->row[rule].rule;
}

uint32_t tm_stopwatch_parts(const tm_stopwatch *w, uint32_t rule)
{
    return w->row[rule].parts;
}

static void name_test(const tm_test *test, tm_timed_part *part)
{
    if (test->ask == TM_ASK_MATCH || test->ask == TM_ASK_LITERAL) {
        part->function = TM_TEXT("IsMatch");
        part->detail = tm_regex_pattern(test->regex);
    } else if (test->ask == TM_ASK_STARTS || test->ask == TM_ASK_ENDS) {
        part->function = test->ask == TM_ASK_STARTS ? TM_TEXT("HasPrefix") : TM_TEXT("HasSuffix");
        part->detail = tm_value_text(test->constant);
    }
}

static void name_instruction(const tm_program *p, const tm_insn *insn, tm_timed_part *part)
{
    if (insn->op == TM_OP_CALL) {
        part->function = tm_text_of(p->site[insn->b].function->name);
    } else if (insn->op == TM_OP_MATCH || insn->op == TM_OP_ATTRIBUTE_MATCH ||
               insn->op == TM_OP_FIELD_MATCH) {
        part->function = TM_TEXT("IsMatch");
        part->detail = tm_regex_pattern(p->regex[insn->c]);
    }
}

tm_timed_part tm_stopwatch_part(const tm_stopwatch *w, uint32_t rule, uint32_t i)
{
    const row *r = &w->row[rule];
    const tm_rule *of = w->ruleset->rule[rule];
    tm_timed_part part = {.times = r->part[i].times, .ns = r->part[i].ns};
    if (!of->program)
        part.function = i == TM_PART_ITSELF ? r->itself : TM_TEXT(MATCHERS);
    else if (i < r->tests)
        name_test(tm_timed_test(&of->decision, i), &part);
    else
        name_instruction(of->program, &of->program->code[i - r->tests], &part);
    return part;
}
