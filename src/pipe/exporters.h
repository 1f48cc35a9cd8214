/* Exporters: one for each exporter that some pipeline names.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_EXPORTERS_H
#define TM_PIPE_EXPORTERS_H

#include "pipe/exporter.h"
#include "pipe/senders.h"

/* One exporter with settings of its own: it outlives the configuration that it was made from. */
typedef struct tm_shared_exporter {
    struct tm_shared_exporter *next;
    tm_arena *arena;
    tm_text id;
    tm_exporter *exporter;
    tm_text *pipeline; /* ids of those that have a batcher in it, by number */
    uint32_t pipelines;
} tm_shared_exporter;

/* Zero-initialise. */
typedef struct tm_exporters {
    tm_shared_exporter *first;
} tm_exporters;

typedef struct tm_exporters_options {
    tm_loop *home;
    const tm_clock *clock;
    tm_log *log;
    tm_registry *registry;
    tm_sender_options senders;
    void (*back_pressure_changed)(void *owner, bool back_pressure); /* see tm_exporter_options */
    void *back_pressure_owner;
} tm_exporters_options;

/* Makes those that some pipeline names and that are not there by their ids. The settings may go
 * afterwards. False with a sentence in `error`; what was made is to be dropped. */
bool tm_exporters_open(tm_exporters *exporters, const tm_settings *settings,
                       const tm_exporters_options *options, char *error, size_t error_bytes);

/* Frees them; how many spans were lost at the end. In the home thread, when nobody offers any more.
 */
uint64_t tm_exporters_drop(tm_exporters *exporters);

/* The exporter of that id, and the number of the pipeline's batcher in it; NULL when there is no
 * such exporter, or it was made for other pipelines. */
tm_exporter *tm_exporters_find(const tm_exporters *exporters, tm_text id, tm_text pipeline,
                               uint32_t *number);

/* See tm_exporter_cancel, _drain. */
void tm_exporters_cancel(const tm_exporters *exporters, const tm_waiter *waiter);
void tm_exporters_drain(tm_exporters *exporters);

/* Closes all: closed(owner) comes once for each. */
uint32_t tm_exporters_count(const tm_exporters *exporters);
void tm_exporters_close(tm_exporters *exporters, void (*closed)(void *owner), void *owner);

#endif
