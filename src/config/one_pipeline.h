/* One pipeline: the processors of a pipeline alone, whatever stands around them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_ONE_PIPELINE_H
#define TM_CONFIG_ONE_PIPELINE_H

#include "config/settings.h"

typedef struct tm_one_pipeline {
    tm_settings settings; /* with this pipeline only */
    tm_texts ids;         /* of the pipelines of traces that there are */
    tm_texts limiters;    /* processors that were left out: they judge no span */
} tm_one_pipeline;

/* Reads the processors of the pipeline of traces that has that id; an empty one means the only one.
 * Receivers, exporters, extensions and other pipelines are not looked at, and need not be there.
 * False: with errors in `diags`, or without, when there is no such pipeline or several.
 * settings.unread tells of a file that cannot be read. */
bool tm_one_pipeline_read(tm_arena *arena, tm_diags *diags, const tm_config_sources *sources,
                          tm_text id, tm_one_pipeline *out);

#endif
