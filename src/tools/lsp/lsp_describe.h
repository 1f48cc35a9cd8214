/* LSP, describe: what a name is, in Markdown.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_DESCRIBE_H
#define TM_TOOLS_LSP_DESCRIBE_H

#include "stdlib/fn.h"
#include "tools/lsp/lsp_analysis.h"

/* A path as in "kind.string", with or without its context; `level` is that of a bare one. NULL:
 * there is none. */
const tm_path *tm_lsp_path_find(tm_text dotted, tm_level level);

/* Each adds what is known. */
void tm_lsp_describe_path(tm_buf *out, const tm_path *path);
void tm_lsp_describe_item(tm_buf *out, const tm_source *source, const tm_file_item *item);

/* False: it is no symbol. */
bool tm_lsp_describe_symbol(tm_buf *out, tm_text name);

/* The item without its comments and, of a def or let, without its body: "IsProbe(a, b)". */
tm_text tm_lsp_item_head(tm_arena *arena, const tm_file_item *item);

/* Whether an item is a rule. */
static inline bool tm_lsp_is_rule(const tm_file_item *i)
{
    return i->kind == TM_FILE_DROP || i->kind == TM_FILE_KEEP || i->kind == TM_FILE_EDIT;
}

#endif
