/* Bench, print: what rulesets cost, for people and programs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_BENCH_PRINT_H
#define TM_TOOLS_BENCH_PRINT_H

#include "tools/bench_measure.h"
#include "explain/screen.h"

/* Appends lines; `machine` says where it was measured. */
void tm_bench_print(tm_buf *out, const tm_bench *bench, tm_text machine, const tm_screen *screen);

/* Appends one object and a line break. */
void tm_bench_json(tm_buf *out, const tm_bench *bench, tm_text machine);

#endif
