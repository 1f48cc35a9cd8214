/* XPath compare: values against each other, and what they are as text, number and truth.
 * Work: each node of both sets once, with its text, charged; what many are compared with is sorted
 * or looked up.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "base/utf8.h"
#include "stdlib/xml/xpath_run.h"
#include "vm/convert.h"

#include <math.h>
#include <stdlib.h>

/* --- values --- */

/* The shortest digits that read back equal, never with an exponent. */
static tm_text number_text(tm_arena *arena, double x)
{
    tm_buf out = {.arena = arena};
    char text[TM_NUMBER_ROOM + 1];
    text[tm_number_print(text, x, TM_EXPONENT_PADDED)] = 0;
    const char *e = isfinite(x) ? strchr(text, 'e') : NULL;
    if (!e)
        return x == 0 ? TM_TEXT("0") : tm_arena_copy(arena, tm_text_of(text));
    int exponent = atoi(e + 1), point = exponent < 0 ? 1 : 1 + exponent, written = 0;
    if (x < 0)
        tm_buf_add_char(&out, '-');
    if (exponent < 0)
        tm_buf_add(&out, TM_TEXT("0."));
    /* Work: digits of a double */
    for (int i = exponent + 1; i < 0; i++)
        tm_buf_add_char(&out, '0');
    for (const char *at = text; at < e; at++)
        if (*at >= '0' && *at <= '9') {
            tm_buf_add_char(&out, *at);
            written++;
        }
    for (; written < point; written++)
        tm_buf_add_char(&out, '0');
    return tm_buf_text(&out);
}

/* The texts in an element, even those that no expression selects. */
static void add_texts(tm_xpath_run *run, tm_buf *out, const tm_xml *top)
{
    /* Work: nodes, each charged with its text */
    for (const tm_xml *node = top->first; node && tm_xpath_charge(run, 1);) {
        if (node->kind == TM_XML_TEXT || node->kind == TM_XML_CDATA) {
            tm_xpath_charge(run, tm_work_bytes(node->text.n));
            tm_buf_add(out, node->text);
        }
        if (node->first) {
            node = node->first;
            continue;
        }
        while (node != top && !node->next)
            node = node->parent;
        node = node == top ? NULL : node->next;
    }
}

/* An element with one text in it is not copied. */
tm_text tm_xpath_node_text(tm_xpath_run *run, const tm_xml *node)
{
    tm_buf out = {.arena = run->arena};
    if (!node || node->kind == TM_XML_DOCUMENT || node->kind == TM_XML_INSTRUCTION)
        return TM_TEXT("");
    if (node->kind != TM_XML_ELEMENT)
        return node->text;
    if (node->first && node->first == node->last && node->first->kind == TM_XML_TEXT)
        return node->first->text;
    add_texts(run, &out, node);
    return tm_buf_text(&out);
}

static tm_text text_of(tm_xpath_run *run, const tm_xpath_value *v)
{
    switch (v->type) {
    case TM_IS_NODES:
        return v->nodes.n ? tm_xpath_node_text(run, v->nodes.node[0]) : TM_TEXT("");
    case TM_IS_TRUTH:
        return v->truth ? TM_TEXT("true") : TM_TEXT("false");
    case TM_IS_NUMBER:
        return number_text(run->arena, v->number);
    case TM_IS_TEXT:
        break;
    }
    return v->text;
}

/* Whoever asks for a text goes over it. */
tm_text tm_xpath_value_text(tm_xpath_run *run, const tm_xpath_value *v)
{
    const tm_text text = text_of(run, v);
    tm_xpath_charge(run, tm_work_bytes(text.n));
    return text;
}

double tm_xpath_read_double(tm_text t)
{
    double x;
    return tm_double_read(tm_utf8_trim(t), &x) ? x : NAN;
}

double tm_xpath_value_double(tm_xpath_run *run, const tm_xpath_value *v)
{
    if (v->type == TM_IS_NUMBER)
        return v->number;
    if (v->type == TM_IS_TRUTH)
        return v->truth;
    if (v->type == TM_IS_NODES && !v->nodes.n)
        return NAN;
    return tm_xpath_read_double(tm_xpath_value_text(run, v));
}

/* Every number but 0 is true, even what is none. */
bool tm_xpath_value_bool(const tm_xpath_value *v)
{
    switch (v->type) {
    case TM_IS_NODES:
        return v->nodes.n > 0;
    case TM_IS_NUMBER:
        return v->number != 0;
    case TM_IS_TEXT:
        return v->text.n > 0;
    case TM_IS_TRUTH:
        break;
    }
    return v->truth;
}

/* --- single values --- */

static bool compare_numbers(tm_xpath_kind op, double a, double b)
{
    switch (op) {
    case TM_XPATH_EQ:
        return a == b;
    case TM_XPATH_NE:
        return a != b;
    case TM_XPATH_LT:
        return a < b;
    case TM_XPATH_LE:
        return a <= b;
    case TM_XPATH_GT:
        return a > b;
    default:
        return a >= b;
    }
}

static bool is_equality(tm_xpath_kind op)
{
    return op == TM_XPATH_EQ || op == TM_XPATH_NE;
}

/* Texts are less or more as the numbers that they are. */
static bool compare_texts(tm_xpath_kind op, tm_text a, tm_text b)
{
    if (is_equality(op))
        return tm_text_equal(a, b) == (op == TM_XPATH_EQ);
    return compare_numbers(op, tm_xpath_read_double(a), tm_xpath_read_double(b));
}

