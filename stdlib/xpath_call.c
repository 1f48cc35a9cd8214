/* XPath call: the functions that expressions may call.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xpath_call.h"

#include "base/number.h"
#include "base/utf8.h"
#include "stdlib/xml_tree.h"
#include "stdlib/xpath_function.h"
#include "vm/convert.h"

#include <math.h>
#include <stdlib.h>

enum { MANY = 1000000 };

typedef struct row {
    const char *name;
    unsigned least, most, used;
    tm_xpath_body *body;
} row;

static const row ROWS[] = {
#define XPATH(name, body, least, most, used) {name, least, most, used, tm_xpath_##body},
#include "xpath_call.def"
#undef XPATH
};

/* --- arguments --- */

xmlNodePtr tm_xpath_first(const tm_xpath_call *c, unsigned i)
{
    const xmlXPathObject *o = c->arg[i];
    bool some = o->type == XPATH_NODESET && o->nodesetval && o->nodesetval->nodeNr > 0;
    return some ? o->nodesetval->nodeTab[0] : NULL;
}

/* The texts in an element, even those that no expression selects. */
static void add_texts(tm_buf *out, const tm_xml *node)
{
    for (const tm_xml *child = node->first; child; child = child->next) {
        if (child->kind == TM_XML_TEXT || child->kind == TM_XML_CDATA)
            tm_buf_add(out, child->text);
        add_texts(out, child);
    }
}

tm_text tm_xpath_node_text(tm_arena *arena, xmlNodePtr node)
{
    const tm_xml *xml = node && node->type != XML_NAMESPACE_DECL ? node->_private : NULL;
    tm_buf out = {.arena = arena};
    if (!xml || xml->kind == TM_XML_DOCUMENT || xml->kind == TM_XML_INSTRUCTION)
        return TM_TEXT("");
    if (xml->kind != TM_XML_ELEMENT)
        return xml->text;
    add_texts(&out, xml);
    return tm_buf_text(&out);
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

tm_text tm_xpath_text(const tm_xpath_call *c, unsigned i)
{
    const xmlXPathObject *o = c->arg[i];
    switch (o->type) {
    case XPATH_NODESET:
        return tm_xpath_node_text(c->arena, tm_xpath_first(c, i));
    case XPATH_BOOLEAN:
        return o->boolval ? TM_TEXT("true") : TM_TEXT("false");
    case XPATH_NUMBER:
        return number_text(c->arena, o->floatval);
    default:
        return tm_arena_copy(c->arena, tm_text_of(o->stringval ? (char *)o->stringval : ""));
    }
}

double tm_xpath_read_double(tm_text t)
{
    double x;
    return tm_double_read(tm_utf8_trim(t), &x) ? x : NAN;
}

double tm_xpath_double(const tm_xpath_call *c, unsigned i)
{
    const xmlXPathObject *o = c->arg[i];
    if (o->type == XPATH_NUMBER)
        return o->floatval;
    if (o->type == XPATH_BOOLEAN)
        return o->boolval;
    return tm_xpath_is_nodes(c, i) && !tm_xpath_first(c, i)
               ? NAN
               : tm_xpath_read_double(tm_xpath_text(c, i));
}

xmlXPathObjectPtr tm_xpath_give_text(tm_text t)
{
    xmlChar *copy = xmlStrndup((const xmlChar *)(t.n ? t.p : ""), (int)t.n);
    return copy ? xmlXPathWrapString(copy) : NULL;
}

/* --- finding --- */

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

/* One run of a function's body. */
typedef struct body_run {
    tm_xpath_call *call;
    tm_xpath_body *body;
    xmlXPathObjectPtr result;
} body_run;

static void run_in_scratch(void *argument)
{
    body_run *run = argument;
    run->result = run->body(run->call);
}

/* Out of memory comes back here, for libxml2 to clean up; NULL then. */
static xmlXPathObjectPtr run_body(tm_xpath_call *c, tm_xpath_body *body)
{
    body_run run = {.call = c, .body = body};
    if (!c->run->scratch)
        c->run->scratch = tm_arena_new(c->run->heap);
    c->arena = c->run->scratch;
    if (!c->arena)
        return NULL;
    return tm_arena_try(c->arena, run_in_scratch, &run) ? run.result : NULL;
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
    tm_xpath_call c = {.parser = parser,
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
