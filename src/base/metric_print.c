/* Metric: the Prometheus text format, and OpenMetrics.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/metric_inside.h"

#include "base/json_write.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

static const char *const KINDS[] = {"counter", "gauge", "histogram"};

typedef enum form {
    PLAIN,    /* 0.0.4 */
    SUFFIXED, /* the same, with units and, of counters, _total behind the names */
    OPEN      /* OpenMetrics 1.0: the names are those of SUFFIXED */
} form;

/* One line to be written: a metric's name with a suffix, a series' labels and perhaps one more. */
typedef struct sample {
    const tm_series *series;
    const char *name;
    const char *suffix;
    tm_text bound; /* of a bucket; empty: none */
} sample;

static void add_escaped(tm_buf *out, tm_text t, bool quotes)
{
    t = tm_utf8_mend(out->arena, t);
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] == '\n')
            tm_buf_add(out, TM_TEXT("\\n"));
        else if (t.p[i] == '\\' || (quotes && t.p[i] == '"'))
            tm_buf_print(out, "\\%c", t.p[i]);
        else
            tm_buf_add_char(out, t.p[i]);
    }
}

static void add_label(tm_buf *out, tm_text name, tm_text value, char *before)
{
    tm_buf_add_char(out, *before);
    tm_buf_add(out, name);
    tm_buf_add(out, TM_TEXT("=\""));
    add_escaped(out, value, true);
    tm_buf_add_char(out, '"');
    *before = ',';
}

static void add_name(tm_buf *out, const sample *s)
{
    const tm_metric *metric = s->series->metric;
    char before = '{';
    tm_buf_print(out, "%s%s", s->name, s->suffix);
    if (s->series == metric->overflow)
        add_label(out, TM_TEXT("otel_metric_overflow"), TM_TEXT("true"), &before);
    else
        for (unsigned i = 0; i < metric->label_count; i++)
            if (s->series->label[i].n) /* to Prometheus an empty label is none */
                add_label(out, metric->label[i], s->series->label[i], &before);
    if (s->bound.n)
        add_label(out, TM_TEXT("le"), s->bound, &before);
    tm_buf_add(out, before == ',' ? TM_TEXT("} ") : TM_TEXT(" "));
}

static tm_text text_of(tm_arena *arena, double number)
{
    if (isinf(number))
        return number > 0 ? TM_TEXT("+Inf") : TM_TEXT("-Inf");
    char *p = tm_arena_alloc(arena, TM_NUMBER_ROOM);
    return tm_text_slice(p, tm_number_print(p, number, TM_EXPONENT_PADDED));
}

static void add_double(tm_buf *out, double number)
{
    tm_buf_add(out, text_of(out->arena, number));
    tm_buf_add_char(out, '\n');
}

static void add_count(tm_buf *out, uint64_t count)
{
    tm_json_write_uint(out, count);
    tm_buf_add_char(out, '\n');
}

/* In OpenMetrics a bound is a float: "5.0". */
static tm_text bound_of(tm_arena *arena, double bound, form as)
{
    tm_text text = text_of(arena, bound);
    bool whole = as == OPEN && !isinf(bound) && tm_text_find(text, TM_TEXT(".")) < 0 &&
                 tm_text_find(text, TM_TEXT("e")) < 0;
    return whole ? tm_arena_print(arena, "%.*s.0", TM_PRI(text)) : text;
}

static void print_histogram(tm_buf *out, const tm_series *series, const char *name, form as)
{
    const tm_metric *metric = series->metric;
    uint64_t total = 0;
    sample s = {.series = series, .name = name, .suffix = "_bucket"};
    for (unsigned i = 0; i <= metric->bound_count; i++) {
        double bound = i < metric->bound_count ? metric->bound[i] : INFINITY;
        s.bound = bound_of(out->arena, bound, as);
        total += atomic_load_explicit(&series->bucket[i], memory_order_relaxed);
        add_name(out, &s);
        add_count(out, total);
    }
    uint64_t bits = atomic_load_explicit(&series->sum, memory_order_relaxed);
    double sum;
    memcpy(&sum, &bits, sizeof sum);
    s.bound = TM_TEXT("");
    s.suffix = "_sum";
    add_name(out, &s);
    add_double(out, sum);
    s.suffix = "_count";
    add_name(out, &s);
    add_count(out, total); /* that of the buckets, so that the three agree while others observe */
}

static void print_series(tm_buf *out, const tm_series *series, const char *name, const char *suffix,
                         form as)
{
    tm_metric_kind kind = series->metric->row->kind;
    if (kind == TM_METRIC_HISTOGRAM) {
        print_histogram(out, series, name, as);
        return;
    }
    add_name(out, &(sample){.series = series, .name = name, .suffix = suffix});
    if (series->read) {
        add_double(out, series->read(series->owner));
    } else if (kind == TM_METRIC_GAUGE) {
        tm_json_write_int(out, (int64_t)series->shown);
        tm_buf_add_char(out, '\n');
    } else {
        add_count(out, series->shown);
    }
}

static int by_labels(const void *a, const void *b)
{
    const tm_series *x = *(const tm_series *const *)a, *y = *(const tm_series *const *)b;
    int order = 0;
    for (unsigned i = 0; i < x->metric->label_count && order == 0; i++)
        order = tm_text_compare(x->label[i], y->label[i]);
    return order;
}

