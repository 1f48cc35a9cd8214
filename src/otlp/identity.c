/* Identity: fields that SDKs write first, found wherever they stand.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/identity.h"

tm_span_identity tm_span_identify(tm_text span)
{
    tm_span_identity id = {0};
    tm_wire_field f;
    const char *p = span.p, *end = p + span.n;
    while (p < end && !(id.trace_id.p && id.span_id.p && id.name.p) &&
           (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.type != TM_WIRE_BYTES)
            continue;
        if (f.number == TM_NUMBER_SPAN_trace_id)
            id.trace_id = f.bytes;
        else if (f.number == TM_NUMBER_SPAN_span_id)
            id.span_id = f.bytes;
        else if (f.number == TM_NUMBER_SPAN_name)
            id.name = f.bytes;
    }
    return id;
}

tm_text tm_span_find_trace_id(tm_text span)
{
    tm_text id = {0};
    tm_wire_next_bytes(&span, TM_NUMBER_SPAN_trace_id, &id);
    return id;
}
