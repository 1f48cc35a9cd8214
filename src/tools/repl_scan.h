/* REPL, scan: an expression over every span of the recording, by all processors.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_REPL_SCAN_H
#define TM_TOOLS_REPL_SCAN_H

#include "tools/counted.h"
#include "tools/repl_ask.h"

/* What is found. */
typedef struct tm_scanned {
    uint64_t spans;    /* looked at */
    uint64_t matched;  /* spans for which the condition held; values that are not nil */
    uint64_t failed;   /* and for how many the expression failed */
    tm_text why;       /* the first failure, in the arena */
    uint64_t absent;   /* values that were nil */
    tm_counted names;  /* of a condition: of spans for which it held */
    tm_counted values; /* of a value: their texts, ints and doubles among them */
    tm_bytes numbers;  /* of a value: double, of ints, doubles and durations in ns */
    tm_bytes hits;     /* where asking->wants_hits: size_t, the spans for which it held */
    bool only_numbers, only_durations;
    bool stopped; /* SIGINT came: the numbers are of a part */
} tm_scanned;

/* Runs it over the recording as it was loaded, without edits, `rounds` times (all of them count) by
 * so many threads (0: one for each processor). The result lives in the arena but for what
 * tm_scanned_free frees. False, told: out of memory, no threads. */
bool tm_repl_scan(const tm_repl *repl, tm_arena *arena, const tm_asking *asking, unsigned threads,
                  size_t rounds, tm_scanned *out);

void tm_scanned_free(tm_scanned *found);

/* The first span from `from` on for which the condition holds; SIZE_MAX: none, or it was *stopped
 * by SIGINT. */
size_t tm_repl_seek(tm_repl *repl, const tm_asking *asking, size_t from, bool *stopped);

#endif
