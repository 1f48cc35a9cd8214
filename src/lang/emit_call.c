/* Emit: calls, the paths they write and the lambdas they run.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/emit.h"

/* Queues the body of a lambda, or of what is evaluated only when it is needed; its registers follow
 * those in use now. Returns the lambda's number. */
static uint32_t queue_body(tm_emitter *e, tm_expr *expr)
{
    bool lambda = expr->kind == TM_EXPR_LAMBDA;
    tm_emit_body *body = TM_EMIT_ADD(e, body, tm_emit_body);
    *body = (tm_emit_body){.body = lambda ? expr->first : expr,
                           .parameters = lambda ? (uint16_t)expr->n : 0,
                           .first = e->next,
                           .part = e->in};
    for (unsigned i = 0; lambda && i < expr->n; i++)
        expr->binding[i].reg = (uint16_t)(e->next + i);
    TM_EMIT_ADD(e, lambda, tm_lambda);
    return e->lambda.n - 1;
}

/* The first key is evaluated before the path is read. Those behind it wait: where an earlier key is
 * absent nobody asks for them, and what they would fail of does not show (language.md 3.1). */
static void emit_key(tm_emitter *e, tm_expr *expr, tm_path_key *key, bool first)
{
    key->dynamic = expr->kind != TM_EXPR_CONSTANT ||
                   (expr->value.type != TM_STRING && expr->value.type != TM_INT);
    if (!key->dynamic) {
        key->value = expr->value;
    } else if (first) {
        uint32_t reg = tm_emit_take(e, 1);
        key->reg = (uint16_t)reg;
        tm_emit_value(e, expr, reg);
    } else {
        key->lazy = true;
        key->lambda = queue_body(e, expr);
    }
}

uint32_t tm_emit_target(tm_emitter *e, const tm_expr *path)
{
    unsigned n = 0, i = 0;
    for (const tm_expr *key = path->keys; key; key = key->next)
        n++;
    tm_path_key *keys = TM_NEW_ARRAY(e->arena, n, tm_path_key);
    for (tm_expr *key = path->keys; key; key = key->next, i++)
        emit_key(e, key, &keys[i], i == 0);
    *TM_EMIT_ADD(e, target, tm_target) = (tm_target){
        .path = path->path, .key = keys, .keys = n, .slot = path->slot, .place = path->place};
    return e->target.n - 1;
}

static bool is_body(tm_kind kind)
{
    return kind == TM_KIND_LAMBDA || kind == TM_KIND_LAZY || kind == TM_KIND_LIST_OF_LAZY;
}

/* Arguments whose values the call finds in registers or targets. */
static void emit_argument(tm_emitter *e, const tm_bound *bound, tm_argument *argument, uint32_t reg)
{
    if (argument->kind >= TM_KIND_PATH && argument->kind <= TM_KIND_PATH_LIST)
        argument->index = tm_emit_target(e, bound->value);
    else if (argument->kind == TM_KIND_FUNCTION)
        argument->function = bound->function;
    else
        tm_emit_value(e, bound->value, reg);
}

static void queue_argument(tm_emitter *e, const tm_bound *bound, tm_argument *argument)
{
    argument->index = e->lambda.n;
    if (argument->kind != TM_KIND_LIST_OF_LAZY) {
        queue_body(e, bound->value);
        return;
    }
    for (tm_expr *element = bound->value; element; element = element->next, argument->count++)
        queue_body(e, element);
}

static bool reads_nothing(const tm_expr *expr);

static bool call_reads_nothing(const tm_expr *call)
{
    if (call->function->hosts != TM_HOST_ANY)
        return false;
    for (unsigned i = 0; i < call->signature->n; i++)
        if (call->argument[i].given && !reads_nothing(call->argument[i].value))
            return false;
    return true;
}

/* Does it, with those behind it, come to the same whatever the item? Parameters of lambdas aside.
 */
static bool reads_nothing(const tm_expr *expr)
{
    for (; expr; expr = expr->next)
        if (expr->kind == TM_EXPR_PATH ||
            (expr->kind == TM_EXPR_CALL && !call_reads_nothing(expr)) ||
            !reads_nothing(expr->first) || !reads_nothing(expr->keys))
            return false;
    return true;
}

/* Does the call get nothing but values, and bodies that read nothing else, and answer equal ones
 * alike? */
static bool is_of_values(const tm_expr *call)
{
    const tm_signature *s = call->signature;
    bool values = call->function->hosts == TM_HOST_ANY && s->n && !tm_text_is(s->result, "nothing");
    for (unsigned i = 0; i < s->n && values; i++)
        values = s->parameter[i].kind < TM_KIND_PATH ||
                 (is_body(s->parameter[i].kind) &&
                  (!call->argument[i].given || reads_nothing(call->argument[i].value)));
    return values;
}

void tm_emit_call(tm_emitter *e, const tm_expr *call, uint32_t out)
{
    const tm_signature *s = call->signature;
    uint32_t first = tm_emit_take(e, s->n);
    tm_argument *argument = TM_NEW_ARRAY(e->arena, s->n, tm_argument);
    for (unsigned i = 0; i < s->n; i++) {
        const tm_bound *bound = &call->argument[i];
        argument[i] = (tm_argument){.kind = (uint8_t)s->parameter[i].kind,
                                    .given = bound->given,
                                    .written_list = bound->written_list,
                                    .is_literal = bound->literal,
                                    .tested = s->parameter[i].tested};
        if (bound->given && !is_body(s->parameter[i].kind))
            emit_argument(e, bound, &argument[i], first + i);
    }
    for (unsigned i = 0; i < s->n; i++)
        if (call->argument[i].given && is_body(s->parameter[i].kind))
            queue_argument(e, &call->argument[i], &argument[i]);
    *TM_EMIT_ADD(e, site, tm_call_site) = (tm_call_site){.function = call->function,
                                                         .argument = argument,
                                                         .arguments = s->n,
                                                         .first = (uint16_t)first,
                                                         .state = call->state,
                                                         .of_values = is_of_values(call),
                                                         .place = call->place};
    tm_emit_insn(e, TM_OP_CALL, out, e->site.n - 1, 0);
    e->next = first;
}
