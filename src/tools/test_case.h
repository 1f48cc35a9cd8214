/* Test case: a span and what rules do with it, written as YAML for `tamis test`.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_TEST_CASE_H
#define TM_TOOLS_TEST_CASE_H

#include "explain/explanation.h"

typedef struct tm_test_case {
    tm_text name;
    tm_texts rules; /* paths, as seen from here */
    tm_text pipeline;
    tm_text span; /* alone, as a request */
    const tm_explanation *explanation;
} tm_test_case;

/* Adds the case to the file, which is made with these rules when it is not there. False, told on
 * stderr: it cannot be written, or has a test of that name. */
bool tm_test_case_add(tm_arena *arena, const tm_test_case *test, tm_text file);

#endif
