/* Functions, rule: one rule run over spans that were opened beforehand, as the engine runs it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A rule that leaves its span as it was runs over the same one again and again; one that edits it
 * gets a span just opened each time. Maps that the rule wants are decoded before the clock starts,
 * as those of the real OTTL are; decoding them in the rule, at first use, is measured besides. */
#include "functions.h"

#include "base/clock.h"
#include "engine/prefilter.h"
#include "lang/compile.h"
#include "otlp/request.h"

#include <stdlib.h>
#include <time.h>

enum { SPANS = 64, REPEATS = 512, REPEATS_MOST = 1 << 15, SAMPLE_NS = 3000000 };

typedef struct opened {
    tm_request request;
    tm_slot *slots;
} opened;

struct tm_bench_rule {
    tm_arena *own, *request; /* as long as the rule; reset behind each batch, as behind a request */
    tm_vm vm;
    const tm_program *program;
    bool condition, statement;
    tm_decision decision;   /* what decides it without running it, as in the engine */
    tm_prefilter prefilter; /* of a condition: the attribute without which it is not even asked */
    const tm_needs *needs[TM_LEVELS];
    tm_text bytes;
    opened span[SPANS];
    unsigned spans, repeats;
    bool decodes[TM_LEVELS]; /* it wants all attributes of that level */
    bool decoded;            /* maps are decoded beforehand */
    uint64_t reading_ns;     /* what reading the clock costs */
};

/* --- every allocation of the process is counted, also those of libraries --- */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t n);

/* Global because malloc has no owner to pass. */
static uint64_t allocations;

#define SEEN_BY_LIBRARIES __attribute__((visibility("default")))
SEEN_BY_LIBRARIES void *malloc(size_t n)
{
    allocations++;
    return __libc_malloc(n);
}

SEEN_BY_LIBRARIES void *calloc(size_t n, size_t size)
{
    allocations++;
    return __libc_calloc(n, size);
}

SEEN_BY_LIBRARIES void *realloc(void *block, size_t n)
{
    allocations++;
    return __libc_realloc(block, n);
}

/* --- the processor's time of this thread: other work on the machine does not count --- */

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- setting up --- */

static const tm_program *compile(tm_bench_rule *rule, const tm_doc *row)
{
    tm_diags diags = {.arena = rule->own};
    tm_need_table needs = {.arena = rule->own};
    tm_compiler compiler = {
        .arena = rule->own, .diags = &diags, .needs = &needs, .transform = true};
    tm_source *source = TM_NEW(rule->own, tm_source);
    *source = (tm_source){.name = TM_TEXT("bench"), .text = tm_vectors_text(row, "expr")};
    tm_text kind = tm_vectors_text(row, "kind");
    tm_entry_point entry = tm_text_is(kind, "condition") ? TM_CONDITION
                           : tm_text_is(kind, "value")   ? TM_VALUE
                                                         : TM_STATEMENT;
    const tm_program *program = tm_compile_rule(&compiler, source, entry, TM_SPAN, TM_PATHS_BARE);
    for (unsigned level = 0; level < TM_LEVELS; level++)
        rule->needs[level] = tm_need_finish(&needs, (tm_level)level);
    return program;
}

/* Decodes what the rule will ask for. */
static void decode(tm_bench_rule *rule, tm_request *q)
{
    for (unsigned level = TM_RESOURCE; level <= TM_SPAN; level++) {
        for (unsigned slot = 0; slot < rule->needs[level]->n; slot++)
            tm_item_attribute(&q->item[level], slot);
        if (rule->decodes[level])
            tm_item_attributes(&q->item[level]);
    }
}

static void open_spans(tm_bench_rule *rule)
{
    for (unsigned i = 0; i < rule->spans; i++) {
        opened *o = &rule->span[i];
        tm_request_open(&o->request, rule->request, rule->needs, o->slots, rule->bytes, false,
                        TM_UTF8_KEEP);
        bool found = tm_request_next_resource(&o->request) && tm_request_next_scope(&o->request) &&
                     tm_request_next_span(&o->request);
        if (!found)
            abort();
        if (rule->decoded)
            decode(rule, &o->request);
    }
}

#define EACH_TIME_ANEW __asm__ volatile("" : : : "memory")

/* As the engine asks conditions, which does not even ask those whose attribute is absent. */
static void ask(tm_bench_rule *rule, const tm_item *span)
{
    tm_vm *const vm = &rule->vm;
    const tm_prefilter prefilter = rule->prefilter;
    const tm_decision decision = rule->decision;
    const unsigned repeats = rule->repeats;
    for (unsigned i = 0; i < repeats && prefilter.bit; i++) {
        EACH_TIME_ANEW;
        if (tm_prefilter_present(span) & prefilter.bit)
            tm_decide_rule(vm, &decision);
    }
    for (unsigned i = 0; i < repeats && !prefilter.bit; i++) {
        EACH_TIME_ANEW;
        tm_decide_rule(vm, &decision);
    }
}

