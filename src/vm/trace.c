/* Trace: the same loop, telling what each instruction did.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/trace.h"

#include "vm/convert.h"
#include "vm/path/path.h"
#include "vm/interpret.h"
#include "vm/stored.h"

#define LOOP tm_trace_from
#define STEP(insn) vm->trace->step(vm->trace->owner, vm, (uint32_t)((insn)-p->code))
#include "vm/instructions.inc"
