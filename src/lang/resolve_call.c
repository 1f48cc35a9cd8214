/* Resolve: calls, their functions and how arguments meet parameters (language.md 1.3).
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/resolve.h"

#include "lang/definition.h"
#include "stdlib/fn.h"
#include "stdlib/library.h"

#include <assert.h>

enum { FUNCTIONS_MOST = 256 };

static bool is_editor(tm_text name)
{
    return name.n && name.p[0] >= 'a' && name.p[0] <= 'z';
}

static tm_place name_place(const tm_node *node)
{
    return node->name_place.n ? node->name_place : node->place;
}

bool tm_resolve_left_out(tm_resolver *r, tm_text function, tm_place place, const char *without)
{
    return tm_diag_error(r->diags, r->source, place, "E0290",
                         "%.*s is not in this build: built WITHOUT=%s", TM_PRI(function), without);
}

/* The rule file that tamis brings along and that defines the name; NULL: none. */
static const char *library_of(tm_arena *arena, tm_text name)
{
    const tm_text head = tm_arena_print(arena, "\ndef %.*s(", TM_PRI(name));
    const tm_library_file *file;
    for (unsigned i = 0; (file = tm_library_at(i)) != NULL; i++)
        if (strstr(file->text, head.p))
            return file->name;
    return NULL;
}

static const tm_function *undefined(tm_resolver *r, const tm_node *node)
{
    tm_text name[FUNCTIONS_MOST];
    size_t n = 0;
    const char *without = tm_optional_lacks(node->name);
    if (without) {
        tm_resolve_left_out(r, node->name, name_place(node), without);
        return NULL;
    }
    const tm_function *f;
    for (unsigned i = 0;
         n < FUNCTIONS_MOST && (f = tm_function_at_with(r->compiler->functions, i)) != NULL; i++) {
        tm_text candidate = tm_text_of(f->name);
        if (is_editor(candidate) == is_editor(node->name))
            name[n++] = candidate;
    }
    const tm_definitions *ours = r->compiler->definitions;
    for (const tm_definition *d = ours ? ours->first : NULL; d && n < FUNCTIONS_MOST; d = d->next)
        if (d->item->kind == TM_FILE_DEF)
            name[n++] = d->item->name;
    tm_diag_error(r->diags, r->source, name_place(node), "E0210", "undefined function %.*s",
                  TM_PRI(node->name));
    const char *library = r->compiler->definitions ? library_of(r->arena, node->name) : NULL;
    tm_text near = tm_nearest(r->arena, node->name, name, n);
    if (library)
        tm_diag_hint(r->diags, "import \"%s\" defines it", library);
    else if (near.n)
        tm_diag_hint(r->diags, "did you mean %.*s?", TM_PRI(near));
    return NULL;
}

/* The function, when it may be called at this place, in this context and by this host. */
static const tm_function *find_function(tm_resolver *r, const tm_node *node, bool editor)
{
    assert(is_editor(node->name) == editor); /* the shape pass sees to that */
    const char *wrong = NULL;
    const tm_function *function = tm_function_find_with(r->compiler->functions, node->name);
    if (!function)
        return undefined(r, node);
    if ((function->hosts & TM_HOST_SPAN) && r->context != TM_SPAN)
        wrong = "can only be used in the span context";
    else if ((function->hosts & TM_HOST_TRACE) && r->context < TM_SPAN)
        wrong = "can only be used in the span and spanevent contexts";
    else if ((function->hosts & TM_HOST_TRANSFORM) && !r->compiler->transform)
        wrong = "can only be used in the transform processor";
    if (!wrong)
        return function;
    tm_diag_error(r->diags, r->source, name_place(node), "E0222", "%s %s", function->name, wrong);
    return NULL;
}

/* Takes the next letter of an argument's name in CamelCase, as the reference makes it: no
 * underscores; capital at the start, behind an underscore and behind a digit; a capital behind a
 * capital becomes small, so that destination_i_p is DestinationIP, but destinationIP is
 * DestinationIp. 0 at the end. */
typedef struct camel {
    tm_text rest;
    bool up, capital_before;
} camel;

