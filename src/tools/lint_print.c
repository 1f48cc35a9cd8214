/* Lint, print: diagnostics for people, programs and GitHub.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lint_print.h"

#include "base/json_write.h"
#include "tools/complain.h"

#include <stdio.h>

static void add_key(tm_buf *out, const char *key, tm_text value)
{
    tm_buf_print(out, ",\"%s\":", key);
    tm_json_write_string(out, value, TM_JSON_ESCAPE_HARMFUL);
}

static void print_json(tm_buf *out, const tm_diag *d)
{
    unsigned line = 0, column = 0, last = 0, end = 0;
    tm_buf_print(out, "{\"code\":\"%s\",\"severity\":\"%s\"", d->code,
                 d->severity == TM_ERROR ? "error" : "warning");
    if (d->source) {
        tm_source_position(d->source, d->place.at, &line, &column);
        tm_source_position(d->source, d->place.at + d->place.n, &last, &end);
        add_key(out, "file", d->source->name);
        tm_buf_print(out, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u", line,
                     column, last, end);
    }
    add_key(out, "message", d->message);
    if (d->hint.n)
        add_key(out, "hint", d->hint);
    tm_buf_add(out, TM_TEXT("}\n"));
}

/* GitHub reads % as the start of an escape, and in properties , and : as their ends. */
static void add_escaped(tm_buf *out, tm_text text, bool property)
{
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == '%' || c == '\n' || c == '\r' || (property && (c == ',' || c == ':')))
            tm_buf_print(out, "%%%02X", (unsigned)c);
        else
            tm_buf_add_char(out, c);
    }
}

static void print_github(tm_buf *out, const tm_diag *d)
{
    unsigned line, column;
    tm_buf_print(out, "::%s title=%s", d->severity == TM_ERROR ? "error" : "warning", d->code);
    if (d->source) {
        tm_source_position(d->source, d->place.at, &line, &column);
        tm_buf_add(out, TM_TEXT(",file="));
        add_escaped(out, d->source->name, true);
        tm_buf_print(out, ",line=%u,col=%u", line, column);
    }
    tm_buf_add(out, TM_TEXT("::"));
    add_escaped(out, d->message, false);
    if (d->hint.n) {
        tm_buf_add(out, TM_TEXT(" ("));
        add_escaped(out, d->hint, false);
        tm_buf_add_char(out, ')');
    }
    tm_buf_add_char(out, '\n');
}

void tm_lint_print(const tm_diags *diags, tm_text format)
{
    tm_buf out = {.arena = diags->arena};
    if (tm_text_is(format, "text")) {
        tm_complain_diags(diags);
        return;
    }
    for (const tm_diag *d = diags->first; d; d = d->next)
        (tm_text_is(format, "json") ? print_json : print_github)(&out, d);
    if (out.n)
        fwrite(out.p, 1, out.n, stdout);
}
