/* Histogram: counts as bars.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_HISTOGRAM_H
#define TM_TOOLS_HISTOGRAM_H

#include "tools/counted.h"
#include "explain/screen.h"

/* Appends a line for each of the `most` first rows, with its share of `all` and a bar; what is
 * behind them in one line. */
void tm_histogram_rows(tm_buf *out, const tm_counted_text *row, size_t n, size_t most,
                       uint64_t others, uint64_t all, const tm_screen *screen);

/* Appends buckets of the numbers (sorted by this), whose bounds are round, and their quantiles.
 * `durations`: they are nanoseconds. */
void tm_histogram_numbers(tm_buf *out, double *numbers, size_t n, bool durations,
                          const tm_screen *screen);

#endif
