/* Debug text: everything in a request as the Collector's debug exporter tells it in detail.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_DEBUG_TEXT_H
#define TM_PIPE_DEBUG_TEXT_H

#include "base/buf.h"

/* Adds the lines of a sound request, made in the buffer's arena. *resources, 0 at first, counts the
 * resources of one batch. */
void tm_debug_text_add(tm_buf *out, tm_text request, unsigned *resources);

#endif
