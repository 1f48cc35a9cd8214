/* XML edit: parts of documents taken out, put in and reshaped (language.md 4.5).
 * Work: each selected node once, charged before; marks say what is selected, so that nothing is
 * searched for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "stdlib/xml/xml_tree.h"
#include "stdlib/xml/xpath.h"

#include <stdlib.h>

/* A document and what an expression selects in it. */
typedef struct selected {
    tm_xml *document;
    tm_xml **node;
    size_t n;
} selected;

/* Compiles the literal expression in parameter 1, or the one that stands for an absent or empty
 * one. */
static bool prepare_xpath(tm_prepare *p, const char *fallback)
{
    const char *error;
    tm_text expression = p->given & 2 ? tm_value_text(p->literal[1]) : TM_TEXT("");
    if (!expression.n)
        expression = tm_text_of(fallback);
    p->state = tm_xpath_new(p->arena, expression, &error);
    return p->state ||
           tm_refuse(p, 1, "\"%.*s\" is no XPath expression: %s", TM_PRI(expression), error);
}

static bool read_document(tm_call *c, tm_text text, tm_xml **document)
{
    const char *error;
    *document = tm_xml_read(c->arena, tm_call_work(c), text, &error);
    if (!*document && tm_call_work(c)->over)
        return tm_vm_spent(c->vm);
    return *document || tm_fail(c, "the XML is bad: %s", error);
}

static bool select_nodes(tm_call *c, selected *s)
{
    const char *error = tm_xpath_select(c->vm, c->state, s->document, &s->node, &s->n);
    if (error && tm_call_work(c)->over)
        return tm_vm_spent(c->vm);
    return !error || tm_fail(c, "the XPath expression fails: %s", error);
}

static bool open_selection(tm_call *c, selected *s)
{
    return read_document(c, tm_arg_text(c, 0), &s->document) && select_nodes(c, s);
}

static bool return_document(tm_call *c, const tm_xml *document)
{
    tm_buf out = {.arena = c->arena};
    tm_xml_print(&out, document);
    return tm_charge_bytes(c, out.n) && tm_return_text(c, tm_buf_text(&out));
}

/* --- GetXML --- */
enum { SELECTED_BYTES_MOST = 1 << 24 };

/* Puts what is selected side by side, while it still hangs in the document: so the reference does.
 * Of an element that is selected inside another one, the other then shows what is selected behind
 * it in place of its neighbours. */
static tm_xml *gather(tm_arena *arena, const selected *s)
{
    tm_xml *all = tm_xml_new(arena, TM_XML_DOCUMENT);
    /* Work: selected nodes, charged by the selection */
    for (size_t i = 0; i < s->n; i++) {
        tm_xml *node = s->node[i];
        if (node->kind == TM_XML_ATTRIBUTE || node->kind == TM_XML_CDATA) {
            node = tm_xml_new(arena, TM_XML_TEXT);
            node->text = s->node[i]->text;
        } else if (node->kind != TM_XML_ELEMENT && node->kind != TM_XML_TEXT) {
            continue;
        }
        node->next = NULL;
        *(all->last ? &all->last->next : &all->first) = node;
        all->last = node;
    }
    return all;
}

/* Whether printing ends, within so many bytes: elements deep in each other may show many times, or
 * for ever. */
static bool fits(const tm_xml *node, unsigned depth, size_t *left)
{
    if (depth > TM_XML_DEPTH_MOST)
        return false;
    /* Work: nodes, until `left` is used up */
    for (const tm_xml *child = node->first; child; child = child->next) {
        size_t size = child->text.n + 2 * (child->name.n + child->prefix.n) + 8;
        for (const tm_xml *a = child->attribute; a; a = a->next)
            size += a->name.n + a->prefix.n + a->text.n + 4;
        if (size > *left)
            return false;
        *left -= size;
        if (!fits(child, depth + 1, left))
            return false;
    }
    return true;
}

static bool prepare_GetXML(tm_prepare *p)
{
    return prepare_xpath(p, "");
}

TM_CONVERTER_PREPARED(GetXML, "string GetXML(target: string, x_path: 'string)",
                      "The parts of an XML document that an XPath expression selects, one behind "
                      "the other: elements whole, "
                      "attributes and texts by their values. Expressions are of XPath 1.0 and may "
                      "also call lower-case, ends-with, matches, replace, string-join and reverse; "
                      "lengths are bytes.",
                      EX(GetXML("<a><b>x</b><b>y</b></a>", "/a/b") == "<b>x</b><b>y</b>")
                      EX(GetXML("<a><b>X1</b><b>y</b></a>", "//b[matches(lower-case(.), '^x\\d$')]") == "<b>X1</b>")
                      EX(GetXML("<a id=\"1\"/>", "/a/@id") == "1")
                      EX(GetXML("", "/a") == "")
                      EX(GetXML("<a>", "/a")) FAILS
                      EX(GetXML("<a/>", "/a[")) REFUSED)
{
    selected s;
    size_t left = SELECTED_BYTES_MOST;
    if (!tm_arg_text(c, 0).n)
        return tm_return_text(c, TM_TEXT(""));
    if (!open_selection(c, &s))
        return false;
    tm_xml *all = gather(c->arena, &s);
    if (!fits(all, 0, &left))
        return tm_fail(c, "what is selected is too large");
    if (!tm_charge_bytes(c, SELECTED_BYTES_MOST - left))
        return false;
    return return_document(c, all);
}

