/* LSP, diagnostics: places, related places, publishing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_diagnostics.h"

#include "tools/lsp/lsp_server.h"

/* ---- where ----------------------------------------------------------------------------------- */

bool tm_lsp_is_own(const tm_lsp_document *d, const tm_diag *diag)
{
    return !diag->source || tm_text_equal(diag->source->name, d->path);
}

static tm_text base_of(tm_text path)
{
    for (size_t i = path.n; i > 0; i--)
        if (path.p[i - 1] == '/')
            return tm_text_skip(path, i);
    return path;
}

/* The import that names the file, or the first one: what it imports may. */
static tm_lsp_span import_of(const tm_rule_file *file, tm_text base)
{
    const tm_file_item *found = NULL;
    const tm_text end = TM_TEXT(".ottl");
    const tm_text name = tm_text_ends(base, end) ? tm_text_slice(base.p, base.n - end.n) : base;
    for (const tm_file_item *i = file->first; i; i = i->next) {
        if (i->kind != TM_FILE_IMPORT)
            continue;
        const tm_text is = base_of(i->name);
        if (!found || tm_text_equal(is, base) || tm_text_equal(is, name))
            found = i;
    }
    return found ? (tm_lsp_span){found->text.at, found->text.at + found->text.n} : (tm_lsp_span){0};
}

tm_lsp_span tm_lsp_span_of(const tm_lsp_document *d, const tm_diag *diag)
{
    const tm_lsp_analysis *a = d->analysis;
    if (!diag->source)
        return (tm_lsp_span){0};
    if (tm_lsp_is_own(d, diag))
        return (tm_lsp_span){
            tm_lsp_file_offset(&a->lines, diag->source, diag->place.at),
            tm_lsp_file_offset(&a->lines, diag->source, diag->place.at + diag->place.n)};
    const tm_text base = base_of(diag->source->name);
    if (a->file)
        return import_of(a->file, base);
    const ptrdiff_t at = tm_text_find(a->lines.text, base);
    return at < 0 ? (tm_lsp_span){0} : (tm_lsp_span){(size_t)at, (size_t)at + base.n};
}

/* ---- one ------------------------------------------------------------------------------------- */

static void add_related(tm_buf *out, const tm_lsp_files *files, const tm_lsp_lines *lines,
                        const tm_source *source, tm_place place, tm_text message)
{
    tm_lsp_open(out, NULL, '{');
    tm_lsp_open(out, "location", '{');
    tm_lsp_add_text(out, "uri", tm_lsp_uri_of(out->arena, files, source->name));
    tm_lsp_add_range(out, "range", lines, tm_lsp_file_offset(lines, source, place.at),
                     tm_lsp_file_offset(lines, source, place.at + place.n));
    tm_buf_add_char(out, '}');
    tm_lsp_add_text(out, "message", message);
    tm_buf_add_char(out, '}');
}

static tm_text message_of(tm_arena *arena, const tm_diag *diag)
{
    return diag->hint.n
               ? tm_arena_print(arena, "%.*s (%.*s)", TM_PRI(diag->message), TM_PRI(diag->hint))
               : diag->message;
}

/* Of a message about another file: it is named, and where the mistake is hangs on it. */
static void add_foreign(tm_buf *out, const tm_lsp_files *files, const tm_diag *diag)
{
    unsigned line, column;
    const tm_text message = message_of(out->arena, diag);
    const tm_lsp_lines lines = tm_lsp_lines_of(out->arena, diag->source->text, files->bytes);
    tm_source_position(diag->source, diag->place.at, &line, &column);
    tm_lsp_add_text(out, "message",
                    tm_arena_print(out->arena, "%.*s:%u:%u: %.*s", TM_PRI(diag->source->name), line,
                                   column, TM_PRI(message)));
    tm_lsp_open(out, "relatedInformation", '[');
    add_related(out, files, &lines, diag->source, diag->place, message);
    tm_buf_add_char(out, ']');
}

void tm_lsp_add_diagnostic(tm_buf *out, const tm_lsp_files *files, const tm_lsp_document *d,
                           const tm_diag *diag)
{
    const tm_lsp_lines *lines = &d->analysis->lines;
    const tm_lsp_span span = tm_lsp_span_of(d, diag);
    tm_lsp_open(out, NULL, '{');
    tm_lsp_add_range(out, "range", lines, span.begin, span.end);
    tm_lsp_add_int(out, "severity", diag->severity == TM_ERROR ? 1 : 2);
    tm_lsp_add_text(out, "code", tm_text_of(diag->code));
    tm_lsp_add_text(out, "source", TM_TEXT("tamis"));
    if (!tm_lsp_is_own(d, diag)) {
        add_foreign(out, files, diag);
    } else {
        tm_lsp_add_text(out, "message", message_of(out->arena, diag));
        if (diag->two) {
            tm_lsp_open(out, "relatedInformation", '[');
            add_related(out, files, lines, diag->source, diag->other, TM_TEXT("the other place"));
            tm_buf_add_char(out, ']');
        }
    }
    tm_buf_add_char(out, '}');
}

/* ---- all ------------------------------------------------------------------------------------- */

static void publish(tm_lsp *s, tm_lsp_document *d)
{
    tm_buf params = {.arena = s->turn};
    unsigned n = 0;
    tm_lsp_analyse(&s->files, d, s->turn);
    tm_lsp_open(&params, NULL, '{');
    tm_lsp_add_text(&params, "uri", d->uri);
    if (d->version >= 0)
        tm_lsp_add_int(&params, "version", d->version);
    tm_lsp_open(&params, "diagnostics", '[');
    for (const tm_diag *g = d->analysis->diags.first; g && n < TM_LSP_DIAGNOSTICS_MOST; g = g->next)
        tm_lsp_add_diagnostic(&params, &s->files, d, g), n++;
    tm_buf_add(&params, TM_TEXT("]}"));
    d->told = true;
    tm_lsp_notify(s, "textDocument/publishDiagnostics", tm_buf_text(&params));
}

void tm_lsp_publish(tm_lsp *s)
{
    for (tm_lsp_document *d = s->files.first; d; d = d->next)
        if (!d->told && d->language != TM_LSP_OTHER)
            publish(s, d);
}
