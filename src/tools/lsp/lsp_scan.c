/* LSP, scan: strings, comments, words.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_scan.h"

#include "base/ascii.h"

static bool is_of_word(char c)
{
    return tm_ascii_is_letter(c) || tm_ascii_is_digit(c) || c == '_';
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static size_t end_of_line(tm_text t, size_t at)
{
    while (at < t.n && t.p[at] != '\n' && t.p[at] != '\r')
        at++;
    return at;
}

/* Strings may hold line breaks, but one without an end ends with its line. */
static size_t end_of_string(tm_text t, size_t at, bool *closed)
{
    for (size_t i = at + 1; i < t.n; i++) {
        if (t.p[i] == '\\')
            i++;
        else if (t.p[i] == '"')
            return *closed = true, i + 1;
    }
    return end_of_line(t, at);
}

/* A dot belongs to the word when a letter is behind it; a number takes all dots. */
static size_t end_of_word(tm_text t, size_t at, bool number)
{
    while (at < t.n) {
        const bool dot =
            t.p[at] == '.' && (number || (at + 1 < t.n && (tm_ascii_is_letter(t.p[at + 1]))));
        if (!dot && !is_of_word(t.p[at]))
            break;
        at++;
    }
    return at;
}

static size_t end_of_sign(tm_text t, size_t at)
{
    const char next = at + 1 < t.n ? t.p[at + 1] : 0;
    const bool two = (next == '=' && strchr("=!<>", t.p[at])) || (next == '>' && t.p[at] == '=');
    return at + (two ? 2 : 1);
}

bool tm_lsp_scan_next(tm_lsp_scan *s, tm_lsp_token *token)
{
    const tm_text t = s->text;
    while (s->at < t.n && is_white(t.p[s->at]))
        s->at++;
    if (s->at >= t.n)
        return false;
    const char c = t.p[s->at];
    *token = (tm_lsp_token){.kind = TM_LSP_SIGN, .at = s->at};
    if (c == '"') {
        token->kind = TM_LSP_STRING;
        s->at = end_of_string(t, s->at, &token->closed);
    } else if (c == '#' && s->file) {
        token->kind = TM_LSP_COMMENT;
        s->at = end_of_line(t, s->at);
    } else if (is_of_word(c)) {
        token->kind = tm_ascii_is_digit(c) ? TM_LSP_NUMBER : TM_LSP_WORD;
        s->at = end_of_word(t, s->at, tm_ascii_is_digit(c));
    } else {
        s->at = end_of_sign(t, s->at);
    }
    token->n = s->at - token->at;
    return true;
}

bool tm_lsp_token_at(tm_text text, bool file, size_t at, tm_lsp_token *token, tm_lsp_token *next)
{
    tm_lsp_scan s = {.text = text, .file = file};
    tm_lsp_token t = {0};
    bool found = false;
    *next = (tm_lsp_token){0};
    while (tm_lsp_scan_next(&s, &t)) {
        if (t.at > at) {
            *next = t;
            break;
        }
        /* Of two that meet at the byte a word is meant, or else the second one. */
        const bool meets = t.at + t.n == at;
        if (t.at + t.n < at || (meets && t.kind == TM_LSP_SIGN) ||
            (found && token->kind == TM_LSP_WORD && t.kind == TM_LSP_SIGN)) {
            if (found && !next->n)
                *next = t;
            continue;
        }
        *token = t;
        *next = (tm_lsp_token){0};
        found = true;
    }
    return found;
}

size_t tm_lsp_item_begin(tm_text text, size_t at)
{
    size_t begin = at;
    for (;;) {
        while (begin && text.p[begin - 1] != '\n')
            begin--;
        /* In the cursor's own line nothing may be there yet. */
        if (!begin || begin == at || !strchr(" \t\r\n)]}", text.p[begin]))
            return begin;
        begin--;
    }
}

const char *const *tm_lsp_keywords(void)
{
    static const char *const words[] = {"import", "option", "let", "def",  "drop",  "keep", "where",
                                        "and",    "or",     "not", "true", "false", "nil",  NULL};
    return words;
}

bool tm_lsp_is_keyword(tm_text word)
{
    for (const char *const *w = tm_lsp_keywords(); *w; w++)
        if (tm_text_is(word, *w))
            return true;
    return false;
}
