/* XPath, functions: how the functions of expressions are written.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Several answer otherwise than XPath 1.0 asks: lengths are bytes, texts turn into numbers as Go
 * reads them, and so on. Two kinds of value stand for none: an empty set of nodes, and its text. */
#ifndef TM_STDLIB_XPATH_FUNCTION_H
#define TM_STDLIB_XPATH_FUNCTION_H

#include "stdlib/xpath_call.h"

#include <libxml/xpathInternals.h>

/* A call. Arguments stay on libxml2's stack, so that it frees them whatever happens. */
typedef struct tm_xpath_call {
    xmlXPathParserContextPtr parser;
    tm_xpath_run *run;
    tm_arena *arena; /* run->scratch; out of memory comes back to the call */
    xmlXPathObjectPtr *arg;
    unsigned n;
} tm_xpath_call;

/* Gives the result, or NULL for want of memory, or with run->error. */
typedef xmlXPathObjectPtr tm_xpath_body(tm_xpath_call *c);

#define XPATH(name, body, least, most, used) tm_xpath_body tm_xpath_##body;
#include "xpath_call.def"
#undef XPATH

static inline bool tm_xpath_is_nodes(const tm_xpath_call *c, unsigned i)
{
    return c->arg[i]->type == XPATH_NODESET;
}

/* The first node of an argument that is a set; NULL: none. */
xmlNodePtr tm_xpath_first(const tm_xpath_call *c, unsigned i);

/* The text of a node, that of a document or instruction being empty. */
tm_text tm_xpath_node_text(tm_arena *arena, xmlNodePtr node);

/* An argument as text or number; of a set the first node counts. */
tm_text tm_xpath_text(const tm_xpath_call *c, unsigned i);
double tm_xpath_double(const tm_xpath_call *c, unsigned i);
double tm_xpath_read_double(tm_text t); /* NaN: it is none */

xmlXPathObjectPtr tm_xpath_give_text(tm_text t);

static inline xmlXPathObjectPtr tm_xpath_give_bool(bool truth)
{
    return xmlXPathNewBoolean(truth);
}

static inline xmlXPathObjectPtr tm_xpath_give_double(double x)
{
    return xmlXPathNewFloat(x);
}

static inline xmlXPathObjectPtr tm_xpath_give_up(tm_xpath_call *c, const char *why)
{
    c->run->error = why;
    return NULL;
}

#endif
