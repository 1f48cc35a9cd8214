/* Document: any JSON document of spans to OTLP.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TRANSLATE_DOCUMENT_H
#define TM_TRANSLATE_DOCUMENT_H

#include "base/arena.h"

/* Turns a JSON document into an ExportTraceServiceRequest, in the arena. Which format it is is told
 * by the names of its members: OTLP/JSON, what Tempo's /api/traces answers (ids in base64),
 * Zipkin's v2 spans, Jaeger's traces. False: *error says what is wrong and where; it may hold names
 * of the document. */
bool tm_document_translate(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error);

#endif
