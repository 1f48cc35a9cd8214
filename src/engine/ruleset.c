/* Ruleset: compiling processors in order, and sharing the result.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ruleset_build.h"
#include "engine/timed_decision.h"

#include <stdatomic.h>

static void *grown(tm_arena *arena, void *rows, uint32_t n, uint32_t *room, size_t size)
{
    if (n < *room)
        return rows;
    uint32_t more = *room ? *room * 2 : 16;
    rows = tm_arena_grow(arena, rows, *room * size, more * size);
    *room = more;
    return rows;
}

tm_step *tm_build_step(tm_build *b, tm_step_kind kind, tm_level level, tm_error_mode error_mode)
{
    tm_step *step = TM_NEW(b->arena, tm_step);
    *step = (tm_step){.kind = kind,
                      .level = level,
                      .error_mode = error_mode,
                      .processor = b->processor,
                      .number = b->steps};
    b->step = grown(b->arena, b->step, b->steps, &b->steps_room, sizeof *b->step);
    b->step[b->steps++] = step;
    return step;
}

void tm_build_rule(tm_build *b, tm_rule *rule, tm_text name, const tm_source *source,
                   tm_place place)
{
    rule->name = tm_arena_copy(b->arena, name);
    rule->file = TM_TEXT("");
    if (source && source->name.n) {
        unsigned line, column;
        tm_source_position(source, place.at, &line, &column);
        rule->file = tm_arena_print(b->arena, "%.*s:%u", TM_PRI(source->name), line);
    }
    rule->number = b->rules;
    rule->processor = b->processor;
    rule->hoisted = -1;
    b->rule = grown(b->arena, b->rule, b->rules, &b->rules_room, sizeof *b->rule);
    b->rule[b->rules++] = rule;
}

typedef struct processor_kind {
    tm_build_fn *build;
    unsigned traits;
} processor_kind;

static bool skip(tm_build *b, const tm_processor_settings *p)
{
    (void)b, (void)p;
    return true;
}

static const processor_kind KINDS[] = {
#define BUILD_COMPILED(MEMBER) tm_build_##MEMBER
#define BUILD_SKIPPED(MEMBER) skip
#define PROCESSOR(ID, MEMBER, NAME, STATE, COMPILED, TRAITS, MANUAL)                               \
    [TM_PROCESSOR_##ID] = {BUILD_##COMPILED(MEMBER), TRAITS},
#include "engine/processors.def"
#undef PROCESSOR
};

unsigned tm_processor_traits(tm_processor_type type)
{
    return KINDS[type].traits;
}

/* Says of the rules which can drop spans: conditions on events and statements cannot. */
static void note_drops(tm_build *b)
{
    for (uint32_t i = 0; i < b->steps; i++) {
        tm_step *step = b->step[i];
        if (step->kind == TM_STEP_DROP)
            for (uint32_t k = 0; k < step->conditions; k++)
                step->condition[k].drops = step->level != TM_EVENT;
        else if (step->kind == TM_STEP_MATCH || step->kind == TM_STEP_SAMPLE)
            step->action_rule->drops = true;
    }
}

static bool build(tm_build *b, tm_ruleset *ruleset, const tm_processor_settings *const *processors,
                  uint32_t n)
{
    tm_processor_row *rows = TM_NEW_ARRAY(b->arena, n, tm_processor_row);
    bool ok = true;
    for (uint32_t i = 0; i < n; i++) {
        b->processor = i;
        rows[i] = (tm_processor_row){.id = tm_arena_copy(b->arena, processors[i]->id),
                                     .type = processors[i]->type};
        ok &= KINDS[processors[i]->type].build(b, processors[i]);
    }
    ruleset->processor = rows;
    ruleset->processors = n;
    ruleset->rule = (const tm_rule *const *)b->rule;
    ruleset->rules = b->rules;
    ruleset->steps = b->steps;
    for (uint32_t i = 0; i < b->steps; i++)
        ruleset->keeps |= (uint8_t)((b->step[i]->kind == TM_STEP_KEEP) << b->step[i]->level);
    for (unsigned level = 0; level < TM_LEVELS; level++)
        ruleset->needs[level] = tm_need_finish(&b->needs, level);
    note_drops(b);
    ruleset->grpc_metadata = b->needs.grpc_metadata;
    if (ok)
        tm_build_passes(b, ruleset);
    return ok;
}

