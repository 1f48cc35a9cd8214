/* XPath parse: expressions of XPath 1.0 to trees, by recursive descent.
 * Work: of rules alone: expressions, which are literals.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xpath_lex.h"
#include "vm/convert.h"

enum { ARGUMENTS_MOST = 256 };

static tm_xpath_expr *join(tm_xpath_parser *p, tm_xpath_kind kind, tm_xpath_expr *left,
                           tm_xpath_expr *right)
{
    return left && right ? tm_xpath_make(p, kind, left, right) : NULL;
}

/* --- primary expressions --- */

static bool parse_arguments(tm_xpath_parser *p, tm_xpath_expr *call)
{
    tm_xpath_expr *argument[ARGUMENTS_MOST];
    if (tm_xpath_take(p, ")"))
        return true;
    do {
        tm_xpath_expr *e =
            call->arguments < ARGUMENTS_MOST ? tm_xpath_parse_expr(p) : tm_xpath_malformed(p);
        if (!e)
            return false;
        argument[call->arguments++] = e;
        call->positional |= e->positional;
        call->constant &= e->constant;
        if (call->depth <= e->depth)
            call->depth = e->depth + 1;
    } while (tm_xpath_take(p, ","));
    call->argument = tm_arena_alloc(p->arena, call->arguments * sizeof *argument);
    memcpy(call->argument, argument, call->arguments * sizeof *argument);
    return tm_xpath_take(p, ")") || tm_xpath_malformed(p);
}

/* A pattern that is written as a literal is compiled once; a bad one of replace() fails later. */
static bool compile_pattern(tm_xpath_parser *p, tm_xpath_expr *call)
{
    const bool matches = tm_text_is(call->name, "matches");
    if ((!matches && !tm_text_is(call->name, "replace")) ||
        call->argument[1]->kind != TM_XPATH_TEXT)
        return true;
    tm_text error;
    size_t where;
    call->regex = tm_regex_new(p->arena, call->argument[1]->name, &error, &where);
    return call->regex || !matches || tm_xpath_wrong(p, "a regular expression in it is bad");
}

/* Calls without arguments may be about the context node, its position or its set's size. */
static void settle_call(tm_xpath_parser *p, tm_xpath_expr *call)
{
    const tm_text name = call->name;
    call->positional |= tm_text_is(name, "position") || tm_text_is(name, "last");
    call->constant &= call->arguments > 0 || tm_text_is(name, "true") || tm_text_is(name, "false");
    call->constant &= !call->positional;
    p->asks_namespaces |= tm_text_is(name, "namespace-uri");
}

static tm_xpath_expr *parse_call(tm_xpath_parser *p, tm_text name)
{
    tm_xpath_expr *call = tm_xpath_make(p, TM_XPATH_CALL, NULL, NULL);
    const tm_xpath_function *f = tm_xpath_function_find(name);
    call->name = name;
    call->function = f;
    if (!tm_xpath_take(p, "(") || !parse_arguments(p, call))
        return NULL;
    if (!f)
        return tm_xpath_wrong(p, "it calls an unknown function");
    if (call->arguments < f->least)
        return tm_xpath_wrong(p, "a function in it lacks arguments");
    if (call->arguments > f->most)
        return tm_xpath_wrong(p, "a function in it has too many arguments");
    settle_call(p, call);
    return compile_pattern(p, call) ? call : NULL;
}

/* The name of the function if a call stands here; the prefix that it may have means nothing. */
static tm_text peek_call(const tm_xpath_parser *p)
{
    tm_xpath_parser ahead = *p;
    tm_xpath_test test;
    tm_text name = tm_xpath_take_name(&ahead);
    if (name.n && ahead.rest.n > 1 && ahead.rest.p[0] == ':' && ahead.rest.p[1] != ':') {
        ahead.rest = tm_text_skip(ahead.rest, 1);
        name = tm_xpath_take_name(&ahead);
    }
    return name.n && tm_xpath_at(&ahead, "(") && !tm_xpath_find_test(name, &test) ? name
                                                                                  : TM_TEXT("");
}

static tm_xpath_expr *parse_number(tm_xpath_parser *p)
{
    size_t n = 0, points = 0;
    while (n < p->rest.n &&
           ((p->rest.p[n] >= '0' && p->rest.p[n] <= '9') || (p->rest.p[n] == '.' && points == 0)))
        points += p->rest.p[n++] == '.';
    tm_xpath_expr *e = tm_xpath_make(p, TM_XPATH_NUMBER, NULL, NULL);
    if (!tm_double_read(tm_text_slice(p->rest.p, n), &e->number))
        return tm_xpath_malformed(p);
    p->rest = tm_text_skip(p->rest, n);
    return e;
}

