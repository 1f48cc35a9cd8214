/* Spool: lines on their way to a descriptor that may not take them now, or never.
 * SPDX-License-Identifier: Apache-2.0
 *
 * stdout and stderr may be pipes that nobody reads, and that other processes share: whoever writes
 * would block, and O_NONBLOCK would hold for the others, too, because it belongs to the open file
 * and not to the descriptor. (poll does not help: it says that there is room, but not that there
 * still is when the write comes.) So a thread of its own writes and may block, and what it has not
 * written has a bound: above it lines are dropped, counted, and told of when the rest flows. */
#ifndef TM_BASE_SPOOL_H
#define TM_BASE_SPOOL_H

#include "base/arena.h"

typedef struct tm_spool tm_spool;

enum { TM_SPOOL_MOST = 16 << 20 }; /* bytes that may wait */

/* Writes to `fd`, which is closed with it unless it is stdout or stderr. NULL when out of memory or
 * threads. */
tm_spool *tm_spool_new(const tm_heap *heap, int fd, size_t most_bytes);

/* How the loss of lines is told: adds at most `room` bytes, a line, to `out` and returns how many.
 * In the spool's thread. NULL is the default: "tamis: N lines dropped: nobody read them". */
typedef size_t tm_spool_teller(void *owner, uint64_t lines, char *out, size_t room);
void tm_spool_tell(tm_spool *spool, tm_spool_teller *tell, void *owner);

/* Takes whole lines, as many as there is room for; the others are dropped. Never waits for the
 * descriptor. From any thread. */
void tm_spool_add(tm_spool *spool, tm_text lines);

/* Lines dropped so far. From any thread. */
uint64_t tm_spool_dropped(const tm_spool *spool);

/* Waits until all is written, but no longer than bytes are taken: gives up after patience_ms
 * without any. Nobody adds any more. */
void tm_spool_free(tm_spool *spool, unsigned patience_ms);

/* One for each descriptor, so that lines of all who write there come whole and in order. */
typedef struct tm_spools {
    tm_spool *spool[16];
    int fd[16];
    _Atomic unsigned count;
} tm_spools;

/* NULL when there is none that can be made: then the descriptor stays the caller's. In one thread;
 * others may ask what was dropped meanwhile. */
tm_spool *tm_spools_find(tm_spools *spools, int fd);

uint64_t tm_spools_dropped(const tm_spools *spools);
void tm_spools_free(tm_spools *spools, unsigned patience_ms);

/* Whether writing there may block: it is no regular file. */
bool tm_spool_is_due(int fd);

#endif
