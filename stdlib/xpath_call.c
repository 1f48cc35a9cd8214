/* XPath call: the functions that expressions may call. Several answer otherwise than XPath 1.0
 * asks: lengths are bytes, texts turn into numbers as Go reads them, and so on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xpath_call.h"

#include "base/number.h"
#include "base/utf8.h"
#include "stdlib/letter.h"
#include "stdlib/xml_tree.h"
#include "vm/convert.h"
#include "vm/regex.h"

#include <libxml/xpathInternals.h>
#include <math.h>
#include <stdlib.h>

enum { MANY = 1000000 };

/* A call. Arguments stay on libxml2's stack, so that it frees them whatever happens. */
typedef struct call {
    xmlXPathParserContextPtr parser;
    tm_xpath_run *run;
    tm_arena *arena; /* run->scratch; out of memory comes back to the call */
    xmlXPathObjectPtr *arg;
    unsigned n;
} call;

/* Gives the result, or NULL for want of memory, or with run->error. */
typedef xmlXPathObjectPtr call_body(call *c);

typedef struct row {
    const char *name;
    unsigned least, most; /* arguments that it takes, ... */
    unsigned used;        /* ... of which those behind these are not looked at */
    call_body *body;
    xmlXPathFunction native; /* libxml2's own, in place of a body */
} row;

/* --- arguments --- */

static xmlNodePtr first_node(const call *c, unsigned i)
{
    const xmlXPathObject *o = c->arg[i];
    bool some = o->type == XPATH_NODESET && o->nodesetval && o->nodesetval->nodeNr > 0;
    return some ? o->nodesetval->nodeTab[0] : NULL;
}

static bool is_nodes(const call *c, unsigned i)
{
    return c->arg[i]->type == XPATH_NODESET;
}

static tm_text copy_and_free(tm_arena *arena, xmlChar *made)
{
    tm_text copy = tm_arena_copy(arena, tm_text_of(made ? (const char *)made : ""));
    xmlFree(made);
    return copy;
}

static tm_text node_text(tm_arena *arena, xmlNodePtr node)
{
    /* Of a document there is none. */
    bool some = node && node->type != XML_DOCUMENT_NODE;
    return some ? copy_and_free(arena, xmlXPathCastNodeToString(node)) : TM_TEXT("");
}

/* The shortest digits that read back equal, never with an exponent. */
static tm_text number_text(tm_arena *arena, double x)
{
    tm_buf out = {.arena = arena};
    char text[TM_NUMBER_ROOM + 1];
    text[tm_number_print(text, x, TM_EXPONENT_PADDED)] = 0;
    const char *e = isfinite(x) ? strchr(text, 'e') : NULL;
    if (!e)
        return x == 0 ? TM_TEXT("0") : tm_arena_copy(arena, tm_text_of(text));
    int exponent = atoi(e + 1), point = exponent < 0 ? 1 : 1 + exponent, written = 0;
    if (x < 0)
        tm_buf_add_char(&out, '-');
    if (exponent < 0)
        tm_buf_add(&out, TM_TEXT("0."));
    for (int i = exponent + 1; i < 0; i++)
        tm_buf_add_char(&out, '0');
    for (const char *at = text; at < e; at++)
        if (*at >= '0' && *at <= '9') {
            tm_buf_add_char(&out, *at);
            written++;
        }
    for (; written < point; written++)
        tm_buf_add_char(&out, '0');
    return tm_buf_text(&out);
}

static tm_text text_of(const call *c, unsigned i)
{
    const xmlXPathObject *o = c->arg[i];
    switch (o->type) {
    case XPATH_NODESET:
        return node_text(c->arena, first_node(c, i));
    case XPATH_BOOLEAN:
        return o->boolval ? TM_TEXT("true") : TM_TEXT("false");
    case XPATH_NUMBER:
        return number_text(c->arena, o->floatval);
    default:
        return tm_arena_copy(c->arena, tm_text_of(o->stringval ? (char *)o->stringval : ""));
    }
}

