/* XML lex: names, characters and values of XML, as strict as Go's encoding/xml.
 * Work: takes bytes off the document, each of them once; xml_read.c charges them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xml_lex.h"

#include "base/utf8.h"

bool tm_xml_wrong(tm_xml_reader *r, const char *error)
{
    r->error = r->error ? r->error : error;
    return false;
}

bool tm_xml_take_char(tm_xml_reader *r, char c)
{
    if (!tm_xml_at(r, c))
        return false;
    r->rest = tm_text_skip(r->rest, 1);
    return true;
}

bool tm_xml_take_word(tm_xml_reader *r, tm_text word)
{
    if (!tm_text_starts(r->rest, word))
        return false;
    r->rest = tm_text_skip(r->rest, word.n);
    return true;
}

void tm_xml_skip_blanks(tm_xml_reader *r)
{
    /* Work: bytes that it takes off the document, charged (xml_read.c) */
    while (tm_xml_at(r, ' ') || tm_xml_at(r, '\t') || tm_xml_at(r, '\r') || tm_xml_at(r, '\n'))
        r->rest = tm_text_skip(r->rest, 1);
}

/* --- names --- */

typedef struct range {
    uint32_t first, last;
} range;

/* Characters that may start a name, without those of ASCII (XML 1.0, fifth edition) and the byte
 * order mark. */
static const range STARTS[] = {
    {0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x2ff},     {0x370, 0x37d},   {0x37f, 0x1fff},
    {0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef},  {0x3001, 0xd7ff}, {0xf900, 0xfdcf},
    {0xfdf0, 0xfefe}, {0xff00, 0xfffc}, {0x10000, 0xeffff}};

