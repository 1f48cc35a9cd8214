/* Verify: no program runs before it has passed here.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A program that passes reads no register before it was written, jumps on bools only and forward
 * only, calls each lambda from one place, and names nothing that is not there: the loop need not
 * look at any of this. What the functions' signatures say (how many arguments, of what kinds) is
 * the resolver's to see to. */
#ifndef TM_VM_VERIFY_VERIFY_H
#define TM_VM_VERIFY_VERIFY_H

#include "vm/program.h"

/* False when the program must not run; *why then says the first reason. needs[level] is the number
 * of attribute keys numbered at that level. What is worked out on the way lives in `arena`. */
bool tm_verify(tm_arena *arena, const tm_program *program, const uint32_t needs[TM_LEVELS],
               tm_text *why);

#endif
