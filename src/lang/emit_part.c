/* Emit: the parts of a rule, for those who explain what it said.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/emit.h"

static tm_code_part_kind kind_of(const tm_expr *expr)
{
    switch (expr->kind) {
    case TM_EXPR_CONSTANT:
        return TM_CODE_CONSTANT;
    case TM_EXPR_CALL:
        return TM_CODE_CALL;
    case TM_EXPR_COMPARE:
        return TM_CODE_COMPARE;
    case TM_EXPR_NOT:
        return TM_CODE_NOT;
    case TM_EXPR_AND:
        return TM_CODE_AND;
    case TM_EXPR_OR:
        return TM_CODE_OR;
    default:
        return TM_CODE_VALUE;
    }
}

uint32_t tm_emit_open_part(tm_emitter *e, const tm_expr *expr, uint32_t out)
{
    const uint32_t outer = e->in;
    if (!e->explained)
        return outer;
    *TM_EMIT_ADD(e, part, tm_code_part) = (tm_code_part){.kind = (uint8_t)kind_of(expr),
                                                         .out = (uint16_t)out,
                                                         .parent = outer,
                                                         .begin = e->code.n,
                                                         .lambda = TM_NO_PART,
                                                         .source = expr->source,
                                                         .place = expr->written};
    e->in = e->part.n - 1;
    return outer;
}

void tm_emit_close_part(tm_emitter *e, uint32_t outer)
{
    if (!e->explained)
        return;
    ((tm_code_part *)e->part.p)[e->in].end = e->code.n;
    e->in = outer;
}

void tm_emit_operand_part(tm_emitter *e, const tm_expr *path)
{
    uint32_t outer = tm_emit_open_part(e, path, 0);
    if (!e->explained)
        return;
    tm_code_part *part = &((tm_code_part *)e->part.p)[e->in];
    part->operand = true;
    part->begin = e->code.n - 1;
    tm_emit_close_part(e, outer);
}
