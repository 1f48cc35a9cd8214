/* Exporter, limits: how the batches of a pipeline are to be formed for one of its exporters.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_EXPORTER_LIMITS_H
#define TM_PIPE_EXPORTER_LIMITS_H

#include "config/settings.h"
#include "pipe/batch.h"

/* Whether the pipeline sends to it. */
bool tm_pipeline_names(const tm_pipeline_settings *pipeline, const tm_exporter_settings *exporter);

/* By the batch processor, or by the exporter's own queue. The texts are those of the settings. */
tm_batch_limits tm_pipeline_limits(const tm_pipeline_settings *pipeline,
                                   const tm_exporter_settings *exporter);

#endif
