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