/* One call of tm_ruleset_new. */
typedef struct compiling {
    tm_arena *arena;
    const tm_processor_settings *const *processors;
    uint32_t n;
    tm_diags *diags;
    bool noted, explained, timed;
    const tm_function_set *functions;
    tm_ruleset *ruleset; /* NULL: something does not compile */
} compiling;

/* When all is planned by what the decisions ask. */
static void time_rules(tm_build *b)
{
    for (uint32_t i = 0; i < b->steps; i++)
        if (b->step[i]->action_rule)
            b->step[i]->tells = b->step[i]->detours = true;
    for (uint32_t i = 0; i < b->rules; i++)
        if (b->rule[i]->program)
            b->rule[i]->decision = tm_timed_decision(b->arena, b->rule[i]);
}

static void compile(void *argument)
{
    compiling *c = argument;
    tm_ruleset *ruleset = TM_NEW(c->arena, tm_ruleset);
    tm_build *b = TM_NEW(c->arena, tm_build);
    *b = (tm_build){.arena = c->arena,
                    .diags = c->diags,
                    .needs = {.arena = c->arena},
                    .noted = c->noted,
                    .explained = c->explained,
                    .functions = c->functions};
    ruleset->arena = c->arena;
    atomic_init(&ruleset->references, 1);
    if (!build(b, ruleset, c->processors, c->n))
        return;
    if (c->timed)
        time_rules(b);
    c->ruleset = ruleset;
}

static tm_ruleset *new_ruleset(const tm_heap *heap, compiling c)
{
    tm_diags *diags = c.diags;
    const tm_diags before = *diags;
    c.arena = tm_arena_new(heap);
    if (!c.arena)
        return NULL;
    tm_arena_follow(c.arena, diags->arena); /* whichever of the two runs out of memory */
    bool done = tm_arena_try(diags->arena, compile, &c);
    tm_arena_follow(c.arena, NULL);
    if (done && c.ruleset)
        return c.ruleset;
    if (!done) { /* what was told meanwhile may stand in memory of the ruleset's */
        *diags = before;
        if (before.last)
            before.last->next = NULL;
    }
    tm_arena_free(c.arena);
    return NULL;
}

tm_ruleset *tm_ruleset_new(const tm_heap *heap, const tm_processor_settings *const *processors,
                           uint32_t n, tm_diags *diags)
{
    return new_ruleset(heap, (compiling){.processors = processors, .n = n, .diags = diags});
}

tm_ruleset *tm_ruleset_new_noted(const tm_heap *heap,
                                 const tm_processor_settings *const *processors, uint32_t n,
                                 tm_diags *diags)
{
    return new_ruleset(
        heap, (compiling){.processors = processors, .n = n, .diags = diags, .noted = true});
}

tm_ruleset *tm_ruleset_new_explained(const tm_heap *heap,
                                     const tm_processor_settings *const *processors, uint32_t n,
                                     tm_diags *diags)
{
    return new_ruleset(
        heap, (compiling){.processors = processors, .n = n, .diags = diags, .explained = true});
}

tm_ruleset *tm_ruleset_new_with(const tm_heap *heap, const tm_processor_settings *const *processors,
                                uint32_t n, const tm_function_set *functions, bool explained,
                                tm_diags *diags)
{
    return new_ruleset(heap, (compiling){.processors = processors,
                                         .n = n,
                                         .diags = diags,
                                         .functions = functions,
                                         .explained = explained});
}

tm_ruleset *tm_ruleset_new_timed(const tm_heap *heap,
                                 const tm_processor_settings *const *processors, uint32_t n,
                                 tm_diags *diags)
{
    return new_ruleset(
        heap, (compiling){.processors = processors, .n = n, .diags = diags, .timed = true});
}

void tm_ruleset_ref(tm_ruleset *ruleset)
{
    atomic_fetch_add_explicit(&ruleset->references, 1, memory_order_relaxed);
}

void tm_ruleset_unref(tm_ruleset *ruleset)
{
    if (!ruleset || atomic_fetch_sub_explicit(&ruleset->references, 1, memory_order_acq_rel) != 1)
        return;
    tm_ruleset *shadow = ruleset->shadow;
    tm_arena_free(ruleset->arena);
    tm_ruleset_unref(shadow);
}

void tm_ruleset_set_shadow(tm_ruleset *ruleset, tm_ruleset *shadow)
{
    tm_ruleset_unref(ruleset->shadow);
    ruleset->shadow = shadow;
}
