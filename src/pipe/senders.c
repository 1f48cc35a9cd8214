/* Senders: choosing one, and the one that sends nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/senders.h"

#include <assert.h>
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

static tm_sender_fn *const SENDERS[] = {
#define SENDER_BUILT(MEMBER) tm_sender_##MEMBER
#define SENDER_SOON(MEMBER) NULL
#define EXPORTER(ID, MEMBER, NAME, STATE, ...) [TM_EXPORTER_##ID] = SENDER_##STATE(MEMBER),
#include "config/keys/exporters.def"
#undef EXPORTER
};

tm_sender *tm_sender_new(const tm_exporter_settings *settings, const tm_sender_options *options,
                         char *error, size_t error_bytes)
{
    assert(SENDERS[settings->type]); /* the configuration refuses those that are not built */
    return SENDERS[settings->type](settings, options, error, error_bytes);
}
