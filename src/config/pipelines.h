/* Pipelines: which components the service joins.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_PIPELINES_H
#define TM_CONFIG_PIPELINES_H

#include "config/reader.h"

/* Resolves service.pipelines and service.extensions; the components of *out are read already. An id
 * that is defined but was refused is not reported again. */
bool tm_pipelines_read(tm_reading *r, const tm_doc *service, tm_settings *out);

#endif
