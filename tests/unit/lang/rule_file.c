/* Rule file: items, comments and what is wrong with them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/rule_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const KINDS[] = {
    [TM_FILE_BROKEN] = "broken", [TM_FILE_IMPORT] = "import", [TM_FILE_OPTION] = "option",
    [TM_FILE_LET] = "let",       [TM_FILE_DEF] = "def",       [TM_FILE_DROP] = "drop",
    [TM_FILE_KEEP] = "keep",     [TM_FILE_EDIT] = "edit"};

static tm_rule_file *read_file(tm_arena *arena, tm_diags *diags, const char *text)
{
    tm_source *source = TM_NEW(arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("f.ottl"), .text = tm_text_of(text)};
    *diags = (tm_diags){.arena = arena};
    return tm_rule_file_read(arena, diags, source);
}

/* "kind name=text|" for each item, ? where its text could not be read. */
static void reads_as(const char *text, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags;
    tm_rule_file *file = read_file(arena, &diags, text);
    tm_buf out = {.arena = arena};
    for (const tm_file_item *i = file->first; i; i = i->next) {
        bool tree = i->kind != TM_FILE_IMPORT && i->kind != TM_FILE_OPTION;
        tm_buf_print(&out, "%s%s %.*s=%.*s%s|", i->bare ? "bare " : "", KINDS[i->kind],
                     TM_PRI(i->name), (int)i->text.n, file->source->text.p + i->text.at,
                     tree && !i->tree ? "?" : "");
    }
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, expected);
    tm_arena_free(arena);
}

/* Messages as "LINE:COLUMN CODE text;". */
static void tells(const char *text, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags;
    read_file(arena, &diags, text);
    tm_buf out = {.arena = arena};
    for (const tm_diag *d = diags.first; d; d = d->next) {
        unsigned line, column;
        tm_source_position(d->source, d->place.at, &line, &column);
        tm_buf_print(&out, "%u:%u %s %.*s%s%.*s;", line, column, d->code, TM_PRI(d->message),
                     d->hint.n ? " - " : "", TM_PRI(d->hint));
    }
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, expected);
    tm_arena_free(arena);
}

static void every_kind_of_item_is_told_apart(void **state)
{
    (void)state;
    reads_as("import \"probes\"\n"
             "option error_mode silent\n"
             "let slow = Duration(\"1s\")\n"
             "def Slow(x) = x > slow\n"
             "a: drop where name == \"x\"\n"
             "b-2.c: keep where kind == 2\n"
             "drop where true\n"
             "set(name, \"y\") where kind == 3\n"
             "which: set(name, \"y\")\n"
             "IsRootSpan()\n"
             "bare: name == \"z\"\n"
             "not (name == \"z\")\n",
             "import probes=\"probes\"|option error_mode=|let slow=Duration(\"1s\")|"
             "def Slow=x > slow|drop a=name == \"x\"|keep b-2.c=kind == 2|drop =true|"
             "edit =set(name, \"y\") where kind == 3|edit which=set(name, \"y\")|"
             "bare drop =IsRootSpan()|bare drop bare=name == \"z\"|"
             "bare drop =not (name == \"z\")|");
}

static void words_of_items_may_be_labels_and_names(void **state)
{
    (void)state;
    reads_as("drop: drop where true\nlet: keep where true\nkeep_it: set(name, \"x\")\n",
             "drop drop=true|keep let=true|edit keep_it=set(name, \"x\")|");
}

static void indented_lines_and_closing_brackets_continue_an_item(void **state)
{
    (void)state;
    reads_as("a: drop where name == \"x\"\n"
             "   or name == \"y\"\n"
             "\n"
             "\tor name == \"z\"\n"
             "let l = [\n  \"a\",\n  \"b\"\n]\n",
             "drop a=name == \"x\"\n   or name == \"y\"\n\n\tor name == \"z\"|"
             "let l=[\n  \"a\",\n  \"b\"\n]|");
    reads_as("a: drop where true\r\nb: drop where false\r\n", "drop a=true|drop b=false|");
    reads_as("\xef\xbb\xbf"
             "a: drop where true\r\n",
             "drop a=true|");
    reads_as("a: drop where true", "drop a=true|");
    reads_as("", "");
}

