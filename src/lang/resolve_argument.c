/* Resolve: arguments, by the kind of their parameter (language.md 1.3).
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/resolve.h"

#include "stdlib/fn.h"

/* What may stand for a parameter of each kind. */
typedef enum shape { VALUE, TOKEN, TOKENS, LIST, PATH, FUNCTION, LAMBDA, LAZY_LIST } shape;

static const struct kind_row {
    shape shape;
    tm_node_kind token; /* TOKEN, TOKENS: the only node that fits */
    tm_kind element;    /* LIST: kind of the elements */
    const char *words;
} kinds[] = {
    [TM_KIND_ANY] = {.shape = VALUE, .words = "a value"},
    [TM_KIND_STRING] = {.shape = VALUE, .words = "a string"},
    [TM_KIND_INT] = {.shape = VALUE, .words = "an int"},
    [TM_KIND_DOUBLE] = {.shape = VALUE, .words = "a double"},
    [TM_KIND_BOOL] = {.shape = VALUE, .words = "a bool"},
    [TM_KIND_MAP] = {.shape = VALUE, .words = "a map"},
    [TM_KIND_LIST] = {.shape = VALUE, .words = "a list"},
    [TM_KIND_TIME] = {.shape = VALUE, .words = "a time"},
    [TM_KIND_DURATION] = {.shape = VALUE, .words = "a duration"},
    [TM_KIND_TO_STRING] = {.shape = VALUE, .words = "something with a text form"},
    [TM_KIND_TO_INT] = {.shape = VALUE, .words = "something that can be an int"},
    [TM_KIND_TO_DOUBLE] = {.shape = VALUE, .words = "something that can be a double"},
    [TM_KIND_TO_BOOL] = {.shape = VALUE, .words = "something that can be a bool"},
    [TM_KIND_TO_BYTES] = {.shape = VALUE, .words = "something that can be bytes"},
    [TM_KIND_LITERAL_STRING] = {.shape = TOKEN,
                                .token = TM_NODE_STRING,
                                .words = "a literal string"},
    [TM_KIND_LITERAL_INT] = {.shape = TOKEN,
                             .token = TM_NODE_INT,
                             .words = "a literal int without sign"},
    [TM_KIND_LITERAL_DOUBLE] = {.shape = TOKEN,
                                .token = TM_NODE_DOUBLE,
                                .words = "a literal double without sign"},
    [TM_KIND_LITERAL_BOOL] = {.shape = TOKEN, .token = TM_NODE_BOOL, .words = "true or false"},
    [TM_KIND_LITERAL_STRINGS] = {.shape = TOKENS,
                                 .token = TM_NODE_STRING,
                                 .words = "a list of literal strings"},
    [TM_KIND_LIST_OF_ANY] = {.shape = LIST, .element = TM_KIND_ANY, .words = "a list of values"},
    [TM_KIND_LIST_OF_STRING] = {.shape = LIST,
                                .element = TM_KIND_STRING,
                                .words = "a list of strings"},
    [TM_KIND_LIST_OF_TO_STRING] = {.shape = LIST,
                                   .element = TM_KIND_TO_STRING,
                                   .words = "a list of things with a text form"},
    [TM_KIND_PATH] = {.shape = PATH, .words = "a path"},
    [TM_KIND_PATH_MAP] = {.shape = PATH, .words = "the path of a map"},
    [TM_KIND_PATH_LIST] = {.shape = PATH, .words = "the path of a list"},
    [TM_KIND_FUNCTION] = {.shape = FUNCTION, .words = "a converter's name"},
    [TM_KIND_LAMBDA] = {.shape = LAMBDA, .words = "a lambda expression"},
    [TM_KIND_LAZY] = {.shape = VALUE, .words = "a value"},
    [TM_KIND_LIST_OF_LAZY] = {.shape = LAZY_LIST, .words = "a list of values"},
};

typedef struct binding_of {
    const tm_function *function;
    const tm_parameter *parameter;
    const struct kind_row *row;
} binding_of;

/* Lazy parameters of strings are spoken of as strings. */
static const char *words_of(const binding_of *b)
{
    if (b->parameter->forced == TM_KIND_ANY)
        return b->row->words;
    return kinds[b->row->shape == LAZY_LIST ? TM_KIND_LIST_OF_STRING : b->parameter->forced].words;
}

static bool wrong_form(tm_resolver *r, const binding_of *b, const tm_node *node)
{
    return tm_diag_error(r->diags, r->source, node->place,
                         b->row->shape == LAMBDA ? "E0231" : "E0217",
                         "argument %.*s of %s must be %s but is %s", TM_PRI(b->parameter->name),
                         b->function->name, words_of(b), tm_node_noun(node->kind));
}

