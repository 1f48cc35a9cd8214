/* XPath call: the functions that expressions may call, with the answers of antchfx/xpath, which
 * OTTL's reference runs. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_XPATH_CALL_H
#define TM_STDLIB_XPATH_CALL_H

#include "base/arena.h"

struct _xmlXPathContext;
struct _xmlNodeSet;

/* A regular expression that stands in the XPath expression. */
typedef struct tm_xpath_regex {
    const struct tm_xpath_regex *next;
    const struct tm_regex *regex;
} tm_xpath_regex;

/* What the calls of one evaluation share. Zero-initialise; `heap` and `regex` may be NULL. */
typedef struct tm_xpath_run {
    const tm_heap *heap;
    const tm_xpath_regex *regex; /* those that are compiled */
    tm_arena *scratch;           /* made when a call needs it; its owner frees it */
    struct tm_matcher *matcher;
    struct _xmlNodeSet *counted; /* what count() saw last; its owner frees it */
    const char *error;           /* why a call gave up; NULL: none did, or for want of memory */
} tm_xpath_run;

/* NULL when there is a function of that name which takes so many arguments; else why not. */
const char *tm_xpath_call_refuses(tm_text name, unsigned arguments);

/* Lets the context's expressions call the functions; `run` lives as long as the context is used. */
void tm_xpath_call_allow(struct _xmlXPathContext *context, tm_xpath_run *run);

#endif
