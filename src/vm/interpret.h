/* Run: the loop, and the calls that it makes. For this module only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_INTERPRET_H
#define TM_VM_INTERPRET_H

#include "vm/vm.h"

typedef uint64_t tm_half __attribute__((may_alias));

/* Copies a value that was written just now. Values are written in halves, and a processor forwards
 * no two stores to one load: reading all 16 bytes at once would wait until both are in the cache,
 * which takes longer than comparing two attributes. The volatile keeps the halves apart. */
static inline void tm_run_copy(tm_value *to, const tm_value *from)
{
    const volatile tm_half *f = (const volatile tm_half *)from;
    volatile tm_half *t = (volatile tm_half *)to;
    tm_half first = f[0], second = f[1];
    t[0] = first;
    t[1] = second;
}

/* Runs vm->program from instruction `entry` to the RETURN that ends it. False: vm->error says why.
 */
bool tm_run_from(tm_vm *vm, uint32_t entry, tm_value *result);

/* The same, every step told to vm->trace. */
bool tm_trace_from(tm_vm *vm, uint32_t entry, tm_value *result);

/* Checks the arguments in the site's registers, coerces them there, and runs the function's body.
 */
bool tm_call_run(tm_vm *vm, const tm_call_site *site, tm_value *result);

/* IsMatch: nil is false, what is no string matches in its text form (language.md 4.2).
 * TM_MATCH_BUDGET: it failed, vm->error says why. */
tm_match tm_run_match(tm_vm *vm, tm_value v, const tm_regex *regex);

#endif
