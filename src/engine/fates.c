/* Fates: filled span by span; lists of edits are chains that share nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/fates.h"

static const uint32_t NONE = UINT32_MAX;

void tm_fates_drop(tm_fates *f)
{
    tm_heap_free(f->heap, f->fate);
    tm_heap_free(f->heap, f->order);
    tm_heap_free(f->heap, f->note);
    *f = (tm_fates){.heap = f->heap};
}

/* Room for one more behind `n`; false: there is none, and something is lost. */
static bool grow(tm_fates *f, void *rows, uint32_t n, uint32_t *room, size_t size)
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

void tm_fates_start(tm_fates *f)
{
    f->n = f->notes = f->taken = f->left = f->passes = 0;
    f->lost = false;
}

void tm_fates_pass(tm_fates *f)
{
    f->passes++;
    f->taken = f->left = 0;
}

void tm_fates_enter(tm_fates *f, tm_level level)
{
    f->above[level].n = 0;
    if (level == TM_RESOURCE)
        f->above[TM_SCOPE].n = 0;
}

static void add_note(tm_fates *f, uint32_t rule)
{
    tm_fate *fate = &f->fate[f->current];
    if (fate->edit_count == TM_FATE_MOST_EDITS ||
        !grow(f, &f->note, f->notes, &f->notes_room, sizeof *f->note))
        return;
    f->note[f->notes++] = (tm_edit_note){.rule = rule, .before = fate->edits};
    fate->edits = f->notes;
    fate->edit_count++;
}

/* Its number among those that came; NONE: it is lost. */
static uint32_t number_of_next(tm_fates *f)
{
    const uint32_t at = f->taken++;
    if (f->passes > 1)
        return f->lost ? NONE : f->order[at];
    if (!grow(f, &f->fate, at, &f->room, sizeof *f->fate))
        return NONE;
    f->fate[at] = (tm_fate){0};
    f->n = at + 1;
    return at;
}

void tm_fates_span(tm_fates *f)
{
    f->current = number_of_next(f);
    if (f->current == NONE)
        return;
    for (unsigned level = TM_RESOURCE; level < TM_SPAN; level++)
        for (uint32_t i = 0; i < f->above[level].n; i++)
            add_note(f, f->above[level].rule[i]);
}

void tm_fates_edit(tm_fates *f, tm_level level, const tm_rule *rule)
{
    if (level >= TM_SPAN) {
        if (f->current != NONE)
            add_note(f, rule->number);
        return;
    }
    tm_edits_above *above = &f->above[level];
    if (above->n < TM_FATE_MOST_EDITS)
        above->rule[above->n++] = rule->number;
}

void tm_fates_keep(tm_fates *f, const tm_rule *rule)
{
    if (f->current != NONE)
        f->fate[f->current].kept_by = rule;
}

void tm_fates_fall(tm_fates *f, const tm_rule *rule)
{
    if (f->current != NONE)
        f->fate[f->current].dropped_by = rule;
}

void tm_fates_reject(tm_fates *f)
{
    if (f->current != NONE)
        f->fate[f->current].rejected = true;
}

void tm_fates_stay(tm_fates *f)
{
    if (f->current != NONE && grow(f, &f->order, f->left, &f->order_room, sizeof *f->order))
        f->order[f->left++] = f->current;
}

uint32_t tm_fates_edits(const tm_fates *f, uint32_t span, uint32_t rule[TM_FATE_MOST_EDITS])
{
    const tm_fate *fate = &f->fate[span];
    uint32_t at = fate->edit_count;
    for (uint32_t note = fate->edits; note; note = f->note[note - 1].before)
        rule[--at] = f->note[note - 1].rule;
    return fate->edit_count;
}
