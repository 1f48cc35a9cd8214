/* Plan: which steps one pass over the bytes may do together.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The Collector's processors each walk the whole request before the next one starts. One pass runs,
 * for each resource, the resource's steps, then for each scope the scope's, then for each span
 * those of spans and events in order. The answers are the same unless a step sees what another has
 * or has not yet written above the spans. */
#include "engine/ruleset_build.h"

enum { TM_ABOVE_SPANS = 1 << TM_RESOURCE | 1 << TM_SCOPE };

/* Spans and events take their turns within each span, so for the order they are one level. */
static unsigned rank(const tm_step *step)
{
    return step->level == TM_EVENT ? TM_SPAN : step->level;
}

static bool touches(uint8_t writes, const tm_step *other)
{
    return writes & (other->reads | other->writes) & TM_ABOVE_SPANS;
}

/* What the step writes above the level it runs at. */
static uint8_t writes_above(const tm_step *step)
{
    return step->writes & (uint8_t)((1u << rank(step)) - 1);
}

static bool prunes(const tm_step *step)
{
    return step->kind == TM_STEP_DROP || step->kind == TM_STEP_MATCH ||
           step->kind == TM_STEP_SAMPLE;
}

/* In one pass, a step of scopes would run for one that vanishes for want of spans, and might leave
 * a mark. */
static bool runs_too_early(const tm_step *earlier, const tm_step *later)
{
    return prunes(earlier) && rank(later) < rank(earlier) &&
           (writes_above(later) || later->error_mode == TM_MODE_PROPAGATE);
}

/* In one pass, what `later` drops would take along what `earlier` fails on, or what it was to write
 * above that. */
static bool takes_along(const tm_step *earlier, const tm_step *later)
{
    const uint8_t above = (uint8_t)((1u << rank(later)) - 1);
    return prunes(later) && rank(later) < rank(earlier) &&
           (earlier->error_mode == TM_MODE_PROPAGATE || earlier->writes & above);
}

/* `later` comes after `earlier` in the configuration. */
static bool conflict(const tm_step *earlier, const tm_step *later)
{
    if (runs_too_early(earlier, later) || takes_along(earlier, later))
        return true;
    if (touches(writes_above(earlier), later) || touches(writes_above(later), earlier))
        return true;
    return rank(later) < rank(earlier) &&
           (touches(later->writes, earlier) || touches(earlier->writes, later));
}

/* An error of a processor may come to be known in a pass before the last of its own. */
static bool is_refused_first(tm_step *const *step, uint32_t from, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (step[i]->error_mode == TM_MODE_PROPAGATE &&
            step[i]->processor >= step[from]->processor &&
            step[i]->processor != step[at]->processor)
            return true;
    return false;
}

/* What one level of a chain says to the next is not carried from pass to pass. */
static bool starts_chain(tm_step *const *step, uint32_t at)
{
    return step[at]->chain && step[at]->error_mode == TM_MODE_PROPAGATE &&
           step[at]->chain != step[at - 1]->chain;
}

static bool fits(tm_step *const *step, uint32_t from, uint32_t at)
{
    for (uint32_t i = from; i < at; i++)
        if (conflict(step[i], step[at]))
            return false;
    return !is_refused_first(step, from, at) && !starts_chain(step, at);
}

/* A condition that reads only what is above its level is decided once per resource or scope. */
static bool hoist(tm_step *step, uint8_t written_above)
{
    bool any = false;
    if ((step->kind != TM_STEP_DROP && step->kind != TM_STEP_KEEP) || rank(step) == TM_RESOURCE)
        return false;
    for (uint32_t i = 0; i < step->conditions; i++) {
        tm_rule *rule = &step->condition[i];
        uint8_t reads = rule->program->reads;
        if (rule->program->impure || reads & written_above || reads & ~TM_ABOVE_SPANS)
            continue;
        int8_t level = reads & 1 << TM_SCOPE ? TM_SCOPE : TM_RESOURCE;
        if ((unsigned)level < rank(step))
            rule->hoisted = level, any = true;
    }
    return any;
}

static void prefilter(tm_build *b, tm_step *step)
{
    step->prefilters = TM_NEW_ARRAY(b->arena, step->conditions / 64 + 1, tm_prefilters);
    for (uint32_t i = 0; i < step->conditions; i++) {
        tm_rule *rule = &step->condition[i];
        tm_prefilters *block = &step->prefilters[i / 64];
        const uint64_t bit = (uint64_t)1 << (i % 64);
        if (rule->hoisted < 0)
            rule->prefilter = tm_prefilter_of(&rule->decision, step->level);
        block->bits |= rule->prefilter.bit;
        if (rule->prefilter.bit)
            block->of_slot[rule->prefilter.number % 64] |= bit;
        else
            block->always |= bit;
    }
}

/* Those decided once for each resource or scope are not asked for each span anyway. */
static void look_for_pairs(tm_build *b, tm_step *step)
{
    const tm_decision **decision = TM_NEW_ARRAY(b->arena, step->conditions, const tm_decision *);
    for (uint32_t i = 0; i < step->conditions; i++)
        decision[i] = step->condition[i].hoisted < 0 ? &step->condition[i].decision : NULL;
    step->pairs = tm_text_pairs_of(b->arena, decision, step->conditions, step->level);
}

static tm_pass finish_pass(tm_build *b, uint32_t from, uint32_t to)
{
    tm_pass pass = {.step = (const tm_step *const *)b->step + from, .steps = to - from};
    uint8_t written = 0;
    for (uint32_t i = from; i < to; i++) {
        const tm_step *step = b->step[i];
        written |= writes_above(step);
        pass.levels |= (uint8_t)(1u << step->level);
        pass.asks |= step->reads | step->writes;
        pass.prune |= prunes(step);
    }
    for (uint32_t i = from; i < to; i++) {
        pass.hoists |= hoist(b->step[i], written);
        prefilter(b, b->step[i]);
        look_for_pairs(b, b->step[i]);
    }
    return pass;
}

void tm_build_passes(tm_build *b, tm_ruleset *ruleset)
{
    tm_pass *passes = TM_NEW_ARRAY(b->arena, b->steps, tm_pass);
    uint32_t n = 0, from = 0;
    for (uint32_t at = 1; at <= b->steps; at++) {
        if (at < b->steps && fits(b->step, from, at))
            continue;
        passes[n++] = finish_pass(b, from, at);
        from = at;
    }
    ruleset->pass = passes;
    ruleset->passes = b->steps ? n : 0;
}
