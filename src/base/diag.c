/* Diag: collecting messages, and counting lines and columns.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include "base/utf8.h"

static tm_diag *add(tm_diags *d, tm_severity severity, const tm_source *source, tm_place place,
                    const char *code, tm_text message)
{
    tm_diag *diag = TM_NEW(d->arena, tm_diag);
    *diag = (tm_diag){
        .severity = severity, .code = code, .source = source, .place = place, .message = message};
    if (d->last)
        d->last->next = diag;
    else
        d->first = diag;
    d->last = diag;
    return diag;
}

bool tm_diag_error(tm_diags *d, const tm_source *source, tm_place place, const char *code,
                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(d, TM_ERROR, source, place, code, tm_arena_vprint(d->arena, format, args));
    va_end(args);
    d->errors++;
    return false;
}

bool tm_diag_warning(tm_diags *d, const tm_source *source, tm_place place, const char *code,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(d, TM_WARNING, source, place, code, tm_arena_vprint(d->arena, format, args));
    va_end(args);
    d->warnings++;
    return true;
}

bool tm_diag_other(tm_diags *d, tm_place other)
{
    if (d->last) {
        d->last->other = other;
        d->last->two = true;
    }
    return false;
}

bool tm_diag_hint(tm_diags *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (d->last)
        d->last->hint = tm_arena_vprint(d->arena, format, args);
    va_end(args);
    return false;
}

tm_place tm_place_join(tm_place a, tm_place b)
{
    uint32_t from = a.at < b.at ? a.at : b.at;
    uint32_t a_end = a.at + a.n, b_end = b.at + b.n;
    return (tm_place){.at = from, .n = (a_end > b_end ? a_end : b_end) - from};
}

tm_text tm_source_line(const tm_source *source, size_t at, size_t *starts_at)
{
    tm_text text = source->text;
    size_t from = at < text.n ? at : text.n, to = from;
    while (from > 0 && text.p[from - 1] != '\n')
        from--;
    while (to < text.n && text.p[to] != '\n')
        to++;
    *starts_at = from;
    if (to > from && text.p[to - 1] == '\r')
        to--;
    return tm_text_slice(text.p + from, to - from);
}

void tm_source_position(const tm_source *source, size_t at, unsigned *line, unsigned *column)
{
    size_t starts_at;
    tm_source_line(source, at, &starts_at);
    at = at < source->text.n ? at : source->text.n;
    unsigned above = 0;
    for (size_t i = 0; i < starts_at; i++)
        above += source->text.p[i] == '\n';
    *line = (source->first_line ? source->first_line : 1) + above;
    unsigned first = starts_at == 0 && source->first_column ? source->first_column : 1;
    *column =
        first + (unsigned)tm_utf8_count(tm_text_slice(source->text.p + starts_at, at - starts_at));
}
