/* Quote: texts and trees as YAML that reads back as the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/quote.h"

#include "base/ascii.h"
#include "config/scalar.h"

static bool is_safe(tm_text text)
{
    tm_doc doc = {.text = text};
    tm_scalar_type(&doc);
    if (doc.type != TM_DOC_STRING)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool plain = tm_ascii_is_letter(c) || tm_ascii_is_digit(c) || c == '_';
        bool within = c && strchr("./-+", c) && i > 0;
        bool joint = c == ':' && i > 0 && i + 1 < text.n; /* no space follows: that is not safe */
        if (!plain && !within && !joint && (c != '/' || i > 0))
            return false;
    }
    return true;
}

static bool has_controls(tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
            return true;
    return false;
}

static void add_escaped(unsigned char c, tm_buf *out)
{
    if (c == '"' || c == '\\')
        tm_buf_print(out, "\\%c", c);
    else if (c == '\n')
        tm_buf_print(out, "\\n");
    else if (c < ' ' || c == 0x7f)
        tm_buf_print(out, "\\x%02x", c);
    else
        tm_buf_add_char(out, (char)c);
}

void tm_quote(tm_text text, tm_buf *out)
{
    if (is_safe(text)) {
        tm_buf_add(out, text);
        return;
    }
    bool doubled = has_controls(text);
    tm_buf_add_char(out, doubled ? '"' : '\'');
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '$' || (c == '\'' && !doubled))
            tm_buf_add_char(out, c);
        if (doubled)
            add_escaped((unsigned char)c, out);
        else
            tm_buf_add_char(out, c);
    }
    tm_buf_add_char(out, doubled ? '"' : '\'');
}

void tm_quote_flow(const tm_doc *doc, tm_buf *out)
{
    bool map = doc->type == TM_DOC_MAP;
    if (doc->type == TM_DOC_STRING) {
        tm_quote(doc->text, out);
        return;
    }
    if (doc->type != TM_DOC_LIST && !map) {
        tm_buf_add(out, doc->text.n ? doc->text : TM_TEXT("null"));
        return;
    }
    tm_buf_add_char(out, map ? '{' : '[');
    for (const tm_doc *child = doc->first; child; child = child->next) {
        if (map) {
            tm_quote(child->key, out);
            tm_buf_print(out, ": ");
        }
        tm_quote_flow(child, out);
        if (child->next)
            tm_buf_print(out, ", ");
    }
    tm_buf_add_char(out, map ? '}' : ']');
}
