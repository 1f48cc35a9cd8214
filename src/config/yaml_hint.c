/* YAML, hints: what was meant by a line that is not YAML.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/yaml.h"

/* What stands behind "- " and "key: ". */
static tm_text value_of(tm_text line)
{
    for (line = tm_text_trim(line); tm_text_starts(line, TM_TEXT("- "));)
        line = tm_text_trim(tm_text_skip(line, 2));
    ptrdiff_t colon = tm_text_find(line, TM_TEXT(": "));
    bool opens = line.n && strchr("\"'[{", line.p[0]);
    return opens || colon < 0 ? line : tm_text_trim(tm_text_skip(line, (size_t)colon + 2));
}

static size_t indent_of(tm_text line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

/* Of a line that starts where something is wrong: what is it indented by, and the one above it? */
static bool hint_indent(tm_diags *diags, const tm_source *source, tm_text line, size_t starts_at)
{
    size_t above_at = starts_at;
    while (above_at > 0) {
        const tm_text above = tm_source_line(source, above_at - 1, &above_at);
        const tm_text content = tm_text_trim(above);
        if (!content.n || content.p[0] == '#')
            continue;
        return indent_of(above) > indent_of(line) &&
               tm_diag_hint(diags, "the line above it is indented by %zu, this one by %zu",
                            indent_of(above), indent_of(line));
    }
    return false;
}

bool tm_yaml_hint(tm_diags *diags, const tm_source *source, size_t at, bool flow)
{
    size_t starts_at;
    if (at < source->text.n && source->text.p[at] == '\t')
        return tm_diag_hint(diags, "YAML is indented by spaces: this is a tab");
    tm_text line = tm_source_line(source, at, &starts_at), value = value_of(line);
    if (!flow && at == starts_at + indent_of(line) && hint_indent(diags, source, line, starts_at))
        return false;
    if (!value.n || !strchr("\"'[{", value.p[0]) || starts_at + line.n <= at)
        return false;
    if (source->text.p + at <= value.p + 1) /* it is the start that is wrong */
        return false;
    tm_buf whole = {.arena = diags->arena};
    for (size_t i = 0; i < value.n; i++)
        tm_buf_print(&whole, "%s%c", value.p[i] == '\'' ? "'" : "", value.p[i]);
    return tm_diag_hint(
        diags, "a value that starts with %c ends where that closes: quote the whole, '%.*s'",
        value.p[0], TM_PRI(tm_buf_text(&whole)));
}
