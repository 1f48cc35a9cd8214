/* Resolve: values and conditions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/resolve.h"

#include "lang/definition.h"
#include "lang/habits.h"
#include "otlp/enums.h"
#include "vm/convert.h"

#include <assert.h>

bool tm_enum_find(tm_text symbol, int64_t *value)
{
    return tm_enum_read(TM_ENUM_SPAN_KIND, symbol, value) ||
           tm_enum_read(TM_ENUM_STATUS_CODE, symbol, value);
}

tm_text tm_enum_nearest(tm_arena *arena, tm_text symbol)
{
    tm_text name[TM_ENUM_SYMBOLS];
    unsigned n = 0;
    for (tm_enum which = 0; which < TM_ENUMS; which++)
        for (int64_t i = 0; (name[n] = tm_enum_row_of(which, i).symbol).n; i++)
            n++;
    return tm_nearest(arena, symbol, name, n);
}

tm_expr *tm_expr_new(tm_resolver *r, tm_expr_kind kind, tm_place place)
{
    tm_expr *e = TM_NEW(r->arena, tm_expr);
    e->kind = kind;
    e->place = r->inlining ? r->inlining->place : place;
    e->inlined = r->inlining && !r->inlining->definition->item->parameter_count;
    e->source = r->source;
    e->written = place;
    e->slot = -1;
    return e;
}

tm_expr *tm_expr_note(tm_resolver *r, tm_expr *condition, tm_place place)
{
    if (!r->compiler->noted || !condition || condition->kind == TM_EXPR_CONSTANT)
        return condition;
    tm_condition_note *note = TM_NEW(r->arena, tm_condition_note);
    *note = (tm_condition_note){.next = condition->note, .source = r->source, .place = place};
    condition->note = note;
    return condition;
}

tm_expr *tm_expr_constant(tm_resolver *r, tm_value value, tm_place place)
{
    tm_expr *e = tm_expr_new(r, TM_EXPR_CONSTANT, place);
    e->literal = true;
    e->value = value;
    return e;
}

void tm_expr_append(tm_expr **first, tm_expr **last, tm_expr *e)
{
    *(*first ? &(*last)->next : first) = e;
    *last = e;
}

/* An operator's expression over its operands; NULL when one of them failed, after all were looked
 * at. */
static tm_expr *resolve_operands(tm_resolver *r, const tm_node *node, tm_expr_kind kind,
                                 tm_expr *(*resolve)(tm_resolver *, const tm_node *))
{
    tm_expr *e = tm_expr_new(r, kind, node->place), *last = NULL;
    bool ok = true;
    e->op = node->op;
    for (const tm_node *child = node->first; child; child = child->next) {
        tm_expr *operand = resolve(r, child);
        ok = ok && operand;
        if (operand)
            tm_expr_append(&e->first, &last, operand);
    }
    return ok ? e : NULL;
}

static tm_expr *resolve_enum(tm_resolver *r, const tm_node *node)
{
    int64_t value;
    bool known = tm_enum_find(node->name, &value);
    if (known && r->context >= TM_SPAN)
        return tm_expr_constant(r, tm_int(value), node->place);
    if (known) {
        tm_diag_error(r->diags, r->source, node->place, "E0221",
                      "the %s context has no enums, so %.*s means nothing here",
                      tm_context_name(r->context), TM_PRI(node->name));
        tm_diag_hint(r->diags, "write its number, %lld", (long long)value);
        return NULL;
    }
    tm_diag_error(r->diags, r->source, node->place, "E0220", "enum symbol %.*s not found",
                  TM_PRI(node->name));
    tm_text near = tm_habit_enum(node->name);
    if (!near.n)
        near = tm_enum_nearest(r->arena, node->name);
    if (near.n)
        tm_diag_hint(r->diags, "did you mean %.*s?", TM_PRI(near));
    return NULL;
}

/* One sign directly before a number makes a literal; any other operand is computed at run time. */
static tm_expr *resolve_sign(tm_resolver *r, const tm_node *node)
{
    const tm_node *operand = node->first;
    bool minus = node->op == TM_SUB;
    if (operand->kind == TM_NODE_INT)
        return tm_expr_constant(r, tm_int(minus ? -operand->integer : operand->integer),
                                node->place);
    if (operand->kind == TM_NODE_DOUBLE)
        return tm_expr_constant(r, tm_double(minus ? -operand->number : operand->number),
                                node->place);
    return resolve_operands(r, node, TM_EXPR_SIGN, tm_resolve_value);
}

static bool all_literal(const tm_expr *first)
{
    for (const tm_expr *e = first; e; e = e->next)
        if (!e->literal)
            return false;
    return true;
}

static tm_expr *resolve_list(tm_resolver *r, const tm_node *node)
{
    tm_expr *e = resolve_operands(r, node, TM_EXPR_LIST, tm_resolve_value);
    if (!e || !all_literal(e->first))
        return e;
    tm_list *list = tm_list_new(r->arena, 4);
    for (const tm_expr *item = e->first; item; item = item->next)
        tm_list_append(r->arena, list, item->value);
    return tm_expr_constant(r, tm_list_value(list, TM_LITERAL), node->place);
}

/* Whether a literal can stand in a map literal: maps lie in the map itself or one list below it. */
static bool entry_fits(tm_value v, unsigned lists)
{
    if (v.type == TM_MAP)
        return lists <= 1;
    if (v.type == TM_LIST)
        for (uint32_t i = 0; i < v.list->n; i++)
            if (!entry_fits(v.list->item[i], lists + 1))
                return false;
    return true;
}

