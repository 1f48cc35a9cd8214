/* Exporters: one for each exporter that some pipeline names.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_EXPORTERS_H
#define TM_PIPE_EXPORTERS_H

#include "pipe/exporter.h"
#include "pipe/senders.h"

typedef enum tm_exporter_stage {
    TM_EXPORTER_FRESH, /* of a configuration that is not in force yet */
    TM_EXPORTER_LIVE,
    TM_EXPORTER_LEFT,   /* of one that is no more in force, but may still be offered something */
    TM_EXPORTER_CLOSING /* it sends what it has, then it goes */
} tm_exporter_stage;

/* One exporter with settings of its own: it outlives the configuration that it was made from. */
typedef struct tm_shared_exporter {
    struct tm_shared_exporter *next;
    struct tm_exporters *all;
    tm_exporter_stage stage;
    tm_letter letter; /* of its end */
    tm_arena *arena;
    tm_text id;
    const tm_exporter_settings *settings;
    tm_exporter *exporter;
    tm_text *pipeline; /* ids of those that have a batcher in it, by number */
    uint32_t pipelines;
} tm_shared_exporter;

/* Zero-initialise. The newest of an id stands first. */
typedef struct tm_exporters {
    tm_shared_exporter *first;
    pthread_mutex_t lock; /* of the list, which the home thread changes and others walk */
    tm_loop *home;
    tm_log *log;
    bool ending;      /* nothing leaves the list any more but by tm_exporters_drop */
    uint64_t dropped; /* by those that are gone, see tm_exporter_dropped */
} tm_exporters;

typedef struct tm_exporters_options {
    tm_loop *home;
    const tm_clock *clock;
    tm_log *log;
    tm_registry *registry;
    tm_sender_options senders;
    tm_budget *budget;                                              /* see tm_exporter_options, */
    void (*back_pressure_changed)(void *owner, bool back_pressure); /* likewise */
    void *back_pressure_owner;
} tm_exporters_options;

/* Makes those that some pipeline names and that are not there with the same id and settings, and
 * the batchers that pipelines need in those that are. The settings may go afterwards. False with a
 * sentence in `error` and the culprit in *failed (NULL: nobody asks); what was made is to be
 * dropped or undone. In the home thread, as all that follows. */
bool tm_exporters_open(tm_exporters *exporters, const tm_settings *settings,
                       const tm_exporters_options *options, const tm_exporter_settings **failed,
                       char *error, size_t error_bytes);

/* The configuration did not come into force: those made for it are gone. */
void tm_exporters_undo(tm_exporters *exporters);

/* It did: batches are formed by it, and who is no longer named by it, or was made anew, has left.
 */
void tm_exporters_commit(tm_exporters *exporters, const tm_settings *settings);

/* Nobody offers anything to those that have left: they send what they have and go. */
void tm_exporters_sweep(tm_exporters *exporters);

/* Frees them; how many spans were lost at the end. In the home thread, when nobody offers any more.
 */
uint64_t tm_exporters_drop(tm_exporters *exporters);

/* The exporter of that id in the newest configuration, and the number of the pipeline's batcher in
 * it; NULL when there is no such exporter, or it was made for other pipelines. */
tm_exporter *tm_exporters_find(const tm_exporters *exporters, tm_text id, tm_text pipeline,
                               uint32_t *number);

/* What tm_exporters_find is made of. */
tm_shared_exporter *tm_exporters_newest(const tm_exporters *exporters, tm_text id);
bool tm_shared_exporter_batcher(const tm_shared_exporter *exporter, tm_text pipeline,
                                uint32_t *number);

/* See tm_exporter_cancel (any thread), _drain. */
void tm_exporters_cancel(tm_exporters *exporters, const tm_waiter *waiter);
void tm_exporters_drain(tm_exporters *exporters);

/* Closes all: closed(owner) comes once for each. */
uint32_t tm_exporters_count(const tm_exporters *exporters);
void tm_exporters_close(tm_exporters *exporters, void (*closed)(void *owner), void *owner);

#endif
