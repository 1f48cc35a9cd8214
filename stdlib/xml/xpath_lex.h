/* XPath lex: what the parts of the parser of expressions share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_XML_XPATH_LEX_H
#define TM_STDLIB_XML_XPATH_LEX_H

#include "stdlib/xml/xpath_run.h"

/* How deep expressions lie in each other; a chain of operators counts as well. */
enum { TM_XPATH_DEPTH_MOST = 400 };

typedef struct tm_xpath_parser {
    tm_arena *arena;
    tm_text rest;
    const char *error;
    unsigned depth; /* of brackets and signs */
    bool asks_namespaces;
} tm_xpath_parser;

/* Fails with a reason, of which the first stays. Returns NULL. */
tm_xpath_expr *tm_xpath_wrong(tm_xpath_parser *p, const char *why);
tm_xpath_expr *tm_xpath_malformed(tm_xpath_parser *p);

/* --- tokens; white space in front of them is skipped --- */
void tm_xpath_skip_space(tm_xpath_parser *p);
bool tm_xpath_at(tm_xpath_parser *p, const char *token);
bool tm_xpath_take(tm_xpath_parser *p, const char *token);

/* The bytes of the name without colons at the start of t; 0: there is none. */
size_t tm_xpath_name_bytes(tm_text t);
tm_text tm_xpath_take_name(tm_xpath_parser *p);

/* A name that stands where an operator may. */
bool tm_xpath_take_word(tm_xpath_parser *p, const char *word);

/* The text between quotes. False, without an error unless it does not end: there is none. */
bool tm_xpath_take_literal(tm_xpath_parser *p, tm_text *text);

/* --- expressions; NULL: an error --- */
tm_xpath_expr *tm_xpath_make(tm_xpath_parser *p, tm_xpath_kind kind, tm_xpath_expr *left,
                             tm_xpath_expr *right);
tm_xpath_expr *tm_xpath_make_step(tm_xpath_parser *p, tm_xpath_expr *from, tm_xpath_axis axis,
                                  tm_xpath_test test);

/* What tests of nodes look like calls: text(), node(), ... */
bool tm_xpath_find_test(tm_text name, tm_xpath_test *test);

bool tm_xpath_parse_predicates(tm_xpath_parser *p, tm_xpath_expr *to);

/* Steps between slashes, of which the first goes from `from`. */
tm_xpath_expr *tm_xpath_parse_steps(tm_xpath_parser *p, tm_xpath_expr *from);

tm_xpath_expr *tm_xpath_parse_expr(tm_xpath_parser *p);

#endif
