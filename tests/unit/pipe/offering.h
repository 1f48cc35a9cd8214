/* Offering: a chunk to one exporter, as a pipeline offers what leaves it to all of its exporters.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_PIPE_OFFERING_H
#define TM_TESTS_PIPE_OFFERING_H

#include "pipe/exporter.h"

/* To its first batcher; whether it was taken. */
static inline bool offer(tm_registry *registry, tm_exporter *exporter, tm_chunk *chunk,
                         tm_waiter *waiter)
{
    tm_registry_begin(registry);
    tm_ledger_enter(tm_exporter_ledger(exporter, 0), &(tm_ledger_entry){.received = chunk->spans});
    bool taken = tm_exporter_take(exporter, 0, chunk, TM_TEXT(""), waiter);
    tm_registry_end(registry);
    tm_exporter_settle(exporter, 0);
    return taken;
}

#endif
