/* Work, functions: twice the data cost every other function of the library about twice as much, and
 * none is left out. SPDX-License-Identifier: Apache-2.0 */
#include "working.h"

#include "stdlib/fn.h"

#include <ctype.h>

/* --- data: a long text under "t", a map under "a", a list under "l" --- */
static void put_list(tm_arena *arena, tm_map *attributes, uint32_t n, const char *piece)
{
    tm_list *list = tm_list_new(arena, n);
    for (uint32_t i = 0; i < n; i++)
        tm_list_append(arena, list, tm_string(pieces(arena, "", piece, 1, "")));
    tm_map_append(arena, attributes, TM_TEXT("l"), tm_list_value(list, TM_DATA));
}

static void put_numbered(tm_arena *arena, tm_map *map, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        tm_map_append(arena, map, tm_arena_print(arena, "k%06u", i),
                      tm_string(tm_arena_print(arena, "v%u ab", i)));
}

static void make_long(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    tm_map *map = tm_map_new(arena, n);
    put_numbered(arena, map, n);
    put_text(arena, attributes, "t", pieces(arena, "", "ab #,", n, ""));
    tm_map_append(arena, attributes, TM_TEXT("a"), tm_map_value(map, TM_DATA));
    put_list(arena, attributes, n, "ab");
}

static void make_digits(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "", "0000000001", n, ""));
}

static void make_cards(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "", "4111 1111-1111 1111 1234 ", n, ""));
}

static void make_many(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_numbered(arena, attributes, n);
}

static void make_agent(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t",
             pieces(arena, "Mozilla/5.0 (", "X11; Linux Chrome/1.# ", n, ") Safari/1"));
}

/* Lists in lists in lists, as deep as OTLP allows. */
static void make_nested(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    for (uint32_t i = 0; i < n / 20; i++) {
        tm_value v = tm_string(TM_TEXT("x"));
        for (unsigned depth = 0; depth < 20; depth++) {
            tm_list *list = tm_list_new(arena, 1);
            tm_list_append(arena, list, v);
            v = tm_list_value(list, TM_DATA);
        }
        tm_map_append(arena, attributes, tm_arena_print(arena, "k%06u", i), v);
    }
    tm_map *copy = tm_map_new(arena, attributes->n);
    for (uint32_t i = 0; i < attributes->n; i++)
        tm_map_append(arena, copy, attributes->entry[i].key, attributes->entry[i].value);
    tm_map_append(arena, attributes, TM_TEXT("a"), tm_map_value(copy, TM_DATA));
}

/* Patterns that are data. */
static void make_pieces(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "", "*a#", n, "*"));
    put_text(arena, attributes, "y", pieces(arena, "", "a#", n, ""));
}

static void make_braces(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "", "{a,b#}", n, ""));
    put_text(arena, attributes, "y", pieces(arena, "", "a", n, ""));
}

