/* XML: documents as maps (language.md 4.5).
 * Work: each node once; reading has charged for the document, of which nodes are a part.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/utf8.h"
#include "stdlib/xml/xml_tree.h"

static bool bad_xml(tm_call *c, const char *error)
{
    return tm_call_work(c)->over ? tm_vm_spent(c->vm) : tm_fail(c, "the XML is bad: %s", error);
}

/* --- ParseXML --- */

static tm_value attributes_of(tm_arena *arena, const tm_xml *element)
{
    tm_map *map = tm_map_new(arena, 0);
    /* Work: nodes, charged as they were read */
    for (const tm_xml *a = element->attribute; a; a = a->next)
        tm_map_append(arena, map, a->name, tm_string(a->text));
    tm_map_unique(arena, map);
    return tm_map_value(map, TM_DATA);
}

/* The element as {tag, content?, attributes?, children?}, in the order of the reference; the reader
 * bounds the depth. */
static tm_value element_value(tm_arena *arena, const tm_xml *element)
{
    tm_list *children = tm_list_new(arena, 0);
    tm_buf content = {.arena = arena};
    /* Work: nodes, charged as they were read */
    for (const tm_xml *child = element->first; child; child = child->next) {
        if (child->kind == TM_XML_ELEMENT)
            tm_list_append(arena, children, element_value(arena, child));
        else if (child->kind == TM_XML_TEXT || child->kind == TM_XML_CDATA)
            tm_buf_add(&content, tm_utf8_trim(child->text));
    }
    const uint32_t members =
        1u + (content.n != 0) + (element->attribute != NULL) + (children->n != 0);
    tm_map *map = tm_map_new(arena, members);
    tm_map_append(arena, map, TM_TEXT("tag"), tm_string(element->name));
    if (content.n)
        tm_map_append(arena, map, TM_TEXT("content"), tm_string(tm_buf_text(&content)));
    if (element->attribute)
        tm_map_append(arena, map, TM_TEXT("attributes"), attributes_of(arena, element));
    if (children->n)
        tm_map_append(arena, map, TM_TEXT("children"), tm_list_value(children, TM_DATA));
    return tm_map_value(map, TM_DATA);
}

static const tm_xml *root_of(const tm_xml *document)
{
    const tm_xml *node = document->first;
    /* Work: nodes, charged as they were read */
    while (node && node->kind != TM_XML_ELEMENT)
        node = node->next;
    return node;
}

TM_CONVERTER(ParseXML, "map ParseXML(target: string)",
             "The map that an XML element says: its tag, and the attributes, content and children "
             "that it has. Nothing "
             "may follow the element.",
             EX(ParseXML("<a id=\"1\"/>") == {"tag": "a", "attributes": {"id": "1"}})
             EX(ParseXML("<a><b>x</b></a>")["children"][0]["tag"] == "b")
             EX(ParseXML("<a> x </a>")["content"] == "x")
             EX(ParseXML("<a></b>")) FAILS
             EX(ParseXML("<a/> ")) FAILS)
{
    const char *error;
    const tm_xml *document =
        tm_xml_read_strictly(c->arena, tm_call_work(c), tm_arg_text(c, 0), &error);
    if (!document)
        return bad_xml(c, error);
    return tm_return(c, element_value(c->arena, root_of(document)));
}

/* --- ParseSimplifiedXML --- */

static uint32_t count_elements(const tm_xml *node)
{
    uint32_t n = 0;
    /* Work: nodes, charged as they were read */
    for (const tm_xml *child = node->first; child; child = child->next)
        n += child->kind == TM_XML_ELEMENT;
    return n;
}

/* What an element without elements in it says: its first text. */
static tm_value first_text(const tm_xml *element)
{
    /* Work: nodes, charged as they were read */
    for (const tm_xml *child = element->first; child; child = child->next)
        if (child->kind == TM_XML_TEXT || child->kind == TM_XML_CDATA)
            return child->text.n ? tm_string(child->text) : tm_nil();
    return tm_nil();
}

/* A tag that is met again has a list, even if one of the two says nothing. Returns which tag it is.
 */
static uint32_t add_tag(tm_arena *arena, tm_map *tags, tm_text name, tm_value value)
{
    tm_entry *entry = tm_map_find(tags, name);
    if (!entry) {
        entry = tm_map_append(arena, tags, name, value);
        return tags->n - 1;
    }
    if (entry->value.type != TM_LIST) {
        tm_list *list = tm_list_new(arena, 2);
        if (entry->value.type != TM_NIL)
            tm_list_append(arena, list, entry->value);
        entry->value = tm_list_value(list, TM_DATA);
    }
    if (value.type != TM_NIL)
        tm_list_append(arena, entry->value.list, value);
    return (uint32_t)(entry - tags->entry);
}

/* Elements in `node` by their tags, without those that say nothing; nil when none is left. An empty
 * list stays where one of its elements holds anything, be it a comment, as in the reference. */
static tm_value simplified(tm_arena *arena, const tm_xml *node)
{
    const uint32_t elements = count_elements(node);
    if (!elements)
        return first_text(node);
    tm_map *tags = tm_map_new(arena, elements < 8 ? elements : 8);
    bool *holds = TM_NEW_ARRAY(arena, elements, bool); /* one a tag: there are no more of them */
    uint32_t kept = 0;
    /* Work: nodes, charged as they were read */
    for (const tm_xml *child = node->first; child; child = child->next)
        if (child->kind == TM_XML_ELEMENT) {
            tm_value value = simplified(arena, child);
            holds[add_tag(arena, tags, child->name, value)] |= child->first != NULL;
        }
    for (uint32_t i = 0; i < tags->n; i++) {
        tm_value v = tags->entry[i].value;
        bool empty_list = v.type == TM_LIST && !v.list->n;
        if (v.type != TM_NIL && (!empty_list || holds[i]))
            tags->entry[kept++] = tags->entry[i];
    }
    tm_map_settle(tags, kept);
    return kept ? tm_map_value(tags, TM_DATA) : tm_nil();
}

TM_CONVERTER(ParseSimplifiedXML, "map ParseSimplifiedXML(target: string)",
             "The texts of XML elements by their tags, in maps as the elements lie in each other, "
             "without attributes. "
             "Tags that repeat have lists; elements that say nothing are left out.",
             EX(ParseSimplifiedXML("<a id=\"1\"><b>x</b><b>y</b><c/>t</a>") == {"a": {"b": [ "x", "y" ]}})
             EX(Len(ParseSimplifiedXML("<a/>")) == 0)
             EX(ParseSimplifiedXML("<a>")) FAILS)
{
    const char *error;
    const tm_xml *document = tm_xml_read(c->arena, tm_call_work(c), tm_arg_text(c, 0), &error);
    if (!document)
        return bad_xml(c, error);
    tm_value v = simplified(c->arena, document);
    return v.type == TM_MAP ? tm_return(c, v) : tm_return_map(c, tm_map_new(c->arena, 0));
}

TM_CHAPTER(xml, ROW(ParseXML), ROW(ParseSimplifiedXML))
