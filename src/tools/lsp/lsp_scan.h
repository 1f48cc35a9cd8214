/* LSP, scan: the words of a text of OTTL, whether it parses or not.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_SCAN_H
#define TM_TOOLS_LSP_SCAN_H

#include "base/text.h"

typedef enum tm_lsp_token_kind {
    TM_LSP_WORD,   /* letters, digits and _, with dots between: span.kind.string */
    TM_LSP_NUMBER, /* also 0xff */
    TM_LSP_STRING, /* with its quotes; perhaps never closed: up to the end of the line */
    TM_LSP_COMMENT,
    TM_LSP_SIGN /* one of the others that is no white space; ==, =>, <= and their kin are one */
} tm_lsp_token_kind;

typedef struct tm_lsp_token {
    tm_lsp_token_kind kind;
    size_t at, n;
    bool closed; /* of a string */
} tm_lsp_token;

/* Zero-initialise with the text; `file`: it is of an .ottl file, which has comments. */
typedef struct tm_lsp_scan {
    tm_text text;
    bool file;
    size_t at;
} tm_lsp_scan;

bool tm_lsp_scan_next(tm_lsp_scan *scan, tm_lsp_token *token);

static inline tm_text tm_lsp_token_text(const tm_lsp_scan *scan, const tm_lsp_token *token)
{
    return tm_text_slice(scan->text.p + token->at, token->n);
}

/* The token that holds the byte, or ends there; false: none. *next is the one behind it (its n is 0
 * when there is none). */
bool tm_lsp_token_at(tm_text text, bool file, size_t at, tm_lsp_token *token, tm_lsp_token *next);

/* Where the item of a rule file begins that the byte is of: with the last line up to there that
 * neither is indented nor starts with a closing bracket. */
size_t tm_lsp_item_begin(tm_text text, size_t at);

/* Whether the word is one of the language's own: and, where, drop, let. */
bool tm_lsp_is_keyword(tm_text word);

/* All of them, ended by NULL; those of rule files alone come first, the values true, false and nil
 * last. */
const char *const *tm_lsp_keywords(void);

#endif
