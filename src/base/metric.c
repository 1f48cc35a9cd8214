/* Metric: the registry; it grows under a lock, its values change without one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/metric_inside.h"

#include <assert.h>

static const double BOUNDS[] = {0,   5,   10,   25,   50,   75,   100,  250,
                                500, 750, 1000, 2500, 5000, 7500, 10000};

tm_registry *tm_registry_new(const tm_heap *heap)
{
    tm_registry *registry = tm_heap_alloc(heap, sizeof *registry);
    if (!registry)
        return NULL;
    *registry = (tm_registry){.heap = heap};
    pthread_mutex_init(&registry->lock, NULL);
    pthread_mutex_init(&registry->together, NULL);
    return registry;
}

static void free_metric(const tm_heap *heap, tm_metric *metric)
{
    for (tm_series *s = metric->series; s;) {
        tm_series *next = s->next;
        tm_heap_free(heap, s);
        s = next;
    }
    tm_heap_free(heap, metric->overflow);
    tm_heap_free(heap, metric);
}

void tm_registry_free(tm_registry *registry)
{
    if (!registry)
        return;
    for (tm_metric *m = registry->metrics; m;) {
        tm_metric *next = m->next;
        free_metric(registry->heap, m);
        m = next;
    }
    pthread_mutex_destroy(&registry->together);
    pthread_mutex_destroy(&registry->lock);
    tm_heap_free(registry->heap, registry);
}

void tm_registry_begin(tm_registry *registry)
{
    pthread_mutex_lock(&registry->together);
}

void tm_registry_end(tm_registry *registry)
{
    pthread_mutex_unlock(&registry->together);
}

static void cut_labels(tm_metric *metric, const char *labels)
{
    tm_text rest = tm_text_of(labels), name;
    if (rest.n == 0)
        return;
    while (tm_text_next(&rest, ',', &name)) {
        assert(metric->label_count < TM_METRIC_MOST_LABELS);
        metric->label[metric->label_count++] = tm_text_trim(name);
    }
}

/* The series, its label values and its buckets, in one block. Without labels it is the overflow,
 * which is made before the bounds are known. */
static tm_series *new_series(tm_metric *metric, const tm_text *label, unsigned count)
{
    unsigned buckets = metric->row->kind != TM_METRIC_HISTOGRAM ? 0
                       : label                                  ? metric->bound_count + 1
                                                                : TM_METRIC_MOST_BOUNDS + 1;
    size_t size = sizeof(tm_series) + count * sizeof(tm_text) + buckets * sizeof(_Atomic uint64_t);
    size_t texts = size;
    for (unsigned i = 0; i < count; i++)
        size += label[i].n;
    tm_series *s = tm_heap_alloc(metric->registry->heap, size);
    if (!s)
        return NULL;
    memset(s, 0, size);
    s->metric = metric;
    s->bucket = (_Atomic uint64_t *)(void *)(s->label + count);
    char *at = (char *)s + texts;
    for (unsigned i = 0; i < count; i++) {
        if (label[i].n)
            memcpy(at, label[i].p, label[i].n);
        s->label[i] = tm_text_slice(at, label[i].n);
        at += label[i].n;
    }
    return s;
}

static tm_metric *find_metric(tm_registry *registry, const char *name)
{
    for (tm_metric *m = registry->metrics; m; m = m->next)
        if (strcmp(m->row->name, name) == 0)
            return m;
    return NULL;
}

static tm_metric *add_metric(tm_registry *registry, const tm_metric_row *row)
{
    tm_metric *metric = tm_heap_alloc(registry->heap, sizeof *metric);
    if (!metric)
        return NULL;
    *metric = (tm_metric){.registry = registry,
                          .row = row,
                          .bound = BOUNDS,
                          .bound_count = sizeof BOUNDS / sizeof *BOUNDS};
    cut_labels(metric, row->labels);
    metric->overflow = new_series(metric, NULL, 0);
    if (!metric->overflow) {
        tm_heap_free(registry->heap, metric);
        return NULL;
    }
    metric->next = registry->metrics;
    registry->metrics = metric;
    return metric;
}

tm_metric *tm_metric_register(tm_registry *registry, const tm_metric_row *row)
{
    pthread_mutex_lock(&registry->lock);
    tm_metric *metric = find_metric(registry, row->name);
    if (!metric)
        metric = add_metric(registry, row);
    pthread_mutex_unlock(&registry->lock);
    return metric;
}

void tm_metric_set_bounds(tm_metric *metric, const double *bound, unsigned count)
{
    pthread_mutex_lock(&metric->registry->lock);
    assert(count <= TM_METRIC_MOST_BOUNDS);
    if (metric->series_count == 0) {
        metric->bound = bound;
        metric->bound_count = count;
    }
    pthread_mutex_unlock(&metric->registry->lock);
}

