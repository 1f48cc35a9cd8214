/* Ports of the receiver zipkin: one listener.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"
#include "pipe/receive_zipkin.h"

static int listen_zipkin(tm_daemon_receiver *r)
{
    size_t count;
    const tm_service *services = tm_zipkin_receiver_services(r->self, &count);
    return tm_daemon_listen_http(r, &r->settings->zipkin.http, services, count,
                                 tm_zipkin_receiver_tell);
}

static void *open_zipkin(const tm_receiver_options *options)
{
    return tm_zipkin_receiver_new(options);
}

static void free_zipkin(void *receiver)
{
    tm_zipkin_receiver_free(receiver);
}

static void refresh_zipkin(void *receiver, unsigned worker)
{
    tm_zipkin_receiver_refresh(receiver, worker);
}

static void keep_zipkin(void *receiver)
{
    tm_zipkin_receiver_keep(receiver);
}

static bool is_busy_zipkin(void *receiver, unsigned worker)
{
    return tm_zipkin_receiver_is_busy(receiver, worker);
}

const tm_receiver_kind tm_receiver_kind_zipkin = {.open = open_zipkin,
                                                  .free = free_zipkin,
                                                  .listen = listen_zipkin,
                                                  .refresh = refresh_zipkin,
                                                  .keep = keep_zipkin,
                                                  .is_busy = is_busy_zipkin};
