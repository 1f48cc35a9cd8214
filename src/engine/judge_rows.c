/* Judge, rows: one pass, item by item, of which nothing is read and nothing written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge_rows.h"

#include "engine/judge_levels.h"

bool tm_rows_are_enough(const tm_ruleset *rs)
{
    bool enough = rs->passes <= 1;
    for (uint32_t i = 0; enough && i < rs->passes; i++)
        for (uint32_t k = 0; enough && k < rs->pass[i].steps; k++) {
            const tm_step *step = rs->pass[i].step[k];
            enough = step->level != TM_EVENT &&
                     (step->kind == TM_STEP_DROP || step->kind == TM_STEP_KEEP ||
                      step->kind == TM_STEP_EDIT);
        }
    for (unsigned level = TM_RESOURCE; enough && level <= TM_SPAN; level++)
        enough = !(rs->needs[level]->fields >> tm_level_attributes(level) & 1);
    return enough;
}

/* Where the judge stands. */
typedef struct stepping {
    tm_judge *judge;
    const tm_rows *rows;
    const tm_pass *pass;
    size_t scope, span;
    size_t bytes; /* that leave */
    bool unfit;   /* a row was not filled, or a rule opened a whole map, which no row has */
} stepping;

/* Nobody looks at an item above the spans that the pass does not ask: it stays empty. */
static bool open_item(stepping *s, tm_level level, size_t row)
{
    tm_request *q = &s->judge->request;
    tm_item *item = &q->item[level];
    tm_item_reset(item, level, q->arena, item->needs, item->slot);
    s->judge->vm.item[level] = item;
    if (level < TM_SPAN && !(q->heads >> level & 1))
        return true;
    const size_t bytes = s->rows->fill(s->rows->owner, item, row);
    q->span_field.n = bytes;
    s->unfit |= bytes == 0;
    return bytes != 0;
}

/* Rules are done with the item, which stays or does not. */
static void close_item(stepping *s, tm_level level, size_t row, bool stays)
{
    tm_item *item = &s->judge->request.item[level];
    s->unfit |= item->attributes != NULL;
    if (stays && item->changed && !s->unfit)
        s->bytes += s->rows->leave(s->rows->owner, item, row);
}

static void judge_spans(stepping *s, const tm_rule *dropped_by)
{
    tm_judge *j = s->judge;
    tm_request *q = &j->request;
    const tm_rows *rows = s->rows;
    const bool asks = s->pass->levels & 1 << TM_SPAN;
    for (; s->span < rows->spans && rows->scope_of_span[s->span] == s->scope; s->span++) {
        if (!open_item(s, TM_SPAN, s->span))
            return;
        if (j->verdicts)
            tm_span_verdicts_span(j->verdicts);
        const bool stays = !dropped_by && (!asks || tm_levels_judge_span(j, s->pass));
        if (dropped_by)
            tm_levels_count_dropped(j, dropped_by);
        close_item(s, TM_SPAN, s->span, stays);
        if (s->unfit)
            return;
        s->bytes += stays ? q->span_field.n : 0;
        q->spans_out += stays;
        q->spans_in++;
        tm_judge_release(j);
    }
}

/* The rule that drops the item, which `above` says of all in it. */
static const tm_rule *judge_item(stepping *s, tm_level level, const tm_rule *above)
{
    if (s->judge->verdicts)
        tm_span_verdicts_enter(s->judge->verdicts, level);
    if (s->pass->hoists)
        tm_levels_forget_hoisted(s->judge, level);
    return !above && s->pass->levels & 1 << level ? tm_levels_judge_above(s->judge, s->pass, level)
                                                  : above;
}

/* Whether what the spans are in that were judged since `before` of them stayed leaves, too. */
static bool holds(const stepping *s, const tm_rule *dropped_by, uint32_t before)
{
    return !dropped_by && (!s->pass->prune || s->judge->request.spans_out > before);
}