/* Checks and coerces a literal now, so that a rule that can only fail does not build. */
static bool fit_literal(tm_resolver *r, const binding_of *b, tm_kind kind, tm_expr *e)
{
    tm_value fitted = e->value;
    if (tm_value_fit(&r->vm, kind, &fitted)) {
        if (!b->parameter->tested)
            e->value = fitted;
        return true;
    }
    tm_diag_error(r->diags, r->source, e->place, "E0218",
                  "argument %.*s of %s must be %s but is a literal %s", TM_PRI(b->parameter->name),
                  b->function->name, words_of(b), tm_type_name(e->value.type));
    /* A coercion says why it failed; of the strict kinds there is nothing to add. */
    if (kind >= TM_KIND_TO_STRING && kind <= TM_KIND_TO_BYTES)
        tm_diag_hint(r->diags, "%.*s", TM_PRI(r->vm.error));
    return false;
}

static bool bind_value(tm_resolver *r, const binding_of *b, const tm_node *node, tm_bound *bound)
{
    bound->value = tm_resolve_value(r, node);
    if (!bound->value)
        return false;
    bound->literal = bound->value->literal;
    bound->written_list = node->kind == TM_NODE_LIST;
    if (!bound->literal)
        return true;
    bool lazy = b->parameter->kind == TM_KIND_LAZY;
    return fit_literal(r, b, lazy ? b->parameter->forced : b->parameter->kind, bound->value);
}

static bool bind_token(tm_resolver *r, const binding_of *b, const tm_node *node, tm_bound *bound)
{
    if (node->kind != b->row->token)
        return wrong_form(r, b, node);
    bound->value = tm_resolve_value(r, node);
    bound->literal = true;
    return true;
}

static bool bind_tokens(tm_resolver *r, const binding_of *b, const tm_node *node, tm_bound *bound)
{
    if (node->kind != TM_NODE_LIST)
        return wrong_form(r, b, node);
    for (const tm_node *item = node->first; item; item = item->next)
        if (item->kind != b->row->token)
            return wrong_form(r, b, item);
    bound->value = tm_resolve_value(r, node);
    bound->literal = bound->written_list = true;
    return true;
}

/* [..]* also takes what yields a list when it runs, and for elements with a text form nil (no list)
 * and bytes (a list of numbers). */
static bool is_dynamic_list(const binding_of *b, const tm_expr *e)
{
    bool listed = e->value.type == TM_NIL || e->value.type == TM_BYTES;
    return !e->literal || (listed && b->row->element == TM_KIND_TO_STRING);
}

/* A list literal whose elements follow the element kind. */
static bool bind_list(tm_resolver *r, const binding_of *b, const tm_node *node, tm_bound *bound)
{
    const bool written = node->kind == TM_NODE_LIST;
    if (!written && !b->parameter->or_dynamic)
        return wrong_form(r, b, node);
    tm_expr *e = bound->value = tm_resolve_value(r, node);
    if (!e)
        return false;
    if (!written && !is_dynamic_list(b, e))
        return wrong_form(r, b, node);
    bound->written_list = written;
    bound->literal = e->literal;
    if (e->literal)
        return !written || fit_literal(r, b, b->parameter->kind, e);
    bool ok = true;
    if (e->kind == TM_EXPR_LIST)
        for (tm_expr *item = e->first; item; item = item->next)
            ok &= !item->literal || fit_literal(r, b, b->row->element, item);
    return ok;
}

static bool bind_lazy_list(tm_resolver *r, const binding_of *b, const tm_node *node,
                           tm_bound *bound)
{
    if (node->kind != TM_NODE_LIST)
        return wrong_form(r, b, node);
    tm_expr *last = NULL;
    bool ok = true;
    bound->written_list = bound->literal = true;
    for (const tm_node *item = node->first; item; item = item->next) {
        tm_expr *e = tm_resolve_value(r, item);
        ok = ok && e;
        if (!e)
            continue;
        ok = (!e->literal || fit_literal(r, b, b->parameter->forced, e)) && ok;
        tm_expr_append(&bound->value, &last, e);
        bound->literal = bound->literal && e->literal;
    }
    return ok;
}

static bool bind_path(tm_resolver *r, const binding_of *b, const tm_node *node, tm_bound *bound)
{
    if (node->kind != TM_NODE_PATH || tm_resolve_local(r, node->segments->name))
        return wrong_form(r, b, node);
    tm_expr *e = bound->value = tm_resolve_path(r, node);
    if (!e)
        return false;
    if (e->path->level != TM_LEVELS)
        r->writes |= (uint8_t)(1u << e->path->level);
    if (e->path->access == TM_ACCESS_EVENTS)
        r->writes |= (uint8_t)(1u << TM_EVENT);
    return true;
}

