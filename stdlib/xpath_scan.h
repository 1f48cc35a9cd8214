/* XPath scan: what an expression mentions, found before libxml2 compiles it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_XPATH_SCAN_H
#define TM_STDLIB_XPATH_SCAN_H

#include "stdlib/xpath_call.h"

enum { TM_XPATH_PREFIXES_MOST = 16 };

typedef struct tm_xpath_mentions {
    const char *prefix[TM_XPATH_PREFIXES_MOST];
    unsigned prefixes;
    const tm_xpath_regex *regex; /* those that are written as literals */
    bool reversed;               /* the whole is reverse(...) */
} tm_xpath_mentions;

/* Fills in *m. Not NULL: why the expression is refused, where libxml2 would find out only when it
 * gets there. */
const char *tm_xpath_scan(tm_arena *arena, tm_text expression, tm_xpath_mentions *m);

#endif