static double text_number(tm_text t)
{
    double x;
    return tm_double_read(tm_utf8_trim(t), &x) ? x : NAN;
}

static double number_of(const call *c, unsigned i)
{
    const xmlXPathObject *o = c->arg[i];
    if (o->type == XPATH_NUMBER)
        return o->floatval;
    if (o->type == XPATH_BOOLEAN)
        return o->boolval;
    return is_nodes(c, i) && !first_node(c, i) ? NAN : text_number(text_of(c, i));
}

/* --- results --- */

static xmlXPathObjectPtr give_text(tm_text t)
{
    xmlChar *copy = xmlStrndup((const xmlChar *)(t.n ? t.p : ""), (int)t.n);
    return copy ? xmlXPathWrapString(copy) : NULL;
}

static xmlXPathObjectPtr give_bool(bool truth)
{
    return xmlXPathNewBoolean(truth);
}

static xmlXPathObjectPtr give_number(double x)
{
    return xmlXPathNewFloat(x);
}

static xmlXPathObjectPtr give_up(call *c, const char *why)
{
    c->run->error = why;
    return NULL;
}

/* --- texts --- */

/* Whether the second text stands in the first, at a place that `fits` says; without a node in the
 * first, never. */
static xmlXPathObjectPtr look_for(const call *c, bool (*fits)(tm_text text, tm_text part))
{
    bool none = is_nodes(c, 0) && !first_node(c, 0);
    return give_bool(!none && fits(text_of(c, 0), text_of(c, 1)));
}

static bool holds(tm_text text, tm_text part)
{
    return tm_text_find(text, part) >= 0;
}

static xmlXPathObjectPtr contains(call *c)
{
    return look_for(c, holds);
}

static xmlXPathObjectPtr starts_with(call *c)
{
    return look_for(c, tm_text_starts);
}

static xmlXPathObjectPtr ends_with(call *c)
{
    return look_for(c, tm_text_ends);
}

static xmlXPathObjectPtr concat(call *c)
{
    tm_buf out = {.arena = c->arena};
    for (unsigned i = 0; i < c->n; i++)
        tm_buf_add(&out, text_of(c, i));
    return give_text(tm_buf_text(&out));
}

static xmlXPathObjectPtr lower_case(call *c)
{
    tm_buf out = {.arena = c->arena};
    size_t width;
    for (tm_text rest = text_of(c, 0); rest.n; rest = tm_text_skip(rest, width))
        tm_buf_add_rune(&out, tm_letter_lower(tm_utf8_next(rest, &width)));
    return give_text(tm_buf_text(&out));
}

/* Runs of white space become one space. */
static xmlXPathObjectPtr normalize_space(call *c)
{
    tm_buf out = {.arena = c->arena};
    size_t width;
    bool space = false;
    tm_text text = c->n ? text_of(c, 0) : node_text(c->arena, c->parser->context->node);
    for (tm_text rest = tm_utf8_trim(text); rest.n; rest = tm_text_skip(rest, width)) {
        uint32_t rune = tm_utf8_next(rest, &width);
        bool spaced = space;
        space = tm_letter_is_space(rune);
        if (!space || !spaced)
            tm_buf_add_rune(&out, space ? ' ' : rune);
    }
    return give_text(tm_buf_text(&out));
}

static xmlXPathObjectPtr string(call *c)
{
    return give_text(c->n ? text_of(c, 0) : node_text(c->arena, c->parser->context->node));
}

