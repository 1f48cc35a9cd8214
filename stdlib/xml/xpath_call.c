/* XPath call: the functions that expressions may call, with the answers of antchfx/xpath, which
 * OTTL's reference runs.
 * Work: of rules alone: expressions, which are literals, and a table of a fixed size.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xpath_run.h"

enum { MANY = 1000000 };

static const tm_xpath_function FUNCTIONS[] = {
#define XPATH(name, body, least, most, used) {name, least, most, used, tm_xpath_##body},
#include "xpath_call.def"
#undef XPATH
};

const tm_xpath_function *tm_xpath_function_find(tm_text wanted)
{
    for (unsigned i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++)
        if (tm_text_is(wanted, FUNCTIONS[i].name))
            return &FUNCTIONS[i];
    return NULL;
}
