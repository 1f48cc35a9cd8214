/* LSP, TextMate: regular expressions from tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_textmate.h"

#include "base/json_write.h"
#include "otlp/enums.h"
#include "stdlib/fn.h"
#include "tools/lsp/lsp_json.h"
#include "tools/lsp/lsp_scan.h"

#include "lang/compile.h"

#include <stdlib.h>

/* Adds { "name": scope, "match": expression }. */
static void add_match(tm_buf *out, const char *scope, tm_text expression)
{
    tm_buf_print(out, "%s\n    {\"name\": \"%s.ottl\", \"match\": ",
                 out->p[out->n - 1] == '[' ? "" : ",", scope);
    tm_json_write_string(out, expression, TM_JSON_PLAIN);
    tm_buf_add_char(out, '}');
}

static int by_text(const void *a, const void *b)
{
    return tm_text_compare(*(const tm_text *)a, *(const tm_text *)b);
}

/* "a|b|c", sorted. */
static void add_alternatives(tm_buf *out, tm_text *words, size_t n)
{
    if (n)
        qsort(words, n, sizeof *words, by_text);
    for (size_t i = 0; i < n; i++)
        tm_buf_print(out, "%s%.*s", i ? "|" : "", TM_PRI(words[i]));
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* Editors start with a small letter, converters with a capital. */
static tm_text functions(tm_arena *arena, bool editors)
{
    tm_buf out = {.arena = arena};
    size_t all = 0, n = 0;
    while (tm_function_at((unsigned)all))
        all++;
    tm_text *words = TM_NEW_ARRAY(arena, all, tm_text);
    for (size_t i = 0; i < all; i++)
        if ((tm_function_at((unsigned)i)->name[0] >= 'a') == editors)
            words[n++] = tm_text_of(tm_function_at((unsigned)i)->name);
    tm_buf_add(&out, TM_TEXT("\\b("));
    add_alternatives(&out, words, n);
    tm_buf_add(&out, TM_TEXT(")\\b"));
    return tm_buf_text(&out);
}

static tm_text symbols(tm_arena *arena)
{
    tm_buf out = {.arena = arena};
    tm_text words[TM_ENUM_SYMBOLS];
    size_t n = 0;
    for (unsigned which = 0; which < TM_ENUMS; which++)
        for (int64_t i = 0; tm_enum_row_of((tm_enum)which, i).symbol.n; i++)
            words[n++] = tm_enum_row_of((tm_enum)which, i).symbol;
    tm_buf_add(&out, TM_TEXT("\\b("));
    add_alternatives(&out, words, n);
    tm_buf_add(&out, TM_TEXT(")\\b"));
    return tm_buf_text(&out);
}

/* A path of any context with that before it, or one of spans. */
static tm_text paths(tm_arena *arena)
{
    tm_buf out = {.arena = arena};
    for (unsigned level = 0; level <= TM_LEVELS; level++) {
        tm_buf_print(&out, "%s\\b%s\\.(", level ? "|" : "", tm_context_name((tm_level)level));
        bool any = false;
        for (const tm_path *row = tm_path_rows(); row->dotted; row++)
            if (row->level == (tm_level)level) {
                tm_buf_add(&out, any ? TM_TEXT("|") : TM_TEXT(""));
                for (const char *c = row->dotted; *c; c++)
                    tm_buf_print(&out, *c == '.' ? "\\." : "%c", *c);
                any = true;
            }
        tm_buf_add(&out, TM_TEXT(")\\b"));
    }
    return tm_buf_text(&out);
}

/* Those before `until` of the keywords, from `from` on. */
static tm_text keywords(tm_arena *arena, const char *from, const char *until)
{
    tm_buf out = {.arena = arena};
    bool in = false;
    tm_buf_add(&out, TM_TEXT("\\b("));
    for (const char *const *w = tm_lsp_keywords(); *w && (!until || strcmp(*w, until) != 0); w++) {
        in |= strcmp(*w, from) == 0;
        if (in)
            tm_buf_print(&out, "%s%s", out.p[out.n - 1] == '(' ? "" : "|", *w);
    }
    tm_buf_add(&out, TM_TEXT(")\\b"));
    return tm_buf_text(&out);
}

/* ---- the grammar ----------------------------------------------------------------------------- */

void tm_lsp_textmate(tm_buf *out)
{
    tm_arena *arena = out->arena;
    const tm_text items = keywords(arena, "import", "where");
    tm_buf_add(out, TM_TEXT("{\n  \"name\": \"OTTL\",\n  \"scopeName\": \"source.ottl\",\n"
                            "  \"fileTypes\": [\"ottl\"],\n  \"patterns\": ["));
    add_match(out, "comment.line.number-sign", TM_TEXT("#.*$"));
    tm_buf_add(out, TM_TEXT(",\n    {\"name\": \"string.quoted.double.ottl\", \"begin\": \"\\\"\", "
                            "\"end\": \"\\\"\", \"patterns\": ["));
    tm_buf_add(
        out, TM_TEXT("{\"name\": \"constant.character.escape.ottl\", \"match\": \"\\\\\\\\.\"}]}"));
    add_match(out, "entity.name.label", TM_TEXT("^[A-Za-z][A-Za-z0-9_./-]*(?=\\s*:)"));
    add_match(out, "keyword.control", tm_arena_print(arena, "^%.*s", TM_PRI(items)));
    add_match(out, "keyword.control", TM_TEXT("(?<=:)\\s*(drop|keep)\\b"));
    add_match(out, "keyword.operator.word", keywords(arena, "where", "true"));
    add_match(out, "constant.language", keywords(arena, "true", NULL));
    add_match(out, "constant.numeric",
              TM_TEXT("\\b(0x[0-9a-fA-F]+|[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+)?)"));
    add_match(out, "constant.other.enum", symbols(arena));
    add_match(out, "support.function.editor",
              tm_arena_print(arena, "%.*s(?=\\s*\\()", TM_PRI(functions(arena, true))));
    add_match(out, "support.function.converter", functions(arena, false));
    add_match(out, "entity.name.function", TM_TEXT("\\b[A-Z][A-Za-z0-9_]*(?=\\s*\\()"));
    add_match(out, "variable.language.path", paths(arena));
    add_match(out, "keyword.operator", TM_TEXT("==|!=|<=|>=|=>|[-+*/<>=]"));
    tm_buf_add(out, TM_TEXT("\n  ]\n}\n"));
}
