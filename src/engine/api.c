/* API: the functions of the library, as declared in include/tamis/tamis.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tamis/tamis.h"

#include "base/clock.h"
#include "base/exit.h"
#include "engine/judge.h"

#include <stdatomic.h>
#include <stdio.h>

/* A copy of the embedder's heap; what is made with it refers to the copy. */
typedef struct own_heap {
    tm_heap heap;
    bool given; /* false: libc's */
} own_heap;

struct tamis_rules {
    own_heap heap;
    tm_ruleset *ruleset;
    _Atomic uint32_t references;
};

struct tamis_judge {
    own_heap heap;
    tm_judge *judge;
    tamis_judge_options options;
    tm_outcome outcome;
    size_t counted; /* rows of outcome.rule: 0 unless rules ran over a request */
    bool judged;    /* outcome.out is there */
    char reason[256];
};

static own_heap heap_of(const tamis_heap *heap)
{
    if (!heap)
        return (own_heap){0};
    return (own_heap){{heap->alloc, heap->grow, heap->drop, heap->owner}, true};
}

static const tm_heap *use(const own_heap *own)
{
    return own->given ? &own->heap : NULL;
}

const char *tamis_version(void)
{
    return TM_VERSION;
}

/* A heap that lacks one of its functions is none. */
static bool is_whole(const tamis_heap *heap)
{
    return !heap || (heap->alloc && heap->grow && heap->drop);
}

/* ---- compiling ---------------------------------------------------------------------------------
 */

/* What is wrong with a step, whatever its rules say; NULL: nothing. */
static const char *fault_of(const tamis_step *step)
{
    if (!step->name)
        return "it has no name";
    if ((unsigned)step->kind > TAMIS_EDIT)
        return "its kind is none";
    if ((unsigned)step->context > TAMIS_SPAN_EVENT)
        return "its context is none";
    if ((unsigned)step->error_mode > TAMIS_PROPAGATE)
        return "its error mode is none";
    for (size_t i = 0; i < step->rules; i++)
        if (!step->rule || !step->rule[i])
            return "one of its rules is NULL";
    return NULL;
}

/* False with a message when what the embedder gave cannot be read. */
static bool check_steps(const tm_heap *heap, const tamis_step *step, size_t steps, char **messages)
{
    enum { ROOM = 96 };
    const char *fault = step || !steps ? NULL : "it is NULL";
    size_t i = 0;
    for (; step && i < steps && !fault; i++)
        fault = fault_of(&step[i]);
    if (fault && messages && (*messages = tm_heap_alloc(heap, ROOM)) != NULL)
        snprintf(*messages, ROOM, "step %zu: %s\n", i - (step != NULL), fault);
    return !fault;
}

static tm_rule_texts texts_of(tm_arena *arena, const tamis_step *step)
{
    tm_rule_texts texts = {TM_NEW_ARRAY(arena, step->rules, tm_rule_text), step->rules};
    for (size_t i = 0; i < step->rules; i++) {
        tm_text name = tm_arena_print(arena, "%s[%zu]", step->name, i);
        texts.items[i] = (tm_rule_text){
            .name = name, .source.name = name, .source.text = tm_text_of(step->rule[i])};
    }
    return texts;
}

/* One processor of our settings for each step. */
static tm_processor_settings *processor_of(tm_arena *arena, const tamis_step *step)
{
    static const tm_rules_context contexts[] = {TM_INFER_CONTEXT, TM_IN_RESOURCE, TM_IN_SCOPE,
                                                TM_IN_SPAN, TM_IN_EVENT};
    static const tm_error_mode modes[] = {TM_MODE_IGNORE, TM_MODE_SILENT, TM_MODE_PROPAGATE};
    tm_rules_context context = contexts[step->context];
    tm_error_mode mode = modes[step->error_mode];
    tm_processor_settings *p = TM_NEW(arena, tm_processor_settings);
    p->id = tm_arena_copy(arena, tm_text_of(step->name));
    if (step->kind == TAMIS_DROP) {
        tm_condition_group *group = TM_NEW(arena, tm_condition_group);
        *group = (tm_condition_group){context, mode, texts_of(arena, step)};
        p->type = TM_PROCESSOR_FILTER;
        p->filter = (tm_filter_settings){.error_mode = mode, .groups = {group, 1}};
    } else {
        tm_statement_group *group = TM_NEW(arena, tm_statement_group);
        *group = (tm_statement_group){
            .context = context, .error_mode = mode, .statements = texts_of(arena, step)};
        p->type = TM_PROCESSOR_TRANSFORM;
        p->transform = (tm_transform_settings){.error_mode = mode, .groups = {group, 1}};
    }
    return p;
}