static bool bind_function(tm_resolver *r, const binding_of *b, const tm_node *node, tm_bound *bound)
{
    if (node->kind != TM_NODE_FUNCTION && node->kind != TM_NODE_ENUM)
        return wrong_form(r, b, node);
    bound->function = tm_function_find_with(r->compiler->functions, node->name);
    if (bound->function)
        return true;
    const char *without = tm_optional_lacks(node->name);
    if (without)
        return tm_resolve_left_out(r, node->name, node->place, without);
    return tm_diag_error(r->diags, r->source, node->place, "E0210", "undefined function %.*s",
                         TM_PRI(node->name));
}

static bool bind_lambda(tm_resolver *r, const binding_of *b, const tm_node *node, tm_bound *bound)
{
    if (node->kind != TM_NODE_LAMBDA)
        return wrong_form(r, b, node);
    bound->value = tm_resolve_lambda(r, node, b->parameter->lambda_parameters);
    return bound->value != NULL;
}

static bool bind_node(tm_resolver *r, const binding_of *b, const tm_node *node, tm_bound *bound)
{
    static bool (*const bind[])(tm_resolver *, const binding_of *, const tm_node *, tm_bound *) = {
        [VALUE] = bind_value,   [TOKEN] = bind_token,         [TOKENS] = bind_tokens,
        [LIST] = bind_list,     [PATH] = bind_path,           [FUNCTION] = bind_function,
        [LAMBDA] = bind_lambda, [LAZY_LIST] = bind_lazy_list,
    };
    return bind[b->row->shape](r, b, node, bound);
}

typedef struct followed {
    const binding_of *b;
    tm_bound *bound;
} followed;

/* What a let or a parameter stands for is bound as if it were written there. */
static bool bind_followed(tm_resolver *r, const tm_node *node, void *owner)
{
    const followed *f = owner;
    bool done;
    return tm_resolve_follow(r, node, bind_followed, owner, &done)
               ? done
               : bind_node(r, f->b, node, f->bound);
}

bool tm_resolve_argument(tm_resolver *r, const tm_function *function, const tm_parameter *parameter,
                         const tm_node *node, tm_bound *bound)
{
    binding_of b = {.function = function, .parameter = parameter, .row = &kinds[parameter->kind]};
    bound->given = true;
    bound->place = r->inlining ? r->inlining->place : node->place;
    return bind_followed(r, node, &(followed){.b = &b, .bound = bound});
}

/* A body is read as a value where it can be one: only then a call in it needs no bool. */
static bool is_condition(const tm_node *node)
{
    if (node->kind != TM_NODE_GROUP)
        return node->kind == TM_NODE_COMPARE || node->kind == TM_NODE_NOT ||
               node->kind == TM_NODE_AND || node->kind == TM_NODE_OR;
    return node->first->kind == TM_NODE_BOOL || is_condition(node->first);
}

static bool check_parameters(tm_resolver *r, const tm_node *node, unsigned parameters)
{
    unsigned n = 0;
    for (const tm_segment *p = node->parameters; p; p = p->next, n++)
        for (const tm_segment *q = node->parameters; q != p; q = q->next)
            if (tm_text_equal(p->name, q->name) && !tm_text_is(p->name, "_")) {
                tm_diag_error(r->diags, r->source, p->place, "E0233",
                              "lambda parameter %.*s is declared twice", TM_PRI(p->name));
                return tm_diag_other(r->diags, q->place);
            }
    if (n == parameters)
        return true;
    tm_diag_error(r->diags, r->source, node->place, "E0232",
                  "the lambda should have exactly %u parameter%s but has %u", parameters,
                  parameters == 1 ? "" : "s", n);
    return tm_diag_hint(r->diags, "write _ for a parameter that is not used");
}

tm_expr *tm_resolve_lambda(tm_resolver *r, const tm_node *node, unsigned parameters)
{
    if (!check_parameters(r, node, parameters))
        return NULL;
    tm_expr *e = tm_expr_new(r, TM_EXPR_LAMBDA, node->place);
    e->binding = TM_NEW_ARRAY(r->arena, parameters, tm_binding);
    for (const tm_segment *p = node->parameters; p; p = p->next)
        e->binding[e->n++].name = p->name;
    tm_scope scope = {.outer = r->scope, .binding = e->binding, .n = e->n};
    r->scope = &scope;
    e->first = is_condition(node->first) ? tm_resolve_condition(r, node->first)
                                         : tm_resolve_value(r, node->first);
    r->scope = scope.outer;
    return e->first ? e : NULL;
}
