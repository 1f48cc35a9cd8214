/* Progress: one line on a terminal that is drawn anew.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_PROGRESS_H
#define TM_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tm_progress {
    bool on; /* stderr is a terminal */
    bool coloured;
    bool drawn;
    uint64_t begin_ns, last_ns;
} tm_progress;

void tm_progress_start(tm_progress *progress);

/* Draws how far it is, unless it was drawn a moment ago: `done` of `all` bytes (0: unknown), and
 * what else there is to say. */
void tm_progress_draw(tm_progress *progress, uint64_t done, uint64_t all, const char *text);

/* Wipes the line. */
void tm_progress_end(tm_progress *progress);

#endif
