/* Codes: the rows of tools/messages.tsv.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/codes.h"

#include "base/diag.h"

typedef struct row {
    const char *code, *cause;
    const char *wrong, *right; /* a line of a rule file each, or "" */
} row;

static const row rows[] = {
#define MESSAGE(code, cause, wrong, right) {code, cause, wrong, right},
#include "messages.inc"
#undef MESSAGE
};

enum { ROWS = sizeof rows / sizeof *rows };

bool tm_codes_is_one(tm_text word)
{
    if (word.n != 5 || !strchr("EeWw", word.p[0]))
        return false;
    for (size_t i = 1; i < word.n; i++)
        if (word.p[i] < '0' || word.p[i] > '9')
            return false;
    return true;
}

/* The cause, broken at about 90 columns. */
static void add_wrapped(tm_buf *out, const char *text)
{
    enum { WIDTH = 90 };
    tm_text rest = tm_text_of(text), word;
    size_t column = 0;
    while (tm_text_next(&rest, ' ', &word)) {
        if (column && column + 1 + word.n > WIDTH) {
            tm_buf_add_char(out, '\n');
            column = 0;
        } else if (column) {
            tm_buf_add_char(out, ' ');
            column++;
        }
        tm_buf_add(out, word);
        column += word.n;
    }
    tm_buf_add_char(out, '\n');
}

bool tm_codes_explain(tm_buf *out, tm_text code, tm_text *near)
{
    tm_text names[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        const row *r = &rows[i];
        names[i] = tm_text_of(r->code);
        if (!tm_text_same_word(code, names[i]))
            continue;
        tm_buf_print(out, "%s: %s\n\n", r->code, r->code[0] == 'E' ? "an error" : "a warning");
        add_wrapped(out, r->cause);
        if (*r->wrong)
            tm_buf_print(out, "\n  not  %s\n", r->wrong);
        if (*r->right)
            tm_buf_print(out, "  but  %s\n", r->right);
        return true;
    }
    *near = tm_nearest(out->arena, code, names, ROWS);
    return false;
}
