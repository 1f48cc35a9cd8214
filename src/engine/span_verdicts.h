/* Span verdicts: what became of each span of one request, for whoever compares two rulesets.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A judge that was given verdicts (tm_judge_record) fills them while it judges: by the number of
 * the span in the request that came, whatever earlier passes have dropped. They grow by their own
 * heap, never by the judge's, so that recording changes no verdict; what did not fit is `lost`. */
#ifndef TM_ENGINE_SPAN_VERDICTS_H
#define TM_ENGINE_SPAN_VERDICTS_H

#include "engine/ruleset.h"

enum { TM_SPAN_VERDICT_MOST_EDITS = 64 }; /* of one span that are noted; at one level above, too */

typedef struct tm_span_verdict {
    const tm_rule *dropped_by; /* NULL: it left, or was rejected */
    const tm_rule *kept_by;    /* the rule that kept it from later drops; NULL: none */
    uint32_t edits;            /* the last of its notes, counted from 1; 0: no statement ran */
    uint32_t edit_count;
    bool rejected; /* it took more than its share, and was dropped for that */
} tm_span_verdict;

/* That a statement ran for a span, or a condition dropped one of its events. */
typedef struct tm_edit_note {
    uint32_t rule;   /* number of the rule */
    uint32_t before; /* the note before it of the same span, counted from 1; 0: none */
} tm_edit_note;

/* Statements that ran for the current resource or scope, and so for each span in it. */
typedef struct tm_edits_above {
    uint32_t rule[TM_SPAN_VERDICT_MOST_EDITS];
    uint32_t n;
} tm_edits_above;

/* Zero-initialise but for `heap` (NULL: libc). */
typedef struct tm_span_verdicts {
    const tm_heap *heap;
    tm_span_verdict *verdict;
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
} tm_span_verdicts;

void tm_span_verdicts_drop(tm_span_verdicts *verdicts);

/* A request begins; a pass over it; a resource or scope; a span. */
void tm_span_verdicts_start(tm_span_verdicts *verdicts);
void tm_span_verdicts_pass(tm_span_verdicts *verdicts);
void tm_span_verdicts_enter(tm_span_verdicts *verdicts, tm_level level);
void tm_span_verdicts_span(tm_span_verdicts *verdicts);

/* The statement ran at that level, for the current item or an event of the current span. */
void tm_span_verdicts_edit(tm_span_verdicts *verdicts, tm_level level, const tm_rule *rule);

/* The current span is marked as kept; it goes; it goes because it took too much; it stays. */
void tm_span_verdicts_keep(tm_span_verdicts *verdicts, const tm_rule *rule);
void tm_span_verdicts_fall(tm_span_verdicts *verdicts, const tm_rule *rule);
void tm_span_verdicts_reject(tm_span_verdicts *verdicts);
void tm_span_verdicts_stay(tm_span_verdicts *verdicts);

/* The numbers of the rules that edited the span, in the order in which they ran, at most
 * TM_SPAN_VERDICT_MOST_EDITS; how many. */
uint32_t tm_span_verdicts_edits(const tm_span_verdicts *verdicts, uint32_t span,
                                uint32_t rule[TM_SPAN_VERDICT_MOST_EDITS]);

#endif
