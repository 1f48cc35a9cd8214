/* LSP, lines: a text by its lines, and between its bytes and what clients count.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Lines end with \n, \r\n or \r. A character is a UTF-16 unit, or a byte where the client takes
 * utf-8 (`bytes`). A bad byte is one character. */
#ifndef TM_TOOLS_LSP_LINES_H
#define TM_TOOLS_LSP_LINES_H

#include "tools/lsp/lsp_json.h"

typedef struct tm_lsp_lines {
    tm_text text;
    uint32_t *start; /* bytes at which lines begin; the first is 0 */
    uint32_t n;
    bool bytes;
} tm_lsp_lines;

tm_lsp_lines tm_lsp_lines_of(tm_arena *arena, tm_text text, bool bytes);

typedef struct tm_lsp_position {
    uint32_t line, character; /* from 0 */
} tm_lsp_position;

tm_lsp_position tm_lsp_position_of(const tm_lsp_lines *lines, size_t at);

/* The byte of a position {line, character}; what is behind the end of a line is its end. False: it
 * is no position. */
bool tm_lsp_offset_of(const tm_lsp_lines *lines, const tm_doc *position, size_t *at);

/* A line without its end, and the byte at which the line ends so. */
tm_text tm_lsp_line(const tm_lsp_lines *lines, uint32_t line);

/* Adds {"start":...,"end":...}. */
void tm_lsp_add_range(tm_buf *out, const char *key, const tm_lsp_lines *lines, size_t at,
                      size_t end);

/* Characters of a text in one line. */
uint32_t tm_lsp_characters(tm_text text, bool bytes);

#endif