/* What was reported, as one string on the heap; NULL when there is nothing. */
static char *messages_of(const tm_heap *heap, const tm_diags *diags)
{
    tm_buf text = {.arena = diags->arena};
    tm_diags_render(diags, false, &text);
    char *copy = text.n ? tm_heap_alloc(heap, text.n + 1) : NULL;
    if (!copy)
        return NULL;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    return copy;
}

/* One call of tamis_rules_compile; the arena holds what only lives as long as that. */
typedef struct compiling {
    tamis_rules *rules;
    tm_arena *arena;
    const tamis_step *step;
    size_t steps;
    char **messages;
} compiling;

static void compile(void *argument)
{
    const compiling *c = argument;
    tamis_rules *rules = c->rules;
    tm_diags diags = {.arena = c->arena};
    const tm_processor_settings **processors =
        TM_NEW_ARRAY(c->arena, c->steps, const tm_processor_settings *);
    for (size_t i = 0; i < c->steps; i++)
        processors[i] = processor_of(c->arena, &c->step[i]);
    rules->ruleset = tm_ruleset_new(use(&rules->heap), processors, (uint32_t)c->steps, &diags);
    if (c->messages)
        *c->messages = messages_of(use(&rules->heap), &diags);
}

tamis_rules *tamis_rules_compile(const tamis_heap *heap, const tamis_step *step, size_t steps,
                                 char **messages)
{
    if (messages)
        *messages = NULL;
    if (!is_whole(heap))
        return NULL;
    own_heap own = heap_of(heap);
    if (!check_steps(use(&own), step, steps, messages))
        return NULL;
    tamis_rules *rules = tm_heap_alloc(use(&own), sizeof *rules);
    if (!rules)
        return NULL;
    *rules = (tamis_rules){.heap = own};
    atomic_init(&rules->references, 1);
    tm_arena *arena = tm_arena_new(use(&rules->heap));
    compiling c = {rules, arena, step, steps, messages};
    bool done = arena && tm_arena_try(arena, compile, &c);
    tm_arena_free(arena);
    if (done && rules->ruleset)
        return rules;
    tamis_rules_unref(rules);
    return NULL;
}

void tamis_messages_free(const tamis_heap *heap, char *messages)
{
    if (!messages || !is_whole(heap))
        return;
    own_heap own = heap_of(heap);
    tm_heap_free(use(&own), messages);
}

void tamis_rules_ref(tamis_rules *rules)
{
    if (rules)
        atomic_fetch_add_explicit(&rules->references, 1, memory_order_relaxed);
}

void tamis_rules_unref(tamis_rules *rules)
{
    if (!rules || atomic_fetch_sub_explicit(&rules->references, 1, memory_order_acq_rel) != 1)
        return;
    own_heap own = rules->heap;
    tm_ruleset_unref(rules->ruleset);
    tm_heap_free(use(&own), rules);
}

size_t tamis_rules_count(const tamis_rules *rules)
{
    return rules ? rules->ruleset->rules : 0;
}

const char *tamis_rules_name(const tamis_rules *rules, size_t rule)
{
    if (rule >= tamis_rules_count(rules))
        return NULL;
    return rules->ruleset->rule[rule]->name.p; /* a copy in an arena: a NUL stands behind it */
}

/* ---- judging -----------------------------------------------------------------------------------
 */

static void tell(void *owner, const tm_rule *rule, tm_text text)
{
    const tamis_judge *judge = owner;
    char message[512];
    size_t n = text.n < sizeof message ? text.n : sizeof message - 1;
    memcpy(message, text.p, n);
    message[n] = 0;
    judge->options.failed(judge->options.owner, rule->name.p, message);
}

static uint64_t bound(uint64_t given, uint64_t usual)
{
    return given == 0 ? usual : given == TAMIS_NO_BOUND ? 0 : given;
}

static tm_bounds bounds_of(const tamis_bounds *given)
{
    const tm_bounds usual = tm_bounds_usual();
    return (tm_bounds){
        .time_ns = bound(given->time_ns, usual.time_ns),
        .memory_bytes = bound(given->memory_bytes, usual.memory_bytes),
        .memory_factor = given->memory_factor ? given->memory_factor : usual.memory_factor,
        .output_bytes = bound(given->output_bytes, usual.output_bytes),
        .output_factor = given->output_factor ? given->output_factor : usual.output_factor,
        .span_percent = given->span_percent == 0    ? usual.span_percent
                        : given->span_percent > 100 ? 100
                                                    : given->span_percent};
}

