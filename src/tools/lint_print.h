/* Lint, print: diagnostics for people, programs and GitHub.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LINT_PRINT_H
#define TM_TOOLS_LINT_PRINT_H

#include "base/diag.h"

/* `format` is text (on stderr), json or github (on stdout). */
void tm_lint_print(const tm_diags *diags, tm_text format);

#endif
