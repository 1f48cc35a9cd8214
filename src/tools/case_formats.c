/* Case formats: TAP, JUnit's XML, JSON, GitHub's workflow commands.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/harmless.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "tools/case_report.h"

static unsigned line_of(const tm_source *source, tm_place place, unsigned *column)
{
    *column = 1;
    return source ? tm_case_line(source, place, column) : 1;
}

/* The file of a result: that of a file that cannot be run is its name. */
static tm_text file_of(const tm_case_result *r)
{
    return r->source ? r->source->name : r->name;
}

static tm_text failures_of(tm_arena *arena, const tm_case_result *r)
{
    tm_buf out = {.arena = arena};
    tm_case_report_failures(&out, r, "");
    return tm_buf_text(&out);
}

/* Without what a terminal would obey, for these formats end up in logs. */
static tm_text harmless(tm_arena *arena, tm_text text)
{
    tm_buf out = {.arena = arena};
    tm_harmless_add(&out, text);
    return tm_buf_text(&out);
}

/* ---- TAP, version 14 ------------------------------------------------------------------------- */

/* A description: # and \ are escaped, there is but one line. */
static void add_description(tm_buf *out, tm_text text)
{
    text = harmless(out->arena, text);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '#' || text.p[i] == '\\')
            tm_buf_add_char(out, '\\');
        tm_buf_add_char(out, text.p[i]);
    }
}

static void add_tap_failure(tm_buf *out, const tm_case_result *r)
{
    tm_text rest = failures_of(out->arena, r), line;
    tm_buf_print(out, "  ---\n  message: |\n");
    while (rest.n && tm_text_next(&rest, '\n', &line))
        tm_buf_print(out, "    %.*s\n", TM_PRI(line));
    tm_buf_print(out, "  ...\n");
}

void tm_case_report_tap(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite)
{
    unsigned n = 0, column;
    tm_buf_print(out, "TAP version 14\n1..%u\n", suite->results.passed + suite->results.failed);
    for (const tm_case_result *r = suite->results.first; r; r = r->next) {
        tm_text file = file_of(r);
        tm_buf_print(out, "%s %u - ", r->first ? "not ok" : "ok", ++n);
        add_description(out, file);
        if (!r->broken) {
            tm_buf_print(out, ":%u: ", line_of(r->source, r->place, &column));
            add_description(out, r->name);
        }
        tm_buf_add_char(out, '\n');
        if (r->first)
            add_tap_failure(out, r);
    }
    if (!suite->coverage)
        return;
    tm_buf_print(out, "# coverage: ");
    tm_case_report_coverage(out, suite->coverage);
    tm_buf_print(out, "%s\n",
                 tm_case_report_is_short(report, suite) ? ", below the threshold" : "");
}

/* ---- JUnit ----------------------------------------------------------------------------------- */

/* Text or attribute; what XML cannot hold becomes U+FFFD. */
static void add_xml(tm_buf *out, tm_text text, bool attribute)
{
    for (size_t at = 0, width; at < text.n; at += width) {
        const uint32_t rune = tm_utf8_next(tm_text_skip(text, at), &width);
        if (rune == '<')
            tm_buf_print(out, "&lt;");
        else if (rune == '>')
            tm_buf_print(out, "&gt;");
        else if (rune == '&')
            tm_buf_print(out, "&amp;");
        else if (rune == '"')
            tm_buf_print(out, "&quot;");
        else if (rune == '\n' && attribute)
            tm_buf_print(out, "&#10;");
        else if ((rune < ' ' && rune != '\n' && rune != '\t') || rune == 0xfffe || rune == 0xffff)
            tm_buf_add_rune(out, 0xfffd);
        else
            tm_buf_add_rune(out, rune);
    }
}

static void add_attribute(tm_buf *out, const char *name, tm_text value)
{
    tm_buf_print(out, " %s=\"", name);
    add_xml(out, value, true);
    tm_buf_add_char(out, '"');
}

