/* Health: answers Check.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/health.h"

#include "net/grpc_messages.h"

#include <stdatomic.h>

struct tm_health {
    const tm_heap *heap;
    atomic_bool serving;
};

tm_health *tm_health_new(const tm_heap *heap)
{
    tm_health *health = tm_heap_alloc(heap, sizeof *health);
    if (!health)
        return NULL;
    health->heap = heap;
    atomic_init(&health->serving, true);
    return health;
}

void tm_health_free(tm_health *health)
{
    if (health)
        tm_heap_free(health->heap, health);
}

void tm_health_set(tm_health *health, bool serving)
{
    atomic_store(&health->serving, serving);
}

bool tm_health_serving(const tm_health *health)
{
    return atomic_load(&health->serving);
}

static bool is_ours(tm_text service)
{
    return service.n == 0 ||
           tm_text_is(service, "opentelemetry.proto.collector.trace.v1.TraceService");
}

static void check(void *owner, tm_exchange *exchange)
{
    tm_health *health = owner;
    tm_bytes service = {.heap = health->heap}, answer = {.heap = health->heap};
    tm_reply reply = {.status.code = TM_STATUS_OK};
    if (!tm_messages_health_service(exchange->body, &service) || !is_ours(tm_bytes_text(&service)))
        reply.status = (tm_status){TM_STATUS_NOT_FOUND, TM_TEXT("unknown service"), 0};
    else if (!tm_messages_add_health(atomic_load(&health->serving), &answer))
        reply.status = (tm_status){TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"), 0};
    reply.body = tm_bytes_text(&answer);
    tm_exchange_reply(exchange, &reply);
    tm_bytes_free(&service);
    tm_bytes_free(&answer);
}

tm_service tm_health_service(tm_health *health)
{
    return (tm_service){
        .kind = TM_SERVICE_GRPC,
        .path = TM_TEXT("/grpc.health.v1.Health/Check"),
        .max_bytes = 1024,
        .for_all = true, /* probes have no credentials */
        .serve = check,
        .owner = health,
    };
}
