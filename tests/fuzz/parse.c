/* Fuzz: tm_parse on any bytes; the first byte picks the entry point. What is accepted must read
 * back from its tidy form.
 *
 *     clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/parse.c
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/print.h"
#include "lang/tree.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags = {.arena = arena};
    tm_entry_point entry = (tm_entry_point)(data[0] % 3);
    tm_source source = {.name = TM_TEXT("fuzz"), .text = tm_text_slice(data + 1, size - 1)};
    tm_tree *tree = tm_parse(arena, &diags, &source, entry);
    tm_buf tidy = {.arena = arena}, again = {.arena = arena}, drawn = {.arena = arena};
    tm_diags_render(&diags, false, &drawn);
    assert(!tree == (diags.errors > 0));
    if (tree) {
        tm_print_tree(tree, &tidy);
        tm_source second = {.name = TM_TEXT("tidy"), .text = tm_buf_text(&tidy)};
        tree = tm_parse(arena, &diags, &second, entry);
        assert(tree);
        tm_print_tree(tree, &again);
        assert(tm_text_equal(tm_buf_text(&tidy), tm_buf_text(&again)));
    }
    tm_arena_free(arena);
    return 0;
}
