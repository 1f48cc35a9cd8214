/* XPath: expressions that select nodes of XML trees.
 * Work: numbering and looking for declarations visit each node once; what steps cost is in
 * xpath_step.c.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xpath_run.h"

#include "base/utf8.h"

/* Directives, and white space outside of all elements or, as in the reference, behind another node:
 * nothing selects them. */
static bool is_hidden(const tm_xml *node)
{
    if (node->kind != TM_XML_TEXT || !(node->previous || node->parent->kind == TM_XML_DOCUMENT))
        return node->kind == TM_XML_DIRECTIVE;
    return !tm_utf8_trim(node->text).n;
}

/* Numbers a node and what lies in it, from *n on, and takes old marks away. */
static void number_nodes(tm_xml *node, uint32_t *n)
{
    node->number = (*n)++;
    node->in_set = node->walked = node->chained = 0;
    /* Work: nodes, charged as they were read */
    for (tm_xml *a = node->attribute; a; a = a->next)
        number_nodes(a, n);
    for (tm_xml *child = node->first; child; child = child->next) {
        child->hidden = is_hidden(child);
        number_nodes(child, n);
    }
}

/* --- namespaces --- */

/* What is in force for each prefix, while the tree is walked over; that of no prefix is under the
 * name xmlns, which has none. */
typedef struct scope {
    tm_xpath_run *run;
    tm_map *declared;
} scope;

static bool is_declaration(const tm_xml *a)
{
    return tm_text_is(a->prefix, "xmlns") || (!a->prefix.n && tm_text_is(a->name, "xmlns"));
}

static tm_text prefix_of(const tm_xml *declaration)
{
    return declaration->prefix.n ? declaration->name : TM_TEXT("");
}

static void note(scope *s, const tm_xml *node)
{
    const tm_entry *entry = tm_map_find(s->declared, node->prefix);
    s->run->declaration[node->number] = entry ? entry->value.object : NULL;
}

/* Of several declarations of a prefix in one element the first counts, as it is met last. */
static void declare(scope *s, tm_xml *element, tm_list *before)
{
    /* Work: attributes of an element, each looked up */
    for (tm_xml *a = element->last_attribute; a; a = a->previous) {
        if (!is_declaration(a))
            continue;
        tm_entry *entry = tm_map_find(s->declared, prefix_of(a));
        if (!entry)
            entry = tm_map_append(s->run->arena, s->declared, prefix_of(a), tm_nil());
        tm_list_append(s->run->arena, before, entry->value);
        entry->value = (tm_value){.type = TM_STATUS, .object = a};
    }
}

static void undeclare(scope *s, const tm_xml *element, const tm_list *before)
{
    uint32_t n = before->n;
    /* Work: attributes of an element, each looked up */
    for (const tm_xml *a = element->attribute; a; a = a->next)
        if (is_declaration(a))
            tm_map_find(s->declared, prefix_of(a))->value = before->item[--n];
}

/* Finds the declaration that each element and attribute in `node` is subject to. */
static void find_declarations(scope *s, tm_xml *node)
{
    tm_list before = {0};
    declare(s, node, &before);
    note(s, node);
    /* Work: nodes, charged as they were read */
    for (tm_xml *a = node->attribute; a; a = a->next)
        note(s, a);
    for (tm_xml *child = node->first; child; child = child->next)
        find_declarations(s, child);
    undeclare(s, node, &before);
}

/* --- selecting --- */

/* Constants in predicates come first, the innermost of them before all. One that fails is left to
 * fail where it is needed. */
static void keep_constants(tm_xpath_run *run)
{
    run->kept = TM_NEW_ARRAY(run->arena, run->xpath->constants, tm_xpath_kept);
    /* Work: constants of the expression */
    for (uint32_t i = run->xpath->constants; i-- > 0;) {
        tm_xpath_keep(run, run->xpath->constant[i]);
        if (!run->work->over)
            run->error = NULL;
    }
}

const char *tm_xpath_select(tm_vm *vm, const tm_xpath *xpath, tm_xml *document, tm_xml ***nodes,
                            size_t *n)
{
    uint32_t numbers = 0;
    tm_xpath_run run = {
        .vm = vm, .arena = vm->arena, .work = vm->work, .xpath = xpath, .document = document};
    *n = 0;
    number_nodes(document, &numbers);
    if (!tm_xpath_charge(&run, numbers))
        return run.error;
    if (xpath->asks_namespaces) {
        scope s = {.run = &run, .declared = tm_map_new(run.arena, 0)};
        run.declaration = TM_NEW_ARRAY(run.arena, numbers, const tm_xml *);
        find_declarations(&s, document);
    }
    keep_constants(&run);
    const tm_xpath_value v = tm_xpath_eval(
        &run, xpath->expr, (tm_xpath_context){.node = document, .position = 1, .size = 1});
    if (!run.error && v.type == TM_IS_NODES) {
        *nodes = v.nodes.node;
        *n = v.nodes.n;
    }
    return run.error;
}
