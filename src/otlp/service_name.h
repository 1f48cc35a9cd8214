/* Service name: of whom the spans of a resource are.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_SERVICE_NAME_H
#define TM_OTLP_SERVICE_NAME_H

#include "base/text.h"

/* The resource's service.name in a sound body of ResourceSpans; empty: it has none, or it is no
 * string. */
tm_text tm_service_name_of(tm_text resource_spans);

#endif