/* --- RemoveXML --- */

/* A name whose attributes an element is to lose. */
typedef struct doomed {
    tm_xml *element;
    tm_text name;
} doomed;

static int by_element(const void *a, const void *b)
{
    const doomed *x = a, *y = b;
    const uintptr_t p = (uintptr_t)x->element, q = (uintptr_t)y->element;
    return p != q ? (p > q) - (p < q) : tm_text_compare(x->name, y->name);
}

/* Attributes are removed by their names, as in the reference: all that have the name and no prefix,
 * even where one with a prefix was selected. A name that ends in a colon looks prefixed. Each
 * element's attributes are walked once. */
static void remove_attributes(tm_arena *arena, const selected *s)
{
    doomed *all = TM_NEW_ARRAY(arena, s->n, doomed);
    size_t n = 0, end;
    /* Work: selected nodes, n log n, and attributes of their elements */
    for (size_t i = 0; i < s->n; i++) {
        const tm_text name = s->node[i]->name;
        if (s->node[i]->kind == TM_XML_ATTRIBUTE && s->node[i]->parent &&
            !(name.n > 1 && memchr(name.p + 1, ':', name.n - 1)))
            all[n++] = (doomed){.element = s->node[i]->parent, .name = name};
    }
    qsort(all, n, sizeof *all, by_element);
    for (size_t start = 0; start < n; start = end) {
        tm_xml *const element = all[start].element;
        for (end = start; end < n && all[end].element == element;)
            end++;
        for (tm_xml *a = element->attribute, *next; a; a = next) {
            const doomed named = {.element = element, .name = a->name};
            next = a->next;
            if (!a->prefix.n && bsearch(&named, all + start, end - start, sizeof *all, by_element))
                tm_xml_remove(a);
        }
    }
}

static bool is_removable(const tm_xml *node)
{
    return node->kind == TM_XML_ELEMENT || node->kind == TM_XML_TEXT ||
           node->kind == TM_XML_CDATA || node->kind == TM_XML_COMMENT;
}

static bool prepare_RemoveXML(tm_prepare *p)
{
    return prepare_xpath(p, "");
}

TM_CONVERTER_PREPARED(RemoveXML, "string RemoveXML(target: string, x_path: 'string)",
                      "The XML document without the elements, attributes, texts and comments that "
                      "an XPath expression selects.",
                      EX(RemoveXML("<a id=\"1\"><b>x</b></a>", "/a/@id") == "<a><b>x</b></a>")
                      EX(RemoveXML("<a><b/></a>", "//b") == "<a></a>")
                      EX(RemoveXML("<a>", "/a")) FAILS
                      EX(RemoveXML("<a/>", "f()")) REFUSED)
{
    selected s;
    if (!tm_arg_text(c, 0).n)
        return tm_return_text(c, TM_TEXT(""));
    if (!open_selection(c, &s))
        return false;
    if (!tm_charge(c, 2 * s.n))
        return false;
    remove_attributes(c->arena, &s);
    /* Work: selected nodes, charged before */
    for (size_t i = 0; i < s.n; i++)
        if (is_removable(s.node[i]))
            tm_xml_remove(s.node[i]);
    return return_document(c, s.document);
}

/* --- InsertXML --- */

/* What a copy of all that hangs under a node costs: it is made for each element selected. */
static size_t copy_steps(const tm_xml *node)
{
    size_t n = 1 + tm_work_bytes(node->text.n);
    /* Work: nodes, charged as they were read */
    for (const tm_xml *a = node->attribute; a; a = a->next)
        n += 1 + tm_work_bytes(a->text.n);
    for (const tm_xml *child = node->first; child; child = child->next)
        n += copy_steps(child);
    return n;
}

static bool prepare_InsertXML(tm_prepare *p)
{
    return prepare_xpath(p, "");
}

TM_CONVERTER_PREPARED(InsertXML,
                      "string InsertXML(target: string, x_path: 'string, sub_document: string)",
                      "The XML document with the nodes of sub_document as the last children of "
                      "each element that an XPath "
                      "expression selects.",
                      EX(InsertXML("<a><b/></a>", "/a", "<n>1</n>") == "<a><b></b><n>1</n></a>")
                      EX(InsertXML("<a/>", "/b", "<n/>") == "<a></a>")
                      EX(InsertXML("<a x=\"1\"/>", "//@x", "<n/>")) FAILS
                      EX(InsertXML("<a/>", "", "<n/>")) REFUSED)
{
    selected s = {.document = tm_xml_new(c->arena, TM_XML_DOCUMENT)};
    tm_xml *sub;
    if (tm_arg_text(c, 0).n && !read_document(c, tm_arg_text(c, 0), &s.document))
        return false;
    if (!read_document(c, tm_arg_text(c, 2), &sub) || !select_nodes(c, &s))
        return false;
    const size_t steps = copy_steps(sub);
    /* Work: selected nodes, each charged with what is copied */
    for (size_t i = 0; i < s.n; i++) {
        if (s.node[i]->kind != TM_XML_ELEMENT && s.node[i]->kind != TM_XML_DOCUMENT)
            return tm_fail(c, "the XPath expression selects what is no element");
        if (!tm_charge(c, steps))
            return false;
        for (const tm_xml *node = sub->first; node; node = node->next)
            tm_xml_append(s.node[i], tm_xml_copy(c->arena, node));
    }
    return return_document(c, s.document);
}