static xmlXPathObjectPtr string_join(call *c)
{
    tm_buf out = {.arena = c->arena};
    tm_text between =
        c->arg[1]->type == XPATH_STRING || is_nodes(c, 1) ? text_of(c, 1) : TM_TEXT("");
    const xmlNodeSet *set = c->arg[0]->nodesetval;
    if (c->arg[0]->type == XPATH_STRING)
        return give_text(text_of(c, 0));
    for (int i = 0; is_nodes(c, 0) && set && i < set->nodeNr; i++) {
        if (i)
            tm_buf_add(&out, between);
        tm_buf_add(&out, node_text(c->arena, set->nodeTab[i]));
    }
    return give_text(tm_buf_text(&out));
}

static xmlXPathObjectPtr string_length(call *c)
{
    bool text = c->arg[0]->type == XPATH_STRING || is_nodes(c, 0);
    return give_number(text ? (double)text_of(c, 0).n : 0);
}

/* Bytes from the start-th on; a start in front of the first shortens the length. */
static xmlXPathObjectPtr substring(call *c)
{
    tm_text text = text_of(c, 0);
    double start = round(number_of(c, 1)), length = c->n > 2 ? round(number_of(c, 2)) : INFINITY;
    if (isnan(start) || isnan(length))
        return give_up(c, "substring() takes numbers");
    if (is_nodes(c, 0) && !first_node(c, 0))
        return give_text(TM_TEXT(""));
    double end = c->n > 2 ? start + fmin(length, (double)text.n) : INFINITY;
    size_t from = start < 1 ? 0 : start > (double)text.n ? text.n : (size_t)start - 1;
    size_t to = end < 1 || length <= 0 ? 0 : end > (double)text.n ? text.n : (size_t)end - 1;
    return give_text(tm_text_slice(text.p + from, to > from ? to - from : 0));
}

/* The text in front of or behind the first place of a word; nothing without one. */
static xmlXPathObjectPtr cut(const call *c, bool after)
{
    tm_text text = text_of(c, 0), word = text_of(c, 1);
    ptrdiff_t at = word.n ? tm_text_find(text, word) : -1;
    if (at < 0)
        return give_text(TM_TEXT(""));
    return give_text(after ? tm_text_skip(text, (size_t)at + word.n)
                           : tm_text_slice(text.p, (size_t)at));
}

static xmlXPathObjectPtr substring_after(call *c)
{
    return cut(c, true);
}

static xmlXPathObjectPtr substring_before(call *c)
{
    return cut(c, false);
}

/* Where the first text has a code point of the second, the byte of the third that stands as far in
 * as the code point's first byte, as a code point; nothing when the third is shorter. */
static xmlXPathObjectPtr translate(call *c)
{
    tm_buf out = {.arena = c->arena};
    tm_text from = text_of(c, 1), to = text_of(c, 2);
    size_t width;
    for (tm_text rest = text_of(c, 0); rest.n; rest = tm_text_skip(rest, width)) {
        tm_utf8_next(rest, &width);
        ptrdiff_t at = tm_text_find(from, tm_text_slice(rest.p, width));
        if (at < 0)
            tm_buf_add(&out, tm_text_slice(rest.p, width));
        else if ((size_t)at < to.n)
            tm_buf_add_rune(&out, (unsigned char)to.p[at]);
    }
    return give_text(tm_buf_text(&out));
}

/* --- regular expressions --- */

static const tm_regex *regex_of(call *c, tm_text pattern)
{
    tm_text error;
    size_t at;
    for (const tm_xpath_regex *known = c->run->regex; known; known = known->next)
        if (tm_text_equal(tm_regex_pattern(known->regex), pattern))
            return known->regex;
    tm_xpath_regex *made = TM_NEW(c->arena, tm_xpath_regex);
    made->regex = tm_regex_new(c->arena, pattern, &error, &at);
    if (!made->regex) {
        give_up(c, "a regular expression that it makes is bad");
        return NULL;
    }
    made->next = c->run->regex;
    c->run->regex = made;
    return made->regex;
}

static tm_matcher *matcher_of(const call *c)
{
    if (!c->run->matcher)
        c->run->matcher = tm_matcher_new(c->arena);
    return c->run->matcher;
}

