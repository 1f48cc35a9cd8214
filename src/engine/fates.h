/* Fates: what became of each span of one request, for whoever compares two rulesets.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A judge that was given fates (tm_judge_record) fills them while it judges: by the number of the
 * span in the request that came, whatever earlier passes have dropped. They grow by their own heap,
 * never by the judge's, so that recording changes no verdict; what did not fit is `lost`. */
#ifndef TM_ENGINE_FATES_H
#define TM_ENGINE_FATES_H

#include "engine/ruleset.h"

enum { TM_FATE_MOST_EDITS = 64 }; /* of one span that are noted; at one level above, too */

typedef struct tm_fate {
    const tm_rule *dropped_by; /* NULL: it left, or was rejected */
    const tm_rule *kept_by;    /* the rule that kept it from later drops; NULL: none */
    uint32_t edits;            /* the last of its notes, counted from 1; 0: no statement ran */
    uint32_t edit_count;
    bool rejected; /* it took more than its share, and was dropped for that */
} tm_fate;

/* That a statement ran for a span, or a condition dropped one of its events. */
typedef struct tm_edit_note {
    uint32_t rule;   /* number of the rule */
    uint32_t before; /* the note before it of the same span, counted from 1; 0: none */
} tm_edit_note;

/* Statements that ran for the current resource or scope, and so for each span in it. */
typedef struct tm_edits_above {
    uint32_t rule[TM_FATE_MOST_EDITS];
    uint32_t n;
} tm_edits_above;

/* Zero-initialise but for `heap` (NULL: libc). */
typedef struct tm_fates {
    const tm_heap *heap;
    tm_fate *fate;
    uint32_t n, room; /* spans that came */
    uint32_t *order;  /* which spans the pass reads, where later passes read fewer */
    uint32_t order_room;
    uint32_t taken, left; /* of the current pass: spans read, spans that stay */
    uint32_t passes;      /* begun */
    uint32_t current;     /* the span that is judged */
    tm_edit_note *note;
    uint32_t notes, notes_room;
    tm_edits_above above[TM_SPAN]; /* by level */
    bool lost;                     /* out of memory: incomplete */
} tm_fates;

void tm_fates_drop(tm_fates *fates);

/* A request begins; a pass over it; a resource or scope; a span. */
void tm_fates_start(tm_fates *fates);
void tm_fates_pass(tm_fates *fates);
void tm_fates_enter(tm_fates *fates, tm_level level);
void tm_fates_span(tm_fates *fates);

/* The statement ran at that level, for the current item or an event of the current span. */
void tm_fates_edit(tm_fates *fates, tm_level level, const tm_rule *rule);

/* The current span is marked as kept; it goes; it goes because it took too much; it stays. */
void tm_fates_keep(tm_fates *fates, const tm_rule *rule);
void tm_fates_fall(tm_fates *fates, const tm_rule *rule);
void tm_fates_reject(tm_fates *fates);
void tm_fates_stay(tm_fates *fates);

/* The numbers of the rules that edited the span, in the order in which they ran, at most
 * TM_FATE_MOST_EDITS; how many. */
uint32_t tm_fates_edits(const tm_fates *fates, uint32_t span, uint32_t rule[TM_FATE_MOST_EDITS]);

#endif
