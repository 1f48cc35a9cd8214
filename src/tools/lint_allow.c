/* Lint, allow: comments above and behind rules.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lint_allow.h"

/* A file that warnings are about, by lines. */
typedef struct lines {
    struct lines *next;
    tm_text name;
    tm_text *line; /* line[1] is the first */
    unsigned n;
    bool rules; /* an .ottl file; else a configuration */
} lines;

static void split(tm_arena *arena, lines *f, tm_text text)
{
    unsigned n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    f->line = TM_NEW_ARRAY(arena, n + 1, tm_text);
    tm_text rest = text, line;
    while (f->n < n && tm_text_next(&rest, '\n', &line))
        f->line[++f->n] = line;
}

static const lines *lines_of(tm_arena *arena, const tm_rule_files *files, lines **all,
                             const tm_source *source)
{
    for (const lines *f = *all; f; f = f->next)
        if (tm_text_equal(f->name, source->name))
            return f;
    lines *f = TM_NEW(arena, lines);
    *f = (lines){.next = *all, .name = source->name};
    *all = f;
    f->rules = source->first_line == 0;
    tm_text why;
    const tm_source *file =
        f->rules ? source : tm_rule_files_open(files, arena, source->name, &why);
    if (file)
        split(arena, f, file->text);
    return f;
}

/* ---- comments -------------------------------------------------------------------------------- */

static bool is_comment(tm_text line)
{
    return tm_text_starts(tm_text_trim(line), TM_TEXT("#"));
}

static bool names_code(tm_text rest, const char *code)
{
    while (rest.n) {
        if (rest.p[0] == ' ' || rest.p[0] == ',') {
            rest = tm_text_skip(rest, 1);
            continue;
        }
        if (tm_text_starts(rest, tm_text_of(code)))
            return true;
        size_t n = 1;
        while (n < rest.n && rest.p[n] >= '0' && rest.p[n] <= '9')
            n++;
        if (rest.p[0] != 'W' || n != 5)
            return false;
        rest = tm_text_skip(rest, n);
    }
    return false;
}

/* Whether a comment on the line allows the code. */
static bool allows(tm_text line, const char *code)
{
    const tm_text mark = TM_TEXT("lint: allow ");
    const ptrdiff_t sign = tm_text_find(line, TM_TEXT("# lint: allow "));
    return sign >= 0 && names_code(tm_text_skip(line, (size_t)sign + 2 + mark.n), code);
}

/* A line of a rule file that goes on with the one above. */
static bool continues(const lines *f, unsigned line)
{
    const tm_text text = f->line[line];
    return text.n && (text.p[0] == ' ' || text.p[0] == '\t' || text.p[0] == ')' ||
                      text.p[0] == ']' || text.p[0] == '}');
}

static bool head_allows(const lines *f, const char *code)
{
    unsigned line = 1;
    bool found = false;
    for (; line <= f->n && is_comment(f->line[line]); line++)
        found |= allows(f->line[line], code);
    return found && (line > f->n || !tm_text_trim(f->line[line]).n);
}

static bool is_allowed(const lines *f, const tm_diag *d)
{
    unsigned at, column, from, to;
    tm_source_position(d->source, d->place.at, &at, &column);
    from = f->rules ? at : d->source->first_line;
    to = at;
    if (at > f->n || from > at)
        return false;
    while (f->rules && from > 1 && continues(f, from))
        from--;
    while (f->rules && to < f->n && continues(f, to + 1))
        to++;
    for (unsigned line = from; line <= to; line++)
        if (allows(f->line[line], d->code))
            return true;
    while (from > 1 && is_comment(f->line[from - 1]))
        if (allows(f->line[--from], d->code))
            return true;
    return head_allows(f, d->code);
}

void tm_lint_allow(tm_arena *arena, const tm_rule_files *files, tm_diags *diags)
{
    lines *all = NULL;
    tm_diag **at = &diags->first;
    diags->last = NULL;
    while (*at) {
        tm_diag *d = *at;
        if (d->severity == TM_WARNING && d->source &&
            is_allowed(lines_of(arena, files, &all, d->source), d)) {
            *at = d->next;
            diags->warnings--;
            continue;
        }
        diags->last = d;
        at = &d->next;
    }
}
