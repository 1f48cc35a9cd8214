/* Verify: what its files share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_VERIFY_VERIFY_INSIDE_H
#define TM_VM_VERIFY_VERIFY_INSIDE_H

#include "vm/opcode.h"

typedef struct tm_verifier {
    tm_arena *arena;
    const tm_program *program;
    const uint32_t *needs;
    tm_text *why;
} tm_verifier;

/* Refuses the program; returns false always. */
bool tm_verify_refuse(const tm_verifier *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Constants, regexes, targets, lambdas and sites: each well-formed by itself. */
bool tm_verify_tables(const tm_verifier *v);

/* Registers along every way through the code. Everything else has passed already. */
bool tm_verify_flow(const tm_verifier *v);

#endif
