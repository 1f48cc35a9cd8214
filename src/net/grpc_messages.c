/* Messages: reading and packing them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/grpc_messages.h"

#include "grpc.pb-c.h"

enum { SERVING = 1, NOT_SERVING = 2, MS_PER_S = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

/* ---- memory --------------------------------------------------------------------------------- */

static void *allocate(void *heap, size_t size)
{
    return tm_heap_alloc(heap, size);
}

static void release(void *heap, void *block)
{
    tm_heap_free(heap, block);
}

static ProtobufCAllocator allocator_of(const tm_heap *heap)
{
    return (ProtobufCAllocator){
        .alloc = allocate, .free = release, .allocator_data = (void *)(uintptr_t)heap};
}

static ProtobufCBinaryData data_of(tm_text text)
{
    return (ProtobufCBinaryData){.len = text.n, .data = (uint8_t *)(uintptr_t)text.p};
}

static tm_text text_of(ProtobufCBinaryData data)
{
    return tm_text_slice(data.data, data.len);
}

static bool add_packed(const ProtobufCMessage *message, tm_bytes *out)
{
    if (!tm_bytes_reserve(out, protobuf_c_message_get_packed_size(message)))
        return false;
    out->n += protobuf_c_message_pack(message, (uint8_t *)out->p + out->n);
    return true;
}

/* ---- google.rpc.Status ---------------------------------------------------------------------- */

bool tm_messages_add_status(const tm_status *status, tm_bytes *out)
{
    Grpc__Status message = GRPC__STATUS__INIT;
    Grpc__Duration delay = GRPC__DURATION__INIT;
    Grpc__RetryInfo info = GRPC__RETRY_INFO__INIT;
    Grpc__Any any = GRPC__ANY__INIT, *details[] = {&any};
    uint8_t packed[32]; /* a RetryInfo takes at most 20 bytes */
    message.code = (int32_t)status->code;
    message.message = data_of(status->message);
    if (status->retry_after_ms) {
        delay.seconds = (int64_t)(status->retry_after_ms / MS_PER_S);
        delay.nanos = (int32_t)(status->retry_after_ms % MS_PER_S * NS_PER_MS);
        info.retry_delay = &delay;
        any.type_url = data_of(TM_TEXT(TM_RETRY_INFO_TYPE));
        any.value.data = packed;
        any.value.len = grpc__retry_info__pack(&info, packed);
        message.details = details;
        message.n_details = 1;
    }
    return add_packed(&message.base, out);
}

static int64_t delay_ms(const Grpc__Duration *delay)
{
    if (!delay || delay->seconds < 0 || delay->seconds >= UINT32_MAX || delay->nanos < 0 ||
        delay->nanos >= NS_PER_S)
        return 0;
    return delay->seconds * MS_PER_S + (delay->nanos + NS_PER_MS - 1) / NS_PER_MS;
}

/* Sets *ms when the detail is a RetryInfo; false when that is malformed. */
static bool read_detail(const Grpc__Any *detail, ProtobufCAllocator *allocator, int64_t *ms)
{
    if (!tm_text_ends(text_of(detail->type_url), TM_TEXT("/google.rpc.RetryInfo")))
        return true;
    Grpc__RetryInfo *info =
        grpc__retry_info__unpack(allocator, detail->value.len, detail->value.data);
    if (!info)
        return false;
    *ms = delay_ms(info->retry_delay);
    grpc__retry_info__free_unpacked(info, allocator);
    return true;
}

int64_t tm_messages_retry_delay_ms(tm_text status, const tm_heap *heap)
{
    ProtobufCAllocator allocator = allocator_of(heap);
    Grpc__Status *message = grpc__status__unpack(&allocator, status.n, (const uint8_t *)status.p);
    if (!message)
        return -1;
    int64_t ms = -1;
    bool fine = true;
    for (size_t i = 0; fine && i < message->n_details; i++)
        fine = read_detail(message->details[i], &allocator, &ms);
    grpc__status__free_unpacked(message, &allocator);
    return fine ? ms : -1;
}

static void *allocate_in(void *arena, size_t size)
{
    return tm_arena_alloc(arena, size);
}

static void release_in(void *arena, void *block)
{
    (void)arena, (void)block; /* the arena frees all at once */
}

tm_text tm_messages_status_text(tm_arena *arena, tm_text status)
{
    ProtobufCAllocator allocator = {
        .alloc = allocate_in, .free = release_in, .allocator_data = arena};
    Grpc__Status *message = grpc__status__unpack(&allocator, status.n, (const uint8_t *)status.p);
    return message ? text_of(message->message) : TM_TEXT("");
}

/* ---- grpc.health.v1 ------------------------------------------------------------------------- */

bool tm_messages_health_service(tm_text request, tm_bytes *service)
{
    ProtobufCAllocator allocator = allocator_of(service->heap);
    Grpc__HealthCheckRequest *message =
        grpc__health_check_request__unpack(&allocator, request.n, (const uint8_t *)request.p);
    bool fine = message && tm_bytes_add(service, text_of(message->service));
    if (message)
        grpc__health_check_request__free_unpacked(message, &allocator);
    return fine;
}

bool tm_messages_add_health(bool serving, tm_bytes *out)
{
    Grpc__HealthCheckResponse message = GRPC__HEALTH_CHECK_RESPONSE__INIT;
    message.status = serving ? SERVING : NOT_SERVING;
    return add_packed(&message.base, out);
}