static const char SLOW[] = "a regular expression in it took too long to match";

/* Without a node an empty text, which is not true. */
static xmlXPathObjectPtr matches(call *c)
{
    if (is_nodes(c, 0) && !first_node(c, 0))
        return give_text(TM_TEXT(""));
    bool text = c->arg[0]->type == XPATH_STRING || is_nodes(c, 0);
    const tm_regex *regex = regex_of(c, text_of(c, 1));
    if (!regex)
        return NULL;
    tm_match found =
        tm_regex_test(regex, matcher_of(c), c->arena, text ? text_of(c, 0) : TM_TEXT(""));
    return found == TM_MATCH_BUDGET ? give_up(c, SLOW) : give_bool(found == TM_MATCH);
}

/* $1 as ${1}, so that what stands behind is no part of it. */
static tm_text brace_numbers(tm_arena *arena, tm_text replacement, unsigned groups)
{
    for (unsigned i = groups; i > 0; i--) {
        tm_buf out = {.arena = arena};
        tm_text plain = tm_arena_print(arena, "$%u", i);
        ptrdiff_t at;
        while ((at = tm_text_find(replacement, plain)) >= 0) {
            tm_buf_add(&out, tm_text_slice(replacement.p, (size_t)at));
            tm_buf_print(&out, "${%u}", i);
            replacement = tm_text_skip(replacement, (size_t)at + plain.n);
        }
        tm_buf_add(&out, replacement);
        replacement = tm_buf_text(&out);
    }
    return replacement;
}

typedef struct replacing {
    const tm_regex *regex;
    tm_text replacement;
} replacing;

static bool expand(void *owner, tm_text subject, const size_t *group, unsigned groups, tm_buf *out)
{
    const replacing *r = owner;
    tm_regex_expand(r->regex, r->replacement, subject, group, groups, out);
    return true;
}

static xmlXPathObjectPtr replace(call *c)
{
    replacing r = {.regex = regex_of(c, text_of(c, 1))};
    tm_text result;
    bool stopped;
    if (!r.regex)
        return NULL;
    r.replacement = brace_numbers(c->arena, text_of(c, 2), tm_regex_groups(r.regex));
    tm_match found = tm_regex_replace(r.regex, matcher_of(c), c->arena, text_of(c, 0), expand, &r,
                                      &result, &stopped);
    return found == TM_MATCH_BUDGET ? give_up(c, SLOW) : give_text(result);
}

/* --- nodes --- */

static xmlXPathObjectPtr count(call *c)
{
    const xmlNodeSet *set = is_nodes(c, 0) ? c->arg[0]->nodesetval : NULL;
    return give_number(set ? set->nodeNr : 0);
}

/* Outside of all predicates the context is one node. */
static xmlXPathObjectPtr last(call *c)
{
    int size = c->parser->context->contextSize;
    return give_number(size < 0 ? 1 : size);
}

static xmlXPathObjectPtr position(call *c)
{
    int at = c->parser->context->proximityPosition;
    return give_number(at < 0 ? 1 : at);
}

/* The node of our tree that an argument, or without one the context, is about. */
static const tm_xml *node_of(const call *c)
{
    xmlNodePtr node = c->n ? first_node(c, 0) : c->parser->context->node;
    const tm_xml *xml = node && node->type != XML_NAMESPACE_DECL ? node->_private : NULL;
    return xml && xml->name.n ? xml : NULL;
}

static xmlXPathObjectPtr local_name(call *c)
{
    const tm_xml *node = node_of(c);
    return give_text(node ? node->name : TM_TEXT(""));
}

static xmlXPathObjectPtr name(call *c)
{
    const tm_xml *node = node_of(c);
    if (!node || !node->prefix.n)
        return local_name(c);
    return give_text(
        tm_arena_print(c->arena, "%.*s:%.*s", TM_PRI(node->prefix), TM_PRI(node->name)));
}

