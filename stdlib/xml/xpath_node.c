/* XPath, nodes: functions of expressions about nodes, numbers and truth.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xpath_run.h"
#include "vm/convert.h"

#include <math.h>

/* --- nodes --- */

tm_xpath_value tm_xpath_count(tm_xpath_call *c)
{
    return tm_xpath_give_double(tm_xpath_is_nodes(c, 0) ? (double)c->arg[0].nodes.n : 0);
}

tm_xpath_value tm_xpath_last(tm_xpath_call *c)
{
    return tm_xpath_give_double((double)c->at.size);
}

tm_xpath_value tm_xpath_position(tm_xpath_call *c)
{
    return tm_xpath_give_double((double)c->at.position);
}

/* The node that an argument, or without one the context, is about. */
static const tm_xml *node_of(const tm_xpath_call *c)
{
    const tm_xml *node = c->n ? tm_xpath_first(c, 0) : c->at.node;
    return node && node->name.n ? node : NULL;
}

tm_xpath_value tm_xpath_local_name(tm_xpath_call *c)
{
    const tm_xml *node = node_of(c);
    return tm_xpath_give_text(node ? node->name : TM_TEXT(""));
}

tm_xpath_value tm_xpath_name(tm_xpath_call *c)
{
    const tm_xml *node = node_of(c);
    if (!node || !node->prefix.n)
        return tm_xpath_local_name(c);
    return tm_xpath_give_text(
        tm_arena_print(c->arena, "%.*s:%.*s", TM_PRI(node->prefix), TM_PRI(node->name)));
}

tm_xpath_value tm_xpath_namespace_uri(tm_xpath_call *c)
{
    const tm_xml *node = node_of(c);
    bool attribute = node && node->kind == TM_XML_ATTRIBUTE;
    if (!node || node->kind == TM_XML_INSTRUCTION || (attribute && !node->prefix.n))
        return tm_xpath_give_text(TM_TEXT(""));
    if (tm_text_is(node->prefix, "xml"))
        return tm_xpath_give_text(TM_TEXT("http://www.w3.org/XML/1998/namespace"));
    const tm_xml *declared =
        tm_text_is(node->prefix, "xmlns") ? NULL : c->run->declaration[node->number];
    return tm_xpath_give_text(declared ? declared->text : node->prefix);
}

tm_xpath_value tm_xpath_reverse(tm_xpath_call *c)
{
    tm_xpath_nodes reversed = {0};
    const tm_xpath_nodes *nodes = &c->arg[0].nodes;
    /* Work: nodes, each charged */
    for (size_t i = tm_xpath_is_nodes(c, 0) ? nodes->n : 0; i-- > 0 && tm_xpath_charge(c->run, 1);)
        tm_xpath_add(c->run, &reversed, nodes->node[i]);
    return tm_xpath_give_nodes(reversed);
}

/* --- numbers and truths --- */

tm_xpath_value tm_xpath_number(tm_xpath_call *c)
{
    if (c->n)
        return tm_xpath_give_double(tm_xpath_double(c, 0));
    return tm_xpath_give_double(tm_xpath_read_double(tm_xpath_node_text(c->run, c->at.node)));
}

tm_xpath_value tm_xpath_ceiling(tm_xpath_call *c)
{
    return tm_xpath_give_double(ceil(tm_xpath_double(c, 0)));
}

tm_xpath_value tm_xpath_floor(tm_xpath_call *c)
{
    return tm_xpath_give_double(floor(tm_xpath_double(c, 0)));
}

/* Halves go up. */
tm_xpath_value tm_xpath_round(tm_xpath_call *c)
{
    double x = tm_xpath_double(c, 0), low = floor(x);
    if (!isfinite(x))
        return tm_xpath_give_double(x);
    return tm_xpath_give_double(x >= -0.5 && x < 0.5 ? x * 0 : x - low >= 0.5 ? low + 1 : low);
}

/* Nodes that are no number do not count. */
tm_xpath_value tm_xpath_sum(tm_xpath_call *c)
{
    const tm_xpath_nodes *nodes = &c->arg[0].nodes;
    double all = 0, x;
    if (!tm_xpath_is_nodes(c, 0))
        return tm_xpath_give_double(c->arg[0].type == TM_IS_TRUTH ? 0 : tm_xpath_double(c, 0));
    /* Work: nodes, each charged */
    for (size_t i = 0; i < nodes->n && tm_xpath_charge(c->run, 1); i++)
        if (tm_double_read(tm_xpath_node_text(c->run, nodes->node[i]), &x))
            all += x;
    return tm_xpath_give_double(all);
}

/* Texts and numbers have no opposite. */
tm_xpath_value tm_xpath_not(tm_xpath_call *c)
{
    if (c->arg[0].type == TM_IS_TRUTH)
        return tm_xpath_give_bool(!c->arg[0].truth);
    return tm_xpath_give_bool(tm_xpath_is_nodes(c, 0) && !tm_xpath_first(c, 0));
}

tm_xpath_value tm_xpath_boolean(tm_xpath_call *c)
{
    return tm_xpath_give_bool(c->n && tm_xpath_value_bool(&c->arg[0]));
}

tm_xpath_value tm_xpath_true(tm_xpath_call *c)
{
    (void)c;
    return tm_xpath_give_bool(true);
}

tm_xpath_value tm_xpath_false(tm_xpath_call *c)
{
    (void)c;
    return tm_xpath_give_bool(false);
}
