/* Case report: what the formats share, and the one for people.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_report.h"

#include "base/harmless.h"
#include "tools/line_diff.h"

/* ---- shared ---------------------------------------------------------------------------------- */

tm_text tm_case_report_file(const tm_source *source)
{
    return source ? source->name : TM_TEXT("");
}

static void add_place(tm_buf *out, const tm_source *source, tm_place place)
{
    unsigned column;
    if (!source)
        return;
    const unsigned line = tm_case_line(source, place, &column);
    tm_buf_print(out, "%.*s:%u:%u: ", TM_PRI(source->name), line, column);
}

/* The lines of a diff, each behind the indentation, without line numbers, which mean nothing. */
static void add_diff(tm_buf *out, const tm_case_failure *f, const char *indent, bool colour)
{
    tm_buf diff = {.arena = out->arena};
    tm_line_diff(&diff, "expected", f->expected, "got", f->got);
    tm_text rest = tm_buf_text(&diff), line;
    while (rest.n && tm_text_next(&rest, '\n', &line)) {
        if (tm_text_starts(line, TM_TEXT("@@")) || !line.n)
            continue;
        const char sign = line.p[0];
        const char *on = !colour ? "" : sign == '-' ? "\033[31m" : sign == '+' ? "\033[32m" : "";
        tm_buf_print(out, "%s  %s", indent, on);
        tm_harmless_add(out, line);
        tm_buf_print(out, "%s\n", *on ? "\033[0m" : "");
    }
}

void tm_case_report_failure(tm_buf *out, const tm_case_failure *f, const char *indent, bool colour)
{
    tm_buf_print(out, "%s", indent);
    add_place(out, f->source, f->place);
    tm_harmless_add(out, f->what);
    tm_buf_add_char(out, '\n');
    add_diff(out, f, indent, colour);
}

void tm_case_report_failures(tm_buf *out, const tm_case_result *result, const char *indent)
{
    for (const tm_case_failure *f = result->first; f; f = f->next)
        tm_case_report_failure(out, f, indent, false);
}

bool tm_case_report_missed(tm_buf *out, const tm_case_covered *c, bool side)
{
    const bool asked = c->held[0] || c->held[1];
    if (c->held[side] || (!c->column && !side) || (c->column && !asked && side))
        return false;
    if (!c->column)
        tm_buf_print(out, "rule %.*s never matched", TM_PRI(c->text));
    else
        tm_buf_print(out, "never %s: ", !asked ? "asked" : side ? "true" : "false");
    for (size_t i = 0; c->column && i < c->text.n; i++) /* on one line */
        if (c->text.p[i] != '\n')
            tm_buf_add_char(out, c->text.p[i]);
        else
            while (i + 1 < c->text.n && c->text.p[i + 1] == ' ' && c->text.p[i + 2] == ' ')
                i++;
    return true;
}

void tm_case_report_coverage(tm_buf *out, const tm_case_coverage *coverage)
{
    unsigned covered, all;
    tm_case_coverage_sum(coverage, &covered, &all);
    tm_buf_print(out, "%.1f %%, %u of %u", tm_case_coverage_percent(coverage), covered, all);
}

bool tm_case_report_is_short(const tm_case_report *report, const tm_case_suite *suite)
{
    return suite->coverage && report->threshold >= 0 &&
           tm_case_coverage_percent(suite->coverage) < report->threshold;
}

/* ---- pretty ---------------------------------------------------------------------------------- */

static const char *colour_of(const tm_case_report *report, bool good)
{
    return !report->colour ? "" : good ? "\033[32m" : "\033[31m";
}

static void add_result(tm_buf *out, const tm_case_report *report, const tm_case_result *r)
{
    const char *on = colour_of(report, !r->first), *off = *on ? "\033[0m" : "";
    unsigned errors = 0;
    if (!r->first && !report->verbose)
        return;
    tm_buf_print(out, "%s%s%s  ", on, r->first ? "FAIL" : "ok  ", off);
    if (r->broken) {
        for (const tm_case_failure *f = r->first; f; f = f->next)
            errors++;
        tm_buf_print(out, "%.*s: it cannot be run, with %u error%s\n", TM_PRI(r->name), errors,
                     errors == 1 ? "" : "s");
        return;
    }
    tm_buf_print(out, "%.*s:%u: ", TM_PRI(r->source->name),
                 tm_case_line(r->source, r->place, NULL));
    tm_harmless_add(out, r->name);
    tm_buf_add_char(out, '\n');
    for (const tm_case_failure *f = r->first; f; f = f->next)
        tm_case_report_failure(out, f, "      ", report->colour);
}

static void add_missed(tm_buf *out, const tm_case_suite *suite)
{
    for (const tm_case_covered *c = tm_case_coverage_all(suite->coverage); c; c = c->next)
        for (unsigned side = 0; side < 2; side++) {
            tm_buf what = {.arena = out->arena};
            if (!tm_case_report_missed(&what, c, side))
                continue;
            tm_buf_print(out, "      %.*s:%u:", TM_PRI(c->file), c->line);
            if (c->column)
                tm_buf_print(out, "%u:", c->column);
            tm_buf_print(out, " %.*s\n", TM_PRI(tm_buf_text(&what)));
        }
}

static void print_pretty(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite)
{
    const tm_case_results *results = &suite->results;
    for (const tm_case_result *r = results->first; r; r = r->next)
        add_result(out, report, r);
    if (suite->coverage) {
        tm_buf_print(out, "coverage: ");
        tm_case_report_coverage(out, suite->coverage);
        if (tm_case_report_is_short(report, suite))
            tm_buf_print(out, ", below %g %%", report->threshold);
        tm_buf_add_char(out, '\n');
        add_missed(out, suite);
    }
    tm_buf_print(out, "%s%u passed, %u failed%s", colour_of(report, !results->failed),
                 results->passed, results->failed, report->colour ? "\033[0m" : "");
    if (results->left_out)
        tm_buf_print(out, ", %u left out", results->left_out);
    tm_buf_add_char(out, '\n');
}

void tm_case_report_print(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite)
{
    static const struct {
        const char *name;
        void (*print)(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite);
    } formats[] = {{"pretty", print_pretty},
                   {"tap", tm_case_report_tap},
                   {"junit", tm_case_report_junit},
                   {"json", tm_case_report_json},
                   {"github", tm_case_report_github}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (tm_text_is(report->format, formats[i].name))
            formats[i].print(out, report, suite);
}
