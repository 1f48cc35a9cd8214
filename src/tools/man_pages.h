/* Man pages: tamis(1), one for each subcommand, tamis.yaml(5) and ottl(5), from the tables that the
 * program runs by. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_MAN_PAGES_H
#define TM_TOOLS_MAN_PAGES_H

#include "base/buf.h"

/* Prints the page of a file's name ("tamis-lint.1"); false when there is none. */
bool tm_man_print(tm_buf *out, tm_text file);

/* The names of all pages, a line each. */
void tm_man_list(tm_buf *out);

/* manual.c: pages and parts of pages as Markdown. */
void tm_manual_paths(tm_buf *out);
void tm_manual_starting(tm_buf *out);
void tm_manual_exits(tm_buf *out);

#endif
