/* LSP, semantic tokens: words by their tables and by what files define.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_tokens.h"

#include "otlp/enums.h"
#include "tools/lsp/lsp_describe.h"
#include "tools/lsp/lsp_scan.h"
#include "tools/lsp/lsp_server.h"
#include "tools/lsp/lsp_uses.h"

#include <stdlib.h>

typedef enum word_kind {
    COMMENT,
    STRING,
    NUMBER,
    KEYWORD,
    OPERATOR,
    FUNCTION,
    PROPERTY,
    MEMBER,
    CONSTANT,
    PARAMETER,
    LABEL,
    KINDS
} word_kind;

/* Names of LSP, beside word_kind. */
static const char *const kinds[KINDS] = {"comment",  "string",    "number",   "keyword",
                                         "operator", "function",  "property", "enumMember",
                                         "variable", "parameter", "label"};
enum { DEFAULT_LIBRARY = 1, DECLARATION = 2 }; /* modifiers, bits */

void tm_lsp_tokens_legend(tm_buf *out)
{
    tm_lsp_open(out, NULL, '{');
    tm_lsp_open(out, "tokenTypes", '[');
    for (unsigned i = 0; i < KINDS; i++)
        tm_lsp_add_text(out, NULL, tm_text_of(kinds[i]));
    tm_buf_add(out, TM_TEXT("],\"tokenModifiers\":[\"defaultLibrary\",\"declaration\"]}"));
}

typedef struct tokens {
    tm_buf *out;
    const tm_lsp_analysis *analysis;
    const tm_lsp_use **use; /* of the file, by place */
    size_t uses, next_use;
    tm_level level;
    tm_lsp_position last;
    size_t last_at; /* whose position `last` is */
} tokens;

/* ---- writing --------------------------------------------------------------------------------- */

/* Five numbers a token: lines and characters since the one before. A token that goes over several
 * lines becomes one for each. */
static void add_line(tokens *t, size_t at, size_t n, word_kind kind, unsigned modifiers)
{
    const tm_lsp_position p = tm_lsp_position_of(&t->analysis->lines, at);
    const tm_text text = tm_text_slice(t->analysis->lines.text.p + at, n);
    const uint32_t down = p.line - t->last.line;
    if (!n)
        return;
    tm_lsp_key(t->out, NULL);
    tm_buf_print(t->out, "%u,%u,%u,%u,%u", down,
                 down ? p.character : p.character - t->last.character,
                 tm_lsp_characters(text, t->analysis->lines.bytes), (unsigned)kind, modifiers);
    t->last = p;
}

static void add(tokens *t, size_t at, size_t end, word_kind kind, unsigned modifiers)
{
    const char *text = t->analysis->lines.text.p;
    if (at < t->last_at)
        return;
    t->last_at = end;
    while (at < end) {
        size_t n = 0;
        while (at + n < end && text[at + n] != '\n' && text[at + n] != '\r')
            n++;
        add_line(t, at, n, kind, modifiers);
        at += n + 1;
    }
}

/* ---- what a word is -------------------------------------------------------------------------- */

static bool kind_of_use(const tm_lsp_use *u, word_kind *kind, unsigned *modifiers)
{
    static const word_kind of[] = {[TM_LSP_USE_DEF] = FUNCTION,
                                   [TM_LSP_USE_LET] = CONSTANT,
                                   [TM_LSP_USE_PARAMETER] = PARAMETER,
                                   [TM_LSP_USE_LABEL] = LABEL};
    *modifiers = tm_lsp_declares(u) ? DECLARATION : 0;
    if (u->kind >= sizeof of / sizeof *of || u->kind == TM_LSP_USE_FUNCTION)
        return false;
    *kind = of[u->kind];
    return true;
}

static bool kind_of_word(const tokens *t, tm_text word, word_kind *kind, unsigned *modifiers)
{
    int64_t value;
    *modifiers = DEFAULT_LIBRARY;
    for (unsigned which = 0; which < TM_ENUMS; which++)
        if (tm_enum_read((tm_enum)which, word, &value))
            return *kind = MEMBER, true;
    if (tm_lsp_is_keyword(word))
        return *kind = KEYWORD, *modifiers = 0, true;
    if (tm_function_find(word))
        return *kind = FUNCTION, true;
    if (tm_lsp_path_find(word, t->level))
        return *kind = PROPERTY, true;
    return false;
}

