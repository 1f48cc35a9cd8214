/* Span verdicts: filled span by span; lists of edits are chains that share nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/span_verdicts.h"

static const uint32_t NONE = UINT32_MAX;

void tm_span_verdicts_drop(tm_span_verdicts *f)
{
    tm_heap_free(f->heap, f->verdict);
    tm_heap_free(f->heap, f->order);
    tm_heap_free(f->heap, f->note);
    *f = (tm_span_verdicts){.heap = f->heap};
}

/* Room for one more behind `n`; false: there is none, and something is lost. */
static bool grow(tm_span_verdicts *f, void *rows, uint32_t n, uint32_t *room, size_t size)
{
    void *old;
    if (n < *room)
        return true;
    memcpy(&old, rows, sizeof old);
    const uint32_t more = *room ? *room * 2 : 256;
    void *grown = tm_heap_grow(f->heap, old, more * size);
    if (!grown) {
        f->lost = true;
        return false;
    }
    memcpy(rows, &grown, sizeof grown);
    *room = more;
    return true;
}

void tm_span_verdicts_start(tm_span_verdicts *f)
{
    f->n = f->notes = f->taken = f->left = f->passes = 0;
    f->lost = false;
}

void tm_span_verdicts_pass(tm_span_verdicts *f)
{
    f->passes++;
    f->taken = f->left = 0;
}

void tm_span_verdicts_enter(tm_span_verdicts *f, tm_level level)
{
    f->above[level].n = 0;
    if (level == TM_RESOURCE)
        f->above[TM_SCOPE].n = 0;
}

static void add_note(tm_span_verdicts *f, uint32_t rule)
{
    tm_span_verdict *verdict = &f->verdict[f->current];
    if (verdict->edit_count == TM_SPAN_VERDICT_MOST_EDITS ||
        !grow(f, &f->note, f->notes, &f->notes_room, sizeof *f->note))
        return;
    f->note[f->notes++] = (tm_edit_note){.rule = rule, .before = verdict->edits};
    verdict->edits = f->notes;
    verdict->edit_count++;
}

/* Its number among those that came; NONE: it is lost. */
static uint32_t number_of_next(tm_span_verdicts *f)
{
    const uint32_t at = f->taken++;
    if (f->passes > 1)
        return f->lost ? NONE : f->order[at];
    if (!grow(f, &f->verdict, at, &f->room, sizeof *f->verdict))
        return NONE;
    f->verdict[at] = (tm_span_verdict){0};
    f->n = at + 1;
    return at;
}

void tm_span_verdicts_span(tm_span_verdicts *f)
{
    f->current = number_of_next(f);
    if (f->current == NONE)
        return;
    for (unsigned level = TM_RESOURCE; level < TM_SPAN; level++)
        for (uint32_t i = 0; i < f->above[level].n; i++)
            add_note(f, f->above[level].rule[i]);
}

void tm_span_verdicts_edit(tm_span_verdicts *f, tm_level level, const tm_rule *rule)
{
    if (level >= TM_SPAN) {
        if (f->current != NONE)
            add_note(f, rule->number);
        return;
    }
    tm_edits_above *above = &f->above[level];
    if (above->n < TM_SPAN_VERDICT_MOST_EDITS)
        above->rule[above->n++] = rule->number;
}

void tm_span_verdicts_keep(tm_span_verdicts *f, const tm_rule *rule)
{
    if (f->current != NONE)
        f->verdict[f->current].kept_by = rule;
}

void tm_span_verdicts_fall(tm_span_verdicts *f, const tm_rule *rule)
{
    if (f->current != NONE)
        f->verdict[f->current].dropped_by = rule;
}

void tm_span_verdicts_reject(tm_span_verdicts *f)
{
    if (f->current != NONE)
        f->verdict[f->current].rejected = true;
}

void tm_span_verdicts_stay(tm_span_verdicts *f)
{
    if (f->current != NONE && grow(f, &f->order, f->left, &f->order_room, sizeof *f->order))
        f->order[f->left++] = f->current;
}

uint32_t tm_span_verdicts_edits(const tm_span_verdicts *f, uint32_t span,
                                uint32_t rule[TM_SPAN_VERDICT_MOST_EDITS])
{
    const tm_span_verdict *verdict = &f->verdict[span];
    uint32_t at = verdict->edit_count;
    for (uint32_t note = verdict->edits; note; note = f->note[note - 1].before)
        rule[--at] = f->note[note - 1].rule;
    return verdict->edit_count;
}
