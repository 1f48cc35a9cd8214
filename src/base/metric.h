/* Metric: counters, gauges and histograms, and their Prometheus text.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A module lists its metrics in metrics.def, one row each:
 *     METRIC(ACCEPTED_SPANS, "otelcol_receiver_accepted_spans", COUNTER, "{spans}",
 *            "Number of spans pushed into the pipeline", "receiver,transport")
 * includes it in a table of tm_metric_row (TM_METRIC_ROW makes one), and registers what it needs at
 * start. Whoever counts keeps the series it got, and adds to it without a lock. */
#ifndef TM_BASE_METRIC_H
#define TM_BASE_METRIC_H

#include "base/buf.h"

#include <stdatomic.h>

typedef enum tm_metric_kind {
    TM_METRIC_COUNTER,
    TM_METRIC_GAUGE,
    TM_METRIC_HISTOGRAM
} tm_metric_kind;

typedef struct tm_metric_row {
    const char *name; /* Prometheus form, without _total; the unit may be missing */
    tm_metric_kind kind;
    const char *unit;
    const char *help;
    const char *labels; /* names, comma-separated; "" for none */
} tm_metric_row;

/* #define METRIC(id, ...) TM_METRIC_ROW(__VA_ARGS__), */
#define TM_METRIC_ROW(name_, kind_, unit_, help_, labels_)                                         \
    {                                                                                              \
        .name = (name_), .kind = TM_METRIC_##kind_, .unit = (unit_), .help = (help_),              \
        .labels = (labels_)                                                                        \
    }

enum { TM_METRIC_MOST_LABELS = 8, TM_METRIC_MOST_SERIES = 1000, TM_METRIC_MOST_BOUNDS = 64 };

typedef struct tm_registry tm_registry;
typedef struct tm_metric tm_metric;
typedef struct tm_series tm_series;

/* One metric with one set of label values. Only metric.c looks inside, but for the functions
 * below. */
struct tm_series {
    _Atomic uint64_t value; /* counter: a count; gauge: signed; histogram: observations */
    _Atomic uint64_t sum;   /* histogram: a double's bits */
    double (*read)(void *owner);
    void *owner;
    bool hidden;    /* was bound, and is no more */
    uint64_t shown; /* the value that is printed */
    tm_metric *metric;
    const void *last_owner;   /* who asked for it last, see tm_metric_owned_series */
    uint64_t holds;           /* by owners, and for good */
    _Atomic uint64_t *bucket; /* histogram: one a bound, and one above all bounds */
    tm_series *next;
    tm_text label[]; /* values, as many as the metric has labels */
};

tm_registry *tm_registry_new(const tm_heap *heap); /* NULL when out of memory */
void tm_registry_free(tm_registry *registry);      /* and every metric and series of it */

/* The metric of a row; the same one when the row's name was registered before. `row` must
 * outlive the registry. NULL when out of memory. */
tm_metric *tm_metric_register(tm_registry *registry, const tm_metric_row *row);

/* Sets the bounds of a histogram, ascending, at most TM_METRIC_MOST_BOUNDS, before its first
 * series; the array must outlive the registry. Once there are series the bounds stay as they
 * are. Without it the bounds are OpenTelemetry's (0, 5, 10, 25 ... 10000). */
void tm_metric_set_bounds(tm_metric *metric, const double *bound, unsigned count);

/* The series with these label values (copied), new or not, for good. Never NULL: beyond
 * TM_METRIC_MOST_SERIES, or when out of memory, it is the one labelled
 * otel_metric_overflow="true". */
tm_series *tm_metric_series(tm_metric *metric, const tm_text *label); /* no labels: NULL is fine */

/* Who counts in series for some time: an exporter, a ruleset. Zero-initialised but for `registry`,
 * which outlives it. */
typedef struct tm_series_owner {
    tm_registry *registry;
    struct tm_series_hold *held; /* under the registry's lock */
} tm_series_owner;

/* The same as tm_metric_series, but the owner holds it. A series that only owners asked for
 * vanishes with its last one; one that a next owner opens in time goes on from its value. From any
 * thread. */
tm_series *tm_metric_owned_series(tm_series_owner *owner, tm_metric *metric, const tm_text *label);

/* Gives back all series of the owner, who counts in them no more. */
void tm_series_owner_drop(tm_series_owner *owner);

/* The value of a counter or gauge is what read(owner) says whenever somebody looks; from any
 * thread. NULL takes the function back, and the series shows no more until it is bound again. */
void tm_series_bind(tm_series *series, double (*read)(void *owner), void *owner);
void tm_series_unbind(tm_series *series, const void *owner); /* unless another one bound it since */

/* Takes one observation of a histogram. */
void tm_series_observe(tm_series *series, double observed);

static inline void tm_series_add(tm_series *series, uint64_t n)
{
    atomic_fetch_add_explicit(&series->value, n, memory_order_relaxed);
}

static inline void tm_series_subtract(tm_series *series, uint64_t n)
{
    atomic_fetch_sub_explicit(&series->value, n, memory_order_relaxed);
}

static inline void tm_series_set(tm_series *series, int64_t value)
{
    atomic_store_explicit(&series->value, (uint64_t)value, memory_order_relaxed);
}

static inline uint64_t tm_series_value(const tm_series *series)
{
    return atomic_load_explicit(&series->value, memory_order_relaxed);
}

/* Counts between these belong together: tm_registry_print shows all of them or none, and whoever
 * else looks in between does, too. From any thread, for moments only, never one in the other. */
void tm_registry_begin(tm_registry *registry);
void tm_registry_end(tm_registry *registry);

/* Calls seen(owner, labels, value) for each series of a counter or gauge, with the values of its
 * row's labels. The registry is locked meanwhile: it asks nothing of it, and keeps nothing. */
typedef void tm_metric_seen(void *owner, const tm_text *label, double value);
void tm_metric_each(tm_metric *metric, tm_metric_seen *seen, void *owner);

/* Every metric that has a series, in Prometheus' text format 0.0.4, sorted by name and labels;
 * `suffixes` writes units (_seconds, _bytes) and, of counters, _total behind the names. */
void tm_registry_print(tm_registry *registry, bool suffixes, tm_buf *out);

/* The same as OpenMetrics 1.0, always with these suffixes; without exemplars. */
void tm_registry_print_open(tm_registry *registry, tm_buf *out);

#endif
