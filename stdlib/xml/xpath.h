/* XPath: expressions that select nodes of XML trees.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_XML_XPATH_H
#define TM_STDLIB_XML_XPATH_H

#include "stdlib/xml/xml_tree.h"
#include "vm/vm.h"

typedef struct tm_xpath tm_xpath;

/* Compiles an expression of XPath 1.0, with functions of XPath 2.0 (xpath_call.def). A prefix in it
 * means elements with that prefix. NULL with *error when it is malformed, or calls a function that
 * is unknown. Lives in the arena. */
tm_xpath *tm_xpath_new(tm_arena *arena, tm_text expression, const char **error);

/* The nodes that it selects, each once, in the order in which its steps find them; *nodes lives in
 * the VM's arena. Not NULL: why it could not be evaluated, with "it" for the expression; when that
 * takes more work than there is, vm->work is over. One that yields a number, string or boolean
 * selects nothing. */
const char *tm_xpath_select(tm_vm *vm, const tm_xpath *xpath, tm_xml *document, tm_xml ***nodes,
                            size_t *n);

#endif
