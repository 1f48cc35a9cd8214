/* Packer: chunks and batches compressed where they are made, so that what waits is small; any
 * exporter whose requests may be compressed has one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_PACKER_H
#define TM_PIPE_PACKER_H

#include "io/coding.h"
#include "pipe/batch.h"

#include <pthread.h>

/* Threads that pack at the same time each take a deflater; more than so many are not kept. */
enum { TM_PACKER_IDLE = 16 };

typedef struct tm_packer {
    tm_coding coding;
    int level; /* of the coding; 0: its usual one */
    pthread_mutex_t lock;
    tm_deflater *idle[TM_PACKER_IDLE]; /* under the lock */
    unsigned idles;
} tm_packer;

void tm_packer_init(tm_packer *packer, tm_coding coding, int level);
void tm_packer_drop(tm_packer *packer);

/* Makes the message of the batch: batch->pieces, joined, are one body in the packer's coding. Once
 * done it does nothing more. From any thread. False: out of memory, nothing has changed. */
bool tm_packer_batch(tm_packer *packer, tm_batch *batch);

/* A chunk that is compressed already, which batches only join; from any thread. NULL: not possible
 * with this coding or on this machine, or out of memory or of the budget (NULL: none). */
tm_chunk *tm_packer_chunk(tm_packer *packer, tm_budget *budget, const tm_pieces *pieces,
                          uint32_t spans);

#endif