/* What an element or those around it declare for a prefix, or for none; NULL: nothing. */
static const tm_xml *declaration_of(const tm_xml *element, tm_text prefix)
{
    for (; element; element = element->parent)
        for (const tm_xml *a = element->attribute; a; a = a->next)
            if (prefix.n ? tm_text_is(a->prefix, "xmlns") && tm_text_equal(a->name, prefix)
                         : !a->prefix.n && tm_text_is(a->name, "xmlns"))
                return a;
    return NULL;
}

static xmlXPathObjectPtr namespace_uri(call *c)
{
    const tm_xml *node = node_of(c);
    bool attribute = node && node->kind == TM_XML_ATTRIBUTE;
    if (!node || node->kind == TM_XML_INSTRUCTION || (attribute && !node->prefix.n))
        return give_text(TM_TEXT(""));
    if (tm_text_is(node->prefix, "xml"))
        return give_text(TM_TEXT("http://www.w3.org/XML/1998/namespace"));
    const tm_xml *declared = tm_text_is(node->prefix, "xmlns")
                                 ? NULL
                                 : declaration_of(attribute ? node->parent : node, node->prefix);
    return give_text(declared ? declared->text : node->prefix);
}

/* The order is the caller's business: sets have none. */
static xmlXPathObjectPtr reverse(call *c)
{
    return is_nodes(c, 0) ? xmlXPathObjectCopy(c->arg[0]) : xmlXPathNewNodeSet(NULL);
}

/* --- numbers and truths --- */

static xmlXPathObjectPtr number(call *c)
{
    if (c->n)
        return give_number(number_of(c, 0));
    return give_number(text_number(node_text(c->arena, c->parser->context->node)));
}

static xmlXPathObjectPtr ceiling(call *c)
{
    return give_number(ceil(number_of(c, 0)));
}

static xmlXPathObjectPtr floor_(call *c)
{
    return give_number(floor(number_of(c, 0)));
}

/* Halves go up. */
static xmlXPathObjectPtr round_(call *c)
{
    double x = number_of(c, 0), low = floor(x);
    if (!isfinite(x))
        return give_number(x);
    return give_number(x >= -0.5 && x < 0.5 ? x * 0 : x - low >= 0.5 ? low + 1 : low);
}

/* Nodes that are no number do not count. */
static xmlXPathObjectPtr sum(call *c)
{
    const xmlNodeSet *set = c->arg[0]->nodesetval;
    double all = 0, x;
    if (!is_nodes(c, 0))
        return give_number(c->arg[0]->type == XPATH_BOOLEAN ? 0 : number_of(c, 0));
    for (int i = 0; set && i < set->nodeNr; i++)
        if (tm_double_read(node_text(c->arena, set->nodeTab[i]), &x))
            all += x;
    return give_number(all);
}

/* Texts and numbers have no opposite. */
static xmlXPathObjectPtr not_(call *c)
{
    bool truth = is_nodes(c, 0) ? first_node(c, 0) != NULL : true;
    return give_bool(c->arg[0]->type == XPATH_BOOLEAN ? !c->arg[0]->boolval : !truth);
}

