/* What clients of the language server count, words whether they parse or not, and messages in
 * pieces. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/write.h"
#include "tools/lsp/lsp_frame.h"
#include "tools/lsp/lsp_lines.h"
#include "tools/lsp/lsp_scan.h"

/* ---- lines ----------------------------------------------------------------------------------- */

static size_t offset(tm_arena *arena, const tm_lsp_lines *lines, unsigned line, unsigned character)
{
    size_t at = SIZE_MAX;
    tm_text why,
        position = tm_arena_print(arena, "{\"line\":%u,\"character\":%u}", line, character);
    tm_lsp_offset_of(lines, tm_lsp_json_read(arena, position, &why), &at);
    return at;
}

static void assert_position(const tm_lsp_lines *lines, size_t at, unsigned line, unsigned character)
{
    const tm_lsp_position p = tm_lsp_position_of(lines, at);
    assert_int_equal(p.line, line);
    assert_int_equal(p.character, character);
}

static void lines_end_with_cr_lf_or_both(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    const tm_lsp_lines lines = tm_lsp_lines_of(arena, TM_TEXT("a\r\nbc\rd\n\ne"), false);
    (void)state;
    assert_int_equal(lines.n, 5);
    assert_position(&lines, 3, 1, 0);
    assert_position(&lines, 6, 2, 0);
    assert_position(&lines, 8, 3, 0);
    assert_position(&lines, 9, 4, 0);
    assert_position(&lines, 99, 4, 1);
    assert_int_equal(offset(arena, &lines, 1, 1), 4);
    assert_int_equal(offset(arena, &lines, 1, 50), 5); /* its end is before the \r */
    assert_int_equal(offset(arena, &lines, 9, 0), 10);
    tm_arena_free(arena);
}

static void a_character_is_a_unit_of_utf_16_or_a_byte(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    const tm_text text = TM_TEXT("\xc3\xa9\xf0\x9f\x98\x80x\xff"
                                 "y");
    const tm_lsp_lines units = tm_lsp_lines_of(arena, text, false);
    const tm_lsp_lines bytes = tm_lsp_lines_of(arena, text, true);
    (void)state;
    assert_position(&units, 2, 0, 1);
    assert_position(&units, 6, 0, 3);
    assert_position(&units, 8, 0, 5); /* a bad byte is one */
    assert_int_equal(offset(arena, &units, 0, 1), 2);
    assert_int_equal(offset(arena, &units, 0, 2), 2); /* within the pair */
    assert_int_equal(offset(arena, &units, 0, 3), 6);
    assert_position(&bytes, 6, 0, 6);
    assert_int_equal(offset(arena, &bytes, 0, 7), 7);
    tm_arena_free(arena);
}

/* ---- words ----------------------------------------------------------------------------------- */

static void assert_words(const char *text, bool file, const char *wanted)
{
    static const char kinds[] = "wns#.";
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_lsp_scan s = {.text = tm_text_of(text), .file = file};
    tm_lsp_token t;
    while (tm_lsp_scan_next(&s, &t))
        tm_buf_print(&out, "%s%c:%.*s", out.n ? " " : "", kinds[t.kind],
                     TM_PRI(tm_lsp_token_text(&s, &t)));
    if (!tm_text_is(tm_buf_text(&out), wanted))
        fail_msg("%.*s", TM_PRI(tm_buf_text(&out)));
    tm_arena_free(arena);
}

static void words_numbers_strings_and_signs_are_told_apart(void **state)
{
    (void)state;
    assert_words("a.b_1==1.5e3 and F(0xff)=>x", true,
                 "w:a.b_1 .:== n:1.5e3 w:and w:F .:( n:0xff .:) .:=> w:x");
    assert_words("\"a\\\"b\"c # d\ne", true, "s:\"a\\\"b\" w:c #:# d w:e");
    assert_words("# d", false, ".:# w:d");
    assert_words("a. b", true, "w:a .:. w:b");
    assert_words("", true, "");
}

static void a_string_without_an_end_ends_with_its_line(void **state)
{
    (void)state;
    assert_words("x == \"ab\ny", true, "w:x .:== s:\"ab w:y");
    assert_words("\"", true, "s:\"");
}

static void an_item_begins_in_the_first_column(void **state)
{
    const tm_text text = TM_TEXT("a\n  b\n) c\nd\n");
    (void)state;
    assert_int_equal(tm_lsp_item_begin(text, 5), 0);
    assert_int_equal(tm_lsp_item_begin(text, 9), 0);
    assert_int_equal(tm_lsp_item_begin(text, 11), 10);
    assert_int_equal(tm_lsp_item_begin(text, 12), 12);
    assert_int_equal(tm_lsp_item_begin(text, 0), 0);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void a_message_may_come_in_pieces(void **state)
{
    int ends[2];
    tm_text body;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    tm_lsp_input in = {.fd = ends[0]};
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_NOTHING);
    tm_write_all(ends[1], TM_TEXT("Content-Le"));
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_NOTHING);
    tm_write_all(ends[1], TM_TEXT("ngth: 2\r\n\r\n{"));
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_NOTHING);
    tm_write_all(ends[1], TM_TEXT("}Content-Length: 0\r\n\r\n"));
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_MESSAGE);
    assert_true(tm_text_is(body, "{}"));
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_MESSAGE);
    assert_int_equal(body.n, 0);
    close(ends[1]);
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_END);
    close(ends[0]);
    tm_lsp_input_free(&in);
}

static void what_is_no_frame_is_told_once_until_one_comes(void **state)
{
    int ends[2];
    tm_text body;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    tm_lsp_input in = {.fd = ends[0]};
    tm_write_all(ends[1], TM_TEXT("a\r\n\r\nContent-Length: x\r\n\r\nb\n\n"));
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_NO_FRAME);
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_NOTHING);
    tm_write_all(ends[1], TM_TEXT("Content-Length: 1\r\n\r\n1y\r\n\r\n"));
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_MESSAGE);
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_NO_FRAME);
    close(ends[1]);
    assert_int_equal(tm_lsp_input_next(&in, &body), TM_LSP_END);
    close(ends[0]);
    tm_lsp_input_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_with_cr_lf_or_both),
        cmocka_unit_test(a_character_is_a_unit_of_utf_16_or_a_byte),
        cmocka_unit_test(words_numbers_strings_and_signs_are_told_apart),
        cmocka_unit_test(a_string_without_an_end_ends_with_its_line),
        cmocka_unit_test(an_item_begins_in_the_first_column),
        cmocka_unit_test(a_message_may_come_in_pieces),
        cmocka_unit_test(what_is_no_frame_is_told_once_until_one_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
