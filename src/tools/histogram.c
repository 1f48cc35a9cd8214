/* Histogram: rows, buckets, quantiles.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/histogram.h"

#include "base/duration.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>

enum { LABEL_MOST = 48, BAR_COLUMNS = 30, BUCKETS = 10, BUCKETS_MOST = 64, FIGURES = 20 };

/* ---- rows ------------------------------------------------------------------------------------ */

/* Eighths of a column are shown. */
static void add_bar(tm_buf *line, double share, size_t columns, const tm_screen *screen)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    tm_buf bar = {.arena = line->arena};
    const size_t n = (size_t)(share * (double)columns * 8 + 0.5);
    for (size_t i = 0; i < n / 8; i++)
        tm_buf_add(&bar, TM_TEXT("█"));
    tm_buf_add(&bar, tm_text_of(n || share <= 0 ? eighths[n % 8] : eighths[1]));
    tm_screen_add(screen, line, TM_INK_BLUE, tm_buf_text(&bar));
    for (size_t i = tm_screen_width(tm_buf_text(&bar)); i < columns; i++)
        tm_buf_add_char(line, ' ');
}

static tm_text cut(tm_arena *arena, tm_text label, size_t width)
{
    const tm_screen narrow = {.columns = (unsigned)width};
    tm_buf out = {.arena = arena};
    tm_screen_line(&narrow, &out, label);
    out.n--;
    return tm_buf_text(&out);
}

static size_t label_width(const tm_counted_text *row, size_t n, const tm_screen *screen)
{
    size_t width = 5, most = LABEL_MOST;
    if (screen->columns && screen->columns < LABEL_MOST + BAR_COLUMNS + FIGURES)
        most = screen->columns > BAR_COLUMNS + FIGURES + 8 ? screen->columns - BAR_COLUMNS - FIGURES
                                                           : 8;
    for (size_t i = 0; i < n; i++) {
        const size_t one = tm_screen_width(row[i].text);
        width = one > width ? one : width;
    }
    return width < most ? width : most;
}

static void add_row(tm_buf *out, tm_text label, uint64_t count, uint64_t all, uint64_t largest,
                    size_t width, const tm_screen *screen)
{
    tm_buf line = {.arena = out->arena};
    label = cut(out->arena, label, width);
    tm_buf_print(&line, "  %.*s%*s ", TM_PRI(label), (int)(width - tm_screen_width(label)), "");
    add_bar(&line, largest ? (double)count / (double)largest : 0, BAR_COLUMNS, screen);
    tm_buf_print(&line, " %10llu %5.1f %%", (unsigned long long)count,
                 all ? 100.0 * (double)count / (double)all : 0);
    tm_screen_line(screen, out, tm_buf_text(&line));
}

void tm_histogram_rows(tm_buf *out, const tm_counted_text *row, size_t n, size_t most,
                       uint64_t others, uint64_t all, const tm_screen *screen)
{
    const size_t shown = n < most ? n : most;
    const size_t width = label_width(row, shown, screen);
    uint64_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = row[i].count > largest ? row[i].count : largest;
        if (i >= shown)
            others += row[i].count;
    }
    for (size_t i = 0; i < shown; i++)
        add_row(out, row[i].text, row[i].count, all, largest, width, screen);
    if (others)
        add_row(out,
                n > shown ? tm_arena_print(out->arena, "%zu more", n - shown) : TM_TEXT("others"),
                others, all, largest, width, screen);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static tm_text print_number(tm_arena *arena, double x, bool duration)
{
    tm_buf out = {.arena = arena};
    char digits[TM_NUMBER_ROOM];
    if (duration)
        tm_duration_print((int64_t)x, &out);
    else
        tm_buf_add(&out, tm_text_slice(digits, tm_number_print(digits, x, TM_EXPONENT_SHORT)));
    return tm_buf_text(&out);
}

/* 1, 2 or 5 times a power of ten, at least x. */
static double round_up(double x)
{
    const double power = pow(10, floor(log10(x)));
    for (unsigned i = 0; i < 3; i++) {
        static const double steps[] = {1, 2, 5};
        if (steps[i] * power >= x * (1 - 1e-9))
            return steps[i] * power;
    }
    return 10 * power;
}

static double next_bound(double bound)
{
    return round_up(bound * 1.5);
}

/* The upper bounds of buckets: equal steps, or 1, 2, 5, 10, ... where sizes differ much. */
static size_t make_bounds(double least, double most, double *bound)
{
    size_t n = 0;
    if (least >= 0 && most > 100 * (least > 0 ? least : 1)) {
        double at = least >= 1 ? round_up(least) : 1;
        for (; n < BUCKETS_MOST - 1; at = next_bound(at)) {
            bound[n++] = at;
            if (at > most)
                return n;
        }
        return n;
    }
    const double step = most > least ? round_up((most - least) / BUCKETS) : 1;
    for (double at = floor(least / step) * step + step; n < BUCKETS_MOST - 1; at += step) {
        bound[n++] = at;
        if (at > most)
            return n;
    }
    return n;
}

static void add_quantiles(tm_buf *out, const double *numbers, size_t n, bool durations)
{
    static const struct {
        const char *name;
        double at;
    } quantiles[] = {{"least", 0}, {"median", 0.5}, {"p95", 0.95}, {"p99", 0.99}, {"most", 1}};
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        const double x = numbers[(size_t)(quantiles[i].at * (double)(n - 1) + 0.5)];
        tm_buf_print(out, "%s%s %.*s", i ? ", " : "  ", quantiles[i].name,
                     TM_PRI(print_number(out->arena, x, durations)));
    }
    tm_buf_add_char(out, '\n');
}

/* NaN has no place among the others. */
static size_t leave_nan_out(double *numbers, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(numbers[i]))
            numbers[kept++] = numbers[i];
    return kept;
}

/* Two empty buckets stand for all empty ones behind them. */
static bool is_run_of_nothing(const tm_counted_text *row, size_t rows)
{
    return rows >= 2 && !row[rows - 1].count && !row[rows - 2].count;
}

void tm_histogram_numbers(tm_buf *out, double *numbers, size_t all, bool durations,
                          const tm_screen *screen)
{
    double bound[BUCKETS_MOST];
    tm_counted_text row[BUCKETS_MOST];
    const size_t n = leave_nan_out(numbers, all);
    size_t i = 0, rows = 0;
    if (!n)
        return;
    qsort(numbers, n, sizeof *numbers, by_size);
    const size_t bounds = make_bounds(numbers[0], numbers[n - 1], bound);
    for (size_t b = 0; b < bounds; b++) {
        const size_t from = i;
        while (i < n && (numbers[i] < bound[b] || b + 1 == bounds))
            i++;
        if (i == from && (!rows || is_run_of_nothing(row, rows)))
            continue;
        row[rows++] = (tm_counted_text){
            .text = tm_arena_print(out->arena, "below %.*s",
                                   TM_PRI(print_number(out->arena, bound[b], durations))),
            .count = i - from};
    }
    tm_histogram_rows(out, row, rows, rows, all - n, all, screen);
    add_quantiles(out, numbers, n, durations);
}