static const row ROWS[] = {
    {"boolean", 0, 1, 1, NULL, xmlXPathBooleanFunction},
    {"ceiling", 1, MANY, 1, ceiling, NULL},
    {"concat", 2, MANY, MANY, concat, NULL},
    {"contains", 2, MANY, 2, contains, NULL},
    {"count", 1, MANY, 1, count, NULL},
    {"ends-with", 2, MANY, 2, ends_with, NULL},
    {"false", 0, MANY, 0, NULL, xmlXPathFalseFunction},
    {"floor", 1, MANY, 1, floor_, NULL},
    {"last", 0, MANY, 0, last, NULL},
    {"local-name", 0, 1, 1, local_name, NULL},
    {"lower-case", 1, MANY, 1, lower_case, NULL},
    {"matches", 2, 2, 2, matches, NULL},
    {"name", 0, 1, 1, name, NULL},
    {"namespace-uri", 0, 1, 1, namespace_uri, NULL},
    {"normalize-space", 0, MANY, 1, normalize_space, NULL},
    {"not", 1, MANY, 1, not_, NULL},
    {"number", 0, 1, 1, number, NULL},
    {"position", 0, MANY, 0, position, NULL},
    {"replace", 3, 3, 3, replace, NULL},
    {"reverse", 1, MANY, 1, reverse, NULL},
    {"round", 1, MANY, 1, round_, NULL},
    {"starts-with", 2, MANY, 2, starts_with, NULL},
    {"string", 0, 1, 1, string, NULL},
    {"string-join", 2, 2, 2, string_join, NULL},
    {"string-length", 1, MANY, 1, string_length, NULL},
    {"substring", 2, MANY, 3, substring, NULL},
    {"substring-after", 2, 2, 2, substring_after, NULL},
    {"substring-before", 2, 2, 2, substring_before, NULL},
    {"sum", 1, MANY, 1, sum, NULL},
    {"translate", 3, 3, 3, translate, NULL},
    {"true", 0, MANY, 0, NULL, xmlXPathTrueFunction},
};

static const row *row_of(tm_text wanted)
{
    for (unsigned i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (tm_text_is(wanted, ROWS[i].name))
            return &ROWS[i];
    return NULL;
}

const char *tm_xpath_call_refuses(tm_text wanted, unsigned arguments)
{
    const row *r = row_of(wanted);
    if (!r)
        return "it calls an unknown function";
    return arguments < r->least  ? "a function in it lacks arguments"
           : arguments > r->most ? "a function in it has too many arguments"
                                 : NULL;
}

/* --- calling --- */

/* Out of memory comes back here, for libxml2 to clean up; NULL then. */
static xmlXPathObjectPtr run_body(call *c, call_body *body)
{
    jmp_buf escape;
    if (!c->run->scratch)
        c->run->scratch = tm_arena_new(c->run->heap);
    c->arena = c->run->scratch;
    if (!c->arena)
        return NULL;
    tm_arena_escape(c->arena, &escape);
    xmlXPathObjectPtr result = setjmp(escape) == 0 ? body(c) : NULL;
    tm_arena_escape(c->arena, NULL);
    return result;
}

/* All functions come through here; libxml2 says which is meant. */
static void call_function(xmlXPathParserContextPtr parser, int given)
{
    tm_xpath_run *run = parser->context->funcLookupData;
    const row *r = row_of(tm_text_of((const char *)parser->context->function));
    if (!r || parser->valueNr < given) {
        xmlXPathErr(parser, XPATH_UNKNOWN_FUNC_ERROR);
        return;
    }
    for (; given > (int)r->used; given--)
        xmlXPathFreeObject(valuePop(parser));
    if (r->native) {
        r->native(parser, given);
        return;
    }
    call c = {.parser = parser,
              .run = run,
              .arg = parser->valueTab + parser->valueNr - given,
              .n = (unsigned)given};
    xmlXPathObjectPtr result = run_body(&c, r->body);
    for (; given > 0; given--)
        xmlXPathFreeObject(valuePop(parser));
    if (result)
        valuePush(parser, result);
    else
        xmlXPathErr(parser, run->error ? XPATH_EXPR_ERROR : XPATH_MEMORY_ERROR);
}

static xmlXPathFunction look_up(void *run, const xmlChar *wanted, const xmlChar *space)
{
    (void)run, (void)space;
    return row_of(tm_text_of((const char *)wanted)) ? call_function : NULL;
}

void tm_xpath_call_allow(struct _xmlXPathContext *context, tm_xpath_run *run)
{
    xmlXPathRegisterFuncLookup(context, look_up, run);
}