static int by_name(const void *a, const void *b)
{
    const tm_metric *x = *(const tm_metric *const *)a, *y = *(const tm_metric *const *)b;
    return strcmp(x->row->name, y->row->name);
}

/* A metric's name without the end that its samples have beside it: "target_info" is the sample of
 * the info "target". */
static tm_text family_of(const tm_metric_row *row, const char *full_name, bool *info)
{
    tm_text name = tm_text_of(full_name), end = TM_TEXT("_info");
    *info = row->kind == TM_METRIC_GAUGE && tm_text_ends(name, end);
    if (*info)
        name.n -= end.n;
    return name;
}

/* The unit as Prometheus and OpenMetrics write it; NULL: none that names have. */
static const char *unit_of(const tm_metric_row *row)
{
    static const struct {
        const char *unit, *word;
    } UNITS[] = {{"s", "seconds"}, {"By", "bytes"}};
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (!strcmp(row->unit, UNITS[i].unit))
            return UNITS[i].word;
    return NULL;
}

/* The name with its unit, which many rows have in it already. */
static const char *name_with_unit(tm_arena *arena, const tm_metric_row *row)
{
    const char *unit = unit_of(row);
    const tm_text name = tm_text_of(row->name);
    if (!unit || tm_text_ends(name, tm_text_of(unit)))
        return row->name;
    return tm_arena_print(arena, "%s_%s", row->name, unit).p;
}

static void print_open_head(tm_buf *out, const tm_metric_row *row, const char *name)
{
    bool info;
    const tm_text family = family_of(row, name, &info);
    const char *unit = unit_of(row);
    tm_buf_print(out, "# TYPE %.*s %s\n", TM_PRI(family), info ? "info" : KINDS[row->kind]);
    if (unit)
        tm_buf_print(out, "# UNIT %.*s %s\n", TM_PRI(family), unit);
    tm_buf_print(out, "# HELP %.*s ", TM_PRI(family));
    add_escaped(out, tm_text_of(row->help), true);
    tm_buf_add_char(out, '\n');
}

static void print_head(tm_buf *out, const tm_metric_row *row, const char *name, const char *suffix)
{
    tm_buf_print(out, "# HELP %s%s ", name, suffix);
    add_escaped(out, tm_text_of(row->help), false);
    tm_buf_print(out, "\n# TYPE %s%s %s\n", name, suffix, KINDS[row->kind]);
}

static void print_metric(tm_buf *out, const tm_metric *metric, form as)
{
    const tm_series **sorted =
        TM_NEW_ARRAY(out->arena, metric->series_count + 1, const tm_series *);
    size_t n = 0;
    for (const tm_series *s = metric->series; s; s = s->next)
        if (!s->hidden)
            sorted[n++] = s;
    qsort(sorted, n, sizeof *sorted, by_labels);
    if (metric->overflowed)
        sorted[n++] = metric->overflow;
    if (n == 0)
        return;
    const tm_metric_row *row = metric->row;
    const char *suffix = as != PLAIN && row->kind == TM_METRIC_COUNTER ? "_total" : "";
    const char *name = as == PLAIN ? row->name : name_with_unit(out->arena, row);
    if (as == OPEN)
        print_open_head(out, row, name);
    else
        print_head(out, row, name, suffix);
    for (size_t i = 0; i < n; i++)
        print_series(out, sorted[i], name, suffix, as);
}

/* What is printed is of one moment, so that what was counted together is shown together. Of a
 * histogram and of what is bound it is not. */
static void look(tm_registry *registry)
{
    pthread_mutex_lock(&registry->together);
    for (tm_metric *m = registry->metrics; m; m = m->next) {
        for (tm_series *s = m->series; s; s = s->next)
            s->shown = tm_series_value(s);
        m->overflow->shown = tm_series_value(m->overflow);
    }
    pthread_mutex_unlock(&registry->together);
}

static void print_all(tm_registry *registry, form as, tm_buf *out)
{
    size_t count = 0, n = 0;
    for (const tm_metric *m = registry->metrics; m; m = m->next)
        count++;
    const tm_metric **sorted = TM_NEW_ARRAY(out->arena, count + 1, const tm_metric *);
    for (const tm_metric *m = registry->metrics; m; m = m->next)
        sorted[n++] = m;
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 0; i < n; i++)
        print_metric(out, sorted[i], as);
    if (as == OPEN)
        tm_buf_print(out, "# EOF\n");
}

typedef struct printing {
    tm_registry *registry;
    form as;
    tm_buf *out;
} printing;

static void print_locked(void *argument)
{
    const printing *p = argument;
    print_all(p->registry, p->as, p->out);
}

/* Out of memory leaves through the caller's tm_arena_try, but not with the lock. */
static void print_in(tm_registry *registry, form as, tm_buf *out)
{
    printing p = {registry, as, out};
    pthread_mutex_lock(&registry->lock);
    look(registry);
    bool done = tm_arena_try(out->arena, print_locked, &p);
    pthread_mutex_unlock(&registry->lock);
    if (!done)
        tm_arena_out_of_memory(out->arena);
}

void tm_registry_print(tm_registry *registry, bool suffixes, tm_buf *out)
{
    print_in(registry, suffixes ? SUFFIXED : PLAIN, out);
}

void tm_registry_print_open(tm_registry *registry, tm_buf *out)
{
    print_in(registry, OPEN, out);
}