static bool compare_single(tm_xpath_run *run, tm_xpath_kind op, const tm_xpath_value *a,
                           const tm_xpath_value *b)
{
    if ((a->type == TM_IS_TRUTH || b->type == TM_IS_TRUTH) && is_equality(op))
        return (tm_xpath_value_bool(a) == tm_xpath_value_bool(b)) == (op == TM_XPATH_EQ);
    if (a->type == TM_IS_TEXT && b->type == TM_IS_TEXT)
        return compare_texts(op, a->text, b->text);
    return compare_numbers(op, tm_xpath_value_double(run, a), tm_xpath_value_double(run, b));
}

/* --- sets: it is enough if it holds for one node --- */

/* `first`: the node stands on the left. */
static bool compare_node(tm_xpath_run *run, tm_xpath_kind op, const tm_xml *node,
                         const tm_xpath_value *other, bool first)
{
    tm_xpath_value text = tm_xpath_give_text(tm_xpath_node_text(run, node));
    return first ? compare_single(run, op, &text, other) : compare_single(run, op, other, &text);
}

static bool any_node(tm_xpath_run *run, tm_xpath_kind op, tm_xpath_nodes nodes,
                     const tm_xpath_value *other, bool first)
{
    /* Work: nodes, each charged with its text */
    for (size_t i = 0; i < nodes.n && tm_xpath_charge(run, 1); i++)
        if (compare_node(run, op, nodes.node[i], other, first))
            return true;
    return false;
}

/* The texts of all nodes, to be looked up: of a set against a set, each would meet each. */
static tm_map *texts_of(tm_xpath_run *run, tm_xpath_nodes nodes)
{
    tm_map *texts = tm_map_new(run->arena, (uint32_t)nodes.n);
    /* Work: nodes, each charged with its text */
    for (size_t i = 0; i < nodes.n && tm_xpath_charge(run, 1); i++)
        tm_map_append(run->arena, texts, tm_xpath_node_text(run, nodes.node[i]), tm_nil());
    return texts;
}

static bool share_a_text(tm_xpath_run *run, tm_xpath_nodes a, tm_xpath_nodes b, tm_map *texts)
{
    if (!texts)
        texts = texts_of(run, b);
    /* Work: nodes, each charged with its text */
    for (size_t i = 0; i < a.n && tm_xpath_charge(run, 1); i++)
        if (tm_map_find(texts, tm_xpath_node_text(run, a.node[i])))
            return true;
    return false;
}

static bool all_alike(tm_xpath_run *run, tm_xpath_nodes nodes, tm_text text)
{
    /* Work: nodes, each charged with its text */
    for (size_t i = 0; i < nodes.n && tm_xpath_charge(run, 1); i++)
        if (!tm_text_equal(text, tm_xpath_node_text(run, nodes.node[i])))
            return false;
    return true;
}

/* Two differ unless all are the same. */
static bool differ(tm_xpath_run *run, tm_xpath_nodes a, tm_xpath_nodes b, const tm_xpath_kept *kept)
{
    if (!a.n || !b.n)
        return false;
    const tm_text text = tm_xpath_node_text(run, b.node[0]);
    return !all_alike(run, a, text) || !(kept ? kept->alike : all_alike(run, b, text));
}

/* The least or the greatest number; NaN: there is none. */
static double extreme(tm_xpath_run *run, tm_xpath_nodes nodes, bool least)
{
    double found = NAN;
    /* Work: nodes, each charged with its text */
    for (size_t i = 0; i < nodes.n && tm_xpath_charge(run, 1); i++) {
        const double x = tm_xpath_read_double(tm_xpath_node_text(run, nodes.node[i]));
        if (isnan(found) || (least ? x < found : x > found))
            found = x;
    }
    return found;
}

static bool compare_sets(tm_xpath_run *run, tm_xpath_kind op, tm_xpath_nodes a, tm_xpath_nodes b,
                         const tm_xpath_kept *kept)
{
    const bool less = op == TM_XPATH_LT || op == TM_XPATH_LE;
    if (op == TM_XPATH_EQ)
        return share_a_text(run, a, b, kept ? kept->texts : NULL);
    if (op == TM_XPATH_NE)
        return differ(run, a, b, kept);
    const double right = !kept ? extreme(run, b, !less) : less ? kept->greatest : kept->least;
    return compare_numbers(op, extreme(run, a, less), right);
}

bool tm_xpath_compare(tm_xpath_run *run, tm_xpath_kind op, const tm_xpath_value *a,
                      const tm_xpath_value *b, const tm_xpath_kept *kept)
{
    const bool truth = a->type == TM_IS_TRUTH || b->type == TM_IS_TRUTH;
    if (truth || (a->type != TM_IS_NODES && b->type != TM_IS_NODES))
        return compare_single(run, op, a, b);
    if (a->type == TM_IS_NODES && b->type == TM_IS_NODES)
        return compare_sets(run, op, a->nodes, b->nodes, kept);
    return a->type == TM_IS_NODES ? any_node(run, op, a->nodes, b, true)
                                  : any_node(run, op, b->nodes, a, false);
}

void tm_xpath_keep(tm_xpath_run *run, const tm_xpath_expr *e)
{
    enum { MANY = 8 };
    tm_xpath_kept *kept = &run->kept[e->kept - 1];
    const tm_xpath_value v =
        tm_xpath_eval(run, e, (tm_xpath_context){.node = run->document, .size = 1});
    kept->value = v;
    kept->many = v.type == TM_IS_NODES && v.nodes.n > MANY;
    if (!run->error && kept->many) {
        kept->texts = texts_of(run, v.nodes);
        tm_map_make_table(kept->texts); /* predicates give back what they allocate */
        kept->alike = all_alike(run, v.nodes, tm_xpath_node_text(run, v.nodes.node[0]));
        kept->least = extreme(run, v.nodes, true);
        kept->greatest = extreme(run, v.nodes, false);
    }
    kept->known = !run->error;
}
