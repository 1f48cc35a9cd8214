/* LSP, TextMate: a grammar by which editors colour .ottl files without a server.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_TEXTMATE_H
#define TM_TOOLS_LSP_TEXTMATE_H

#include "base/buf.h"

/* Adds the grammar as JSON, made of the tables of functions, paths and symbols. */
void tm_lsp_textmate(tm_buf *out);

#endif
