/* Complain: how subcommands say what is wrong, on stderr.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_COMPLAIN_H
#define TM_TOOLS_COMPLAIN_H

#include "base/diag.h"

/* "tamis: ..." and a line break; returns false always. */
bool tm_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit code of a command that ends: `code`, or TM_EXIT_USAGE when something that it printed did
 * not get to stdout, which is told. */
int tm_complain_stdout(int code);

/* All diagnostics; in colour on a terminal, unless NO_COLOR says otherwise. */
void tm_complain_diags(const tm_diags *diags);

#endif
