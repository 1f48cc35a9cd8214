/* LSP, JSON: messages as trees, and the pieces that answers are written of.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_JSON_H
#define TM_TOOLS_LSP_JSON_H

#include "base/doc.h"

enum { TM_LSP_NODES_MOST = 200000 }; /* of a message */

/* The tree of a message; of a key that stands twice the first one counts. NULL with a clause in
 * *why: it is no JSON, or has more nodes than any message needs. */
tm_doc *tm_lsp_json_read(tm_arena *arena, tm_text text, tm_text *why);

/* What hangs on a path of keys such as "textDocument.uri"; NULL: nothing. */
const tm_doc *tm_lsp_at(const tm_doc *doc, const char *path);

/* The same as a text, which is empty when no string is there, and as an int of at least 0, or -1.
 */
tm_text tm_lsp_text(const tm_doc *doc, const char *path);
int64_t tm_lsp_int(const tm_doc *doc, const char *path);
bool tm_lsp_true(const tm_doc *doc, const char *path);

/* The first strings of a list; a string by itself is a list of it. */
tm_texts tm_lsp_texts(tm_arena *arena, const tm_doc *list, size_t most);

/* Writing: a comma where something stands before, then "key":. A key of NULL: an element. */
void tm_lsp_key(tm_buf *out, const char *key);
void tm_lsp_add_text(tm_buf *out, const char *key, tm_text text);
void tm_lsp_add_int(tm_buf *out, const char *key, int64_t integer);
void tm_lsp_open(tm_buf *out, const char *key, char bracket);

#endif