static bool at_number(const tm_xpath_parser *p)
{
    const bool point = p->rest.n > 1 && p->rest.p[0] == '.';
    const char c = p->rest.n ? p->rest.p[point] : 0;
    return c >= '0' && c <= '9';
}

/* NULL without an error: none stands here. */
static tm_xpath_expr *parse_primary(tm_xpath_parser *p)
{
    tm_text text;
    const tm_text name = peek_call(p);
    tm_xpath_skip_space(p);
    if (tm_xpath_at(p, "$"))
        return tm_xpath_wrong(p, "there are no variables");
    if (name.n) {
        p->rest = tm_text_skip(p->rest, (size_t)(name.p + name.n - p->rest.p));
        return parse_call(p, name);
    }
    if (tm_xpath_take(p, "(")) {
        tm_xpath_expr *inner = tm_xpath_parse_expr(p);
        return inner && tm_xpath_take(p, ")") ? inner : tm_xpath_malformed(p);
    }
    if (at_number(p))
        return parse_number(p);
    if (!tm_xpath_take_literal(p, &text))
        return NULL;
    tm_xpath_expr *e = tm_xpath_make(p, TM_XPATH_TEXT, NULL, NULL);
    e->name = text;
    return e;
}

/* --- paths --- */

static tm_xpath_expr *parse_filter(tm_xpath_parser *p, tm_xpath_expr *primary)
{
    if (tm_xpath_at(p, "[")) {
        primary = tm_xpath_make(p, TM_XPATH_FILTER, primary, NULL);
        if (!primary || !tm_xpath_parse_predicates(p, primary))
            return NULL;
    }
    if (tm_xpath_take(p, "//"))
        return tm_xpath_parse_steps(
            p, tm_xpath_make_step(p, primary, TM_AXIS_DESCENDANT_OR_SELF, TM_TEST_NODE));
    return tm_xpath_take(p, "/") ? tm_xpath_parse_steps(p, primary) : primary;
}

/* What a step may start with. */
static bool at_step(tm_xpath_parser *p)
{
    return tm_xpath_at(p, ".") || tm_xpath_at(p, "@") || tm_xpath_at(p, "*") ||
           tm_xpath_name_bytes(p->rest);
}

static tm_xpath_expr *parse_path(tm_xpath_parser *p)
{
    tm_xpath_expr *primary = parse_primary(p);
    if (primary || p->error)
        return primary ? parse_filter(p, primary) : NULL;
    tm_xpath_expr *root = tm_xpath_make(p, TM_XPATH_ROOT, NULL, NULL);
    if (tm_xpath_take(p, "//"))
        return tm_xpath_parse_steps(
            p, tm_xpath_make_step(p, root, TM_AXIS_DESCENDANT_OR_SELF, TM_TEST_NODE));
    if (tm_xpath_take(p, "/"))
        return at_step(p) ? tm_xpath_parse_steps(p, root) : root;
    return tm_xpath_parse_steps(p, tm_xpath_make(p, TM_XPATH_HERE, NULL, NULL));
}

/* --- operators, from the strongest to the weakest --- */

static tm_xpath_expr *parse_union(tm_xpath_parser *p)
{
    tm_xpath_expr *e = parse_path(p);
    while (e && tm_xpath_take(p, "|"))
        e = join(p, TM_XPATH_UNION, e, parse_path(p));
    return e;
}

static tm_xpath_expr *parse_unary(tm_xpath_parser *p)
{
    bool minus = false;
    while (tm_xpath_take(p, "-"))
        minus = !minus;
    tm_xpath_expr *e = parse_union(p);
    return e && minus ? tm_xpath_make(p, TM_XPATH_NEGATE, e, NULL) : e;
}

static tm_xpath_expr *parse_product(tm_xpath_parser *p)
{
    tm_xpath_expr *e = parse_unary(p);
    while (e) {
        const tm_xpath_kind kind = tm_xpath_take(p, "*")          ? TM_XPATH_TIMES
                                   : tm_xpath_take_word(p, "div") ? TM_XPATH_DIV
                                   : tm_xpath_take_word(p, "mod") ? TM_XPATH_MOD
                                                                  : TM_XPATH_NUMBER;
        if (kind == TM_XPATH_NUMBER)
            return e;
        e = join(p, kind, e, parse_unary(p));
    }
    return NULL;
}

