/* XPath path: steps, their tests and predicates.
 * Work: of rules alone: expressions, which are literals.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xpath_lex.h"

bool tm_xpath_parse_predicates(tm_xpath_parser *p, tm_xpath_expr *to)
{
    tm_xpath_predicate **end = &to->predicate;
    while (tm_xpath_take(p, "[")) {
        *end = TM_NEW(p->arena, tm_xpath_predicate);
        const tm_xpath_expr *inner = tm_xpath_parse_expr(p);
        if (!inner || !tm_xpath_take(p, "]"))
            return tm_xpath_malformed(p);
        (*end)->expr = inner;
        end = &(*end)->next;
        if (to->depth <= inner->depth)
            to->depth = inner->depth + 1;
    }
    return to->depth <= TM_XPATH_DEPTH_MOST || tm_xpath_wrong(p, "it is nested too deeply");
}

static bool find_axis(tm_text name, tm_xpath_axis *axis)
{
    static const char *const names[] = {[TM_AXIS_ANCESTOR] = "ancestor",
                                        [TM_AXIS_ANCESTOR_OR_SELF] = "ancestor-or-self",
                                        [TM_AXIS_ATTRIBUTE] = "attribute",
                                        [TM_AXIS_CHILD] = "child",
                                        [TM_AXIS_DESCENDANT] = "descendant",
                                        [TM_AXIS_DESCENDANT_OR_SELF] = "descendant-or-self",
                                        [TM_AXIS_FOLLOWING] = "following",
                                        [TM_AXIS_FOLLOWING_SIBLING] = "following-sibling",
                                        [TM_AXIS_PARENT] = "parent",
                                        [TM_AXIS_PRECEDING] = "preceding",
                                        [TM_AXIS_PRECEDING_SIBLING] = "preceding-sibling",
                                        [TM_AXIS_SELF] = "self"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (tm_text_is(name, names[i])) {
            *axis = (tm_xpath_axis)i;
            return true;
        }
    return false;
}

/* Takes "child::" or "@". False: there is an axis that is unknown. */
static bool take_axis(tm_xpath_parser *p, tm_xpath_axis *axis)
{
    const tm_text before = p->rest;
    *axis = TM_AXIS_CHILD;
    if (tm_xpath_take(p, "@")) {
        *axis = TM_AXIS_ATTRIBUTE;
        return true;
    }
    const tm_text name = tm_xpath_take_name(p);
    if (name.n && tm_xpath_take(p, "::")) {
        if (tm_text_is(name, "namespace"))
            return tm_xpath_wrong(p, "the axis namespace is unknown");
        return find_axis(name, axis) || tm_xpath_malformed(p);
    }
    p->rest = before;
    return true;
}

bool tm_xpath_find_test(tm_text name, tm_xpath_test *test)
{
    static const char *const names[] = {[TM_TEST_NODE] = "node",
                                        [TM_TEST_TEXT] = "text",
                                        [TM_TEST_COMMENT] = "comment",
                                        [TM_TEST_INSTRUCTION] = "processing-instruction"};
    for (unsigned i = TM_TEST_NODE; i < sizeof names / sizeof *names; i++)
        if (tm_text_is(name, names[i])) {
            *test = (tm_xpath_test)i;
            return true;
        }
    return false;
}

/* "*", "p:*", "name", "p:name". */
static bool parse_name_test(tm_xpath_parser *p, tm_xpath_expr *step)
{
    if (tm_xpath_take(p, "*"))
        return true;
    step->name = tm_xpath_take_name(p);
    if (!step->name.n)
        return tm_xpath_malformed(p);
    if (p->rest.n < 2 || p->rest.p[0] != ':' || p->rest.p[1] == ':')
        return true;
    p->rest = tm_text_skip(p->rest, 1);
    step->prefix = step->name;
    step->name = tm_text_slice(p->rest.p, tm_xpath_name_bytes(p->rest));
    p->rest = tm_text_skip(p->rest, step->name.n);
    return step->name.n || tm_xpath_take(p, "*") || tm_xpath_malformed(p);
}

static bool parse_test(tm_xpath_parser *p, tm_xpath_expr *step)
{
    const tm_text before = p->rest, name = tm_xpath_take_name(p);
    if (!tm_xpath_at(p, "(") || !tm_xpath_find_test(name, &step->test)) {
        p->rest = before;
        return parse_name_test(p, step);
    }
    tm_xpath_take(p, "(");
    if (step->test == TM_TEST_INSTRUCTION)
        tm_xpath_take_literal(p, &step->name);
    return tm_xpath_take(p, ")") || tm_xpath_malformed(p);
}

/* Steps from all nodes below and then to a child are one step: nobody counts in between. */
static void shorten(tm_xpath_expr *step)
{
    const tm_xpath_expr *over = step->left;
    if (step->predicate || over->kind != TM_XPATH_STEP || over->predicate ||
        over->axis != TM_AXIS_DESCENDANT_OR_SELF || over->test != TM_TEST_NODE)
        return;
    if (step->axis == TM_AXIS_CHILD || step->axis == TM_AXIS_DESCENDANT)
        step->axis = TM_AXIS_DESCENDANT;
    else if (step->axis == TM_AXIS_SELF || step->axis == TM_AXIS_DESCENDANT_OR_SELF)
        step->axis = TM_AXIS_DESCENDANT_OR_SELF;
    else
        return;
    step->left = over->left;
}

static tm_xpath_expr *parse_step(tm_xpath_parser *p, tm_xpath_expr *from)
{
    const bool up = tm_xpath_at(p, ".."), dot = tm_xpath_at(p, ".") && !up;
    tm_xpath_axis axis = up ? TM_AXIS_PARENT : TM_AXIS_SELF;
    if (up || dot)
        tm_xpath_take(p, up ? ".." : ".");
    else if (!take_axis(p, &axis))
        return NULL;
    tm_xpath_expr *step =
        tm_xpath_make_step(p, from, axis, up || dot ? TM_TEST_NODE : TM_TEST_NAME);
    if (!step || (!up && !dot && !parse_test(p, step)) || !tm_xpath_parse_predicates(p, step))
        return NULL;
    shorten(step);
    return step;
}

tm_xpath_expr *tm_xpath_parse_steps(tm_xpath_parser *p, tm_xpath_expr *from)
{
    for (;;) {
        from = parse_step(p, from);
        if (!from || !tm_xpath_at(p, "/"))
            return from;
        if (tm_xpath_take(p, "//"))
            from = tm_xpath_make_step(p, from, TM_AXIS_DESCENDANT_OR_SELF, TM_TEST_NODE);
        else
            tm_xpath_take(p, "/");
    }
}
