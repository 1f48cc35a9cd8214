/* XML tree: making, changing and writing nodes.
 * Work: each node or byte once; who copies or prints charges for it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xml_tree.h"

tm_xml *tm_xml_new(tm_arena *arena, tm_xml_kind kind)
{
    tm_xml *node = TM_NEW(arena, tm_xml);
    node->kind = kind;
    return node;
}

void tm_xml_append(tm_xml *parent, tm_xml *child)
{
    bool is_attribute = child->kind == TM_XML_ATTRIBUTE;
    tm_xml **first = is_attribute ? &parent->attribute : &parent->first;
    tm_xml **last = is_attribute ? &parent->last_attribute : &parent->last;
    child->parent = parent;
    child->previous = *last;
    child->next = NULL;
    if (*last)
        (*last)->next = child;
    else
        *first = child;
    *last = child;
}

void tm_xml_remove(tm_xml *node)
{
    tm_xml *parent = node->parent;
    if (!parent)
        return;
    bool is_attribute = node->kind == TM_XML_ATTRIBUTE;
    tm_xml **first = is_attribute ? &parent->attribute : &parent->first;
    tm_xml **last = is_attribute ? &parent->last_attribute : &parent->last;
    *(node->previous ? &node->previous->next : first) = node->next;
    *(node->next ? &node->next->previous : last) = node->previous;
    node->parent = node->previous = node->next = NULL;
}

tm_xml *tm_xml_copy(tm_arena *arena, const tm_xml *node)
{
    tm_xml *copy = tm_xml_new(arena, node->kind);
    copy->prefix = node->prefix;
    copy->name = node->name;
    copy->text = node->text;
    /* Work: nodes, charged by who copies or prints */
    for (const tm_xml *a = node->attribute; a; a = a->next)
        tm_xml_append(copy, tm_xml_copy(arena, a));
    for (const tm_xml *child = node->first; child; child = child->next)
        tm_xml_append(copy, tm_xml_copy(arena, child));
    return copy;
}

/* --- writing --- */

static void print_text(tm_buf *out, tm_text t)
{
    static const struct {
        char c;
        const char *escaped;
    } escapes[] = {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&#34;"}, {'\'', "&#39;"}};
    /* Work: bytes of the text, charged by who prints */
    for (size_t i = 0; i < t.n; i++) {
        const char *escaped = NULL;
        for (unsigned k = 0; k < sizeof escapes / sizeof *escapes; k++)
            escaped = escapes[k].c == t.p[i] ? escapes[k].escaped : escaped;
        if (escaped)
            tm_buf_add(out, tm_text_of(escaped));
        else
            tm_buf_add_char(out, t.p[i]);
    }
}

static void print_between(tm_buf *out, const char *before, tm_text t, const char *behind)
{
    tm_buf_add(out, tm_text_of(before));
    tm_buf_add(out, t);
    tm_buf_add(out, tm_text_of(behind));
}

static void print_name(tm_buf *out, const tm_xml *node)
{
    if (node->prefix.n)
        print_between(out, "", node->prefix, ":");
    tm_buf_add(out, node->name);
}

static void print_attributes(tm_buf *out, const tm_xml *node)
{
    /* Work: nodes, charged by who copies or prints */
    for (const tm_xml *a = node->attribute; a; a = a->next) {
        tm_buf_add_char(out, ' ');
        print_name(out, a);
        tm_buf_add(out, TM_TEXT("=\""));
        print_text(out, a->text);
        tm_buf_add_char(out, '"');
    }
}

static void print_instruction(tm_buf *out, const tm_xml *node)
{
    print_between(out, "<?", node->name, "");
    print_attributes(out, node);
    if (node->text.n)
        print_between(out, " ", node->text, "");
    tm_buf_add(out, TM_TEXT("?>"));
}

static void print_children(tm_buf *out, const tm_xml *node)
{
    /* Work: nodes, charged by who copies or prints */
    for (const tm_xml *child = node->first; child; child = child->next)
        tm_xml_print(out, child);
}

void tm_xml_print(tm_buf *out, const tm_xml *node)
{
    switch (node->kind) {
    case TM_XML_DOCUMENT:
        return print_children(out, node);
    case TM_XML_ELEMENT:
        tm_buf_add_char(out, '<');
        print_name(out, node);
        print_attributes(out, node);
        tm_buf_add_char(out, '>');
        print_children(out, node);
        tm_buf_add(out, TM_TEXT("</"));
        print_name(out, node);
        return tm_buf_add_char(out, '>');
    case TM_XML_ATTRIBUTE:
    case TM_XML_TEXT:
        return print_text(out, node->text);
    case TM_XML_CDATA:
        return print_between(out, "<![CDATA[", node->text, "]]>");
    case TM_XML_COMMENT:
        return print_between(out, "<!--", node->text, "-->");
    case TM_XML_INSTRUCTION:
        return print_instruction(out, node);
    case TM_XML_DIRECTIVE:
        return print_between(out, "<!", node->text, ">");
    }
}
