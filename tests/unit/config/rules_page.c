/* Rules page: every block of docs/rules.md and every file of examples/rules compiles, and their
 * examples hold. SPDX-License-Identifier: Apache-2.0 */
#include "short_span.h"

#include "config/rule_files.h"
#include "lang/print.h"

/* A file or block, read. */
typedef struct block {
    tm_arena *arena;
    tm_source source;
    const tm_rule_file *file;
} block;

static tm_text text_at(const block *b, tm_place place)
{
    return tm_text_slice(b->source.text.p + place.at, place.n);
}

static bool is_rule(const tm_file_item *item)
{
    return item->kind == TM_FILE_DROP || item->kind == TM_FILE_KEEP || item->kind == TM_FILE_EDIT;
}

/* What the block defines, without its rules. */
static tm_buf definitions_of(const block *b)
{
    tm_buf out = {.arena = b->arena};
    for (const tm_file_item *i = b->file->first; i; i = i->next)
        if (!is_rule(i))
            tm_buf_print(&out, "%.*s\n", TM_PRI(text_at(b, i->place)));
    return out;
}

/* A rule that drops the spans whose attributes are these. */
static void add_expectation(const tm_doc *expected, tm_buf *rule)
{
    const tm_doc *attributes = tm_doc_find(expected, TM_TEXT("attributes"));
    assert_non_null(attributes);
    tm_buf_print(rule, "drop where true");
    for (const tm_doc *d = attributes->first; d; d = d->next) {
        tm_buf_print(rule, " and attributes[\"%.*s\"] == ", TM_PRI(d->key));
        assert_int_equal(d->type, TM_DOC_STRING);
        tm_print_string(d->text, rule);
    }
    tm_buf_print(rule, "\n");
}

static void check_rule(const block *b, const tm_file_item *item, tm_text example)
{
    tm_buf rule = definitions_of(b);
    const ptrdiff_t arrow = tm_text_find(example, TM_TEXT(" -> "));
    const bool drop = tm_text_starts(example, TM_TEXT("drop "));
    tm_text span = tm_text_skip(example, arrow < 0 ? 5 : 0);
    bool wanted = drop;
    tm_buf_print(&rule, "%.*s\n", TM_PRI(text_at(b, item->place)));
    if (arrow >= 0) {
        span = tm_text_slice(example.p, (size_t)arrow);
        add_expectation(map_of(b->arena, tm_text_skip(example, (size_t)arrow + 4)), &rule);
        wanted = true;
    } else {
        assert_true(drop || tm_text_starts(example, TM_TEXT("keep ")));
    }
    if (item->kind == TM_FILE_KEEP)
        tm_buf_print(&rule, "drop where true\n");
    if (drops(b->arena, tm_buf_text(&rule), request_of(b->arena, map_of(b->arena, span))) != wanted)
        fail_msg("%.*s: %.*s is not so", TM_PRI(b->source.name), TM_PRI(example));
}

static void check_definition(const block *b, const tm_file_item *item, tm_text example)
{
    tm_buf rule = definitions_of(b);
    const ptrdiff_t at = tm_text_find(example, TM_TEXT(" {"));
    assert_true(at > 0);
    tm_buf_print(&rule, "drop where (%.*s()) == %.*s\n", TM_PRI(item->name), (int)at, example.p);
    if (item->tree->entry == TM_CONDITION) {
        const bool no = tm_text_starts(example, TM_TEXT("false"));
        rule = definitions_of(b);
        tm_buf_print(&rule, "drop where %s%.*s()\n", no ? "not " : "", TM_PRI(item->name));
    }
    tm_text span = tm_text_skip(example, (size_t)at);
    if (!drops(b->arena, tm_buf_text(&rule), request_of(b->arena, map_of(b->arena, span))))
        fail_msg("%.*s: %.*s is not so", TM_PRI(b->source.name), TM_PRI(example));
}

/* How many examples there are. */
static unsigned check_block(tm_arena *arena, tm_text name, tm_text text)
{
    block b = {.arena = arena, .source = {.name = name, .text = text}};
    tm_diags diags = {.arena = arena};
    unsigned n = 0;
    drops(arena, text, request_of(arena, map_of(arena, TM_TEXT("{}"))));
    b.file = tm_rule_file_read(arena, &diags, &b.source);
    for (const tm_file_item *i = b.file->first; i; i = i->next)
        for (const tm_comment *c = i->comments; c && c->place.at < i->place.at; c = c->next) {
            if (!c->example)
                continue;
            tm_text example = tm_text_trim(tm_text_skip(text_at(&b, c->place), 2));
            (is_rule(i) ? check_rule : check_definition)(&b, i, example);
            n++;
        }
    return n;
}

static tm_text read_file(tm_arena *arena, tm_text path)
{
    const tm_config_world world = tm_config_os();
    const tm_rule_files files = {.world = &world};
    tm_text why;
    const tm_source *source = tm_rule_files_open(&files, arena, path, &why);
    if (!source)
        fail_msg("%.*s: %.*s", TM_PRI(path), TM_PRI(why));
    return source->text;
}

static void every_block_of_the_page_compiles_and_its_examples_hold(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    const tm_text opening = TM_TEXT("```ottl\n"), closing = TM_TEXT("\n```");
    tm_text rest = read_file(arena, TM_TEXT("docs/rules.md"));
    unsigned blocks = 0, examples = 0;
    for (ptrdiff_t at; (at = tm_text_find(rest, opening)) >= 0; blocks++) {
        rest = tm_text_skip(rest, (size_t)at + opening.n);
        const ptrdiff_t end = tm_text_find(rest, closing);
        assert_true(end > 0);
        examples +=
            check_block(arena, TM_TEXT("docs/rules.md"), tm_text_slice(rest.p, (size_t)end + 1));
        rest = tm_text_skip(rest, (size_t)end + closing.n);
    }
    assert_true(blocks >= 5 && examples >= 12);
    tm_arena_free(arena);
}

static void every_example_file_compiles_and_its_examples_hold(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    const tm_texts paths = tm_rule_files_match(arena, TM_TEXT("examples/rules/*.ottl"));
    assert_true(paths.count > 0);
    for (size_t i = 0; i < paths.count; i++)
        assert_true(check_block(arena, paths.items[i], read_file(arena, paths.items[i])) > 0);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_of_the_page_compiles_and_its_examples_hold),
        cmocka_unit_test(every_example_file_compiles_and_its_examples_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
