/* Connections: one line for attempts that failed, one for the end of that.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/connections.h"

#include "base/target.h"

/* One of localhost's two families is often not listened at, which is as good as both. */
static bool is_local(tm_text endpoint)
{
    tm_dial_target target;
    return !tm_target_read(endpoint, &target) && tm_text_is(target.host, "localhost");
}

void tm_connections_tell(void *owner, const tm_channel_news *news)
{
    const tm_connections *c = owner;
    if (!news->why) {
        tm_log_some(c->log, news->again ? TM_LOG_INFO : TM_LOG_DEBUG,
                    news->again ? "connected again" : "connected",
                    TM_LOG_OWN("exporter", c->exporter), TM_LOG_OWN("address", news->address),
                    TM_LOG_UINT("connections", news->connections));
        return;
    }
    bool enough = news->connections && is_local(c->endpoint);
    tm_log_some(c->log, enough ? TM_LOG_DEBUG : TM_LOG_WARN, "cannot connect",
                TM_LOG_OWN("exporter", c->exporter), TM_LOG_OWN("endpoint", c->endpoint),
                TM_LOG_OWN("reason", tm_text_of(news->why)),
                TM_LOG_UINT("connections", news->connections));
}
