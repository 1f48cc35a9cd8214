/* Senders: one for each exporter type.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_SENDERS_H
#define TM_PIPE_SENDERS_H

#include "pipe/exporter.h"

typedef struct tm_sender_options {
    tm_loop *home;
    tm_log *log;
    tm_spools *spools; /* for what may block; NULL: everything is written at once */
    tm_text version;
} tm_sender_options;

/* The sender of an exporter's settings. NULL with a sentence in `error` when it cannot be made. */
typedef tm_sender *tm_sender_fn(const tm_exporter_settings *settings,
                                const tm_sender_options *options, char *error, size_t error_bytes);
tm_sender_fn tm_sender_new;

/* Those of the single kinds, by their rows: tm_sender_otlp, ... */
#define DECLARE_BUILT(MEMBER) tm_sender_fn tm_sender_##MEMBER;
#define DECLARE_SOON(MEMBER)
#define EXPORTER(ID, MEMBER, NAME, STATE, ...) DECLARE_##STATE(MEMBER)
#include "config/keys/exporters.def"
#undef EXPORTER
#undef DECLARE_BUILT
#undef DECLARE_SOON

#endif
