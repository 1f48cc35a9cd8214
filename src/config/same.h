/* Same: whether two configurations want the same of a component, whatever they look like.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Compared are effective settings, defaults and secrets included, by the rows of their keys; ids
 * are not. Out of memory unwinds from `arena`, which holds what is printed for it. */
#ifndef TM_CONFIG_SAME_H
#define TM_CONFIG_SAME_H

#include "config/settings.h"

/* With the extensions that they authenticate by. */
bool tm_same_receiver(tm_arena *arena, const tm_receiver_settings *a,
                      const tm_receiver_settings *b);
bool tm_same_exporter(tm_arena *arena, const tm_exporter_settings *a,
                      const tm_exporter_settings *b);

bool tm_same_extension(tm_arena *arena, const tm_extension_settings *a,
                       const tm_extension_settings *b);

bool tm_same_batch(tm_arena *arena, const tm_batch_settings *a, const tm_batch_settings *b);
bool tm_same_metrics(tm_arena *arena, const tm_metrics_settings *a, const tm_metrics_settings *b);

/* But for the level. */
bool tm_same_logs(tm_arena *arena, const tm_logs_settings *a, const tm_logs_settings *b);

#endif
