/* Regexes: patterns that are known only at run time, compiled once and kept while they are in use.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_REGEXES_H
#define TM_VM_REGEX_REGEXES_H

#include "vm/vm.h"

/* The pattern's regex. It belongs to the VM and is valid until the VM is asked for as many others
 * as it keeps (16), so at least until the function that asked returns. NULL when the pattern is
 * bad: *error, in the request's arena, says why. */
const tm_regex *tm_regexes_get(tm_vm *vm, tm_text pattern, tm_text *error);

#endif
