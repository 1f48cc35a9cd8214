/* XML read: texts to trees.
 * Work: nodes are charged with the bytes that they take off the document; prefixes are looked up
 * in a map.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xml_lex.h"

#include "base/utf8.h"
#include "base/work.h"
#include "stdlib/charset/charset.h"

/* Adds a node to the open element, once the document has begun. */
static void add(tm_xml_reader *r, tm_xml_kind kind, tm_text text)
{
    if (!r->begun)
        return;
    tm_xml *node = tm_xml_new(r->arena, kind);
    node->text = text;
    tm_xml_append(r->open, node);
}

static bool take_text(tm_xml_reader *r)
{
    tm_xml_run out = tm_xml_open_run(r);
    /* Work: bytes that it takes off the document, charged (take_charged) */
    while (r->rest.n && !tm_xml_at(r, '<')) {
        if (tm_text_starts(r->rest, TM_TEXT("]]>")))
            return tm_xml_wrong(r, "]]> stands outside a CDATA section");
        if (!tm_xml_take_rune(r, true, &out))
            return false;
    }
    add(r, TM_XML_TEXT, tm_xml_run_text(&out));
    return true;
}

static bool take_cdata(tm_xml_reader *r)
{
    tm_xml_run out = tm_xml_open_run(r);
    /* Work: bytes that it takes off the document, charged (take_charged) */
    while (!tm_xml_take_word(r, TM_TEXT("]]>"))) {
        if (!r->rest.n)
            return tm_xml_wrong(r, "a CDATA section does not end");
        if (!tm_xml_take_rune(r, false, &out))
            return false;
    }
    add(r, TM_XML_CDATA, tm_xml_run_text(&out));
    return true;
}

static bool take_comment(tm_xml_reader *r)
{
    ptrdiff_t end = tm_text_find(r->rest, TM_TEXT("--"));
    if (end < 0)
        return tm_xml_wrong(r, "a comment does not end");
    add(r, TM_XML_COMMENT, tm_text_slice(r->rest.p, (size_t)end));
    r->rest = tm_text_skip(r->rest, (size_t)end + 2);
    return tm_xml_take_char(r, '>') || tm_xml_wrong(r, "a comment holds --");
}

/* <!DOCTYPE ...>: up to the > that closes it; those between quotes or angle brackets do not. */
static bool take_directive(tm_xml_reader *r)
{
    char quote = 0;
    unsigned depth = 0;
    /* Work: bytes that it takes off the document, charged (take_charged) */
    for (size_t i = 1; i < r->rest.n; i++) {
        char c = r->rest.p[i];
        if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '>' && depth == 0) {
            add(r, TM_XML_DIRECTIVE, tm_text_slice(r->rest.p, i));
            r->rest = tm_text_skip(r->rest, i + 1);
            return true;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else {
            depth += (c == '<') - (c == '>');
        }
    }
    return tm_xml_wrong(r, "a declaration does not end");
}

/* --- instructions --- */

/* The value of version or encoding in a declaration; empty without. */
static tm_text declared(tm_text text, tm_text what)
{
    ptrdiff_t i = tm_text_find(text, what);
    if (i < 0 || (size_t)i + what.n >= text.n)
        return TM_TEXT("");
    tm_text value = tm_text_skip(text, (size_t)i + what.n + 1);
    const char *end = value.n ? memchr(value.p, value.p[-1], value.n) : NULL;
    bool quoted = value.p[-1] == '"' || value.p[-1] == '\'';
    return end && quoted ? tm_text_slice(value.p, (size_t)(end - value.p)) : TM_TEXT("");
}

/* Each declaration has the rest of the text decoded, which may make it longer: so many times. */
enum { DECODED_TIMES_MOST = 8 };

/* What the declaration says about the rest of the text. */
static bool heed_declaration(tm_xml_reader *r, tm_text text)
{
    tm_text version = declared(text, TM_TEXT("version=")),
            name = declared(text, TM_TEXT("encoding="));
    if (version.n && !tm_text_is(version, "1.0"))
        return tm_xml_wrong(r, "only version 1.0 of XML is known");
    if (!name.n || tm_text_same_word(name, TM_TEXT("utf-8")))
        return true;
    const tm_charset *charset = r->strictly ? NULL : tm_charset_find(name);
    if (!charset)
        return tm_xml_wrong(r, "the declared encoding is unknown");
    if (!tm_charset_is_in(charset))
        return tm_xml_wrong(r, "the declared encoding is not in this build");
    if (r->decoded > DECODED_TIMES_MOST * r->bytes)
        return tm_xml_wrong(r, "too many encodings are declared");
    r->rest = tm_charset_decode(r->arena, charset, r->rest);
    r->decoded += r->rest.n;
    return true;
}

