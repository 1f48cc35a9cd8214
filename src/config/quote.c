/* Quote: texts and trees as YAML that reads back as the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/quote.h"

#include "base/ascii.h"
#include "base/utf8.h"
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

/* What YAML does not take as it is, or takes for a line break. */
static bool needs_escape(uint32_t rune)
{
    return rune < ' ' || (rune >= 0x7f && rune < 0xa0) || rune == 0x2028 || rune == 0x2029 ||
           rune == 0xfeff || (rune & 0xfffe) == 0xfffe;
}

static bool has_controls(tm_text text)
{
    size_t width;
    for (tm_text rest = text; rest.n; rest = tm_text_skip(rest, width))
        if (needs_escape(tm_utf8_next(rest, &width)))
            return true;
    return false;
}

static void add_escaped(uint32_t rune, tm_text bytes, tm_buf *out)
{
    if (rune == '"' || rune == '\\')
        tm_buf_print(out, "\\%c", (char)rune);
    else if (rune == '\n')
        tm_buf_print(out, "\\n");
    else if (!needs_escape(rune))
        tm_buf_add(out, bytes);
    else
        tm_buf_print(out, rune < 0x100 ? "\\x%02x" : rune < 0x10000 ? "\\u%04x" : "\\U%08x", rune);
}

void tm_quote(tm_text text, tm_buf *out)
{
    if (is_safe(text)) {
        tm_buf_add(out, text);
        return;
    }
    bool doubled = has_controls(text);
    size_t width;
    tm_buf_add_char(out, doubled ? '"' : '\'');
    for (tm_text rest = text; rest.n; rest = tm_text_skip(rest, width)) {
        const uint32_t rune = tm_utf8_next(rest, &width);
        const tm_text bytes = tm_text_slice(rest.p, width);
        if (rune == '$' || (rune == '\'' && !doubled))
            tm_buf_add_char(out, (char)rune);
        if (doubled)
            add_escaped(rune, bytes, out);
        else
            tm_buf_add(out, bytes);
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