static tm_expr *constant_map(tm_resolver *r, const tm_expr *first, tm_place place)
{
    tm_map *map = tm_map_new(r->arena, 4);
    for (const tm_expr *entry = first; entry; entry = entry->next) {
        if (!entry_fits(entry->value, 0)) {
            tm_diag_error(r->diags, r->source, entry->place, "E0240",
                          "a map literal cannot hold maps inside lists of lists");
            return NULL;
        }
        tm_map_put(r->arena, map, entry->text, entry->value);
    }
    return tm_expr_constant(r, tm_map_value(map, TM_LITERAL), place);
}

static tm_expr *resolve_map(tm_resolver *r, const tm_node *node)
{
    tm_expr *e = tm_expr_new(r, TM_EXPR_MAP, node->place), *last = NULL;
    bool ok = true;
    for (const tm_node *child = node->first; child; child = child->next) {
        tm_expr *entry = tm_resolve_value(r, child);
        ok = ok && entry;
        if (!entry)
            continue;
        entry->text = child->label;
        tm_expr_append(&e->first, &last, entry);
    }
    if (!ok)
        return NULL;
    return all_literal(e->first) ? constant_map(r, e->first, node->place) : e;
}

static tm_expr *misplaced(tm_resolver *r, const tm_node *node)
{
    if (node->kind == TM_NODE_LAMBDA) {
        tm_diag_error(
            r->diags, r->source, node->place, "E0230",
            "lambda expressions can only be passed to function arguments that accept them");
        return NULL;
    }
    if (node->kind == TM_NODE_FUNCTION) {
        tm_diag_error(r->diags, r->source, node->place, "E0242",
                      "%.*s is a function's name, not a value", TM_PRI(node->name));
        tm_diag_hint(r->diags, "call it: %.*s(...)", TM_PRI(node->name));
        return NULL;
    }
    tm_diag_error(r->diags, r->source, node->place, "E0242",
                  "expected a value but found a condition");
    return NULL;
}

tm_expr *tm_resolve_value(tm_resolver *r, const tm_node *node)
{
    switch (node->kind) {
    case TM_NODE_NIL:
        return tm_expr_constant(r, tm_nil(), node->place);
    case TM_NODE_BOOL:
        return tm_expr_constant(r, tm_bool(node->truth), node->place);
    case TM_NODE_INT:
        return tm_expr_constant(r, tm_int(node->integer), node->place);
    case TM_NODE_DOUBLE:
        return tm_expr_constant(r, tm_double(node->number), node->place);
    case TM_NODE_STRING:
        return tm_expr_constant(r, tm_string(node->text), node->place);
    case TM_NODE_BYTES:
        return tm_expr_constant(r, tm_bytes_value(node->text), node->place);
    case TM_NODE_ENUM:
        return resolve_enum(r, node);
    case TM_NODE_PATH:
        return tm_resolve_path(r, node);
    case TM_NODE_CALL:
        return tm_resolve_call(r, node, false);
    case TM_NODE_LIST:
        return resolve_list(r, node);
    case TM_NODE_MAP:
        return resolve_map(r, node);
    case TM_NODE_SIGN:
        return resolve_sign(r, node);
    case TM_NODE_ARITHMETIC:
        return resolve_operands(r, node, TM_EXPR_ARITHMETIC, tm_resolve_value);
    case TM_NODE_GROUP:
        return tm_resolve_value(r, node->first);
    case TM_NODE_LAMBDA:
    case TM_NODE_FUNCTION:
    case TM_NODE_COMPARE:
    case TM_NODE_NOT:
    case TM_NODE_AND:
    case TM_NODE_OR:
        return misplaced(r, node);
    }
    return NULL;
}

static tm_expr *resolve_comparison(tm_resolver *r, const tm_node *node)
{
    tm_expr *e = resolve_operands(r, node, TM_EXPR_COMPARE, tm_resolve_value);
    if (e)
        tm_resolve_warn(r, node, e->first, e->first->next);
    return e ? tm_expr_note(r, tm_fold(r, e), node->place) : NULL;
}

static tm_expr *fold_operands(tm_resolver *r, const tm_node *node, tm_expr_kind kind)
{
    tm_expr *e = resolve_operands(r, node, kind, tm_resolve_condition);
    return e ? tm_fold(r, e) : NULL;
}

/* What a def may have become that needs no test for a bool. */
static bool yields_bool(const tm_expr *e)
{
    return e->kind == TM_EXPR_COMPARE || e->kind == TM_EXPR_NOT || e->kind == TM_EXPR_AND ||
           e->kind == TM_EXPR_OR || e->kind == TM_EXPR_TEST ||
           (e->kind == TM_EXPR_CONSTANT && e->value.type == TM_BOOL);
}

tm_expr *tm_resolve_condition(tm_resolver *r, const tm_node *node)
{
    switch (node->kind) {
    case TM_NODE_BOOL:
        return tm_resolve_value(r, node);
    case TM_NODE_GROUP:
        return tm_resolve_condition(r, node->first);
    case TM_NODE_COMPARE:
        return resolve_comparison(r, node);
    case TM_NODE_NOT:
        return fold_operands(r, node, TM_EXPR_NOT);
    case TM_NODE_AND:
        return fold_operands(r, node, TM_EXPR_AND);
    case TM_NODE_OR:
        return fold_operands(r, node, TM_EXPR_OR);
    case TM_NODE_CALL: {
        tm_expr *call = tm_resolve_call(r, node, false);
        if (!call || yields_bool(call))
            return tm_expr_note(r, call, node->place);
        tm_expr *test = tm_expr_new(r, TM_EXPR_TEST, node->place);
        test->first = call;
        return tm_expr_note(r, test, node->place);
    }
    default:
        assert(!"a value, which the shape pass lets stand for no condition");
        return NULL;
    }
}
