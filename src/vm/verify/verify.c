/* Verify: each instruction by itself.
 * Work: of rules alone: programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/verify/verify.h"

#include "vm/verify/verify_inside.h"

bool tm_verify_refuse(const tm_verifier *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *v->why = tm_arena_vprint(v->arena, format, args);
    va_end(args);
    return false;
}

/* Fields that FIELD may read: those of a path that reads them as they are stored. */
static bool is_plain_field(uint32_t where)
{
    for (const tm_path *row = tm_path_rows(); row->dotted; row++)
        if (row->access <= TM_ACCESS_SPAN_ID && row->access != TM_ACCESS_TIME &&
            row->level == tm_where_level(where) && row->field == tm_where_number(where))
            return true;
    return false;
}

static bool level_is_read(const tm_program *p, tm_level level)
{
    return level <= p->context && p->reads >> level & 1;
}

/* How many there are of what an operand counts or numbers. */
static uint64_t limit_of(const tm_verifier *v, unsigned kind, uint32_t where)
{
    const tm_program *p = v->program;
    switch (kind) {
    case TM_OPERAND_CONST:
        return p->constants;
    case TM_OPERAND_REGEX:
        return p->regexes;
    case TM_OPERAND_SITE:
        return p->sites;
    case TM_OPERAND_TARGET:
        return p->targets;
    case TM_OPERAND_TO:
        return p->length;
    case TM_OPERAND_NEED:
        return level_is_read(p, tm_where_level(where)) ? v->needs[tm_where_level(where)] : 0;
    case TM_OPERAND_OUT:
    case TM_OPERAND_TRUTH:
    case TM_OPERAND_REG:
    case TM_OPERAND_BOOL:
        return p->registers;
    default:
        return UINT64_MAX;
    }
}

/* A run of registers, from operand b on. */
static bool run_fits(const tm_verifier *v, const tm_insn *i, unsigned count_kind)
{
    uint64_t n = count_kind == TM_OPERAND_PAIRS ? 2 * (uint64_t)i->c : i->c;
    return i->b + n <= v->program->registers;
}

static bool check_operand(const tm_verifier *v, uint32_t at, unsigned number)
{
    const tm_insn *i = &v->program->code[at];
    const tm_opcode_row *row = tm_opcode_get((tm_opcode)i->op);
    const unsigned kind = row->operand[number];
    const uint32_t x = tm_insn_operand(i, number);
    const uint32_t n = kind == TM_OPERAND_NEED ? tm_where_number(x) : x;
    if (n >= limit_of(v, kind, x))
        return tm_verify_refuse(v, "instruction %u (%s): operand %u is out of range", at, row->name,
                                number);
    if (kind == TM_OPERAND_FIELD && !is_plain_field(x))
        return tm_verify_refuse(v, "instruction %u (%s): no such scalar field", at, row->name);
    if (kind == TM_OPERAND_FIELD && !level_is_read(v->program, tm_where_level(x)))
        return tm_verify_refuse(v, "instruction %u (%s): its level is not said to be read", at,
                                row->name);
    if (kind == TM_OPERAND_TO && x <= at)
        return tm_verify_refuse(v, "instruction %u (%s): goes backwards", at, row->name);
    if (kind == TM_OPERAND_REGS && !run_fits(v, i, row->operand[2]))
        return tm_verify_refuse(v, "instruction %u (%s): its registers are out of range", at,
                                row->name);
    return true;
}

static bool check_code(const tm_verifier *v)
{
    for (uint32_t at = 0; at < v->program->length; at++) {
        if (v->program->code[at].op >= TM_OP_COUNT)
            return tm_verify_refuse(v, "instruction %u: unknown opcode", at);
        for (unsigned number = 0; number < 3; number++)
            if (!check_operand(v, at, number))
                return false;
    }
    return true;
}

bool tm_verify(tm_arena *arena, const tm_program *program, const uint32_t needs[TM_LEVELS],
               tm_text *why)
{
    const tm_verifier v = {.arena = arena, .program = program, .needs = needs, .why = why};
    if (program->length == 0)
        return tm_verify_refuse(&v, "the program is empty");
    if (program->context >= TM_LEVELS)
        return tm_verify_refuse(&v, "the program has no context");
    return tm_verify_tables(&v) && check_code(&v) && tm_verify_flow(&v);
}
