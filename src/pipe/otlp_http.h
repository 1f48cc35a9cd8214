/* OTLP/HTTP: where requests go to, and what answers mean for a batch. Pure functions.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_OTLP_HTTP_H
#define TM_PIPE_OTLP_HTTP_H

#include "config/settings.h"
#include "net/http_client/http_client.h"
#include "pipe/exporter.h"

/* The URL that takes spans: traces_endpoint, or endpoint and /v1/traces. */
tm_text tm_otlp_http_url(tm_arena *arena, const tm_http_exporter_settings *settings);

/* May a header of this name, in any case, be set by the configuration? HTTP sets the others. */
bool tm_otlp_http_takes_header(tm_text name);

/* What the answer says of a batch of so many spans; its texts are in the arena. A request that got
 * no answer is worth another try, one that was answered when the status says so (OC-05): 429, 502,
 * 503 or 504. `now_ms` is since 1970. */
tm_sent tm_otlp_http_sent(tm_arena *arena, const tm_http_answer *answer, uint64_t spans,
                          uint64_t now_ms);

#endif
