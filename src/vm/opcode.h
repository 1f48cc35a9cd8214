/* Opcode: what the rows of grammar/opcodes.def say about each instruction.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_OPCODE_H
#define TM_VM_OPCODE_H

#include "vm/program.h"

/* Operand kinds, explained at the head of grammar/opcodes.def. */
typedef enum tm_operand {
    TM_OPERAND_NONE,
    TM_OPERAND_OUT,
    TM_OPERAND_TRUTH,
    TM_OPERAND_REG,
    TM_OPERAND_BOOL,
    TM_OPERAND_REGS,
    TM_OPERAND_COUNT,
    TM_OPERAND_PAIRS,
    TM_OPERAND_CONST,
    TM_OPERAND_REGEX,
    TM_OPERAND_SITE,
    TM_OPERAND_TARGET,
    TM_OPERAND_NEED,
    TM_OPERAND_FIELD,
    TM_OPERAND_TO
} tm_operand;

typedef struct tm_opcode_row {
    const char *name;
    uint8_t operand[3]; /* tm_operand of a, b and c */
    const char *manual;
} tm_opcode_row;

/* The row of an opcode below TM_OP_COUNT. */
const tm_opcode_row *tm_opcode_get(tm_opcode op);

/* Operand 0, 1 or 2 of an instruction. */
static inline uint32_t tm_insn_operand(const tm_insn *insn, unsigned i)
{
    return i == 0 ? insn->a : i == 1 ? insn->b : insn->c;
}

/* An argument whose value is in its register when the call starts; the others come from elsewhere.
 */
static inline bool tm_argument_is_value(const tm_argument *argument)
{
    return argument->given && argument->kind < TM_KIND_PATH;
}

/* How many lambdas an argument brings, from argument->index on. */
static inline uint32_t tm_argument_lambdas(const tm_argument *argument)
{
    if (!argument->given || argument->kind < TM_KIND_LAMBDA)
        return 0;
    return argument->kind == TM_KIND_LIST_OF_LAZY ? argument->count : 1;
}

/* Paths that editors write through. */
static inline bool tm_argument_is_path(const tm_argument *argument)
{
    return argument->given && argument->kind >= TM_KIND_PATH && argument->kind <= TM_KIND_PATH_LIST;
}

#endif
