/* Split: cutting a request into several, by spans and by bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_SPLIT_H
#define TM_OTLP_SPLIT_H

#include "otlp/pieces.h"

/* Takes one part; its pieces are valid during the call. False stops. */
typedef bool (*tm_split_part)(void *owner, const tm_pieces *part, uint32_t spans);

/* Cuts a sound request into parts of at most max_spans spans (0: no bound) and max_bytes bytes (0:
 * no bound), in order. The first part has at most first_spans spans (0: max_spans). Each part
 * repeats resource, scope and schema URLs. A span that is larger alone than max_bytes travels
 * alone. Scopes and resources without spans go with the part before them, if they fit. False when
 * `take` stopped it. */
bool tm_split(tm_arena *arena, tm_text request, uint32_t first_spans, uint32_t max_spans,
              size_t max_bytes, tm_split_part take, void *owner);

/* Number of spans in a sound request. */
uint32_t tm_split_count(tm_text request);

#endif
