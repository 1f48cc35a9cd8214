/* XPath: expressions that select nodes of XML trees, by libxml2. The library sees a copy of the
 * tree, made node by node, and never a text to parse: no entities, files or network come into it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xpath.h"

#include "base/utf8.h"
#include "otlp/value.h"
#include "stdlib/data.h"
#include "stdlib/xpath_scan.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

/* How many steps an expression may take on one document. */
enum { STEPS_MOST = 1000000 };

struct tm_xpath {
    xmlXPathCompExprPtr code;
    tm_xpath *next; /* what stands behind a | on the top level */
    tm_xpath_mentions mentions;
};

/* --- compiling --- */

static void say_nothing(void *context, xmlErrorPtr error)
{
    (void)context, (void)error;
}

static void free_code(void *code)
{
    xmlXPathFreeCompExpr(code);
}

/* Where the first | outside of quotes and brackets stands; the length when there is none. */
static size_t first_bar(tm_text t)
{
    int depth = 0;
    char quote = 0;
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '|' && depth == 0)
            return i;
        else
            depth += (c == '(' || c == '[') - (c == ')' || c == ']');
    }
    return t.n;
}

/* What runs is count(expression): the argument of count() alone is not sorted into document order,
 * which the reference does not do either. The count keeps the nodes. */
static tm_xpath *compile_path(tm_arena *arena, tm_text expression, const char **error)
{
    tm_xpath *xpath = TM_NEW(arena, tm_xpath);
    tm_text text = tm_arena_copy(arena, expression);
    tm_text counted = tm_arena_print(arena, "count(%.*s)", TM_PRI(expression));
    *error = tm_xpath_scan(arena, text, &xpath->mentions);
    if (*error)
        return NULL;
    xmlInitParser(); /* before other threads run the expression */
    xmlXPathContextPtr context = xmlXPathNewContext(NULL);
    if (!context)
        tm_arena_out_of_memory(arena);
    context->error = say_nothing;
    xmlXPathCompExprPtr alone = xmlXPathCtxtCompile(context, (const xmlChar *)text.p);
    xpath->code = alone ? xmlXPathCtxtCompile(context, (const xmlChar *)counted.p) : NULL;
    xmlXPathFreeCompExpr(alone);
    xmlXPathFreeContext(context);
    if (!xpath->code) {
        *error = "it is malformed";
        return NULL;
    }
    tm_arena_cleanup(arena, free_code, xpath->code);
    return xpath;
}

/* The paths of a union are kept apart: the reference gives what the first selects before what the
 * second does. */
tm_xpath *tm_xpath_new(tm_arena *arena, tm_text expression, const char **error)
{
    tm_xpath *first = NULL, **end = &first;
    for (tm_text rest = expression;;) {
        size_t bar = first_bar(rest);
        *end = compile_path(arena, tm_text_slice(rest.p, bar), error);
        if (!*end || bar == rest.n)
            return *end ? first : NULL;
        end = &(*end)->next;
        rest = tm_text_skip(rest, bar + 1);
    }
}

/* All that libxml2 allocates for one selection. */
typedef struct selection {
    xmlDocPtr doc;
    xmlXPathContextPtr context;
    xmlXPathObjectPtr found;
    xmlNsPtr *space; /* by number of the prefix; in the arena */
    tm_xpath_run run;
} selection;

/* --- a copy of the tree for libxml2; NULL: out of memory --- */

/* Ends in NUL, which no XML text holds. */
static xmlChar *copy_text(tm_text t)
{
    return xmlStrndup((const xmlChar *)(t.n ? t.p : ""), (int)t.n);
}

/* A namespace for a prefix is called like the prefix, wherever it stands: prefixed names match by
 * their prefix. The document owns them; its first one is always that of "xml". */
static xmlNsPtr namespace_of(selection *s, const tm_xml *node)
{
    xmlNsPtr *ns = &s->space[node->prefix_number];
    if (*ns)
        return *ns;
    xmlNsPtr xml = xmlSearchNs(s->doc, (xmlNodePtr)s->doc, (const xmlChar *)"xml");
    if (!xml || tm_text_is(node->prefix, "xml"))
        return *ns = xml;
    xmlChar *name = copy_text(node->prefix);
    *ns = name ? xmlNewNs(NULL, name, name) : NULL;
    xmlFree(name);
    if (*ns) {
        (*ns)->next = xml->next;
        xml->next = *ns;
    }
    return *ns;
}

/* Sets the value of a new attribute, and links it as the last. xmlNewNsProp would look for the last
 * one, and duplicates are kept. */
