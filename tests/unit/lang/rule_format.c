/* Rule format: tidy, idempotent, and of the same meaning.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

#include "lang/rule_format.h"
#include "lang/rule_unit.h"
#include "vm/program_listing.h"

static const char *formatted(tm_arena *arena, const char *text)
{
    tm_diags diags = {.arena = arena};
    tm_source *source = TM_NEW(arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("f.ottl"), .text = tm_text_of(text)};
    tm_rule_file *file = tm_rule_file_read(arena, &diags, source);
    if (diags.errors)
        fail_msg("%s: %.*s", text, TM_PRI(diags.first->message));
    tm_buf out = {.arena = arena};
    tm_rule_format(file, &out);
    tm_buf_add_char(&out, 0);
    return out.p;
}

/* What the rules compile to, with their names. */
static const char *compiled(tm_arena *arena, const char *text)
{
    tm_diags diags = {.arena = arena};
    tm_source *source = TM_NEW(arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("f.ottl"), .text = tm_text_of(text)};
    const tm_source *sources[] = {source};
    tm_rule_unit unit;
    tm_need_table table = {.arena = arena};
    const tm_needs *needs[TM_LEVELS];
    assert_true(tm_rule_unit_read(arena, &diags, NULL, sources, 1, &unit));
    tm_compiler compiler = {.arena = arena,
                            .diags = &diags,
                            .needs = &table,
                            .transform = true,
                            .definitions = &unit.definitions};
    tm_buf out = {.arena = arena};
    for (const tm_unit_rule *r = unit.first_rule; r; r = r->next) {
        tm_program *program = tm_unit_rule_compile(&compiler, r, r->level);
        if (!program)
            fail_msg("%s: %.*s", text, TM_PRI(diags.first->message));
        for (unsigned level = 0; level < TM_LEVELS; level++)
            needs[level] = tm_need_finish(&table, (tm_level)level);
        tm_buf_print(&out, "%.*s %d:\n", r->item->name.n ? (int)r->name.n : 0, r->name.p,
                     r->item->kind);
        tm_listing_print(&out, program, needs);
    }
    tm_buf_add_char(&out, 0);
    return out.p;
}

static void formats_to(const char *text, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    const char *once = formatted(arena, text);
    assert_string_equal(once, expected);
    assert_string_equal(formatted(arena, once), expected);
    assert_string_equal(compiled(arena, text), compiled(arena, once));
    tm_arena_free(arena);
}

static void items_are_written_in_one_way(void **state)
{
    (void)state;
    formats_to("let   a=[1,2 ,3]\nlet l = 0x0A\noption   error_mode   silent\n"
               "def  F( x,y )=x==y\ndrop   where  name==\"x\"and(kind==2)\n"
               "keep where true\nset( name,\"y\" )where kind!=3\nname == \"bare\"\n",
               "let a = [1, 2, 3]\nlet l = 0x0a\noption error_mode silent\n"
               "def F(x, y) = x == y\ndrop where name == \"x\" and (kind == 2)\n"
               "keep where true\nset(name, \"y\") where kind != 3\nname == \"bare\"\n");
}

static void labels_of_a_block_stand_in_one_column(void **state)
{
    (void)state;
    formats_to("a: drop where true\nlonger_one: keep where true\ndrop where false\n\n"
               "b: drop where true\n",
               "a:          drop where true\nlonger_one: keep where true\ndrop where false\n\n"
               "b: drop where true\n");
}

static void comments_stay_where_they_are(void **state)
{
    (void)state;
    formats_to("# head\n\n\n#   of a\n#> drop {}\na:drop where true# why\n# last\n",
               "# head\n\n#   of a\n#> drop {}\na: drop where true  # why\n# last\n");
    formats_to("a:  drop where name==\"x\" # one\n\tor # two\n  name == \"#\"\n",
               "a:  drop where name==\"x\" # one\n    or # two\n    name == \"#\"\n");
}

static void what_is_too_wide_is_broken(void **state)
{
    (void)state;
    formats_to("noise: drop where IsMatch(attributes[\"upstream_cluster\"], \"grafana/.*\") or "
               "IsMatch(attributes[\"upstream_cluster\"], \"tap-gui/.*\") or name == \"x\"\n",
               "noise: drop where IsMatch(attributes[\"upstream_cluster\"], \"grafana/.*\")\n"
               "           or IsMatch(attributes[\"upstream_cluster\"], \"tap-gui/.*\")\n"
               "           or name == \"x\"\n");
    formats_to(
        "set(attributes[\"a_rather_long_key_of_an_attribute\"], \"a rather long value\") where "
        "name == \"a long name\" and kind == SPAN_KIND_SERVER\n",
        "set(attributes[\"a_rather_long_key_of_an_attribute\"], \"a rather long value\")\n"
        "    where name == \"a long name\" and kind == SPAN_KIND_SERVER\n");
    formats_to("let l = [\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", "
               "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\", \"cccccccccccccccccccc\"]\n",
               "let l = [\n    \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\n"
               "    \"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\",\n    \"cccccccccccccccccccc\"\n]\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_written_in_one_way),
        cmocka_unit_test(labels_of_a_block_stand_in_one_column),
        cmocka_unit_test(comments_stay_where_they_are),
        cmocka_unit_test(what_is_too_wide_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
