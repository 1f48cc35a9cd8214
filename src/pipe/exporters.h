/* Exporters: one for each exporter that some pipeline names.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_EXPORTERS_H
#define TM_PIPE_EXPORTERS_H

#include "pipe/exporter.h"
#include "pipe/senders.h"

typedef struct tm_exporters {
    const tm_settings *settings;
    tm_exporter **exporter; /* beside settings->exporters; NULL: no pipeline names it */
    uint32_t count;         /* of `exporter` */
} tm_exporters;

/* The queue of an exporter, or NULL. */
const tm_queue_settings *tm_exporters_queue(const tm_exporter_settings *exporter);

typedef struct tm_exporters_options {
    tm_loop *home;
    const tm_clock *clock;
    tm_log *log;
    tm_registry *registry;
    tm_sender_options senders;
    void (*back_pressure_changed)(void *owner, bool back_pressure); /* see tm_exporter_options */
    void *back_pressure_owner;
} tm_exporters_options;

/* Makes all; the settings stay where they are. False with a sentence in `error`; what was made is
 * to be dropped. */
bool tm_exporters_init(tm_exporters *exporters, tm_arena *arena, const tm_settings *settings,
                       const tm_exporters_options *options, char *error, size_t error_bytes);

/* Frees them; how many spans were lost at the end. In the home thread, when nobody offers any more.
 */
uint64_t tm_exporters_drop(tm_exporters *exporters);

/* The exporter of these settings, and the number of the pipeline's batcher in it. Both are of
 * the settings that the exporters were made from. */
tm_exporter *tm_exporters_find(const tm_exporters *exporters, const tm_exporter_settings *exporter,
                               const tm_pipeline_settings *pipeline, uint32_t *number);

/* See tm_exporter_drain. */
void tm_exporters_drain(tm_exporters *exporters);

/* Closes all: closed(owner) comes once for each of those in use. */
uint32_t tm_exporters_used(const tm_exporters *exporters);
void tm_exporters_close(tm_exporters *exporters, void (*closed)(void *owner), void *owner);

#endif
