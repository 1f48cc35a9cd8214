/* Metric: what the registry and its text share. For base/metric*.c only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_METRIC_INSIDE_H
#define TM_BASE_METRIC_INSIDE_H

#include "base/metric.h"

#include <pthread.h>

struct tm_metric {
    tm_registry *registry;
    const tm_metric_row *row;
    tm_text label[TM_METRIC_MOST_LABELS]; /* names */
    unsigned label_count;
    const double *bound;
    unsigned bound_count;
    tm_series *series;
    unsigned series_count;
    tm_series *overflow;
    bool overflowed;
    tm_metric *next;
};

struct tm_registry {
    const tm_heap *heap;
    pthread_mutex_t lock;     /* of the lists, and of what series are bound to */
    pthread_mutex_t together; /* held where counts belong together; inside of `lock` */
    tm_metric *metrics;
};

#endif