static char next_letter(camel *name)
{
    while (name->rest.n && name->rest.p[0] == '_') {
        name->up = true;
        name->capital_before = false;
        name->rest = tm_text_skip(name->rest, 1);
    }
    if (!name->rest.n)
        return 0;
    char c = name->rest.p[0];
    bool capital = c >= 'A' && c <= 'Z';
    if (name->up && c >= 'a' && c <= 'z')
        c = (char)(c - 32);
    else if (!name->up && name->capital_before && capital)
        c = (char)(c + 32);
    name->capital_before = capital;
    name->up = c >= '0' && c <= '9';
    name->rest = tm_text_skip(name->rest, 1);
    return c;
}

static bool same_parameter(tm_text a, tm_text b)
{
    camel x = {.rest = a, .up = true}, y = {.rest = b, .up = true};
    for (;;) {
        char p = next_letter(&x), q = next_letter(&y);
        if (p != q || !p)
            return p == q;
    }
}

static int find_parameter(tm_resolver *r, const tm_signature *s, const tm_node *argument)
{
    tm_text name[TM_PARAMETERS_MOST];
    for (unsigned i = 0; i < s->n; i++) {
        name[i] = s->parameter[i].name;
        if (same_parameter(argument->label, name[i]))
            return (int)i;
    }
    tm_diag_error(r->diags, r->source, argument->label_place, "E0213", "no such parameter: %.*s",
                  TM_PRI(argument->label));
    tm_text near = tm_nearest(r->arena, argument->label, name, s->n);
    if (near.n)
        tm_diag_hint(r->diags, "did you mean %.*s?", TM_PRI(near));
    return -1;
}

static bool check_count(tm_resolver *r, const tm_node *node, const tm_function *function,
                        const tm_signature *s)
{
    unsigned n = 0;
    for (const tm_node *a = node->first; a; a = a->next)
        n++;
    if (n >= s->required && n <= s->n)
        return true;
    tm_buf expected = {.arena = r->arena};
    tm_buf_print(&expected, s->required == s->n ? "%u" : "%u to %u", s->required, s->n);
    tm_diag_error(r->diags, r->source, node->place, "E0212",
                  "incorrect number of arguments for %s: expected %.*s but got %u", function->name,
                  TM_PRI(tm_buf_text(&expected)), n);
    return tm_diag_hint(r->diags, "it is %s", function->signature);
}

/* The parameter of each argument, by position first, then by name. */
static bool match_parameters(tm_resolver *r, const tm_node *node, const tm_signature *s,
                             const tm_node *given[])
{
    bool named = false, ok = true;
    int position = 0;
    for (const tm_node *a = node->first; a; a = a->next) {
        if (named && !a->label.n)
            return tm_diag_error(r->diags, r->source, a->place, "E0214",
                                 "unnamed argument used after a named one");
        named = a->label.n > 0;
        int i = named ? find_parameter(r, s, a) : position++;
        if (i >= 0 && given[i]) {
            ok = tm_diag_error(r->diags, r->source, a->place, "E0215",
                               "argument %.*s is given twice", TM_PRI(s->parameter[i].name));
            tm_diag_other(r->diags, given[i]->place);
        } else if (i >= 0) {
            given[i] = a;
        }
        ok = ok && i >= 0;
    }
    for (unsigned i = 0; ok && i < s->required; i++)
        if (!given[i])
            ok = tm_diag_error(r->diags, r->source, node->place, "E0216",
                               "argument %.*s of %.*s is missing", TM_PRI(s->parameter[i].name),
                               TM_PRI(s->name));
    return ok;
}

/* The value of an argument that is literal; a list of lazy elements is put together, nil for those
 * that are none. */
static tm_value literal_value(tm_resolver *r, const tm_parameter *parameter, const tm_bound *bound)
{
    if (parameter->kind != TM_KIND_LIST_OF_LAZY)
        return bound->value->value;
    tm_list *list = tm_list_new(r->arena, 4);
    for (const tm_expr *e = bound->value; e; e = e->next)
        tm_list_append(r->arena, list, e->literal ? e->value : tm_nil());
    return tm_list_value(list, TM_LITERAL);
}

