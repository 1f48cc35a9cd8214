/* XPath lex: tokens of expressions, and the making of trees.
 * Work: of rules alone: expressions, which are literals.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xpath_lex.h"

#include "base/utf8.h"
#include "stdlib/xml/xml_lex.h"

tm_xpath_expr *tm_xpath_wrong(tm_xpath_parser *p, const char *why)
{
    p->error = p->error ? p->error : why;
    return NULL;
}

tm_xpath_expr *tm_xpath_malformed(tm_xpath_parser *p)
{
    return tm_xpath_wrong(p, "it is malformed");
}

void tm_xpath_skip_space(tm_xpath_parser *p)
{
    while (p->rest.n && memchr(" \t\r\n", p->rest.p[0], 4))
        p->rest = tm_text_skip(p->rest, 1);
}

bool tm_xpath_at(tm_xpath_parser *p, const char *token)
{
    tm_xpath_skip_space(p);
    return tm_text_starts(p->rest, tm_text_of(token));
}

bool tm_xpath_take(tm_xpath_parser *p, const char *token)
{
    if (!tm_xpath_at(p, token))
        return false;
    p->rest = tm_text_skip(p->rest, strlen(token));
    return true;
}

size_t tm_xpath_name_bytes(tm_text t)
{
    size_t n = 0, width;
    for (; n < t.n; n += width) {
        const uint32_t rune = tm_utf8_next(tm_text_skip(t, n), &width);
        if (rune == ':' || (rune == 0xfffd && width == 1) || !tm_xml_is_name_rune(rune, n == 0))
            break;
    }
    return n;
}

tm_text tm_xpath_take_name(tm_xpath_parser *p)
{
    tm_xpath_skip_space(p);
    const tm_text name = tm_text_slice(p->rest.p, tm_xpath_name_bytes(p->rest));
    p->rest = tm_text_skip(p->rest, name.n);
    return name;
}

bool tm_xpath_take_word(tm_xpath_parser *p, const char *word)
{
    tm_xpath_skip_space(p);
    if (!tm_text_is(tm_text_slice(p->rest.p, tm_xpath_name_bytes(p->rest)), word))
        return false;
    p->rest = tm_text_skip(p->rest, strlen(word));
    return true;
}

bool tm_xpath_take_literal(tm_xpath_parser *p, tm_text *text)
{
    tm_xpath_skip_space(p);
    if (!p->rest.n || (p->rest.p[0] != '"' && p->rest.p[0] != '\''))
        return false;
    const char *end = memchr(p->rest.p + 1, p->rest.p[0], p->rest.n - 1);
    if (!end)
        return tm_xpath_malformed(p);
    *text = tm_text_slice(p->rest.p + 1, (size_t)(end - p->rest.p) - 1);
    p->rest = tm_text_skip(p->rest, text->n + 2);
    return true;
}

/* --- making expressions --- */

tm_xpath_expr *tm_xpath_make(tm_xpath_parser *p, tm_xpath_kind kind, tm_xpath_expr *left,
                             tm_xpath_expr *right)
{
    tm_xpath_expr *e = TM_NEW(p->arena, tm_xpath_expr);
    const unsigned a = left ? left->depth : 0, b = right ? right->depth : 0;
    *e = (tm_xpath_expr){.kind = kind, .left = left, .right = right, .depth = 1 + (a > b ? a : b)};
    e->positional = (left && left->positional) || (right && right->positional);
    e->constant = kind != TM_XPATH_HERE && (!left || left->constant) && (!right || right->constant);
    return e->depth > TM_XPATH_DEPTH_MOST ? tm_xpath_wrong(p, "it is nested too deeply") : e;
}

tm_xpath_expr *tm_xpath_make_step(tm_xpath_parser *p, tm_xpath_expr *from, tm_xpath_axis axis,
                                  tm_xpath_test test)
{
    tm_xpath_expr *step = from ? tm_xpath_make(p, TM_XPATH_STEP, from, NULL) : NULL;
    if (!step)
        return NULL;
    step->axis = axis;
    step->test = test;
    return step;
}
