/* LSP, semantic tokens: what each word of a text is.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_TOKENS_H
#define TM_TOOLS_LSP_TOKENS_H

#include "base/buf.h"

/* Adds {"tokenTypes":[...],"tokenModifiers":[...]}, whose order is that of the numbers in answers.
 */
void tm_lsp_tokens_legend(tm_buf *out);

#endif
