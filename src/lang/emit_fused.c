/* Emit: the instructions that do in one step what rules really do.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/emit.h"

bool tm_emit_attribute(const tm_expr *expr, uint32_t *need)
{
    if (expr->kind != TM_EXPR_PATH || expr->slot < 0 || expr->keys->next)
        return false;
    *need = tm_where(expr->path->level, (uint32_t)expr->slot);
    return true;
}

/* Accesses that read a field as it is stored. */
bool tm_emit_field(const tm_expr *expr, uint32_t *field)
{
    static const bool plain[] = {
        [TM_ACCESS_STRING] = true, [TM_ACCESS_INT32] = true, [TM_ACCESS_UINT32] = true,
        [TM_ACCESS_FLAGS] = true,  [TM_ACCESS_INT64] = true, [TM_ACCESS_TRACE_ID] = true,
        [TM_ACCESS_SPAN_ID] = true};
    if (expr->kind != TM_EXPR_PATH || expr->path->access >= sizeof plain ||
        !plain[expr->path->access])
        return false;
    *field = tm_where(expr->path->level, expr->path->field);
    return true;
}

static bool emit_compare(tm_emitter *e, const tm_expr *expr, uint32_t out)
{
    const tm_expr *path = expr->first, *constant = path->next;
    if (path->kind == TM_EXPR_CONSTANT) {
        path = constant;
        constant = expr->first;
    }
    uint32_t where;
    bool attribute = tm_emit_attribute(path, &where);
    if (constant->kind != TM_EXPR_CONSTANT || (!attribute && !tm_emit_field(path, &where)))
        return false;
    tm_opcode op = expr->op == TM_EQ
                       ? (attribute ? TM_OP_ATTRIBUTE_EQUAL : TM_OP_FIELD_EQUAL)
                       : (attribute ? TM_OP_ATTRIBUTE_NOT_EQUAL : TM_OP_FIELD_NOT_EQUAL);
    tm_emit_insn(e, op, out, where, tm_emit_constant(e, constant->value));
    tm_emit_operand_part(e, path);
    return true;
}

/* IsMatch with a literal expression, which the function has compiled when it was prepared. */
bool tm_emit_is_match(const tm_expr *expr)
{
    return expr->kind == TM_EXPR_CALL && expr->state && !expr->keys &&
           strcmp(expr->function->name, "IsMatch") == 0;
}

static void emit_match(tm_emitter *e, const tm_expr *call, uint32_t out)
{
    const tm_expr *target = call->argument[0].value;
    uint32_t where, regex = tm_emit_regex(e, call->state);
    if (tm_emit_attribute(target, &where)) {
        tm_emit_insn(e, TM_OP_ATTRIBUTE_MATCH, out, where, regex);
        tm_emit_operand_part(e, target);
    } else if (tm_emit_field(target, &where) && target->path->type == TM_STRING) {
        tm_emit_insn(e, TM_OP_FIELD_MATCH, out, where, regex);
        tm_emit_operand_part(e, target);
    } else {
        uint32_t reg = tm_emit_take(e, 1);
        tm_emit_value(e, target, reg);
        tm_emit_insn(e, TM_OP_MATCH, out, reg, regex);
        e->next = reg;
    }
}

bool tm_emit_fused(tm_emitter *e, const tm_expr *expr, uint32_t out)
{
    if (expr->kind == TM_EXPR_COMPARE && (expr->op == TM_EQ || expr->op == TM_NE))
        return emit_compare(e, expr, out);
    if (!tm_emit_is_match(expr))
        return false;
    emit_match(e, expr, out);
    return true;
}