static void judge_scopes(stepping *s, size_t resource, const tm_rule *dropped_by)
{
    const tm_rows *rows = s->rows;
    for (; s->scope < rows->scopes && rows->resource_of_scope[s->scope] == resource; s->scope++) {
        if (!open_item(s, TM_SCOPE, s->scope))
            return;
        s->judge->spared &= 1 << TM_RESOURCE;
        const uint32_t before = s->judge->request.spans_out;
        const tm_rule *rule = judge_item(s, TM_SCOPE, dropped_by);
        judge_spans(s, rule);
        s->judge->vm.item[TM_SPAN] = NULL;
        close_item(s, TM_SCOPE, s->scope, holds(s, rule, before));
        if (s->unfit)
            return;
    }
}

static void judge_resources(stepping *s)
{
    tm_judge *j = s->judge;
    for (size_t i = 0; i < s->rows->resources && !s->unfit; i++) {
        const uint32_t before = j->request.spans_out;
        if (!open_item(s, TM_RESOURCE, i))
            break;
        j->spared = 0;
        const tm_rule *rule = judge_item(s, TM_RESOURCE, NULL);
        judge_scopes(s, i, rule);
        j->vm.item[TM_SCOPE] = NULL;
        close_item(s, TM_RESOURCE, i, holds(s, rule, before));
    }
    j->vm.item[TM_RESOURCE] = j->vm.item[TM_SPAN] = NULL;
}

/* What one pass over a request would have said. */
static void tell(stepping *s, tm_outcome *o)
{
    tm_judge *j = s->judge;
    const tm_request *q = &j->request;
    const bool leaves = s->pass->prune ? q->spans_out : s->rows->resources;
    o->spans_in = q->spans_in;
    o->spans_out = q->spans_out;
    o->spans_rejected = j->rejected;
    o->rejection = j->rejection;
    o->steps = tm_work_steps(j->vm.work) - j->steps_before;
    if (s->bytes > j->output_most)
        j->refusal = tm_arena_print(j->arena, "what leaves would have %zu bytes, more than %zu",
                                    s->bytes, j->output_most);
    if (s->unfit)
        tm_judge_refuse(o, TM_REFUSED_FORM, TM_TEXT("a row cannot be judged without bytes"));
    else if (j->refusal.p)
        tm_judge_refuse(o, TM_REFUSED_COST, j->refusal);
    else if (j->stop || (j->error.p && leaves))
        tm_judge_refuse(o, TM_REFUSED_RULE, j->error);
}

/* One call of tm_judge_rows. */
typedef struct judging {
    tm_judge *judge;
    const tm_ruleset *ruleset;
    const tm_rows *rows;
    tm_outcome *outcome;
} judging;

static void judge_all(void *argument)
{
    static const tm_pass nothing = {.step = NULL};
    const judging *a = argument;
    tm_judge *j = a->judge;
    const tm_ruleset *rs = a->ruleset;
    stepping s = {.judge = j, .rows = a->rows, .pass = rs->passes ? rs->pass : &nothing};
    tm_judge_open(j, rs, a->rows->size_bytes);
    a->outcome->mended = false;
    tm_judge_start(j, a->outcome);
    j->last_pass = true;
    tm_request_open(&j->request, j->arena, rs->needs, j->slots, TM_TEXT(""), s.pass->prune,
                    TM_UTF8_KEEP);
    j->looked_at = UINT64_MAX;
    j->request.heads = s.pass->asks | s.pass->levels;
    if (j->verdicts)
        tm_span_verdicts_pass(j->verdicts);
    judge_resources(&s);
    tell(&s, a->outcome);
}

bool tm_judge_rows(tm_judge *j, const tm_ruleset *ruleset, const tm_rows *rows,
                   const tm_client *client, tm_outcome *outcome)
{
    judging a = {j, ruleset, rows, outcome};
    j->vm.client = client;
    return tm_judge_try(j, judge_all, &a, outcome);
}