/* The file's own name at the byte. */
static const tm_lsp_use *use_at(tokens *t, size_t at)
{
    while (t->next_use < t->uses && t->use[t->next_use]->place.at < at)
        t->next_use++;
    const tm_lsp_use *u = t->next_use < t->uses ? t->use[t->next_use] : NULL;
    return u && u->place.at == at ? u : NULL;
}

/* A source's text; labels may hold more than words do, so that names come before words. */
static void add_text(tokens *t, const tm_source *source, bool file)
{
    tm_lsp_scan s = {.text = source->text, .file = file};
    const tm_lsp_lines *lines = &t->analysis->lines;
    tm_lsp_token token;
    while (tm_lsp_scan_next(&s, &token)) {
        static const word_kind of[] = {[TM_LSP_NUMBER] = NUMBER,
                                       [TM_LSP_STRING] = STRING,
                                       [TM_LSP_COMMENT] = COMMENT,
                                       [TM_LSP_SIGN] = OPERATOR};
        const tm_lsp_use *u = use_at(t, token.at);
        word_kind kind = of[token.kind % (sizeof of / sizeof *of)];
        unsigned modifiers = 0;
        size_t end = token.at + token.n;
        if (u && kind_of_use(u, &kind, &modifiers))
            end = s.at = u->place.at + u->place.n;
        else if (token.kind == TM_LSP_WORD &&
                 !kind_of_word(t, tm_lsp_token_text(&s, &token), &kind, &modifiers))
            continue;
        if (token.kind == TM_LSP_SIGN && strchr("()[]{},.:", source->text.p[token.at]))
            continue;
        add(t, tm_lsp_file_offset(lines, source, token.at), tm_lsp_file_offset(lines, source, end),
            kind, modifiers);
    }
}

/* ---- the method ------------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b)
{
    const tm_lsp_use *x = *(const tm_lsp_use *const *)a, *y = *(const tm_lsp_use *const *)b;
    return x->place.at < y->place.at ? -1 : x->place.at > y->place.at;
}

/* Those that are the file's own, in order. */
static void take_uses(tokens *t, tm_arena *arena)
{
    const tm_lsp_use *first = tm_lsp_uses_of(arena, &t->analysis->unit, t->analysis->file);
    word_kind kind;
    unsigned modifiers;
    size_t n = 0;
    for (const tm_lsp_use *u = first; u; u = u->next)
        n++;
    t->use = TM_NEW_ARRAY(arena, n, const tm_lsp_use *);
    for (const tm_lsp_use *u = first; u; u = u->next)
        if (kind_of_use(u, &kind, &modifiers))
            t->use[t->uses++] = u;
    if (t->uses)
        qsort(t->use, t->uses, sizeof(tm_lsp_use *), by_place);
}

static int by_line(const void *a, const void *b)
{
    const tm_source *x = (*(const tm_lsp_region *const *)a)->source;
    const tm_source *y = (*(const tm_lsp_region *const *)b)->source;
    return x->first_line != y->first_line      ? (x->first_line < y->first_line ? -1 : 1)
           : x->first_column < y->first_column ? -1
                                               : x->first_column > y->first_column;
}

static void add_regions(tokens *t, tm_arena *arena)
{
    size_t n = 0;
    for (const tm_lsp_region *r = t->analysis->region; r; r = r->next)
        n++;
    const tm_lsp_region **all = TM_NEW_ARRAY(arena, n, const tm_lsp_region *);
    n = 0;
    for (const tm_lsp_region *r = t->analysis->region; r; r = r->next)
        all[n++] = r;
    if (n)
        qsort(all, n, sizeof *all, by_line);
    for (size_t i = 0; i < n; i++) {
        t->level = all[i]->level;
        add_text(t, all[i]->source, false);
    }
}

bool tm_lsp_semantic_tokens(tm_lsp_call *call)
{
    tokens t = {.out = call->result, .level = TM_SPAN};
    if (!tm_lsp_ask(call, &t.analysis, NULL))
        return false;
    tm_lsp_open(call->result, NULL, '{');
    tm_lsp_open(call->result, "data", '[');
    if (t.analysis->file) {
        take_uses(&t, call->arena);
        add_text(&t, t.analysis->source, true);
    } else {
        add_regions(&t, call->arena);
    }
    tm_buf_add(call->result, TM_TEXT("]}"));
    return true;
}