static bool link_attribute(xmlNodePtr to, xmlAttrPtr attribute, xmlAttrPtr last, xmlChar *value)
{
    attribute->parent = to;
    attribute->doc = to->doc;
    attribute->prev = last;
    *(last ? &last->next : &to->properties) = attribute;
    xmlNodePtr text = xmlNewDocText(to->doc, value);
    if (!text)
        return false;
    text->parent = (xmlNodePtr)attribute;
    attribute->children = attribute->last = text;
    return true;
}

static bool mirror_attributes(selection *s, const tm_xml *from, xmlNodePtr to)
{
    xmlAttrPtr last = NULL;
    for (tm_xml *a = from->attribute; a; a = a->next) {
        xmlChar *name = copy_text(a->name), *value = copy_text(a->text);
        xmlNsPtr ns = a->prefix.n ? namespace_of(s, a) : NULL;
        bool ok = name && value && (ns || !a->prefix.n);
        xmlAttrPtr attribute = ok ? xmlNewNsProp(NULL, ns, name, NULL) : NULL;
        ok = attribute && link_attribute(to, attribute, last, value);
        xmlFree(name);
        xmlFree(value);
        if (!ok)
            return false;
        attribute->_private = a;
        last = attribute;
    }
    return true;
}

static xmlNodePtr mirror_scalar(xmlDocPtr doc, const tm_xml *node)
{
    xmlChar *text = copy_text(node->text), *name = copy_text(node->name);
    xmlNodePtr made = NULL;
    if (text && name && node->kind == TM_XML_TEXT)
        made = xmlNewDocText(doc, text);
    else if (text && name && node->kind == TM_XML_CDATA)
        made = xmlNewCDataBlock(doc, text, (int)node->text.n);
    else if (text && name && node->kind == TM_XML_INSTRUCTION && !tm_text_is(node->name, "xml"))
        made = xmlNewDocNode(doc, NULL, name, NULL); /* an element to the reference */
    else if (text && name && node->kind == TM_XML_INSTRUCTION)
        made = xmlNewDocPI(doc, name, text);
    else if (text && name)
        made = xmlNewDocComment(doc, text);
    xmlFree(text);
    xmlFree(name);
    return made;
}

/* Links a node as the last child. xmlAddChild would merge texts. */
static void link_last(xmlNodePtr parent, xmlNodePtr child)
{
    child->parent = parent;
    child->prev = parent->last;
    if (parent->last)
        parent->last->next = child;
    else
        parent->children = child;
    parent->last = child;
}

static bool mirror_children(selection *s, const tm_xml *from, xmlNodePtr to);

static bool mirror_element(selection *s, tm_xml *node, xmlNodePtr parent)
{
    xmlChar *name = copy_text(node->name);
    xmlNodePtr element = name ? xmlNewDocNode(s->doc, NULL, name, NULL) : NULL;
    xmlFree(name);
    if (!element)
        return false;
    element->_private = node;
    link_last(parent, element);
    if (node->prefix.n && !(element->ns = namespace_of(s, node)))
        return false;
    return mirror_attributes(s, node, element) && mirror_children(s, node, element);
}

/* Directives, and white space outside of all elements or, as in the reference, behind another node:
 * nothing selects them. */
static bool is_hidden(const tm_xml *node)
{
    bool space = node->kind == TM_XML_TEXT && !tm_utf8_trim(node->text).n;
    bool passed_over = node->previous || node->parent->kind == TM_XML_DOCUMENT;
    return node->kind == TM_XML_DIRECTIVE || (space && passed_over);
}

static bool mirror_children(selection *s, const tm_xml *from, xmlNodePtr to)
{
    for (tm_xml *child = from->first; child; child = child->next) {
        if (is_hidden(child))
            continue;
        if (child->kind == TM_XML_ELEMENT) {
            if (!mirror_element(s, child, to))
                return false;
            continue;
        }
        xmlNodePtr made = mirror_scalar(s->doc, child);
        if (!made)
            return false;
        made->_private = child;
        link_last(to, made);
    }
    return true;
}

/* --- selecting --- */

static void drop(selection *s)
{
    xmlXPathFreeObject(s->found);
    xmlXPathFreeNodeSet(s->run.counted);
    xmlXPathFreeContext(s->context);
    if (s->doc)
        xmlFreeDoc(s->doc);
    tm_arena_free(s->run.scratch);
}

