/* Ports of the receiver zipkin: one listener.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"
#include "pipe/receive_zipkin.h"

static int listen_zipkin(tm_daemon_receiver *r)
{
    size_t count;
    const tm_service *services = tm_zipkin_services(r->self, &count);
    return tm_daemon_listen_http(r, &r->settings->zipkin.http, services, count);
}

const tm_receiver_kind tm_receiver_kind_zipkin = {.protocol = &tm_receive_zipkin,
                                                  .listen = listen_zipkin};