/* Words such as version="1.0" become attributes. */
static void add_declared(tm_xml_reader *r, tm_xml *node, tm_text text)
{
    tm_text word, rest = text;
    /* Work: bytes that it takes off the document, charged (take_charged) */
    while (tm_text_next(&rest, ' ', &word)) {
        word = tm_utf8_trim(word);
        ptrdiff_t equals = tm_text_find(word, TM_TEXT("="));
        if (equals <= 0)
            continue;
        tm_text value = tm_text_skip(word, (size_t)equals + 1);
        while (value.n && (value.p[0] == '"' || value.p[0] == '\''))
            value = tm_text_skip(value, 1);
        while (value.n && (value.p[value.n - 1] == '"' || value.p[value.n - 1] == '\''))
            value.n--;
        tm_xml *attribute = tm_xml_new(r->arena, TM_XML_ATTRIBUTE);
        attribute->name = tm_text_slice(word.p, (size_t)equals);
        attribute->text = value;
        tm_xml_append(node, attribute);
    }
}

static bool take_instruction(tm_xml_reader *r)
{
    tm_xml *node = tm_xml_new(r->arena, TM_XML_INSTRUCTION);
    if (!tm_xml_take_name(r, &node->prefix, &node->name))
        return tm_xml_wrong(r, "an instruction has no name");
    tm_xml_skip_blanks(r);
    ptrdiff_t end = tm_text_find(r->rest, TM_TEXT("?>"));
    if (end < 0)
        return tm_xml_wrong(r, "an instruction does not end");
    tm_text text = tm_text_slice(r->rest.p, (size_t)end);
    r->rest = tm_text_skip(r->rest, (size_t)end + 2);
    bool is_declaration = tm_text_is(node->name, "xml");
    if (is_declaration)
        add_declared(r, node, text);
    else
        node->text = tm_utf8_trim(text);
    tm_xml_append(r->open, node);
    r->begun = true;
    return !is_declaration || heed_declaration(r, text);
}

/* --- elements --- */

/* Counts the prefixes that an element declares, when it opens (1) and when it has ended (-1). */
static void count_prefixes(tm_xml_reader *r, const tm_xml *element, int change)
{
    /* Work: attributes of an element, each looked up */
    for (const tm_xml *a = element->attribute; a; a = a->next) {
        if (!tm_text_is(a->prefix, "xmlns"))
            continue;
        tm_entry *prefix = tm_map_find(r->prefixes, a->name);
        if (!prefix)
            prefix = tm_map_append(r->arena, r->prefixes, a->name, tm_int(0));
        prefix->value.integer += change;
    }
}

static bool is_declared(const tm_xml_reader *r, tm_text prefix)
{
    const tm_entry *declared = prefix.n ? tm_map_find(r->prefixes, prefix) : NULL;
    return !prefix.n || tm_text_is(prefix, "xml") || (declared && declared->value.integer > 0);
}

static bool take_attribute(tm_xml_reader *r, tm_xml *element)
{
    tm_xml *a = tm_xml_new(r->arena, TM_XML_ATTRIBUTE);
    if (!tm_xml_take_name(r, &a->prefix, &a->name))
        return tm_xml_wrong(r, "an attribute has no name");
    tm_xml_skip_blanks(r);
    if (!tm_xml_take_char(r, '='))
        return tm_xml_wrong(r, "an attribute has no value");
    tm_xml_skip_blanks(r);
    tm_xml_append(element, a);
    return tm_xml_take_value(r, &a->text);
}

static void close_element(tm_xml_reader *r)
{
    if (!r->strictly)
        count_prefixes(r, r->open, -1);
    r->open = r->open->parent;
    r->depth--;
}