/* False: out of memory. */
static bool prepare(selection *s, const tm_xpath *xpath, tm_xml *document)
{
    s->doc = xmlNewDoc((const xmlChar *)"1.0");
    s->context = s->doc ? xmlXPathNewContext(s->doc) : NULL;
    if (!s->context)
        return false;
    s->doc->_private = document;
    s->context->error = say_nothing;
    s->context->opLimit = STEPS_MOST;
    s->context->node = (xmlNodePtr)s->doc;
    s->run.regex = xpath->mentions.regex;
    tm_xpath_call_allow(s->context, &s->run);
    for (unsigned i = 0; i < xpath->mentions.prefixes; i++) {
        const xmlChar *prefix = (const xmlChar *)xpath->mentions.prefix[i];
        if (xmlXPathRegisterNs(s->context, prefix, prefix) != 0)
            return false;
    }
    return mirror_children(s, document, (xmlNodePtr)s->doc);
}

/* Numbers the prefixes of all nodes, those of equal ones alike, and counts the nodes. */
static size_t number_prefixes(tm_arena *arena, tm_xml *node, tm_map *prefixes)
{
    size_t n = 1;
    node->selected = false;
    if (node->prefix.n) {
        const tm_entry *known = tm_map_find(prefixes, node->prefix);
        if (!known)
            known = tm_map_append(arena, prefixes, node->prefix, tm_nil());
        node->prefix_number = 1 + (uint32_t)(known - prefixes->entry);
    }
    for (tm_xml *a = node->attribute; a; a = a->next)
        n += number_prefixes(arena, a, prefixes);
    for (tm_xml *child = node->first; child; child = child->next)
        n += number_prefixes(arena, child, prefixes);
    return n;
}

/* Adds what one path selects, in the order in which it is found or its reverse, without what
 * earlier paths selected. Nothing allocates in the arena while libxml2 holds memory: an arena may
 * leave by a jump. */
static void add_nodes(const tm_xpath *xpath, xmlNodeSetPtr set, tm_xml **nodes, size_t room,
                      size_t *n)
{
    const size_t earlier = *n;
    int all = set ? set->nodeNr : 0;
    for (int i = 0; i < all && *n < room; i++) {
        xmlNodePtr found = set->nodeTab[xpath->mentions.reversed ? all - 1 - i : i];
        tm_xml *node = found->type == XML_NAMESPACE_DECL ? NULL : found->_private;
        if (node && !node->selected)
            nodes[(*n)++] = node;
    }
    for (size_t i = earlier; i < *n; i++)
        nodes[i]->selected = true;
}

/* NULL, or why the expression cannot be evaluated. */
static const char *error_of(const selection *s)
{
    if (s->found)
        return NULL;
    bool endless = s->context->lastError.code == XML_XPATH_EXPRESSION_OK + XPATH_OP_LIMIT_EXCEEDED;
    return s->run.error ? s->run.error
           : endless    ? "it takes too many steps"
                        : "a function in it cannot take its arguments";
}

static bool lacked_memory(const selection *s)
{
    int code = s->context->lastError.code;
    return code == XML_ERR_NO_MEMORY || code == XML_XPATH_MEMORY_ERROR;
}

static const char *select_path(tm_arena *arena, const tm_xpath *xpath, tm_xml *document,
                               xmlNsPtr *space, tm_xml **nodes, size_t room, size_t *n)
{
    selection s = {.run.heap = tm_arena_heap(arena), .space = space};
    bool ok = prepare(&s, xpath, document);
    if (ok)
        s.found = xmlXPathCompiledEval(xpath->code, s.context);
    const char *error = ok ? error_of(&s) : NULL;
    ok = ok && !lacked_memory(&s);
    if (s.found)
        add_nodes(xpath, s.run.counted, nodes, room, n);
    drop(&s);
    if (!ok)
        tm_arena_out_of_memory(arena);
    return error;
}

const char *tm_xpath_select(tm_arena *arena, const tm_xpath *xpath, tm_xml *document,
                            tm_xml ***nodes, size_t *n)
{
    const char *error = NULL;
    tm_map *prefixes = tm_map_new(arena, 0);
    const size_t room = number_prefixes(arena, document, prefixes);
    *nodes = TM_NEW_ARRAY(arena, room, tm_xml *);
    *n = 0;
    for (; xpath && !error; xpath = xpath->next) {
        xmlNsPtr *space = TM_NEW_ARRAY(arena, prefixes->n + 1, xmlNsPtr);
        error = select_path(arena, xpath, document, space, *nodes, room, n);
    }
    return error;
}

void tm_data_xpath(tm_buf *out)
{
    tm_buf_print(out,
                 "| libxml2 | %s | XPath 1.0, functions of 2.0 | GetXML, RemoveXML, InsertXML, "
                 "Convert...XML |\n",
                 LIBXML_DOTTED_VERSION);
}
