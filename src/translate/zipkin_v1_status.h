/* Zipkin, v1 status: what the tags of a v1 span say of its status, the better source first.
 * For zipkin_v1. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TRANSLATE_ZIPKIN_V1_STATUS_H
#define TM_TRANSLATE_ZIPKIN_V1_STATUS_H

#include "translate/draft.h"

typedef struct tm_zipkin_v1_source {
    bool told;
    int32_t code;
    tm_text message;
} tm_zipkin_v1_source;

/* Zero-initialise. */
typedef struct tm_zipkin_v1_status {
    tm_zipkin_v1_source census, own, http; /* "census.status_code", "otel.status_code", HTTP's */
    bool failed;                           /* there is a tag "error" */
} tm_zipkin_v1_status;

/* Notes what a tag says. True: it says nothing else, and is no attribute. */
bool tm_zipkin_v1_status_takes(tm_zipkin_v1_status *status, tm_text key, tm_value value);

void tm_zipkin_v1_status_tell(const tm_zipkin_v1_status *status, tm_span_draft *span);

#endif
