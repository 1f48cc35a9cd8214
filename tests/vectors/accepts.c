/* Says for many texts whether tm_parse accepts them, and that their tidy form means the same.
 *
 *     accepts <RECORDS >ANSWERS
 *
 * A record is a line "KIND LENGTH" (KIND: condition, value or statement) and LENGTH bytes, then a line
 * feed. An answer is a line "ok", or "no" and the first message.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/tree.h"

#include <stdio.h>
#include <stdlib.h>

static tm_entry_point entry_of(const char *kind)
{
    return kind[0] == 'c' ? TM_CONDITION : kind[0] == 'v' ? TM_VALUE : TM_STATEMENT;
}

static void answer(tm_arena *arena, tm_entry_point entry, tm_text text, bool drawn)
{
    tm_source source = {.name = TM_TEXT("text"), .text = text};
    tm_diags diags = {.arena = arena};
    tm_tree *tree = tm_parse(arena, &diags, &source, entry);
    tm_buf out = {.arena = arena};
    if (tree)
        tm_buf_add(&out, TM_TEXT("ok"));
    else if (drawn)
        tm_diags_render(&diags, false, &out);
    else
        tm_buf_print(&out, "no %s %.*s", diags.first->code, TM_PRI(diags.first->message));
    fwrite(out.p, 1, out.n, stdout);
    putchar('\n');
}

/* With any argument, messages are drawn in full, for reading. */
int main(int argc, char **argv)
{
    (void)argv;
    char kind[16];
    size_t length;
    tm_arena *arena = tm_arena_new(NULL);
    while (scanf("%15s %zu", kind, &length) == 2 && getchar() == '\n') {
        /* exactly as large as the text, so that a sanitizer sees one byte too many */
        char *text = malloc(length ? length : 1);
        if (!text || fread(text, 1, length, stdin) != length)
            return 1;
        answer(arena, entry_of(kind), tm_text_slice(text, length), argc > 1);
        free(text);
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
    return 0;
}