static tm_xpath_expr *parse_sum(tm_xpath_parser *p)
{
    tm_xpath_expr *e = parse_product(p);
    while (e && (tm_xpath_at(p, "+") || tm_xpath_at(p, "-"))) {
        const bool plus = tm_xpath_take(p, "+");
        if (!plus)
            tm_xpath_take(p, "-");
        e = join(p, plus ? TM_XPATH_PLUS : TM_XPATH_MINUS, e, parse_product(p));
    }
    return e;
}

static tm_xpath_expr *parse_relation(tm_xpath_parser *p)
{
    tm_xpath_expr *e = parse_sum(p);
    while (e && (tm_xpath_at(p, "<") || tm_xpath_at(p, ">"))) {
        const tm_xpath_kind kind = tm_xpath_take(p, "<=")   ? TM_XPATH_LE
                                   : tm_xpath_take(p, ">=") ? TM_XPATH_GE
                                   : tm_xpath_take(p, "<")  ? TM_XPATH_LT
                                                            : TM_XPATH_GT;
        if (kind == TM_XPATH_GT)
            tm_xpath_take(p, ">");
        e = join(p, kind, e, parse_sum(p));
    }
    return e;
}

static tm_xpath_expr *parse_equality(tm_xpath_parser *p)
{
    tm_xpath_expr *e = parse_relation(p);
    while (e && (tm_xpath_at(p, "=") || tm_xpath_at(p, "!="))) {
        const bool equal = tm_xpath_take(p, "=");
        if (!equal)
            tm_xpath_take(p, "!=");
        e = join(p, equal ? TM_XPATH_EQ : TM_XPATH_NE, e, parse_relation(p));
    }
    return e;
}

static tm_xpath_expr *parse_and(tm_xpath_parser *p)
{
    tm_xpath_expr *e = parse_equality(p);
    while (e && tm_xpath_take_word(p, "and"))
        e = join(p, TM_XPATH_AND, e, parse_equality(p));
    return e;
}

tm_xpath_expr *tm_xpath_parse_expr(tm_xpath_parser *p)
{
    if (++p->depth > TM_XPATH_DEPTH_MOST)
        return tm_xpath_wrong(p, "it is nested too deeply");
    tm_xpath_expr *e = parse_and(p);
    while (e && tm_xpath_take_word(p, "or"))
        e = join(p, TM_XPATH_OR, e, parse_and(p));
    p->depth--;
    return e;
}

/* --- constants in predicates --- */

typedef struct keeping {
    tm_arena *arena;
    const tm_xpath_expr **constant;
    uint32_t n, room;
} keeping;

/* Numbers what does not depend on its context, so that it is evaluated once and not for each node;
 * `inside` a predicate. */
static void keep_constants(keeping *k, tm_xpath_expr *e, bool inside)
{
    if (!e || (inside && (e->kind == TM_XPATH_NUMBER || e->kind == TM_XPATH_TEXT)))
        return;
    if (inside && e->constant && e->kind != TM_XPATH_ROOT) {
        if (k->n == k->room) {
            const uint32_t room = k->room ? 2 * k->room : 4;
            k->constant = tm_arena_grow(k->arena, k->constant, k->room * sizeof *k->constant,
                                        room * sizeof *k->constant);
            k->room = room;
        }
        k->constant[k->n++] = e;
        e->kept = k->n;
        inside = false; /* it is evaluated once; predicates in it are not */
    }
    keep_constants(k, e->left, inside);
    keep_constants(k, e->right, inside);
    for (unsigned i = 0; i < e->arguments; i++)
        keep_constants(k, e->argument[i], inside);
    for (tm_xpath_predicate *of = e->predicate; of; of = of->next)
        keep_constants(k, (tm_xpath_expr *)of->expr, true);
}

tm_xpath *tm_xpath_new(tm_arena *arena, tm_text expression, const char **error)
{
    tm_xpath_parser p = {.arena = arena, .rest = tm_arena_copy(arena, expression)};
    tm_xpath_expr *e = tm_xpath_parse_expr(&p);
    tm_xpath_skip_space(&p);
    if (e && p.rest.n)
        e = tm_xpath_malformed(&p);
    if (!e && !p.error)
        tm_xpath_malformed(&p);
    *error = p.error;
    if (p.error)
        return NULL;
    keeping k = {.arena = arena};
    keep_constants(&k, e, false);
    tm_xpath *xpath = TM_NEW(arena, tm_xpath);
    *xpath = (tm_xpath){
        .expr = e, .constant = k.constant, .constants = k.n, .asks_namespaces = p.asks_namespaces};
    return xpath;
}
