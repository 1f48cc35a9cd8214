/* Packer: chunks and batches compressed, or put into JSON, where they are made, so that what waits
 * is small and the work is shared; any exporter whose requests may be so has one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_PACKER_H
#define TM_PIPE_PACKER_H

#include "config/ends.h"
#include "io/coding.h"
#include "pipe/batch.h"

#include <pthread.h>

/* Threads that pack at the same time each take a deflater; more than so many are not kept. */
enum { TM_PACKER_IDLE = 16 };

typedef struct tm_packer {
    tm_coding coding;
    int level; /* of the coding; 0: its usual one */
    bool json; /* requests are OTLP/JSON */
    pthread_mutex_t lock;
    tm_deflater *idle[TM_PACKER_IDLE]; /* under the lock */
    unsigned idles;
} tm_packer;

/* What the word of a configuration stands for. */
tm_coding tm_packer_coding(tm_compression compression);

void tm_packer_init(tm_packer *packer, tm_coding coding, int level);

/* Whether it does anything to what it packs. */
bool tm_packer_works(const tm_packer *packer);
void tm_packer_drop(tm_packer *packer);

/* Makes the message of the batch: batch->pieces, joined, are one body in the packer's coding. Once
 * done it does nothing more. From any thread. False: out of memory, nothing has changed. */
bool tm_packer_batch(tm_packer *packer, tm_batch *batch);

/* A chunk that is compressed already, which batches only join; from any thread. NULL: not possible
 * with this form or coding, or on this machine, or out of memory or of the budget (NULL: none). */
tm_chunk *tm_packer_chunk(tm_packer *packer, tm_budget *budget, const tm_pieces *pieces,
                          uint32_t spans);

#endif
