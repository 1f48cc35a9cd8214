/* Connections: what is logged of an exporter's connections to its backend.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_CONNECTIONS_H
#define TM_PIPE_CONNECTIONS_H

#include "base/log.h"
#include "base/text.h"
#include "net/client/client.h"

typedef struct tm_connections {
    tm_log *log;
    tm_text exporter, endpoint; /* id, and what the configuration says; both outlive it */
} tm_connections;

/* For tm_channel_options.tell; the owner is a tm_connections. Failed attempts are warnings, a
 * connection after them is told too. */
void tm_connections_tell(void *owner, const tm_channel_news *news);

#endif