static void add_testcase(tm_buf *out, const tm_case_result *r)
{
    unsigned column;
    tm_buf_print(out, "    <testcase");
    add_attribute(out, "name", r->name);
    add_attribute(out, "classname", file_of(r));
    add_attribute(out, "file", file_of(r));
    tm_buf_print(out, " line=\"%u\"", line_of(r->source, r->place, &column));
    if (!r->first) {
        tm_buf_print(out, "/>\n");
        return;
    }
    const char *element = r->broken ? "error" : "failure";
    tm_buf_print(out, ">\n      <%s", element);
    add_attribute(out, "message", r->first->what);
    tm_buf_add_char(out, '>');
    add_xml(out, failures_of(out->arena, r), false);
    tm_buf_print(out, "</%s>\n    </testcase>\n", element);
}

/* The tests of one file, which follow each other. Returns what is behind them. */
static const tm_case_result *add_testsuite(tm_buf *out, const tm_case_result *first)
{
    const tm_text file = file_of(first);
    const tm_case_result *end = first;
    unsigned tests = 0, failures = 0, errors = 0;
    for (; end && tm_text_equal(file_of(end), file); end = end->next) {
        tests++;
        failures += end->first && !end->broken;
        errors += end->broken;
    }
    tm_buf_print(out, "  <testsuite");
    add_attribute(out, "name", file);
    tm_buf_print(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\">\n", tests, failures, errors);
    for (const tm_case_result *r = first; r != end; r = r->next)
        add_testcase(out, r);
    tm_buf_print(out, "  </testsuite>\n");
    return end;
}

void tm_case_report_junit(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite)
{
    unsigned errors = 0;
    (void)report;
    for (const tm_case_result *r = suite->results.first; r; r = r->next)
        errors += r->broken;
    tm_buf_print(out,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<testsuites name=\"tamis test\" tests=\"%u\" failures=\"%u\" errors=\"%u\">\n",
                 suite->results.passed + suite->results.failed, suite->results.failed - errors,
                 errors);
    if (suite->coverage)
        tm_buf_print(out,
                     "  <properties>\n    <property name=\"coverage\" value=\"%.1f\"/>\n"
                     "  </properties>\n",
                     tm_case_coverage_percent(suite->coverage));
    for (const tm_case_result *r = suite->results.first; r;)
        r = add_testsuite(out, r);
    tm_buf_print(out, "</testsuites>\n");
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void add_string(tm_buf *out, const char *name, tm_text value)
{
    tm_buf_print(out, "\"%s\":", name);
    tm_json_write_string(out, value, TM_JSON_ESCAPE_HARMFUL | TM_JSON_ESCAPE_BAD);
}

static void add_json_place(tm_buf *out, tm_text file, const tm_source *source, tm_place place)
{
    unsigned column;
    add_string(out, "file", file);
    const unsigned line = line_of(source, place, &column);
    tm_buf_print(out, ",\"line\":%u,\"column\":%u", line, column);
}

static void add_json_result(tm_buf *out, const tm_case_result *r)
{
    tm_buf_print(out, "{");
    add_string(out, "name", r->name);
    tm_buf_print(out, ",\"kind\":\"%s\",\"ok\":%s,",
                 r->broken    ? "file"
                 : r->example ? "example"
                              : "test",
                 r->first ? "false" : "true");
    add_json_place(out, file_of(r), r->source, r->place);
    tm_buf_print(out, ",\"failures\":[");
    for (const tm_case_failure *f = r->first; f; f = f->next) {
        tm_buf_print(out, "{");
        add_json_place(out, f->source ? f->source->name : file_of(r), f->source, f->place);
        tm_buf_print(out, ",");
        add_string(out, "message", f->what);
        tm_buf_print(out, ",");
        add_string(out, "expected", f->expected);
        tm_buf_print(out, ",");
        add_string(out, "got", f->got);
        tm_buf_print(out, "}%s", f->next ? "," : "");
    }
    tm_buf_print(out, "]}");
}

static void add_json_coverage(tm_buf *out, const tm_case_suite *suite)
{
    unsigned covered, all;
    const char *separator = "";
    tm_case_coverage_sum(suite->coverage, &covered, &all);
    tm_buf_print(out, ",\n\"coverage\":{\"percent\":%.1f,\"covered\":%u,\"of\":%u,\"missed\":[",
                 tm_case_coverage_percent(suite->coverage), covered, all);
    for (const tm_case_covered *c = tm_case_coverage_all(suite->coverage); c; c = c->next)
        for (unsigned side = 0; side < 2; side++) {
            tm_buf what = {.arena = out->arena};
            if (!tm_case_report_missed(&what, c, side))
                continue;
            tm_buf_print(out, "%s\n{", separator);
            add_string(out, "file", c->file);
            tm_buf_print(out, ",\"line\":%u,\"column\":%u,", c->line, c->column ? c->column : 1);
            add_string(out, "message", tm_buf_text(&what));
            tm_buf_print(out, "}");
            separator = ",";
        }
    tm_buf_print(out, "]}");
}

void tm_case_report_json(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite)
{
    (void)report;
    tm_buf_print(out, "{\"passed\":%u,\"failed\":%u,\"left_out\":%u,\n\"tests\":[",
                 suite->results.passed, suite->results.failed, suite->results.left_out);
    for (const tm_case_result *r = suite->results.first; r; r = r->next) {
        tm_buf_print(out, "\n");
        add_json_result(out, r);
        tm_buf_print(out, "%s", r->next ? "," : "");
    }
    tm_buf_print(out, "]");
    if (suite->coverage)
        add_json_coverage(out, suite);
    tm_buf_print(out, "}\n");
}

/* ---- GitHub ---------------------------------------------------------------------------------- */

/* A property's value, which ends at , and :; or the message, which does not. */
static void add_escaped(tm_buf *out, tm_text text, bool property)
{
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        const bool escaped =
            c == '%' || c == '\r' || c == '\n' || (property && (c == ',' || c == ':'));
        if (escaped)
            tm_buf_print(out, "%%%02X", c);
        else
            tm_buf_add_char(out, c);
    }
}

