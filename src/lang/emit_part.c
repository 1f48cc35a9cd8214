/* Emit: the parts of a rule, for those who explain what it said.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/emit.h"

static tm_part_kind kind_of(const tm_expr *expr)
{
    switch (expr->kind) {
    case TM_EXPR_CONSTANT:
        return TM_PART_CONSTANT;
    case TM_EXPR_CALL:
        return TM_PART_CALL;
    case TM_EXPR_COMPARE:
        return TM_PART_COMPARE;
    case TM_EXPR_NOT:
        return TM_PART_NOT;
    case TM_EXPR_AND:
        return TM_PART_AND;
    case TM_EXPR_OR:
        return TM_PART_OR;
    default:
        return TM_PART_VALUE;
    }
}

uint32_t tm_emit_open_part(tm_emitter *e, const tm_expr *expr, uint32_t out)
{
    const uint32_t outer = e->in;
    if (!e->explained)
        return outer;
    *TM_EMIT_ADD(e, part, tm_part) = (tm_part){.kind = (uint8_t)kind_of(expr),
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
    ((tm_part *)e->part.p)[e->in].end = e->code.n;
    e->in = outer;
}

void tm_emit_operand_part(tm_emitter *e, const tm_expr *path)
{
    uint32_t outer = tm_emit_open_part(e, path, 0);
    if (!e->explained)
        return;
    tm_part *part = &((tm_part *)e->part.p)[e->in];
    part->operand = true;
    part->begin = e->code.n - 1;
    tm_emit_close_part(e, outer);
}
