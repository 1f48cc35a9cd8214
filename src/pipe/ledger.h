/* Ledger: where the spans are that came to a pipeline, for each of its exporters:
 *
 *     received = kept + dropped + refused + failed + queued
 *
 * All of a span's states change between tm_registry_begin and tm_registry_end, so that the sum
 * holds whenever somebody looks (tm_registry_print, or between the two).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_LEDGER_H
#define TM_PIPE_LEDGER_H

#include "base/metric.h"

/* LEDGER(id, member, meaning), and the metric TM_PIPE_LEDGER_id. */
#define TM_LEDGER_STATES(LEDGER)                                                                   \
    LEDGER(RECEIVED, received)                                                                     \
    LEDGER(KEPT, kept)                                                                             \
    LEDGER(DROPPED, dropped)                                                                       \
    LEDGER(REFUSED, refused)                                                                       \
    LEDGER(FAILED, failed)                                                                         \
    LEDGER(QUEUED, queued)

/* Of one exporter of one pipeline. */
typedef struct tm_ledger {
#define LEDGER(id, member) tm_series *member;
    TM_LEDGER_STATES(LEDGER)
#undef LEDGER
} tm_ledger;

tm_ledger tm_ledger_open(tm_series_owner *owner, tm_text pipeline, tm_text exporter);

/* What the rules made of one request. */
typedef struct tm_ledger_entry {
    uint64_t received, dropped, refused; /* spans; the rest is offered */
} tm_ledger_entry;

/* The rest is queued by whoever takes it, or refused, too. */
static inline void tm_ledger_enter(const tm_ledger *ledger, const tm_ledger_entry *entry)
{
    tm_series_add(ledger->received, entry->received);
    tm_series_add(ledger->dropped, entry->dropped);
    tm_series_add(ledger->refused, entry->refused);
}

/* Spans go from the queue to where they end. */
static inline void tm_ledger_leave(const tm_ledger *ledger, tm_series *end, uint64_t spans)
{
    tm_series_subtract(ledger->queued, spans);
    tm_series_add(end, spans);
}

#endif