/* --- ConvertAttributesToElementsXML --- */
static void append_element(tm_arena *arena, tm_xml *parent, tm_text name, tm_text text)
{
    tm_xml *element = tm_xml_new(arena, TM_XML_ELEMENT), *content = tm_xml_new(arena, TM_XML_TEXT);
    element->name = name;
    content->text = text;
    tm_xml_append(element, content);
    tm_xml_append(parent, element);
}

static bool prepare_ConvertAttributesToElementsXML(tm_prepare *p)
{
    return prepare_xpath(p, "//@*");
}

TM_CONVERTER_PREPARED(
    ConvertAttributesToElementsXML,
    "string ConvertAttributesToElementsXML(target: string, x_path?: 'string = \"//@*\")",
    "The XML document with the attributes that an XPath expression selects made elements at the "
    "end of theirs.",
    EX(ConvertAttributesToElementsXML("<a id=\"1\"><b>x</b></a>") == "<a><b>x</b><id>1</id></a>")
    EX(ConvertAttributesToElementsXML("<a>")) FAILS
    EX(ConvertAttributesToElementsXML("<a/>", "[")) REFUSED)
{
    selected s;
    if (!open_selection(c, &s) || !tm_charge(c, 2 * s.n))
        return false;
    /* Work: selected nodes, charged before */
    for (size_t i = 0; i < s.n; i++)
        if (s.node[i]->kind == TM_XML_ATTRIBUTE)
            append_element(c->arena, s.node[i]->parent, s.node[i]->name, s.node[i]->text);
    remove_attributes(c->arena, &s);
    return return_document(c, s.document);
}

/* --- ConvertTextToElementsXML --- */

/* What is to be wrapped: texts that stand beside elements or other texts. */
static unsigned neighbours(const tm_xml *node)
{
    unsigned n = 0;
    /* Work: nodes, charged as they were read */
    for (const tm_xml *child = node->first; child; child = child->next)
        n += child->kind == TM_XML_ELEMENT || child->kind == TM_XML_TEXT;
    return n;
}

/* Turns texts in the node and in all elements under it into elements. What was done for an element
 * around it, or in it, is not done again. */
static void wrap_texts(tm_arena *arena, tm_xml *node, tm_text name)
{
    if (node->wrapped)
        return;
    node->wrapped = true;
    bool wraps = neighbours(node) > 1;
    /* Work: nodes, charged as they were read; a mark keeps it from coming twice */
    for (tm_xml *child = node->first; child; child = child->next) {
        if (child->kind == TM_XML_ELEMENT) {
            wrap_texts(arena, child, name);
        } else if (child->kind == TM_XML_TEXT && wraps) {
            tm_xml *content = tm_xml_new(arena, TM_XML_TEXT);
            content->text = child->text;
            child->kind = TM_XML_ELEMENT;
            child->name = name;
            child->text = TM_TEXT("");
            tm_xml_append(child, content);
        }
    }
}

static bool prepare_ConvertTextToElementsXML(tm_prepare *p)
{
    return prepare_xpath(p, "/");
}

TM_CONVERTER_PREPARED(ConvertTextToElementsXML,
                      "string ConvertTextToElementsXML(target: string, x_path?: 'string = \"/\", "
                      "element_name?: 'string = \"value\")",
                      "The XML document with texts that stand beside elements or other texts made "
                      "elements, inside the elements "
                      "that an XPath expression selects.",
                      EX(ConvertTextToElementsXML("<a><b>x</b>t</a>") == "<a><b>x</b><value>t</value></a>")
                      EX(ConvertTextToElementsXML("<a>t</a>") == "<a>t</a>")
                      EX(ConvertTextToElementsXML("")) FAILS
                      EX(ConvertTextToElementsXML("<a/>", "$x")) REFUSED)
{
    selected s;
    tm_text name = tm_arg_given(c, 2) ? tm_arg_text(c, 2) : TM_TEXT("");
    if (!open_selection(c, &s) || !tm_charge(c, s.n))
        return false;
    /* Work: selected nodes, charged before */
    for (size_t i = 0; i < s.n; i++)
        if (s.node[i]->kind == TM_XML_ELEMENT || s.node[i]->kind == TM_XML_DOCUMENT)
            wrap_texts(c->arena, s.node[i], name.n ? name : TM_TEXT("value"));
    return return_document(c, s.document);
}

TM_CHAPTER(xml_edit, ROW(GetXML), ROW(RemoveXML), ROW(InsertXML),
           ROW(ConvertAttributesToElementsXML), ROW(ConvertTextToElementsXML))
