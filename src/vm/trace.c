/* Trace: the same loop, telling what each instruction did.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/trace.h"

#include "vm/convert.h"
#include "vm/path/path.h"
#include "vm/interpret.h"
#include "vm/stored.h"

static bool run_traced(tm_vm *vm, uint32_t entry, tm_value *result);

#define LOOP run_traced
#define STEP(insn) vm->trace->step(vm->trace->owner, vm, (uint32_t)((insn)-p->code))
#include "vm/instructions.inc"

bool tm_trace_from(tm_vm *vm, uint32_t entry, tm_value *result)
{
    const tm_trace *trace = vm->trace;
    if (trace->enter)
        trace->enter(trace->owner, vm, entry);
    const bool done = run_traced(vm, entry, result);
    if (trace->leave)
        trace->leave(trace->owner, vm, done, result);
    return done;
}

uint32_t tm_trace_next(const tm_vm *vm, uint32_t last)
{
    if (last == UINT32_MAX)
        return 0;
    const tm_insn *insn = &vm->program->code[last];
    const bool asks = insn->op == TM_OP_JUMP_TRUE || insn->op == TM_OP_JUMP_FALSE;
    const bool truth = asks && vm->r[insn->a].truth; /* else the register may hold anything */
    const bool jumps = insn->op == TM_OP_JUMP || (insn->op == TM_OP_JUMP_TRUE && truth) ||
                       (insn->op == TM_OP_JUMP_FALSE && !truth);
    return jumps ? insn->b : last + 1;
}
