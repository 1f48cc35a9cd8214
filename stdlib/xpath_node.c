/* XPath, nodes: functions of expressions about nodes, numbers and truth.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml_tree.h"
#include "stdlib/xpath_function.h"
#include "vm/convert.h"

#include <math.h>

/* --- nodes --- */

/* What was counted last stays with the run, in the order in which it was found. */
xmlXPathObjectPtr tm_xpath_count(tm_xpath_call *c)
{
    xmlXPathFreeNodeSet(c->run->counted);
    c->run->counted = NULL;
    if (!tm_xpath_is_nodes(c, 0))
        return tm_xpath_give_double(0);
    c->run->counted = c->arg[0]->nodesetval;
    c->arg[0]->nodesetval = NULL;
    return tm_xpath_give_double(c->run->counted ? c->run->counted->nodeNr : 0);
}

/* Outside of all predicates the context is one node. */
xmlXPathObjectPtr tm_xpath_last(tm_xpath_call *c)
{
    int size = c->parser->context->contextSize;
    return tm_xpath_give_double(size < 0 ? 1 : size);
}

xmlXPathObjectPtr tm_xpath_position(tm_xpath_call *c)
{
    int at = c->parser->context->proximityPosition;
    return tm_xpath_give_double(at < 0 ? 1 : at);
}

/* The node of our tree that an argument, or without one the context, is about. */
static const tm_xml *node_of(const tm_xpath_call *c)
{
    xmlNodePtr node = c->n ? tm_xpath_first(c, 0) : c->parser->context->node;
    const tm_xml *xml = node && node->type != XML_NAMESPACE_DECL ? node->_private : NULL;
    return xml && xml->name.n ? xml : NULL;
}

xmlXPathObjectPtr tm_xpath_local_name(tm_xpath_call *c)
{
    const tm_xml *node = node_of(c);
    return tm_xpath_give_text(node ? node->name : TM_TEXT(""));
}

xmlXPathObjectPtr tm_xpath_name(tm_xpath_call *c)
{
    const tm_xml *node = node_of(c);
    if (!node || !node->prefix.n)
        return tm_xpath_local_name(c);
    return tm_xpath_give_text(
        tm_arena_print(c->arena, "%.*s:%.*s", TM_PRI(node->prefix), TM_PRI(node->name)));
}

/* What an element or those around it declare for a prefix, or for none; NULL: nothing. */
static const tm_xml *declaration_of(const tm_xml *element, tm_text prefix)
{
    for (; element; element = element->parent)
        for (const tm_xml *a = element->attribute; a; a = a->next)
            if (prefix.n ? tm_text_is(a->prefix, "xmlns") && tm_text_equal(a->name, prefix)
                         : !a->prefix.n && tm_text_is(a->name, "xmlns"))
                return a;
    return NULL;
}

xmlXPathObjectPtr tm_xpath_namespace_uri(tm_xpath_call *c)
{
    const tm_xml *node = node_of(c);
    bool attribute = node && node->kind == TM_XML_ATTRIBUTE;
    if (!node || node->kind == TM_XML_INSTRUCTION || (attribute && !node->prefix.n))
        return tm_xpath_give_text(TM_TEXT(""));
    if (tm_text_is(node->prefix, "xml"))
        return tm_xpath_give_text(TM_TEXT("http://www.w3.org/XML/1998/namespace"));
    const tm_xml *declared = tm_text_is(node->prefix, "xmlns")
                                 ? NULL
                                 : declaration_of(attribute ? node->parent : node, node->prefix);
    return tm_xpath_give_text(declared ? declared->text : node->prefix);
}

/* The order is the caller's business: sets have none. */
xmlXPathObjectPtr tm_xpath_reverse(tm_xpath_call *c)
{
    return tm_xpath_is_nodes(c, 0) ? xmlXPathObjectCopy(c->arg[0]) : xmlXPathNewNodeSet(NULL);
}

/* --- numbers and truths --- */

xmlXPathObjectPtr tm_xpath_number(tm_xpath_call *c)
{
    if (c->n)
        return tm_xpath_give_double(tm_xpath_double(c, 0));
    return tm_xpath_give_double(
        tm_xpath_read_double(tm_xpath_node_text(c->arena, c->parser->context->node)));
}

xmlXPathObjectPtr tm_xpath_ceiling(tm_xpath_call *c)
{
    return tm_xpath_give_double(ceil(tm_xpath_double(c, 0)));
}

xmlXPathObjectPtr tm_xpath_floor(tm_xpath_call *c)
{
    return tm_xpath_give_double(floor(tm_xpath_double(c, 0)));
}

/* Halves go up. */
xmlXPathObjectPtr tm_xpath_round(tm_xpath_call *c)
{
    double x = tm_xpath_double(c, 0), low = floor(x);
    if (!isfinite(x))
        return tm_xpath_give_double(x);
    return tm_xpath_give_double(x >= -0.5 && x < 0.5 ? x * 0 : x - low >= 0.5 ? low + 1 : low);
}

/* Nodes that are no number do not count. */
xmlXPathObjectPtr tm_xpath_sum(tm_xpath_call *c)
{
    const xmlNodeSet *set = c->arg[0]->nodesetval;
    double all = 0, x;
    if (!tm_xpath_is_nodes(c, 0))
        return tm_xpath_give_double(c->arg[0]->type == XPATH_BOOLEAN ? 0 : tm_xpath_double(c, 0));
    for (int i = 0; set && i < set->nodeNr; i++)
        if (tm_double_read(tm_xpath_node_text(c->arena, set->nodeTab[i]), &x))
            all += x;
    return tm_xpath_give_double(all);
}

/* Texts and numbers have no opposite. */
xmlXPathObjectPtr tm_xpath_not(tm_xpath_call *c)
{
    bool truth = tm_xpath_is_nodes(c, 0) ? tm_xpath_first(c, 0) != NULL : true;
    return tm_xpath_give_bool(c->arg[0]->type == XPATH_BOOLEAN ? !c->arg[0]->boolval : !truth);
}

/* Every number but 0 is true, even what is none. */
xmlXPathObjectPtr tm_xpath_boolean(tm_xpath_call *c)
{
    const xmlXPathObject *o = c->n ? c->arg[0] : NULL;
    if (!o || tm_xpath_is_nodes(c, 0))
        return tm_xpath_give_bool(o && tm_xpath_first(c, 0));
    if (o->type == XPATH_STRING)
        return tm_xpath_give_bool(tm_xpath_text(c, 0).n > 0);
    return tm_xpath_give_bool(o->type == XPATH_BOOLEAN ? o->boolval : o->floatval != 0);
}

xmlXPathObjectPtr tm_xpath_true(tm_xpath_call *c)
{
    (void)c;
    return tm_xpath_give_bool(true);
}

xmlXPathObjectPtr tm_xpath_false(tm_xpath_call *c)
{
    (void)c;
    return tm_xpath_give_bool(false);
}
