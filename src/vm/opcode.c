/* Opcode: the rows of grammar/opcodes.def as a table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/opcode.h"

#include <assert.h>

const tm_opcode_row *tm_opcode_get(tm_opcode op)
{
    static const tm_opcode_row rows[] = {
#define OP(name, a, b, c, manual)                                                                  \
    [TM_OP_##name] = {#name, {TM_OPERAND_##a, TM_OPERAND_##b, TM_OPERAND_##c}, manual},
#include "opcodes.def"
#undef OP
    };
    assert(op < TM_OP_COUNT);
    return &rows[op];
}
