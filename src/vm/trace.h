/* Trace: the same loop, telling what each instruction did.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_TRACE_H
#define TM_VM_TRACE_H

#include "vm/vm.h"

/* Set vm->trace to one of these before tm_vm_run. */
typedef struct tm_trace {
    /* The program (vm->depth is 0) or one of its lambdas is about to run from `entry` on; and has
     * come to an end, or failed (vm->error says why). Each may be NULL. */
    void (*enter)(void *owner, const tm_vm *vm, uint32_t entry);
    void (*leave)(void *owner, const tm_vm *vm, bool done, const tm_value *result);
    /* Instruction number `at` of vm->program is done; what it wrote is in vm->r (tm_opcode_get says
     * which operand that is). vm->depth tells how many lambdas it runs in. An instruction that
     * fails is not told. */
    void (*step)(void *owner, const tm_vm *vm, uint32_t at);
    void *owner;
} tm_trace;

/* Where the loop has gone behind the instruction that was done last (UINT32_MAX: it had just begun
 * at 0): the one that failed, when `leave` tells of a failure. */
uint32_t tm_trace_next(const tm_vm *vm, uint32_t last);

#endif
