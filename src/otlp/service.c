/* Service: what the trace service answers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/service.h"

#include "otlp.pb-c.h"

static void *allocate(void *arena, size_t size)
{
    return tm_arena_alloc(arena, size);
}

static void release(void *arena, void *block)
{
    (void)arena; /* the arena frees all at once */
    (void)block;
}

bool tm_export_response_read(tm_arena *arena, tm_text bytes, tm_export_response *out)
{
    ProtobufCAllocator allocator = {.alloc = allocate, .free = release, .allocator_data = arena};
    *out = (tm_export_response){.error_message = TM_TEXT("")};
    Otlp__ExportTraceServiceResponse *response =
        otlp__export_trace_service_response__unpack(&allocator, bytes.n, (const uint8_t *)bytes.p);
    if (!response)
        return false;
    if (!response->partial_success)
        return true;
    out->rejected_spans = response->partial_success->rejected_spans;
    if (response->partial_success->error_message)
        out->error_message = tm_text_of(response->partial_success->error_message);
    return true;
}
