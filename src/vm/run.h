/* Run: the loop, and the calls that it makes. For this room only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_RUN_H
#define TM_VM_RUN_H

#include "vm/vm.h"

/* Runs vm->program from instruction `entry` to the RETURN that ends it. False: vm->error says why.
 */
bool tm_run_from(tm_vm *vm, uint32_t entry, tm_value *result);

/* The same, every step told to vm->trace. */
bool tm_trace_from(tm_vm *vm, uint32_t entry, tm_value *result);

/* Checks the arguments in the site's registers, coerces them there, and runs the function's body.
 */
bool tm_call_run(tm_vm *vm, const tm_call_site *site, tm_value *result);

#endif
