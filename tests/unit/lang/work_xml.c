/* Work, XML: twice the document costs functions over XML about twice as much.
 * SPDX-License-Identifier: Apache-2.0 */
#include "working.h"

static void put_document(tm_arena *arena, tm_map *attributes, tm_text text)
{
    put_text(arena, attributes, "t", text);
}

static void make_siblings(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_document(arena, attributes, pieces(arena, "<r>", "<a x='1'>t</a><b/>", n, "</r>"));
}

static void make_inner(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_document(arena, attributes, pieces(arena, "<r>", "<a><b>x</b></a>", n, "</r>"));
}

static void make_tags(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_document(arena, attributes, pieces(arena, "<r>", "<a#/><a#/><b#>x</b#>", n, "</r>"));
}

static void make_attributes(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_document(arena, attributes, pieces(arena, "<r", " a#='1'", n, "/>"));
}

static void make_repeated_attributes(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_document(arena, attributes, pieces(arena, "<r", " a='1'", n, "/>"));
}

static void make_prefixed_attributes(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_document(arena, attributes, pieces(arena, "<r", " p#:a='1'", n, "/>"));
}

static void make_prefixes(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    tm_text head = pieces(arena, "<r", " xmlns:p#='u'", n, ">");
    tm_text elements = pieces(arena, "", "<p#:a/>", n, "</r>");
    put_document(arena, attributes, tm_arena_join(arena, head, elements));
}

static void make_texts(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_document(arena, attributes, pieces(arena, "<r><q><r>", "<a/>x&amp;", n, "</r></q></r>"));
}

static void make_deep(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    tm_buf text = {.arena = arena};
    tm_buf_add(&text, TM_TEXT("<r>"));
    for (uint32_t i = 0; i < n / 50; i++) {
        for (int depth = 0; depth < 50; depth++)
            tm_buf_add(&text, TM_TEXT("<a>x"));
        for (int depth = 0; depth < 50; depth++)
            tm_buf_add(&text, TM_TEXT("</a>"));
    }
    tm_buf_add(&text, TM_TEXT("</r>"));
    put_document(arena, attributes, tm_buf_text(&text));
}

static void make_numbered(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_document(arena, attributes, pieces(arena, "<r>", "<a x='#'/><b y='z#'/>", n, "</r>"));
}

static void make_declared(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    tm_text head = pieces(arena, "<r", " xmlns:p#='u'", n, ">");
    tm_text elements = pieces(arena, "", "<p#:a/>", n, "</r>");
    put_document(arena, attributes, tm_arena_join(arena, head, elements));
}

#define SET(call) "set(attributes[\"y\"], " call ")"
static const family families[] = {
    {SET("Len(ParseXML(attributes[\"t\"]))"), make_siblings},
    {SET("Len(ParseXML(attributes[\"t\"]))"), make_attributes},
    {SET("Len(ParseXML(attributes[\"t\"]))"), make_deep},
    {SET("ParseSimplifiedXML(attributes[\"t\"])"), make_siblings},
    {SET("ParseSimplifiedXML(attributes[\"t\"])"), make_tags},
    {SET("ParseSimplifiedXML(attributes[\"t\"])"), make_prefixes},
    {SET("Len(ParseSimplifiedXML(attributes[\"t\"]))"), make_deep},
    {SET("GetXML(attributes[\"t\"], \"//a\")"), make_siblings},
    {SET("GetXML(attributes[\"t\"], \"//a|//b|//a\")"), make_siblings},
    {SET("GetXML(attributes[\"t\"], \"//a[@x='1']/text()\")"), make_siblings},
    {SET("GetXML(attributes[\"t\"], \"//@*\")"), make_attributes},
    {SET("GetXML(attributes[\"t\"], \"//@*\")"), make_prefixed_attributes},
    {SET("GetXML(attributes[\"t\"], \"//*\")"), make_prefixes},
    {SET("GetXML(attributes[\"t\"], \"//a/following-sibling::b\")"), make_siblings},
    {SET("GetXML(attributes[\"t\"], \"//b/preceding-sibling::a/@x\")"), make_siblings},
    {SET("GetXML(attributes[\"t\"], \"//a/following::b/@x\")"), make_inner},
    {SET("GetXML(attributes[\"t\"], \"//b/preceding::a/@x\")"), make_inner},
    {SET("GetXML(attributes[\"t\"], \"//b/..//b/@x\")"), make_inner},
    {SET("GetXML(attributes[\"t\"], \"//b/ancestor::*/descendant::node()/@x\")"), make_inner},
    {SET("GetXML(attributes[\"t\"], \"//a/ancestor-or-self::a/@x\")"), make_deep},
    {SET("GetXML(attributes[\"t\"], \"//a[position() mod 2 = 1]\")"), make_siblings},
    {SET("GetXML(attributes[\"t\"], \"//a[@x = //b/@y]\")"), make_numbered},
    {SET("GetXML(attributes[\"t\"], \"//a[@x > //b/@y]\")"), make_numbered},
    {SET("GetXML(attributes[\"t\"], \"//a[count(//b) = 1]\")"), make_siblings},
    {SET("GetXML(attributes[\"t\"], \"//a[contains(., 'x')][not(b)]\")"), make_siblings},
    {SET("GetXML(attributes[\"t\"], \"//*[namespace-uri() = 'v']\")"), make_declared},
    {SET("GetXML(attributes[\"t\"], \"//*[namespace-uri() = 'v']\")"), make_attributes},
    {SET("RemoveXML(attributes[\"t\"], \"//a\")"), make_siblings},
    {SET("RemoveXML(attributes[\"t\"], \"//@*\")"), make_attributes},
    {SET("RemoveXML(attributes[\"t\"], \"//@*\")"), make_repeated_attributes},
    {SET("RemoveXML(attributes[\"t\"], \"//text()\")"), make_inner},
    {SET("InsertXML(attributes[\"t\"], \"//a\", \"<n>1</n>\")"), make_siblings},
    {SET("ConvertAttributesToElementsXML(attributes[\"t\"])"), make_attributes},
    {SET("ConvertAttributesToElementsXML(attributes[\"t\"])"), make_siblings},
    {SET("ConvertTextToElementsXML(attributes[\"t\"])"), make_texts},
    {SET("ConvertTextToElementsXML(attributes[\"t\"], \"//r\")"), make_texts},
};

static void documents_take_no_more_than_twice_for_twice_the_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        assert_family(&families[i], 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_take_no_more_than_twice_for_twice_the_data),
    };
    return cmocka_run_group_tests_name("work_xml", tests, NULL, NULL);
}