/* Lets the function look at its literal arguments. */
static bool prepare(tm_resolver *r, tm_expr *call)
{
    tm_prepare p = {.arena = r->arena,
                    .function = call->function,
                    .signature = call->signature,
                    .zones = r->compiler->functions ? r->compiler->functions->zones : NULL,
                    .at_argument = -1};
    for (unsigned i = 0; i < call->n; i++) {
        const tm_bound *bound = &call->argument[i];
        p.given |= (uint32_t)bound->given << i;
        p.is_literal |= (uint32_t)bound->literal << i;
        if (bound->literal || call->signature->parameter[i].kind == TM_KIND_LIST_OF_LAZY)
            p.literal[i] = literal_value(r, &call->signature->parameter[i], bound);
    }
    if (!call->function->prepare || call->function->prepare(&p)) {
        call->state = p.state;
        return true;
    }
    tm_place place = p.at_argument >= 0 && call->argument[p.at_argument].given
                         ? call->argument[p.at_argument].place
                         : call->place;
    if (p.left_out)
        return tm_diag_error(r->diags, r->source, place, "E0291", "%s: %.*s", call->function->name,
                             TM_PRI(p.refusal));
    tm_diag_error(r->diags, r->source, place, "E0219", "%s: %.*s", call->function->name,
                  TM_PRI(p.refusal));
    return p.near.n ? tm_diag_hint(r->diags, "did you mean \"%.*s\"?", TM_PRI(p.near)) : false;
}

/* Looks at the arguments of a call whose function is unknown, as far as they mean the same
 * anywhere. */
static tm_expr *resolve_loose(tm_resolver *r, const tm_node *node)
{
    for (const tm_node *a = node->first; a; a = a->next)
        if (a->kind == TM_NODE_PATH || a->kind == TM_NODE_CALL)
            tm_resolve_value(r, a);
    return NULL;
}

/* Functions that read or change the item without a path argument. */
static void note_function(tm_resolver *r, const tm_function *function, bool editor)
{
    if (function->hosts & TM_HOST_IMPURE)
        r->impure = true;
    if (function->hosts & TM_HOST_TRACE) {
        r->reads |= 1u << TM_SPAN;
        tm_need_field(r->compiler->needs, TM_SPAN, TM_SPAN_TRACE_ID);
        tm_need_field(r->compiler->needs, TM_SPAN, TM_SPAN_TRACE_STATE);
    }
    if (!(function->hosts & TM_HOST_SPAN))
        return;
    r->reads |= 1u << TM_SPAN;
    if (editor) {
        r->writes |= 1u << TM_SPAN;
        tm_need_field(r->compiler->needs, TM_SPAN, TM_SPAN_ATTRIBUTES);
    }
    tm_need_field(r->compiler->needs, TM_SPAN, TM_SPAN_PARENT_SPAN_ID);
    tm_need_field(r->compiler->needs, TM_SPAN, TM_SPAN_KIND);
    tm_need_field(r->compiler->needs, TM_SPAN, TM_SPAN_NAME);
}

tm_expr *tm_resolve_call(tm_resolver *r, const tm_node *node, bool editor)
{
    tm_expr *defined;
    if (!editor && tm_resolve_defined(r, node, &defined))
        return defined;
    const tm_function *function = find_function(r, node, editor);
    if (!function)
        return resolve_loose(r, node);
    tm_signature *s = TM_NEW(r->arena, tm_signature);
    tm_signature_read(function, s);
    const tm_node *given[TM_PARAMETERS_MOST] = {NULL};
    if (!check_count(r, node, function, s) || !match_parameters(r, node, s, given))
        return resolve_loose(r, node);
    tm_expr *call = tm_expr_new(r, TM_EXPR_CALL, node->place);
    call->function = function;
    call->signature = s;
    call->n = s->n;
    call->argument = TM_NEW_ARRAY(r->arena, s->n, tm_bound);
    bool ok = true;
    for (unsigned i = 0; i < s->n; i++)
        if (given[i])
            ok &= tm_resolve_argument(r, function, &s->parameter[i], given[i], &call->argument[i]);
    if (editor && node->keys)
        ok = tm_diag_error(r->diags, r->source, node->keys->place, "E0205",
                           "only paths and converters may be indexed, not editors");
    ok &= tm_resolve_keys(r, node->keys, &call->keys);
    if (!ok || !prepare(r, call))
        return NULL;
    note_function(r, function, editor);
    return call;
}