static bool take_start(tm_xml_reader *r)
{
    tm_xml *element = tm_xml_new(r->arena, TM_XML_ELEMENT);
    if (!tm_xml_take_name(r, &element->prefix, &element->name))
        return tm_xml_wrong(r, "an element has no name");
    if (++r->depth > TM_XML_DEPTH_MOST)
        return tm_xml_wrong(r, "elements lie too deep in each other");
    tm_xml_append(r->open, element);
    r->begun = r->has_element = true;
    /* Work: bytes that it takes off the document, charged (take_charged) */
    for (tm_xml_skip_blanks(r); !tm_xml_at(r, '>') && !tm_xml_at(r, '/'); tm_xml_skip_blanks(r))
        if (!take_attribute(r, element))
            return false;
    if (!r->strictly) {
        count_prefixes(r, element, 1);
        if (!is_declared(r, element->prefix))
            return tm_xml_wrong(r, "the prefix of an element is not declared");
    }
    bool closed = tm_xml_take_char(r, '/');
    if (!tm_xml_take_char(r, '>'))
        return tm_xml_wrong(r, "an element's start does not end");
    r->open = element;
    if (closed)
        close_element(r);
    return true;
}

static bool take_end(tm_xml_reader *r)
{
    tm_text prefix, name;
    if (!tm_xml_take_name(r, &prefix, &name))
        return tm_xml_wrong(r, "an element's end has no name");
    tm_xml_skip_blanks(r);
    if (!tm_xml_take_char(r, '>'))
        return tm_xml_wrong(r, "an element's end is malformed");
    if (!tm_text_equal(prefix, r->open->prefix) || !tm_text_equal(name, r->open->name) || !r->depth)
        return tm_xml_wrong(r, "an element is closed by the end of another one");
    close_element(r);
    return true;
}

static bool take_node(tm_xml_reader *r)
{
    if (!tm_xml_take_char(r, '<'))
        return take_text(r);
    if (tm_xml_take_char(r, '/'))
        return take_end(r);
    if (tm_xml_take_char(r, '?'))
        return take_instruction(r);
    if (!tm_xml_take_char(r, '!'))
        return take_start(r);
    if (tm_xml_take_word(r, TM_TEXT("--")))
        return take_comment(r);
    if (tm_xml_take_word(r, TM_TEXT("[CDATA[")))
        return take_cdata(r);
    return tm_xml_at(r, '-') || tm_xml_at(r, '[') ? tm_xml_wrong(r, "a declaration is malformed")
                                                  : take_directive(r);
}

/* What is left is a text's, or the rest that a declaration had decoded. */
static bool take_charged(tm_xml_reader *r)
{
    const size_t left = r->rest.n, decoded = r->decoded;
    if (!take_node(r))
        return false;
    const size_t bytes = decoded == r->decoded ? left - r->rest.n : r->rest.n;
    return !r->work || tm_work_charge(r->work, 1 + tm_work_bytes(bytes)) ||
           tm_xml_wrong(r, "it takes too much work");
}

static tm_xml *read_document(tm_xml_reader *r, const char **error)
{
    r->document = r->open = tm_xml_new(r->arena, TM_XML_DOCUMENT);
    r->prefixes = tm_map_new(r->arena, 0);
    r->bytes = r->rest.n;
    bool done = false;
    /* Work: nodes, each charged (take_charged) */
    while (r->rest.n && !done && take_charged(r))
        done = r->strictly && r->has_element && !r->depth;
    if (r->depth)
        tm_xml_wrong(r, "an element is not closed");
    if (!r->has_element)
        tm_xml_wrong(r, "there is no element");
    if (done && r->rest.n)
        tm_xml_wrong(r, "something follows the element");
    *error = r->error;
    return r->error ? NULL : r->document;
}

tm_xml *tm_xml_read_strictly(tm_arena *arena, struct tm_work *work, tm_text text,
                             const char **error)
{
    return read_document(
        &(tm_xml_reader){.arena = arena, .work = work, .rest = text, .strictly = true}, error);
}

/* An instruction that comes first counts as the declaration, which only stays when it is one. */
tm_xml *tm_xml_read(tm_arena *arena, struct tm_work *work, tm_text text, const char **error)
{
    tm_xml *document =
        read_document(&(tm_xml_reader){.arena = arena, .work = work, .rest = text}, error);
    if (document && document->first->kind == TM_XML_INSTRUCTION &&
        !tm_text_starts(text, TM_TEXT("<?xml")))
        tm_xml_remove(document->first);
    return document;
}
