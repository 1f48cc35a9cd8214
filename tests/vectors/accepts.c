/* Says for many texts whether tm_parse accepts them, and that their tidy form means the same.
 *
 *     accepts <RECORDS >ANSWERS
 *
 * A record is a line "KIND LENGTH" (KIND: condition, value or statement) and LENGTH bytes, then a
 * line feed. An answer is a line "ok", or "no" and the first message.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/print.h"
#include "lang/tree.h"

#include <stdio.h>
#include <stdlib.h>

static tm_entry_point entry_of(const char *kind)
{
    return kind[0] == 'c' ? TM_CONDITION : kind[0] == 'v' ? TM_VALUE : TM_STATEMENT;
}

static bool same_node(const tm_node *a, const tm_node *b);

static bool same_nodes(const tm_node *a, const tm_node *b)
{
    for (; a && b; a = a->next, b = b->next)
        if (!same_node(a, b))
            return false;
    return !a && !b;
}

static bool same_segments(const tm_segment *a, const tm_segment *b)
{
    for (; a && b; a = a->next, b = b->next)
        if (!tm_text_equal(a->name, b->name) || !same_nodes(a->keys, b->keys))
            return false;
    return !a && !b;
}

static bool same_node(const tm_node *a, const tm_node *b)
{
    return a->kind == b->kind && a->op == b->op && a->integer == b->integer &&
           tm_text_equal(a->name, b->name) && tm_text_equal(a->label, b->label) &&
           tm_text_equal(a->text, b->text) && !a->label_place.n == !b->label_place.n &&
           same_segments(a->segments, b->segments) && same_segments(a->parameters, b->parameters) &&
           same_nodes(a->keys, b->keys) && same_nodes(a->first, b->first);
}

/* True when the tidy form of a tree reads back as the same tree and is its own tidy form. */
static bool survives_tidying(tm_arena *arena, const tm_tree *tree, tm_buf *tidy)
{
    tm_buf again = {.arena = arena};
    tm_diags diags = {.arena = arena};
    tm_print_tree(tree, tidy);
    tm_source source = {.name = TM_TEXT("tidy"), .text = tm_buf_text(tidy)};
    tm_tree *second = tm_parse(arena, &diags, &source, tree->entry);
    if (!second)
        return false;
    tm_print_tree(second, &again);
    return same_node(tree->expression, second->expression) &&
           same_nodes(tree->where, second->where) &&
           tm_text_equal(tm_buf_text(tidy), tm_buf_text(&again));
}

static void answer(tm_arena *arena, tm_entry_point entry, tm_text text, bool drawn)
{
    tm_source source = {.name = TM_TEXT("text"), .text = text};
    tm_diags diags = {.arena = arena};
    tm_tree *tree = tm_parse(arena, &diags, &source, entry);
    tm_buf out = {.arena = arena};
    tm_buf tidy = {.arena = arena};
    if (tree && survives_tidying(arena, tree, &tidy))
        tm_buf_add(&out, drawn ? tm_buf_text(&tidy) : TM_TEXT("ok"));
    else if (tree)
        tm_buf_print(&out, "no TIDY %.*s", TM_PRI(tm_buf_text(&tidy)));
    else if (drawn)
        tm_diags_render(&diags, false, &out);
    else
        tm_buf_print(&out, "no %s %.*s", diags.first->code, TM_PRI(diags.first->message));
    for (size_t i = 0; i < out.n && !drawn; i++)
        out.p[i] = out.p[i] == '\n' ? ' ' : out.p[i];
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
