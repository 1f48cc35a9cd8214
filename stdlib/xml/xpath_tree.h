/* XPath tree: expressions as they are parsed, for the files that evaluate them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_XML_XPATH_TREE_H
#define TM_STDLIB_XML_XPATH_TREE_H

#include "stdlib/xml/xpath.h"
#include "vm/regex/regex.h"

typedef enum tm_xpath_kind {
    TM_XPATH_NUMBER,
    TM_XPATH_TEXT,
    TM_XPATH_ROOT,   /* the document */
    TM_XPATH_HERE,   /* the context node */
    TM_XPATH_STEP,   /* from the nodes of `left` */
    TM_XPATH_FILTER, /* the nodes of `left` of which the predicate holds */
    TM_XPATH_UNION,
    TM_XPATH_OR,
    TM_XPATH_AND,
    TM_XPATH_EQ,
    TM_XPATH_NE,
    TM_XPATH_LT,
    TM_XPATH_LE,
    TM_XPATH_GT,
    TM_XPATH_GE,
    TM_XPATH_PLUS,
    TM_XPATH_MINUS,
    TM_XPATH_TIMES,
    TM_XPATH_DIV,
    TM_XPATH_MOD,
    TM_XPATH_NEGATE,
    TM_XPATH_CALL
} tm_xpath_kind;

typedef enum tm_xpath_axis {
    TM_AXIS_ANCESTOR,
    TM_AXIS_ANCESTOR_OR_SELF,
    TM_AXIS_ATTRIBUTE,
    TM_AXIS_CHILD,
    TM_AXIS_DESCENDANT,
    TM_AXIS_DESCENDANT_OR_SELF,
    TM_AXIS_FOLLOWING,
    TM_AXIS_FOLLOWING_SIBLING,
    TM_AXIS_PARENT,
    TM_AXIS_PRECEDING,
    TM_AXIS_PRECEDING_SIBLING,
    TM_AXIS_SELF
} tm_xpath_axis;

typedef enum tm_xpath_test {
    TM_TEST_NAME, /* elements, or attributes on their axis; `name` empty: of any name */
    TM_TEST_NODE,
    TM_TEST_TEXT,
    TM_TEST_COMMENT,
    TM_TEST_INSTRUCTION
} tm_xpath_test;

typedef struct tm_xpath_expr tm_xpath_expr;

typedef struct tm_xpath_predicate {
    const tm_xpath_expr *expr;
    struct tm_xpath_predicate *next;
} tm_xpath_predicate;

struct tm_xpath_expr {
    tm_xpath_kind kind;
    tm_xpath_axis axis;
    tm_xpath_test test;
    unsigned depth;       /* of expressions in each other */
    bool positional;      /* it asks for position or size of its context */
    bool constant;        /* it does not depend on its context */
    uint32_t kept;        /* 1 + number of what it yields among the constants of the run */
    tm_text prefix, name; /* of the test; TEXT: the text is `name` */
    double number;
    tm_xpath_expr *left, *right;
    tm_xpath_predicate *predicate;            /* of STEP and FILTER, in order */
    const struct tm_xpath_function *function; /* of CALL, */
    tm_xpath_expr **argument;                 /* and its arguments */
    unsigned arguments;
    const tm_regex *regex; /* the pattern of matches() and replace(), if it is a literal */
};

struct tm_xpath {
    const tm_xpath_expr *expr;
    const tm_xpath_expr **constant; /* those in predicates: they are evaluated once */
    uint32_t constants;
    bool asks_namespaces;
};

#endif
