/* LSP, tests of rules: the rules that a file of tests is about, and where it names one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_CASE_H
#define TM_TOOLS_LSP_CASE_H

#include "tools/lsp/lsp_diagnostics.h"

/* Reads the rule files that a file of tests names into analysis->unit; of another YAML file
 * nothing. */
void tm_lsp_case_rules(tm_lsp_analysis *analysis, tm_lsp_world *world, const tm_lsp_document *d);

/* The name behind `by:` that holds the byte or ends there, which may be empty. False: none is. */
bool tm_lsp_case_name_at(const tm_lsp_analysis *analysis, size_t at, tm_lsp_span *name);

/* The rule of that name, or NULL. */
const tm_unit_rule *tm_lsp_case_rule(const tm_lsp_analysis *analysis, tm_lsp_span name);

#endif
