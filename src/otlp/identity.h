/* Identity: which span it is that lies in some bytes. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_IDENTITY_H
#define TM_OTLP_IDENTITY_H

#include "otlp/field_numbers.h"
#include "otlp/wire.h"

/* What SDKs write first. Texts that are not there have p NULL. */
typedef struct tm_span_identity {
    tm_text trace_id, span_id, name;
} tm_span_identity;

/* The body of a field that stands alone, tag and length taken off; empty: it has none. */
static inline tm_text tm_wire_body(tm_text field)
{
    tm_wire_field f;
    return field.n && tm_wire_next(field.p, field.p + field.n, &f) && f.type == TM_WIRE_BYTES
               ? f.bytes
               : TM_TEXT("");
}

/* Whether a field of that tag and length, both one byte, stands there. */
static inline bool tm_wire_is_at(const char *p, uint32_t number, uint8_t n)
{
    const uint8_t wanted[] = {(uint8_t)(number << 3 | TM_WIRE_BYTES), n};
    return memcmp(p, wanted, sizeof wanted) == 0;
}

/* Where the length of its name stands in a Span of at least 40 bytes that begins as SDKs write it:
 * with its ids, its parent's perhaps, and the name behind them. NULL: it does not. */
static inline const char *tm_span_usual_name(const char *p)
{
    const char tag = TM_NUMBER_SPAN_name << 3 | TM_WIRE_BYTES;
    if (!tm_wire_is_at(p, TM_NUMBER_SPAN_trace_id, 16) ||
        !tm_wire_is_at(p + 18, TM_NUMBER_SPAN_span_id, 8))
        return NULL;
    if (p[28] == tag)
        return p + 29;
    return tm_wire_is_at(p + 28, TM_NUMBER_SPAN_parent_span_id, 8) && p[38] == tag ? p + 39 : NULL;
}

/* Of the body of a Span: reads on until all are found. */
tm_span_identity tm_span_identify(tm_text span);

/* The trace id alone, wherever it stands. */
tm_text tm_span_find_trace_id(tm_text span);

static inline bool tm_span_begins_with_trace_id(tm_text span)
{
    return span.n >= 2 + 16 && tm_wire_is_at(span.p, TM_NUMBER_SPAN_trace_id, 16);
}

static inline tm_text tm_span_trace_id(tm_text span)
{
    if (tm_span_begins_with_trace_id(span))
        return tm_text_slice(span.p + 2, 16);
    return tm_span_find_trace_id(span);
}

#endif