bool tm_xml_is_name_rune(uint32_t rune, bool first)
{
    bool letter =
        (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z') || rune == '_' || rune == ':';
    bool later = (rune >= '0' && rune <= '9') || rune == '.' || rune == '-' || rune == 0xb7 ||
                 (rune >= 0x300 && rune <= 0x36f) || rune == 0x203f || rune == 0x2040;
    /* Work: rows of the table */
    for (unsigned i = 0; !letter && i < sizeof STARTS / sizeof *STARTS; i++)
        letter = rune >= STARTS[i].first && rune <= STARTS[i].last;
    return letter || (!first && later);
}

bool tm_xml_take_name(tm_xml_reader *r, tm_text *prefix, tm_text *name)
{
    size_t n = 0, width, colons = 0;
    /* Work: bytes that it takes off the document, charged (xml_read.c) */
    while (n < r->rest.n &&
           tm_xml_is_name_rune(tm_utf8_next(tm_text_skip(r->rest, n), &width), n == 0)) {
        colons += r->rest.p[n] == ':';
        n += width;
    }
    bool odd = n < r->rest.n && (unsigned char)r->rest.p[n] >= 0x80;
    tm_text whole = tm_text_slice(r->rest.p, n);
    r->rest = tm_text_skip(r->rest, n);
    if (!n || odd || colons > 1)
        return false;
    ptrdiff_t colon = tm_text_find(whole, TM_TEXT(":"));
    bool split = colon > 0 && (size_t)colon + 1 < n;
    *prefix = split ? tm_text_slice(whole.p, (size_t)colon) : TM_TEXT("");
    *name = split ? tm_text_skip(whole, (size_t)colon + 1) : whole;
    return true;
}

/* --- text --- */

static bool is_allowed(uint32_t rune)
{
    return rune == '\t' || rune == '\n' || rune == '\r' || (rune >= 0x20 && rune <= 0xd7ff) ||
           (rune >= 0xe000 && rune <= 0xfffd) || (rune >= 0x10000 && rune <= 0x10ffff);
}

/* &#65; or &#x41; after the &#. */
static bool take_number(tm_xml_reader *r, uint32_t *rune)
{
    bool hex = tm_xml_take_char(r, 'x');
    size_t n = 0;
    /* Work: bytes that it takes off the document, charged (xml_read.c) */
    for (*rune = 0; n < r->rest.n && *rune <= 0x10ffff; n++) {
        char c = r->rest.p[n], lower = (char)(c | 32);
        if (c >= '0' && c <= '9')
            *rune = *rune * (hex ? 16 : 10) + (uint32_t)(c - '0');
        else if (hex && lower >= 'a' && lower <= 'f')
            *rune = *rune * 16 + (uint32_t)(lower - 'a' + 10);
        else
            break;
    }
    r->rest = tm_text_skip(r->rest, n);
    *rune = *rune >= 0xd800 && *rune <= 0xdfff ? 0xfffd : *rune;
    return n > 0 && *rune <= 0x10ffff && tm_xml_take_char(r, ';');
}

static bool take_reference(tm_xml_reader *r, uint32_t *rune)
{
    static const struct {
        const char *name;
        char rune;
    } entity[] = {{"lt;", '<'}, {"gt;", '>'}, {"amp;", '&'}, {"apos;", '\''}, {"quot;", '"'}};
    if (tm_xml_take_char(r, '#'))
        return take_number(r, rune) || tm_xml_wrong(r, "a character reference is malformed");
    for (unsigned i = 0; i < sizeof entity / sizeof *entity; i++)
        if (tm_xml_take_word(r, tm_text_of(entity[i].name))) {
            *rune = (unsigned char)entity[i].rune;
            return true;
        }
    return tm_xml_wrong(r, "an entity is unknown");
}

tm_xml_run tm_xml_open_run(const tm_xml_reader *r)
{
    return (tm_xml_run){.plain = tm_text_slice(r->rest.p, 0), .other.arena = r->arena};
}

tm_text tm_xml_run_text(const tm_xml_run *run)
{
    return run->other.room ? tm_buf_text(&run->other) : run->plain;
}

/* Adds what the bytes from `from` to where the reader stands stand for. */
static void add_rune(const tm_xml_reader *r, const char *from, uint32_t rune, tm_xml_run *out)
{
    const size_t width = (size_t)(r->rest.p - from);
    const bool itself = (*from != '&' && *from != '\r');
    if (itself && !out->other.room) {
        out->plain.n += width;
        return;
    }
    if (!out->other.room) {
        tm_buf_reserve(&out->other, out->plain.n + 1);
        tm_buf_add(&out->other, out->plain);
    }
    tm_buf_add_rune(&out->other, rune);
}

bool tm_xml_take_rune(tm_xml_reader *r, bool references, tm_xml_run *out)
{
    size_t width;
    const char *const from = r->rest.p;
    uint32_t rune = tm_utf8_next(r->rest, &width);
    if (rune == 0xfffd && width == 1)
        return tm_xml_wrong(r, "the text is no UTF-8");
    r->rest = tm_text_skip(r->rest, width);
    if (rune == '\r') {
        tm_xml_take_char(r, '\n');
        rune = '\n';
    } else if (rune == '&' && references && !take_reference(r, &rune)) {
        return false;
    }
    if (!is_allowed(rune))
        return tm_xml_wrong(r, "a character is not allowed");
    add_rune(r, from, rune, out);
    return true;
}

bool tm_xml_take_value(tm_xml_reader *r, tm_text *value)
{
    char quote = r->rest.n ? r->rest.p[0] : 0;
    if (quote != '"' && quote != '\'')
        return tm_xml_wrong(r, "the value of an attribute is not quoted");
    r->rest = tm_text_skip(r->rest, 1);
    tm_xml_run out = tm_xml_open_run(r);
    while (!tm_xml_at(r, quote)) {
        if (!r->rest.n)
            return tm_xml_wrong(r, "the value of an attribute does not end");
        if (tm_xml_at(r, '<'))
            return tm_xml_wrong(r, "the value of an attribute holds a <");
        if (!tm_xml_take_rune(r, true, &out))
            return false;
    }
    r->rest = tm_text_skip(r->rest, 1);
    *value = tm_xml_run_text(&out);
    return true;
}