tamis_judge *tamis_judge_new(const tamis_judge_options *options)
{
    if (options && (!is_whole(options->heap) || (unsigned)options->utf8 > TAMIS_UTF8_REJECT))
        return NULL;
    own_heap own = heap_of(options ? options->heap : NULL);
    tamis_judge *judge = tm_heap_alloc(use(&own), sizeof *judge);
    if (!judge)
        return NULL;
    *judge = (tamis_judge){.heap = own};
    if (options)
        judge->options = *options;
    judge->judge = tm_judge_new(use(&judge->heap), tm_clock_real(),
                                judge->options.failed ? tell : NULL, judge);
    if (judge->judge) {
        const tm_bounds bounds = bounds_of(&judge->options.bounds);
        tm_judge_bound(judge->judge, &bounds);
        return judge;
    }
    tm_heap_free(use(&own), judge);
    return NULL;
}

void tamis_judge_free(tamis_judge *judge)
{
    if (!judge)
        return;
    own_heap own = judge->heap;
    tm_judge_free(judge->judge);
    tm_heap_free(use(&own), judge);
}

/* Keeps the text as a string, cut to what there is room for. */
static const char *keep_reason(tamis_judge *judge, tm_text reason)
{
    size_t n = reason.n < sizeof judge->reason ? reason.n : sizeof judge->reason - 1;
    memcpy(judge->reason, reason.p, n);
    judge->reason[n] = 0;
    return judge->reason;
}

static tamis_status refuse(tamis_judge *judge, tamis_status status, tm_text reason,
                           tamis_verdict *verdict)
{
    *verdict = (tamis_verdict){.reason = keep_reason(judge, reason)};
    return status;
}

/* Tells of what was judged; the counts of rules also when one of them failed. */
static tamis_status tell_outcome(tamis_judge *judge, const tamis_rules *rules,
                                 tamis_verdict *verdict)
{
    static const tamis_status refused[] = {[TM_REFUSED_FORM] = TAMIS_MALFORMED,
                                           [TM_REFUSED_RULE] = TAMIS_RULE_FAILED,
                                           [TM_REFUSED_COST] = TAMIS_TOO_COSTLY};
    const tm_outcome *o = &judge->outcome;
    if (o->status == TM_REFUSED_FORM)
        return refuse(judge, TAMIS_MALFORMED, o->reason, verdict);
    judge->counted = rules->ruleset->rules;
    if (o->status != TM_JUDGED)
        return refuse(judge, refused[o->status], o->reason, verdict);
    judge->judged = true;
    *verdict =
        (tamis_verdict){.reason = o->spans_rejected ? keep_reason(judge, o->rejection) : NULL,
                        .size_bytes = o->out->bytes,
                        .spans_in = o->spans_in,
                        .spans_out = o->spans_out,
                        .spans_rejected = o->spans_rejected};
    return TAMIS_JUDGED;
}

tamis_status tamis_judge_request(tamis_judge *judge, tamis_rules *rules, const void *bytes,
                                 size_t size_bytes, tamis_verdict *verdict)
{
    static const tm_utf8_policy policies[] = {TM_UTF8_MEND, TM_UTF8_KEEP, TM_UTF8_REFUSE};
    tamis_verdict nobodys;
    verdict = verdict ? verdict : &nobodys;
    if (judge) {
        judge->counted = 0;
        judge->judged = false;
    }
    if (!judge || !rules || (!bytes && size_bytes)) {
        *verdict = (tamis_verdict){.reason = "judge, rules or bytes are NULL"};
        return TAMIS_BAD_ARGUMENT;
    }
    if (!tm_judge_request(judge->judge, rules->ruleset, tm_text_slice(bytes, size_bytes), NULL,
                          policies[judge->options.utf8], &judge->outcome))
        return refuse(judge, TAMIS_OUT_OF_MEMORY, TM_TEXT("out of memory"), verdict);
    return tell_outcome(judge, rules, verdict);
}

void tamis_judge_copy(const tamis_judge *judge, void *to)
{
    if (judge && judge->judged && to)
        tm_pieces_copy(judge->outcome.out, to);
}

tamis_counts tamis_judge_counts(const tamis_judge *judge, size_t rule)
{
    if (!judge || rule >= judge->counted)
        return (tamis_counts){0};
    const tm_rule_counts *c = &judge->outcome.rule[rule];
    return (tamis_counts){c->matched,       c->errors,     c->dropped_spans,
                          c->dropped_bytes, c->mismatches, c->rejected_spans};
}
