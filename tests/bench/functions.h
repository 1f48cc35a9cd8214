/* Functions: what one evaluation of each function costs, here and in the real OTTL.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_BENCH_FUNCTIONS_H
#define TM_TESTS_BENCH_FUNCTIONS_H

#include "../vectors_case.h"

#include <stdio.h>

/* One row of functions.def. */
typedef struct tm_bench_case {
    const char *name, *kind, *rule; /* kind as in the vectors: condition, value, statement */
} tm_bench_case;

/* --- our side --- */

typedef struct tm_bench_rule tm_bench_rule;

/* Compiles the row's rule and readies spans to run it over, all in `arena`. NULL when it does not
 * build. */
tm_bench_rule *tm_bench_rule_new(tm_arena *arena, const tm_doc *row, const tm_doc *traces);
void tm_bench_rule_free(tm_bench_rule *rule);

/* Nanoseconds of one evaluation; opening spans is not counted, giving memory back is. `decoded`:
 * the maps that it wants are decoded beforehand. */
double tm_bench_rule_measure(tm_bench_rule *rule, bool decoded);

/* Whether it wants a map decoded at all. */
bool tm_bench_rule_decodes(tm_bench_rule *rule);

/* Heap allocations of one evaluation when warm, those of libraries among them. */
double tm_bench_rule_allocations(tm_bench_rule *rule);

/* --- the real OTTL: a process that answers line by line (tests/peers/ottl/bench.go) --- */

typedef struct tm_bench_peer {
    FILE *to, *from;
    int process;
} tm_bench_peer;

/* False when the program is not there. */
bool tm_bench_peer_open(tm_bench_peer *peer, const char *program, const char *spans);
void tm_bench_peer_close(tm_bench_peer *peer);

/* Its answer to a row, in the form of the vectors; the case is then ready to be measured. */
const tm_doc *tm_bench_peer_ask(tm_bench_peer *peer, tm_arena *arena, tm_text row);
bool tm_bench_peer_measure(tm_bench_peer *peer, tm_arena *arena, double *ns, double *allocations);

#endif
