/* LSP, regions: the rules of a configuration as texts of OTTL in a document.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_REGIONS_H
#define TM_TOOLS_LSP_REGIONS_H

#include "tools/lsp/lsp_analysis.h"

/* Adds the conditions and statements of the filter and transform processors that stand in the file
 * `name`. */
void tm_lsp_regions_of(tm_lsp_analysis *analysis, const tm_settings *settings, tm_text name);

#endif
