/* Outlets: one for each exporter that some pipeline names.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_OUTLETS_H
#define TM_PIPE_OUTLETS_H

#include "pipe/outlet.h"
#include "pipe/senders.h"

typedef struct tm_outlets {
    const tm_settings *settings;
    tm_outlet **outlet; /* beside settings->exporters; NULL: no pipeline names it */
    uint32_t count;     /* of `outlet` */
} tm_outlets;

/* The queue of an exporter, or NULL. */
const tm_queue_settings *tm_outlets_queue(const tm_exporter_settings *exporter);

typedef struct tm_outlets_options {
    tm_loop *home;
    const tm_clock *clock;
    tm_log *log;
    tm_registry *registry;
    tm_sender_options senders;
    void (*press)(void *owner, bool pressed); /* see tm_outlet_options */
    void *press_owner;
} tm_outlets_options;

/* Makes all; the settings stay where they are. False with a sentence in `error`; what was made is
 * to be dropped. */
bool tm_outlets_init(tm_outlets *outlets, tm_arena *arena, const tm_settings *settings,
                     const tm_outlets_options *options, char *error, size_t error_bytes);

/* Frees them; how many spans were lost at the end. In the home thread, when nobody offers any more.
 */
uint64_t tm_outlets_drop(tm_outlets *outlets);

/* The outlet of an exporter that the pipeline names, and the pipeline's lane in it. Both are of the
 * settings that the outlets were made from. */
tm_outlet *tm_outlets_find(const tm_outlets *outlets, const tm_exporter_settings *exporter,
                           const tm_pipeline_settings *pipeline, uint32_t *lane);

/* See tm_outlet_hurry. */
void tm_outlets_hurry(tm_outlets *outlets);

/* Closes all: closed(owner) comes once for each of those in use. */
uint32_t tm_outlets_used(const tm_outlets *outlets);
void tm_outlets_close(tm_outlets *outlets, void (*closed)(void *owner), void *owner);

#endif
