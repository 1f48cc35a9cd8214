/* Partition: which requests may travel together, by the values of some of their headers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_PARTITION_H
#define TM_PIPE_PARTITION_H

#include "base/metric.h"
#include "io/bytes.h"
#include "vm/vm.h"

#include <pthread.h>

/* What of a client counts. */
typedef struct tm_partition_names {
    tm_texts headers;    /* letters of any case */
    tm_texts attributes; /* of its authentication */
} tm_partition_names;

/* Adds names and values of what is named as one text: the same values in the same number, the same
 * text. False when out of memory. */
bool tm_partition_key(const tm_partition_names *names, const tm_client *client, tm_bytes *key);

/* The first value that a key holds for the header or attribute of that name; false when it holds
 * none. */
bool tm_partition_value(tm_text key, tm_text name, tm_text *value);
bool tm_partition_attribute(tm_text key, tm_text name, tm_text *value);

/* The keys that a processor has seen. */
typedef struct tm_partitions {
    _Atomic uint64_t most; /* 0: no bound, and none is remembered */
    pthread_mutex_t lock;
    bool parts;   /* else everything is one combination */
    tm_text *key; /* sorted */
    size_t count, room;
    tm_series *counted; /* a gauge that tells how many there are; NULL: none does */
} tm_partitions;

void tm_partitions_init(tm_partitions *partitions, uint64_t most);
void tm_partitions_drop(tm_partitions *partitions);

/* From now on these settings count; what is known stays so. The series of before is there still. */
void tm_partitions_settle(tm_partitions *partitions, uint64_t most, bool parts, tm_series *counted);

/* False when it is a new one above the bound, or when out of memory. From any thread. */
bool tm_partitions_admit(tm_partitions *partitions, tm_text key);

#endif