static void add_command(tm_buf *out, const char *command, tm_text file, unsigned line,
                        unsigned column, tm_text title, tm_text message)
{
    tm_buf_print(out, "::%s file=", command);
    add_escaped(out, file, true);
    tm_buf_print(out, ",line=%u,col=%u,title=", line, column);
    add_escaped(out, harmless(out->arena, title), true);
    tm_buf_print(out, "::");
    add_escaped(out, message, false);
    tm_buf_add_char(out, '\n');
}

void tm_case_report_github(tm_buf *out, const tm_case_report *report, const tm_case_suite *suite)
{
    const char *missed = tm_case_report_is_short(report, suite) ? "error" : "warning";
    for (const tm_case_result *r = suite->results.first; r; r = r->next)
        for (const tm_case_failure *f = r->first; f; f = f->next) {
            tm_buf message = {.arena = out->arena};
            tm_case_failure bare = *f;
            unsigned column;
            const unsigned line = line_of(f->source, f->place, &column);
            bare.source = NULL;
            tm_case_report_failure(&message, &bare, "", false);
            add_command(out, "error", f->source ? f->source->name : file_of(r), line, column,
                        r->name, tm_text_trim(tm_buf_text(&message)));
        }
    const tm_case_covered *c = suite->coverage ? tm_case_coverage_all(suite->coverage) : NULL;
    for (; c; c = c->next)
        for (unsigned side = 0; side < 2; side++) {
            tm_buf what = {.arena = out->arena};
            if (tm_case_report_missed(&what, c, side))
                add_command(out, missed, c->file, c->line, c->column ? c->column : 1,
                            TM_TEXT("coverage"), tm_buf_text(&what));
        }
    tm_buf_print(out, "%u passed, %u failed", suite->results.passed, suite->results.failed);
    if (suite->coverage) {
        tm_buf_print(out, ", coverage ");
        tm_case_report_coverage(out, suite->coverage);
    }
    tm_buf_add_char(out, '\n');
}
