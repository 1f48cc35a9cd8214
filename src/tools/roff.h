/* Roff: pages of Markdown, as the program prints them, in the language of man pages.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_ROFF_H
#define TM_TOOLS_ROFF_H

#include "base/buf.h"

/* The head of a page: .TH, and NAME with one clause. */
void tm_roff_head(tm_buf *out, tm_text name, unsigned section, tm_text clause);

void tm_roff_section(tm_buf *out, const char *title);

/* A text in which nothing is special but `code`, *word* and **words**; no line break behind it. */
void tm_roff_text(tm_buf *out, tm_text text);

/* An entry of a list: what it is called, and what it is; both as tm_roff_text takes them. */
void tm_roff_entry(tm_buf *out, tm_text tag, tm_text text);

/* A page: headings, paragraphs, tables (an entry a row), code that is indented or between ```,
 * lists with -. Its title is left out. */
void tm_roff_markdown(tm_buf *out, tm_text page);

#endif
