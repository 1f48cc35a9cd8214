/* Health: answers Check.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/health.h"

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

/* HealthCheckRequest{service = 1}: the field alone, with a length of one byte, or nothing at
 * all; no service that we have needs more. */
static bool read_service(tm_text body, tm_text *service)
{
    *service = tm_text_slice("", 0);
    if (body.n == 0)
        return true;
    if (body.n < 2 || body.p[0] != 0x0a || (size_t)body.p[1] != body.n - 2)
        return false;
    *service = tm_text_skip(body, 2);
    return true;
}

static void check(void *owner, tm_exchange *exchange)
{
    tm_health *health = owner;
    tm_text service;
    tm_reply reply = {.status.code = TM_STATUS_OK};
    bool known = read_service(exchange->body, &service) &&
                 (service.n == 0 ||
                  tm_text_is(service, "opentelemetry.proto.collector.trace.v1.TraceService"));
    if (!known)
        reply.status = (tm_status){TM_STATUS_NOT_FOUND, TM_TEXT("unknown service"), 0};
    else if (atomic_load(&health->serving))
        reply.body = TM_TEXT("\x08\x01"); /* HealthCheckResponse{status: SERVING} */
    else
        reply.body = TM_TEXT("\x08\x02"); /* NOT_SERVING */
    tm_exchange_reply(exchange, &reply);
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
