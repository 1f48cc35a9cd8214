/* Drops: the last spans that rules dropped, for people who look for one. Off unless asked for.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_DROPS_H
#define TM_PIPE_DROPS_H

#include "base/clock.h"
#include "engine/judge.h"

typedef struct tm_drops tm_drops;
typedef struct tm_drop_notes tm_drop_notes;

typedef struct tm_drops_options {
    const tm_heap *heap; /* safe in every worker's thread; NULL: libc */
    const tm_clock *clock;
    uint32_t keep; /* so many spans at most, at least 1 */
    double sample; /* share of traces whose spans are noted; by trace id, as Sample decides */
    bool values;   /* attributes of the spans, too, as far as there is room */
} tm_drops_options;

enum { TM_DROP_NAME_BYTES = 80, TM_DROP_SERVICE_BYTES = 64, TM_DROP_VALUES_BYTES = 320 };

/* All that is needed is taken at once. NULL when out of memory. */
tm_drops *tm_drops_new(const tm_drops_options *options);
void tm_drops_free(tm_drops *drops); /* NULL is fine */

/* One worker's notes for one pipeline, of one request. NULL when out of memory. */
tm_drop_notes *tm_drop_notes_new(const tm_drops *drops);
void tm_drop_notes_free(tm_drop_notes *notes); /* NULL is fine */

/* A request is judged, perhaps anew. Its judge tells of each dropped span (tm_judge_watch, `notes`
 * is the owner). Then, before the judge's next request, the request was taken: its drops are added
 * to the last ones; of more than 4096 the latest. */
void tm_drop_notes_begin(void *notes);
void tm_drop_note(void *notes, const tm_rule *rule, const tm_request *request);
void tm_drops_add(tm_drops *drops, const tm_drop_notes *notes);

/* What is looked for; an empty text: any. */
typedef struct tm_drops_question {
    tm_text trace_id; /* 16 bytes */
    tm_text rule;     /* its name */
} tm_drops_question;

enum { TM_DROPS_SHOWN = 1000 }; /* at once, at most */

/* The latest first, for people or as the elements of a JSON array; how many. */
uint32_t tm_drops_print(tm_drops *drops, const tm_drops_question *question, bool json, tm_buf *out);

#endif
