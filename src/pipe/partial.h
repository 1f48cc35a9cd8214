/* Partial: the answer to a request of which some spans were rejected.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_PARTIAL_H
#define TM_PIPE_PARTIAL_H

#include "net/server.h"

enum { TM_PARTIAL_REASON_BYTES = 256, TM_PARTIAL_BODY_BYTES = 2048 };

/* Zero: none were. */
typedef struct tm_partial {
    uint32_t rejected;
    uint32_t n; /* bytes of reason */
    char reason[TM_PARTIAL_REASON_BYTES];
} tm_partial;

/* Notes so many spans, and why the first was rejected, in UTF-8; a long text is cut. */
void tm_partial_note(tm_partial *partial, uint32_t rejected, tm_text reason);

/* The reply to the exchange, a plain success when none were rejected. The message, an
 * ExportTraceServiceResponse in the request's encoding, is in `room`, of TM_PARTIAL_BODY_BYTES. */
tm_reply tm_partial_reply(const tm_partial *partial, const tm_exchange *exchange, char *room);

#endif