static bool has_labels(const tm_series *s, const tm_text *label, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!tm_text_equal(s->label[i], label[i]))
            return false;
    return true;
}

static tm_series *find_or_add(tm_metric *metric, const tm_text *label)
{
    const tm_text none = {0};
    if (metric->label_count == 0)
        label = &none;
    for (tm_series *s = metric->series; s; s = s->next)
        if (has_labels(s, label, metric->label_count))
            return s;
    if (metric->series_count == TM_METRIC_MOST_SERIES)
        return NULL;
    tm_series *s = new_series(metric, label, metric->label_count);
    if (!s)
        return NULL;
    s->next = metric->series;
    metric->series = s;
    metric->series_count++;
    return s;
}

/* Under the lock. */
static tm_series *find_or_overflow(tm_metric *metric, const tm_text *label)
{
    tm_series *s = find_or_add(metric, label);
    if (s)
        return s;
    metric->overflowed = true;
    return metric->overflow;
}

tm_series *tm_metric_series(tm_metric *metric, const tm_text *label)
{
    pthread_mutex_lock(&metric->registry->lock);
    tm_series *s = find_or_overflow(metric, label);
    s->holds++; /* for good */
    pthread_mutex_unlock(&metric->registry->lock);
    return s;
}

/* ---- owners ---------------------------------------------------------------------------------- */

typedef struct tm_series_hold {
    struct tm_series_hold *next;
    tm_series *series;
} tm_series_hold;

/* Without memory for the hold the series stays for good. */
static void hold(tm_series_owner *owner, tm_series *s)
{
    tm_series_hold *h = tm_heap_alloc(owner->registry->heap, sizeof *h);
    s->holds++;
    if (!h)
        return;
    *h = (tm_series_hold){owner->held, s};
    owner->held = h;
    s->last_owner = owner;
}

tm_series *tm_metric_owned_series(tm_series_owner *owner, tm_metric *metric, const tm_text *label)
{
    pthread_mutex_lock(&metric->registry->lock);
    tm_series *s = find_or_overflow(metric, label);
    if (s != metric->overflow && s->last_owner != owner)
        hold(owner, s);
    pthread_mutex_unlock(&metric->registry->lock);
    return s;
}

static void remove_series(tm_series *s)
{
    tm_metric *metric = s->metric;
    tm_series **at = &metric->series;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    metric->series_count--;
    tm_heap_free(metric->registry->heap, s);
}

void tm_series_owner_drop(tm_series_owner *owner)
{
    if (!owner->held)
        return;
    pthread_mutex_lock(&owner->registry->lock);
    while (owner->held) {
        tm_series_hold *h = owner->held;
        owner->held = h->next;
        if (h->series->last_owner == owner)
            h->series->last_owner = NULL;
        if (--h->series->holds == 0)
            remove_series(h->series);
        tm_heap_free(owner->registry->heap, h);
    }
    pthread_mutex_unlock(&owner->registry->lock);
}

void tm_series_bind(tm_series *series, double (*read)(void *owner), void *owner)
{
    tm_registry *registry = series->metric->registry;
    pthread_mutex_lock(&registry->lock);
    series->read = read;
    series->owner = owner;
    series->hidden = read == NULL;
    pthread_mutex_unlock(&registry->lock);
}

void tm_series_unbind(tm_series *series, const void *owner)
{
    tm_registry *registry = series->metric->registry;
    pthread_mutex_lock(&registry->lock);
    if (series->owner == owner) {
        series->read = NULL;
        series->owner = NULL;
        series->hidden = true;
    }
    pthread_mutex_unlock(&registry->lock);
}

void tm_series_observe(tm_series *series, double observed)
{
    const tm_metric *metric = series->metric;
    unsigned i = 0;
    while (i < metric->bound_count && !(observed <= metric->bound[i]))
        i++;
    atomic_fetch_add_explicit(&series->bucket[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&series->value, 1, memory_order_relaxed);
    uint64_t before = atomic_load_explicit(&series->sum, memory_order_relaxed), after;
    do {
        double sum;
        memcpy(&sum, &before, sizeof sum);
        sum += observed;
        memcpy(&after, &sum, sizeof after);
    } while (!atomic_compare_exchange_weak_explicit(&series->sum, &before, after,
                                                    memory_order_relaxed, memory_order_relaxed));
}

void tm_metric_each(tm_metric *metric, tm_metric_seen *seen, void *owner)
{
    pthread_mutex_lock(&metric->registry->lock);
    for (const tm_series *s = metric->series; s; s = s->next)
        if (!s->hidden)
            seen(owner, s->label,
                 s->read ? s->read(s->owner) : (double)(int64_t)tm_series_value(s));
    pthread_mutex_unlock(&metric->registry->lock);
}
