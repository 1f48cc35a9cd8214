/* LSP, describe: paths, symbols, definitions and rules.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_describe.h"

#include "otlp/enums.h"

const tm_path *tm_lsp_path_find(tm_text dotted, tm_level level)
{
    tm_text rest = dotted, first;
    tm_level named;
    tm_text_next(&rest, '.', &first);
    const bool prefixed = rest.p && tm_context_find(first, &named);
    for (const tm_path *row = tm_path_rows(); row->dotted; row++) {
        if (prefixed && row->level == named && tm_text_is(rest, row->dotted))
            return row;
        if (row->level == level && tm_text_is(dotted, row->dotted))
            return row;
    }
    return NULL;
}

void tm_lsp_describe_path(tm_buf *out, const tm_path *path)
{
    const char *type = path->type == TM_NIL ? "any" : tm_type_name(path->type);
    tm_buf_print(out, "    %s.%s: %s\n\n%s\n", tm_context_name(path->level), path->dotted, type,
                 path->manual);
}

bool tm_lsp_describe_symbol(tm_buf *out, tm_text name)
{
    for (unsigned which = 0; which < TM_ENUMS; which++) {
        int64_t value;
        if (!tm_enum_read((tm_enum)which, name, &value))
            continue;
        tm_buf_print(out, "    %.*s\n\nThe int %lld.\n", TM_PRI(name), (long long)value);
        return true;
    }
    return false;
}

/* Lines of a text, each indented as code. */
static void add_code(tm_buf *out, tm_text text)
{
    tm_text line;
    while (text.p && tm_text_next(&text, '\n', &line))
        tm_buf_print(out, "    %.*s\n", TM_PRI(line));
}

void tm_lsp_describe_item(tm_buf *out, const tm_source *source, const tm_file_item *item)
{
    const char *text = source->text.p;
    add_code(out, tm_text_slice(text + item->place.at, item->place.n));
    if (item->comments && item->comments->place.at < item->place.at)
        tm_buf_add_char(out, '\n');
    for (const tm_comment *c = item->comments; c && c->place.at < item->place.at; c = c->next) {
        tm_text line = tm_text_slice(text + c->place.at, c->place.n);
        while (line.n && line.p[0] == '#')
            line = tm_text_skip(line, 1);
        if (c->example)
            tm_buf_print(out, "\n    %.*s\n", TM_PRI(tm_text_trim(tm_text_skip(line, 1))));
        else
            tm_buf_print(out, "%.*s\n", TM_PRI(tm_text_trim(line)));
    }
}

tm_text tm_lsp_item_head(tm_arena *arena, const tm_file_item *item)
{
    tm_buf out = {.arena = arena};
    tm_buf_add(&out, item->name);
    if (item->kind != TM_FILE_DEF)
        return tm_buf_text(&out);
    tm_buf_add_char(&out, '(');
    for (const tm_segment *p = item->parameters; p; p = p->next)
        tm_buf_print(&out, "%s%.*s", p == item->parameters ? "" : ", ", TM_PRI(p->name));
    tm_buf_add_char(&out, ')');
    return tm_buf_text(&out);
}