#define TEXT "attributes[\"t\"]"
#define SET(call) "set(attributes[\"y\"], " call ")"
static const family families[] = {
    {SET("String(attributes[\"a\"])"), make_long},
    {SET("String(attributes)"), make_nested},
    {SET("Coalesce([attributes[\"none\"], ToLowerCase(" TEXT ")])"), make_long},
    {SET("ExtractGrokPatterns(" TEXT ", \"%{WORD:a} %{NUMBER:b}%{GREEDYDATA:c}\", true)"),
     make_long},
    {SET("ExtractGrokPatterns(" TEXT ", \"%{WORD:a}=%{IPORHOST:b} %{QUOTEDSTRING}\", true)"),
     make_long},
    {SET("ExtractPatterns(" TEXT ", \"(?P<a>.*),(?P<b>[^,]*),$\")"), make_long},
    {SET("Find(attributes[\"l\"], (k, v) => v == \"none\")"), make_long},
    {SET("MapEach(attributes[\"l\"], (k, v) => Concat([v, \"x\"], \"-\"))"), make_long},
    {SET("MapEach(attributes[\"a\"], (k, v) => v)"), make_long},
    {SET("All(attributes[\"l\"], (k, v) => v == \"ab\")"), make_long},
    {SET("Any(attributes[\"a\"], (k, v) => v == \"none\")"), make_long},
    {SET("When(() => Any(attributes[\"l\"], (k, v) => v == \"z\"), 1, 2)"), make_long},
    {SET("HasPrefix(" TEXT ", Concat([" TEXT ", \"x\"], \"\"))"), make_long},
    {SET("HasSuffix(" TEXT ", Concat([\"x\", " TEXT "], \"\"))"), make_long},
    {SET("TrimPrefix(" TEXT ", Substring(" TEXT ", 0, 10))") " where Len(ToUpperCase(" TEXT
                                                             ")) > 0",
     make_long},
    {SET("TrimSuffix(ToLowerCase(" TEXT "), \"x\")"), make_long},
    {SET("IsMatch(" TEXT ", \"(a|b|ab)+c$\")"), make_long},
    {SET("IsMatch(attributes[\"a\"], \"(a|b|ab)+c$\")"), make_long},
    {SET("IsInCIDR(" TEXT ", [\"10.0.0.0/8\", \"fe80::/10\"])") " where Len(ToUpperCase(" TEXT
                                                                ")) > 0",
     make_long},
    {SET("IsValidLuhn(" TEXT ")"), make_digits},
    {SET("MaskCards(" TEXT ")"), make_cards},
    {SET("MaskCards(" TEXT ")"), make_digits},
    {SET("MD5(" TEXT ")"), make_long},
    {SET("SHA1(" TEXT ")"), make_long},
    {SET("SHA512(" TEXT ")"), make_long},
    {SET("Murmur3Hash(" TEXT ")"), make_long},
    {SET("XXH3(" TEXT ")"), make_long},
    {SET("XXH128(" TEXT ")"), make_long},
    {SET("Sample(0.5, " TEXT ")"), make_long},
    {SET("Substring(" TEXT ", 0, Len(" TEXT "), true)"), make_long},
    {SET("ToSnakeCase(" TEXT ")"), make_long},
    {SET("ToLowerCase(" TEXT ")"), make_long},
    {SET("UserAgent(" TEXT ")"), make_agent},
    {SET("UserAgent(" TEXT ")"), make_long},
    {SET("Decode(" TEXT ", \"big5\")"), make_long},
    {SET("Decode(" TEXT ", \"gb18030\")"), make_long},
    {SET("Decode(" TEXT ", \"euc-jp\")"), make_long},
    {SET("Decode(" TEXT ", \"iso-2022-jp\")"), make_long},
    {SET("Decode(" TEXT ", \"utf-16\")"), make_long},
    {SET("Format(\"%s|%-5s\", [" TEXT ", " TEXT "])"), make_long},
    {SET("Format(\"%q\", [" TEXT "])"), make_long},
    {SET("Format(\"%x\", [" TEXT "])"), make_long},
    {SET("Format(\"%v %#v %T\", [attributes[\"a\"], attributes[\"a\"], attributes[\"a\"]])"),
     make_nested},
    {SET("Sort(Values(attributes[\"a\"]))"), make_long},
    {SET("attributes[\"a\"]"), make_nested},
    {"set(attributes, attributes[\"a\"])", make_nested},
    {"flatten(attributes)", make_nested},
    {"stringify_all(attributes)", make_nested},
    {"attributes[\"a\"] == attributes", make_nested},
    {"merge_maps(attributes, attributes[\"a\"], \"update\")", make_nested},
    {SET("IsMatch(\"x\", " TEXT ")"), make_long},
    {"replace_match(attributes[\"y\"], " TEXT ", \"y\")", make_pieces},
    {"replace_match(attributes[\"n\"], attributes[\"t\"], \"x\")", make_pieces},
    {"replace_match(attributes[\"y\"], " TEXT ", \"y\")", make_braces},
    {"clear(attributes) where Len(ToUpperCase(" TEXT ")) > 0", make_long},
    {"delete_key(attributes, \"k000001\")", make_many},
    {"keep_matching_keys(attributes, \"[0-4]$\")", make_many},
    {"replace_match(" TEXT ", \"*ab*,x*\", \"y\")", make_long},
    {"replace_all_matches(attributes, \"v*a*b*\", \"y\")", make_many},
    {"replace_pattern(" TEXT ", \"[a-z]+\", \"<$0>\")", make_long},
    {"replace_pattern(" TEXT ", \"[a-z]+\", \"$0\", SHA256)", make_long},
    {"replace_pattern(" TEXT ", \"a|b|(?:ab )+[^z]\", \"-\")", make_long},
    {"replace_all_patterns(attributes, \"value\", \"[0-9]+\", \"n\")", make_many},
};

/* What stays as it is however long its arguments are, or takes none that can be long: numbers,
 * times, types, ids; and what the tests of texts, maps and documents (work.c, work_xml.c) double.
 */
static const char constant[] =
    " Bool CommunityID Day Double Duration FormatTime Hour Hours Int IsBool IsDouble IsEmpty IsInt "
    "IsList IsMap IsRootSpan IsString Log Microseconds Milliseconds Minute Minutes Month "
    "Nanosecond "
    "Nanoseconds Now ParseInt ParseSeverity Second Seconds SpanID Time TraceID TruncateTime UUID "
    "UUIDv7 Unix UnixMicro UnixMilli UnixNano UnixSeconds Weekday Year ";
static const char elsewhere[] =
    " Base64Encode Concat ContainsValue ConvertAttributesToElementsXML ConvertCase "
    "ConvertTextToElementsXML Decode FNV Filter Format GetXML Hex Index InsertXML Keys Len MapKeys "
    "Murmur3Hash128 ParseCSV ParseJSON ParseKeyValue ParseSimplifiedXML ParseXML Reduce RemoveXML "
    "SHA256 SliceToMap Sort Split ToCamelCase ToKeyValueString ToUpperCase Trim URL Values append "
    "delete_index delete_matching_keys flatten keep_keys limit merge_maps replace_all_patterns set "
    "set_semconv_span_name stringify_all truncate_all ";

static void functions_take_no_more_than_twice_for_twice_the_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        assert_family(&families[i], 3000);
}

/* Whether a rule calls it. */
static bool is_called(const char *name)
{
    char call[64];
    snprintf(call, sizeof call, "%s(", name);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        const char *at = families[i].rule;
        while ((at = strstr(at, call)) != NULL && at > families[i].rule &&
               isalnum((unsigned char)at[-1]))
            at++;
        if (at)
            return true;
    }
    return false;
}

static bool is_listed(const char *list, const char *name)
{
    char word[64];
    snprintf(word, sizeof word, " %s ", name);
    return strstr(list, word) != NULL;
}

static void no_function_is_left_out(void **state)
{
    (void)state;
    const tm_function *f;
    for (unsigned i = 0; (f = tm_function_at(i)) != NULL; i++) {
        const int lists = is_listed(constant, f->name) + is_listed(elsewhere, f->name);
        if (lists > 1 || (!lists && !is_called(f->name)))
            fail_msg("%s: %s", f->name, lists ? "is in both lists" : "no family doubles its data");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_take_no_more_than_twice_for_twice_the_data),
        cmocka_unit_test(no_function_is_left_out),
    };
    return cmocka_run_group_tests_name("work_functions", tests, NULL, NULL);
}
