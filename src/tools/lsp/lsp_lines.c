/* LSP, lines: tables of line starts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_lines.h"

#include "base/utf8.h"

/* Whether a line ends with the byte at `at`; not with a \r before \n. */
static bool ends_line(tm_text text, size_t at)
{
    return text.p[at] == '\n' ||
           (text.p[at] == '\r' && (at + 1 == text.n || text.p[at + 1] != '\n'));
}

tm_lsp_lines tm_lsp_lines_of(tm_arena *arena, tm_text text, bool bytes)
{
    uint32_t n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += ends_line(text, i);
    tm_lsp_lines lines = {
        .text = text, .start = TM_NEW_ARRAY(arena, n, uint32_t), .n = 1, .bytes = bytes};
    for (size_t i = 0; i < text.n; i++)
        if (ends_line(text, i))
            lines.start[lines.n++] = (uint32_t)i + 1;
    return lines;
}

tm_text tm_lsp_line(const tm_lsp_lines *lines, uint32_t line)
{
    const size_t begin = lines->start[line];
    size_t end = line + 1 < lines->n ? lines->start[line + 1] : lines->text.n;
    while (end > begin && (lines->text.p[end - 1] == '\n' || lines->text.p[end - 1] == '\r'))
        end--;
    return tm_text_slice(lines->text.p + begin, end - begin);
}

uint32_t tm_lsp_characters(tm_text text, bool bytes)
{
    uint32_t n = 0;
    if (bytes || tm_utf8_is_ascii(text))
        return (uint32_t)text.n;
    while (text.n) {
        size_t width;
        n += tm_utf8_next(text, &width) > 0xffff ? 2 : 1;
        text = tm_text_skip(text, width);
    }
    return n;
}

/* The byte of a character; within one it is where that begins. */
static size_t byte_of(tm_text line, uint64_t character, bool bytes)
{
    size_t at = 0;
    if (bytes)
        return character < line.n ? (size_t)character : line.n;
    for (uint64_t n = 0; at < line.n && n < character;) {
        size_t width;
        n += tm_utf8_next(tm_text_skip(line, at), &width) > 0xffff ? 2 : 1;
        if (n <= character)
            at += width;
    }
    return at;
}

tm_lsp_position tm_lsp_position_of(const tm_lsp_lines *lines, size_t at)
{
    uint32_t low = 0, high = lines->n;
    at = at < lines->text.n ? at : lines->text.n;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (lines->start[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    const tm_text before = tm_text_slice(lines->text.p + lines->start[low], at - lines->start[low]);
    return (tm_lsp_position){low, tm_lsp_characters(before, lines->bytes)};
}

bool tm_lsp_offset_of(const tm_lsp_lines *lines, const tm_doc *position, size_t *at)
{
    const int64_t line = tm_lsp_int(position, "line"),
                  character = tm_lsp_int(position, "character");
    if (line < 0 || character < 0)
        return false;
    *at = lines->text.n;
    if (line < lines->n)
        *at = lines->start[line] +
              byte_of(tm_lsp_line(lines, (uint32_t)line), (uint64_t)character, lines->bytes);
    return true;
}

static void add_position(tm_buf *out, const char *key, const tm_lsp_lines *lines, size_t at)
{
    const tm_lsp_position p = tm_lsp_position_of(lines, at);
    tm_lsp_key(out, key);
    tm_buf_print(out, "{\"line\":%u,\"character\":%u}", p.line, p.character);
}

void tm_lsp_add_range(tm_buf *out, const char *key, const tm_lsp_lines *lines, size_t at,
                      size_t end)
{
    tm_lsp_open(out, key, '{');
    add_position(out, "start", lines, at);
    add_position(out, "end", lines, end);
    tm_buf_add_char(out, '}');
}