static void comments_stand_anywhere_but_in_strings(void **state)
{
    (void)state;
    reads_as("# a file\n"
             "a: drop where name == \"#1\" # why\n"
             "   or # between\n"
             "   name == \"\\\"#2\"  # at the end\n"
             "   # indented\n"
             "set(name, \"x\") # done\n",
             "drop a=name == \"#1\" # why\n   or # between\n   name == \"\\\"#2\"|"
             "edit =set(name, \"x\")|");
}

static void comments_directly_above_belong_to_the_item(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags;
    tm_rule_file *file = read_file(arena, &diags,
                                   "# head\n\n# of a\n#> drop {}\na: drop where true\n"
                                   "b: drop where true\n#> keep {}\nc: drop where true\n");
    const tm_file_item *a = file->first, *b = a->next, *c = b->next;
    assert_false(a->comments->example);
    assert_true(a->comments->next->example);
    assert_null(a->comments->next->next);
    assert_null(b->comments);
    assert_true(c->comments->example);
    unsigned n = 0;
    for (const tm_comment *k = file->comments; k; k = k->next)
        n++;
    assert_int_equal(n, 4);
    tm_arena_free(arena);
}

static void one_mistake_never_hides_the_next(void **state)
{
    (void)state;
    tells("a: drop where name = \"x\"\n"
          "dorp where true\n"
          "let X = 1\n"
          "let y 1\n"
          "def f() = 1\n"
          "def F(a, a) = 1\n"
          "def F(A) = 1\n"
          "def F = 1\n"
          "def F() 1\n"
          "import probes\n"
          "option silent\n"
          "drop name == \"x\"\n"
          "keep\n"
          "b:\n"
          "c: drop where (name == \"x\"\n"
          "d: drop where name == \"x\n"
          "e: drop where true\n",
          "1:20 E0101 unexpected `=`, expected an operator or the end - did you mean `==`?;"
          "2:1 E0301 dorp starts no item of a rule file - did you mean drop?;"
          "3:5 E0303 let defines a lower-case name - such as let slow = Duration(\"1s\");"
          "4:7 E0303 `=` and a value follow the name of a let;"
          "5:5 E0303 def defines a name that starts with an upper-case letter, as converters do"
          " - such as def IsServer() = kind == SPAN_KIND_SERVER;"
          "6:10 E0305 parameter a is declared twice;"
          "7:7 E0305 a parameter is a lower-case name;"
          "8:7 E0305 parameters in parentheses follow the name of a def;"
          "9:9 E0305 `=` and the body follow the parameters of a def;"
          "10:8 E0304 an import names a file in double quotes - such as import \"probes\";"
          "11:1 E0304 an option is a name and a word - such as option error_mode silent;"
          "12:6 E0302 drop is followed by `where` and a condition;"
          "13:1 E0302 keep is followed by `where` and a condition;"
          "14:1 E0307 a rule follows its label;"
          "15:27 E0107 `(` is never closed;"
          "16:23 E0103 this string is never closed;");
    tells("  indented\n",
          "1:3 E0306 this line continues no rule: a rule starts in the first column;");
    tells("drop where\n", "1:11 E0101 the text ends where a value should follow;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_item_is_told_apart),
        cmocka_unit_test(words_of_items_may_be_labels_and_names),
        cmocka_unit_test(indented_lines_and_closing_brackets_continue_an_item),
        cmocka_unit_test(comments_stand_anywhere_but_in_strings),
        cmocka_unit_test(comments_directly_above_belong_to_the_item),
        cmocka_unit_test(one_mistake_never_hides_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
