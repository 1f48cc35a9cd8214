/* Names of OTLP/JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/otlp_json_name.h"

#include "base/ascii.h"

/* The next letter of the camelCase form; moves *snake behind it. 0 at the end. */
static char next_letter(const char **snake)
{
    char c = *(*snake)++;
    return c == '_' ? tm_ascii_upper(*(*snake)++) : c;
}

static bool is_camel(tm_text name, const char *snake)
{
    for (size_t i = 0; i < name.n; i++)
        if (*snake == 0 || name.p[i] != next_letter(&snake))
            return false;
    return *snake == 0;
}

bool tm_json_name_is(tm_text name, const char *snake)
{
    /* Both forms start alike, which sets most names apart. */
    return name.n && name.p[0] == snake[0] && (is_camel(name, snake) || tm_text_is(name, snake));
}

void tm_json_name_add(tm_buf *out, const char *snake)
{
    char *at = tm_buf_reserve(out, strlen(snake) + 3), *begin = at;
    *at++ = '"';
    while (*snake)
        *at++ = next_letter(&snake);
    *at++ = '"';
    *at++ = ':';
    out->n += (size_t)(at - begin);
}
