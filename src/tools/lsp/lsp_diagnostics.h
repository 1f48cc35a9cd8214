/* LSP, diagnostics: what is wrong with a document, as clients read it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_DIAGNOSTICS_H
#define TM_TOOLS_LSP_DIAGNOSTICS_H

#include "tools/lsp/lsp_analysis.h"

enum { TM_LSP_DIAGNOSTICS_MOST = 1000 }; /* of a document; more are not sent */

/* Whether the diagnostic is about the document itself, not about a file that it reads. */
bool tm_lsp_is_own(const tm_lsp_document *document, const tm_diag *diag);

/* From where to where in the document; of another file's, what names that file in the document. */
typedef struct tm_lsp_span {
    size_t begin, end;
} tm_lsp_span;
tm_lsp_span tm_lsp_span_of(const tm_lsp_document *document, const tm_diag *diag);

/* Adds one as a Diagnostic of LSP. */
void tm_lsp_add_diagnostic(tm_buf *out, const tm_lsp_files *files, const tm_lsp_document *document,
                           const tm_diag *diag);

#endif