static void run(tm_bench_rule *rule, opened *o)
{
    tm_value result;
    for (unsigned level = TM_RESOURCE; level <= TM_SPAN; level++)
        rule->vm.item[level] = &o->request.item[level];
    rule->vm.cache = NULL;
    const bool statement = rule->statement;
    if (rule->condition) {
        ask(rule, &o->request.item[TM_SPAN]);
        return;
    }
    for (unsigned i = 0; i < rule->repeats; i++) {
        EACH_TIME_ANEW;
        rule->vm.cache = NULL;
        if (!statement || tm_decide(&rule->vm, &rule->decision) != TM_DECIDED_FALSE)
            tm_vm_run(&rule->vm, rule->program, &result);
    }
}

/* Whether one run leaves a span just opened as it was, decoded values included. */
static bool leaves_alone(tm_bench_rule *rule)
{
    opened *o = &rule->span[0], before;
    uint32_t slots = tm_request_slots(rule->needs);
    tm_slot *slots_before = TM_NEW_ARRAY(rule->own, slots + 1, tm_slot);
    open_spans(rule);
    before = *o;
    memcpy(slots_before, o->slots, slots * sizeof *slots_before);
    run(rule, o);
    bool same = memcmp(&before, o, sizeof before) == 0 &&
                memcmp(slots_before, o->slots, slots * sizeof *slots_before) == 0;
    for (unsigned level = TM_RESOURCE; level <= TM_SPAN; level++)
        rule->decodes[level] |= o->request.item[level].attributes != NULL;
    tm_arena_reset(rule->request);
    return same;
}

/* Whether runs take no memory of the request's: many more of them then fit between two looks at the
 * clock, which would cost more than what they measure. */
static bool takes_nothing(tm_bench_rule *rule)
{
    open_spans(rule);
    const size_t before = tm_arena_used(rule->request);
    run(rule, &rule->span[0]);
    const bool nothing = tm_arena_used(rule->request) == before;
    tm_arena_reset(rule->request);
    return nothing;
}

/* Once for a rule that edits or decodes, often for one that only reads what is there. */
static bool ready(tm_bench_rule *rule, bool decoded)
{
    rule->decoded = decoded;
    rule->spans = rule->repeats = 1;
    bool again = leaves_alone(rule);
    rule->spans = again ? 1 : SPANS;
    rule->repeats = again ? REPEATS : 1;
    if (again && takes_nothing(rule))
        rule->repeats = REPEATS_MOST;
    return again;
}

tm_bench_rule *tm_bench_rule_new(tm_arena *arena, const tm_doc *row, const tm_doc *traces)
{
    tm_bench_rule *rule = TM_NEW(arena, tm_bench_rule);
    rule->own = arena;
    rule->program = compile(rule, row);
    if (!rule->program)
        return NULL;
    tm_text kind = tm_vectors_text(row, "kind");
    rule->condition = tm_text_is(kind, "condition");
    rule->statement = tm_text_is(kind, "statement");
    if (rule->condition || rule->statement)
        rule->decision = tm_decision_of(arena, rule->program);
    if (rule->condition)
        rule->prefilter = tm_prefilter_of(&rule->decision, TM_SPAN);
    rule->request = tm_arena_new(NULL);
    rule->bytes = tm_vectors_encode(arena, traces);
    tm_vm_init(&rule->vm, arena, rule->request, tm_clock_real());
    for (unsigned i = 0; i < SPANS; i++)
        rule->span[i].slots = TM_NEW_ARRAY(arena, tm_request_slots(rule->needs) + 1, tm_slot);
    for (unsigned i = 0; i < 99; i++) {
        uint64_t before = now_ns(), cost = now_ns() - before;
        rule->reading_ns = i && rule->reading_ns < cost ? rule->reading_ns : cost;
    }
    return rule;
}

void tm_bench_rule_free(tm_bench_rule *rule)
{
    tm_arena_free(rule->request);
}

/* --- measuring --- */

static void batch(tm_bench_rule *rule)
{
    for (unsigned i = 0; i < rule->spans; i++)
        run(rule, &rule->span[i]);
    tm_arena_reset(rule->request);
}

double tm_bench_rule_measure(tm_bench_rule *rule, bool decoded)
{
    uint64_t spent = 0, runs = 0;
    ready(rule, decoded);
    while (spent < SAMPLE_NS) {
        open_spans(rule);
        uint64_t before = now_ns();
        batch(rule);
        uint64_t took = now_ns() - before;
        spent += took > rule->reading_ns ? took - rule->reading_ns : 1;
        runs += (uint64_t)rule->spans * rule->repeats;
    }
    return (double)spent / (double)runs;
}

bool tm_bench_rule_decodes(tm_bench_rule *rule)
{
    bool edits = !ready(rule, true), changes = !ready(rule, false), whole = false;
    for (unsigned level = TM_RESOURCE; level <= TM_SPAN; level++)
        whole |= rule->decodes[level];
    return whole || (changes && !edits);
}

double tm_bench_rule_allocations(tm_bench_rule *rule)
{
    open_spans(rule);
    uint64_t before = allocations;
    batch(rule);
    return (double)(allocations - before) / (rule->spans * rule->repeats);
}
