/* REPL: what is so of the whole recording.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/harmless.h"
#include "base/json_write.h"
#include "engine/judge.h"
#include "tools/histogram.h"
#include "tools/repl_commands.h"
#include "tools/repl_scan.h"

enum { NAMES_SHOWN = 10, VALUES_SHOWN = 20, BUCKETED_FROM = 21 };

static bool has_spans(tm_repl *repl)
{
    return tm_loaded_count(&repl->loaded) > 0 ||
           tm_repl_wrong(repl, "no recording is loaded; :load FILE loads one");
}

/* Runs an expression of the kind that is wanted over the recording. */
static bool scan(tm_repl *repl, tm_text text, bool condition, tm_scanned *found)
{
    tm_asking asking;
    if (!has_spans(repl))
        return false;
    if (!text.n)
        return tm_repl_wrong(repl, condition ? ":all takes a condition" : ":group takes a value");
    if (condition ? !tm_repl_ask_condition(repl, text, &asking)
                  : !tm_repl_ask(repl, repl->line, text, false, &asking))
        return false;
    if (asking.entry == TM_STATEMENT)
        return tm_repl_wrong(repl, ":group takes a value");
    if (!condition)
        asking.entry = TM_VALUE; /* conditions have two */
    return tm_repl_scan(repl, repl->line, &asking, 0, 1, found);
}

static void show_troubles(tm_repl *repl, const tm_scanned *found)
{
    tm_buf why = {.arena = repl->line};
    if (found->failed) {
        tm_harmless_add(&why, found->why);
        tm_buf_print(&repl->out, "it failed for %llu: %.*s\n", (unsigned long long)found->failed,
                     TM_PRI(tm_buf_text(&why)));
    }
    if (found->stopped)
        tm_repl_wrong(repl, "interrupted: only %llu spans were looked at",
                      (unsigned long long)found->spans);
}

static double share(uint64_t part, uint64_t all)
{
    return all ? 100.0 * (double)part / (double)all : 0;
}

/* Names come as they are. */
static void quote(tm_arena *arena, tm_counted *names)
{
    for (size_t i = 0; i < names->n; i++) {
        tm_buf quoted = {.arena = arena};
        tm_json_write_string(&quoted, names->row[i].text, TM_JSON_ESCAPE_HARMFUL);
        names->row[i].text = tm_buf_text(&quoted);
    }
}

void tm_repl_all(tm_repl *repl, tm_text argument)
{
    tm_scanned found;
    if (!scan(repl, argument, true, &found))
        return;
    tm_buf_print(&repl->out, "%llu of %llu spans, %.1f %%\n", (unsigned long long)found.matched,
                 (unsigned long long)found.spans, share(found.matched, found.spans));
    tm_counted_sort(&found.names);
    quote(repl->line, &found.names);
    tm_histogram_rows(&repl->out, found.names.row, found.names.n, NAMES_SHOWN, found.names.others,
                      found.matched, &repl->screen);
    show_troubles(repl, &found);
    tm_scanned_free(&found);
}

void tm_repl_group(tm_repl *repl, tm_text argument)
{
    tm_scanned found;
    if (!scan(repl, argument, false, &found))
        return;
    tm_buf_print(&repl->out, "%llu value%s of %llu spans", (unsigned long long)found.matched,
                 found.matched == 1 ? "" : "s", (unsigned long long)found.spans);
    if (found.absent)
        tm_buf_print(&repl->out, "; it is nil for %llu", (unsigned long long)found.absent);
    tm_buf_add_char(&repl->out, '\n');
    const bool buckets = found.matched && (found.only_durations ||
                                           (found.only_numbers && found.values.n >= BUCKETED_FROM));
    tm_counted_sort(&found.values);
    if (buckets)
        tm_histogram_numbers(&repl->out, (double *)found.numbers.p,
                             found.numbers.n / sizeof(double), found.only_durations, &repl->screen);
    else
        tm_histogram_rows(&repl->out, found.values.row, found.values.n, VALUES_SHOWN,
                          found.values.others, found.matched, &repl->screen);
    show_troubles(repl, &found);
    tm_scanned_free(&found);
}

/* ---- :time ----------------------------------------------------------------------------------- */

/* Nanoseconds that one thread takes for the whole recording, which is asked again and again, more
 * often each time, until that takes long enough to be told from starting the thread. */
static bool time_scan(tm_repl *repl, const tm_asking *asking, double *ns, tm_scanned *found)
{
    enum { SPANS_LEAST = 200000, NS_LEAST = 50 * 1000 * 1000, FACTOR = 4 };
    for (size_t rounds = 1;; rounds *= FACTOR) {
        const uint64_t begin = tm_clock_monotonic_ns(tm_clock_real());
        if (!tm_repl_scan(repl, repl->line, asking, 1, rounds, found))
            return false;
        const uint64_t took = tm_clock_monotonic_ns(tm_clock_real()) - begin;
        tm_scanned_free(found);
        if (found->stopped)
            return tm_repl_wrong(repl, "interrupted");
        *ns = (double)took / (double)rounds;
        if (took >= NS_LEAST || found->spans >= SPANS_LEAST) {
            found->spans /= rounds;
            found->failed /= rounds;
            return true;
        }
    }
}

void tm_repl_time(tm_repl *repl, tm_text argument)
{
    tm_scanned found;
    tm_asking asking, nothing;
    double walk, whole;
    if (!has_spans(repl))
        return;
    if (!argument.n) {
        tm_repl_wrong(repl, ":time takes an expression");
        return;
    }
    if (!tm_repl_ask(repl, repl->line, argument, false, &asking) ||
        !tm_repl_ask_condition(repl, TM_TEXT("false"), &nothing))
        return;
    if (asking.entry == TM_STATEMENT) {
        tm_repl_wrong(repl, ":time takes a condition or a value");
        return;
    }
    if (!time_scan(repl, &nothing, &walk, &found) || !time_scan(repl, &asking, &whole, &found))
        return;
    walk = walk < whole ? walk : whole;
    tm_buf_print(&repl->out,
                 "%llu spans: %.1f ns a span, and %.1f ns for reading it from the request\n",
                 (unsigned long long)found.spans, (whole - walk) / (double)found.spans,
                 walk / (double)found.spans);
    show_troubles(repl, &found);
}
