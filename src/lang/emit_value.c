/* Emit: code for values and conditions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/emit.h"

static const tm_opcode opcode_of[] = {
    [TM_EQ] = TM_OP_EQUAL,      [TM_NE] = TM_OP_NOT_EQUAL, [TM_LT] = TM_OP_LESS,
    [TM_LE] = TM_OP_LESS_EQUAL, [TM_GT] = TM_OP_GREATER,   [TM_GE] = TM_OP_GREATER_EQUAL,
    [TM_ADD] = TM_OP_ADD,       [TM_SUB] = TM_OP_SUBTRACT, [TM_MUL] = TM_OP_MULTIPLY,
    [TM_DIV] = TM_OP_DIVIDE,
};

static void emit_index(tm_emitter *e, const tm_expr *keys, uint32_t out)
{
    for (const tm_expr *key = keys; key; key = key->next) {
        uint32_t reg = tm_emit_take(e, 1);
        tm_emit_value(e, key, reg);
        tm_emit_insn(e, TM_OP_INDEX, out, out, reg);
        e->next = reg;
    }
}

static void emit_path(tm_emitter *e, const tm_expr *path, uint32_t out)
{
    uint32_t where, mark = e->next;
    if (tm_emit_attribute(path, &where))
        tm_emit_insn(e, TM_OP_ATTRIBUTE, out, where, 0);
    else if (tm_emit_field(path, &where))
        tm_emit_insn(e, TM_OP_FIELD, out, where, 0);
    else
        tm_emit_insn(e, TM_OP_PATH, out, tm_emit_target(e, path), 0);
    e->next = mark;
}

static void emit_binary(tm_emitter *e, const tm_expr *expr, uint32_t out)
{
    uint32_t left = tm_emit_take(e, 1);
    tm_emit_value(e, expr->first, left);
    uint32_t right = tm_emit_take(e, 1);
    tm_emit_value(e, expr->first->next, right);
    tm_emit_insn(e, opcode_of[expr->op], out, left, right);
    e->next = left;
}

static void emit_unary(tm_emitter *e, const tm_expr *expr, tm_opcode op, uint32_t out)
{
    uint32_t reg = tm_emit_take(e, 1);
    tm_emit_value(e, expr->first, reg);
    tm_emit_insn(e, op, out, reg, 0);
    e->next = reg;
}

/* Operands in registers that follow each other; a map has a key before each. */
static void emit_collection(tm_emitter *e, const tm_expr *expr, uint32_t out)
{
    bool map = expr->kind == TM_EXPR_MAP;
    uint32_t first = e->next, n = 0, count = 0;
    for (const tm_expr *item = expr->first; item; item = item->next)
        n += map ? 2 : 1;
    tm_emit_take(e, n);
    for (const tm_expr *item = expr->first; item; item = item->next) {
        if (map)
            tm_emit_insn(e, TM_OP_CONSTANT, first + count++,
                         tm_emit_constant(e, tm_string(item->text)), 0);
        tm_emit_value(e, item, first + count++);
    }
    tm_emit_insn(e, map ? TM_OP_MAP : TM_OP_LIST, out, first, map ? n / 2 : n);
    e->next = first;
}

/* The first operand that decides jumps to the end, its truth in `out`. */
static void emit_chain(tm_emitter *e, const tm_expr *expr, uint32_t out)
{
    tm_opcode jump = expr->kind == TM_EXPR_AND ? TM_OP_JUMP_FALSE : TM_OP_JUMP_TRUE;
    tm_emit_table jumps = {0};
    for (const tm_expr *operand = expr->first; operand; operand = operand->next) {
        tm_emit_value(e, operand, out);
        if (operand->next)
            *(uint32_t *)tm_emit_grow(e, &jumps, sizeof(uint32_t)) =
                tm_emit_insn(e, jump, out, 0, 0);
    }
    for (uint32_t i = 0; i < jumps.n; i++)
        ((tm_insn *)e->code.p)[((uint32_t *)jumps.p)[i]].b = e->code.n;
}

static void emit_expression(tm_emitter *e, const tm_expr *expr, uint32_t out);

/* A fused match yields a bool whatever happens. */
static void emit_test(tm_emitter *e, const tm_expr *expr, uint32_t out)
{
    emit_expression(e, expr->first, out);
    if (!tm_emit_is_match(expr->first))
        tm_emit_insn(e, TM_OP_TEST, out, 0, 0);
}

static void emit_call(tm_emitter *e, const tm_expr *call, uint32_t out)
{
    tm_value known;
    if (tm_emit_known(e, call, &known))
        tm_emit_insn(e, TM_OP_CONSTANT, out, tm_emit_constant(e, known), 0);
    else
        tm_emit_call(e, call, out);
}

static void emit_expression(tm_emitter *e, const tm_expr *expr, uint32_t out)
{
    if (tm_emit_fused(e, expr, out))
        return;
    switch (expr->kind) {
    case TM_EXPR_CONSTANT:
        tm_emit_insn(e, TM_OP_CONSTANT, out, tm_emit_constant(e, expr->value), 0);
        return;
    case TM_EXPR_PATH:
        emit_path(e, expr, out);
        return;
    case TM_EXPR_LOCAL:
        tm_emit_insn(e, TM_OP_MOVE, out, expr->binding->reg, 0);
        emit_index(e, expr->keys, out);
        return;
    case TM_EXPR_CALL:
        emit_call(e, expr, out);
        emit_index(e, expr->keys, out);
        return;
    case TM_EXPR_LIST:
    case TM_EXPR_MAP:
        emit_collection(e, expr, out);
        return;
    case TM_EXPR_SIGN:
        emit_unary(e, expr, expr->op == TM_SUB ? TM_OP_NEGATE : TM_OP_PLUS, out);
        return;
    case TM_EXPR_ARITHMETIC:
    case TM_EXPR_COMPARE:
        emit_binary(e, expr, out);
        return;
    case TM_EXPR_NOT:
        emit_unary(e, expr, TM_OP_NOT, out);
        return;
    case TM_EXPR_AND:
    case TM_EXPR_OR:
        emit_chain(e, expr, out);
        return;
    case TM_EXPR_TEST:
        emit_test(e, expr, out);
        return;
    case TM_EXPR_LAMBDA:
        return; /* only ever an argument: tm_emit_call queues its body */
    }
}

/* Ends the code of a condition with a TEST, at which its truth is told. */
static void emit_note(tm_emitter *e, const tm_condition_note *note, uint32_t out)
{
    tm_emit_insn(e, TM_OP_TEST, out, 0, 0);
    while (e->note.n < e->code.n)
        TM_EMIT_ADD(e, note, const tm_condition_note *);
    ((const tm_condition_note **)e->note.p)[e->code.n - 1] = note;
}

/* A test is shown as the converter that it tests. */
void tm_emit_value(tm_emitter *e, const tm_expr *expr, uint32_t out)
{
    uint32_t outer = tm_emit_open_part(e, expr->kind == TM_EXPR_TEST ? expr->first : expr, out);
    emit_expression(e, expr, out);
    tm_emit_close_part(e, outer);
    if (expr->note)
        emit_note(e, expr->note, out);
}
