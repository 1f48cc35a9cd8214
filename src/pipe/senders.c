/* Senders: choosing one, and the one that sends nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/senders.h"

#include <stdio.h>

static void send_nowhere(tm_sender *sender, tm_batch *batch)
{
    (void)sender;
    tm_exporter_sent(batch->exporter, batch,
                     &(tm_sent){.code = TM_STATUS_OK, .retry_delay_ms = -1});
}

static void free_nothing(tm_sender *sender)
{
    tm_heap_free(NULL, sender);
}

tm_sender *tm_sender_nop(const tm_exporter_settings *settings, const tm_sender_options *options,
                         char *error, size_t error_bytes)
{
    (void)settings;
    (void)options;
    tm_sender *sender = tm_heap_alloc(NULL, sizeof *sender);
    if (sender)
        *sender = (tm_sender){.send = send_nowhere, .free = free_nothing};
    else
        snprintf(error, error_bytes, "out of memory");
    return sender;
}

tm_sender *tm_sender_new(const tm_exporter_settings *settings, const tm_sender_options *options,
                         char *error, size_t error_bytes)
{
    switch (settings->type) {
    case TM_EXPORTER_OTLP:
        return tm_sender_otlp(settings, options, error, error_bytes);
    case TM_EXPORTER_DEBUG:
        return tm_sender_debug(settings, options, error, error_bytes);
    case TM_EXPORTER_FILE:
        return tm_sender_file(settings, options, error, error_bytes);
    case TM_EXPORTER_NOP:
        return tm_sender_nop(settings, options, error, error_bytes);
    default:
        snprintf(error, error_bytes, "exporter %.*s is not supported yet", TM_PRI(settings->id));
        return NULL;
    }
}
