/* Proof: what each part of a rule was worth when it ran, so that one sees why it said what it said.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A proof is taken by a trace: it tells of the run that decided, and of no second one. */
#ifndef TM_VM_PROOF_H
#define TM_VM_PROOF_H

#include "vm/trace.h"

/* What is known of one part. */
typedef struct tm_proved {
    bool known;     /* it has a value; else it was not asked, or failed */
    uint32_t times; /* how often it had one, in a lambda; the value is the last */
    tm_value value; /* a copy; events, links and status as a whole are gone with their span */
    tm_arena *own;  /* of the copy, from the second time on: what was before is of no use */
} tm_proved;

/* One run of one program. */
typedef struct tm_proof {
    struct tm_proof *next;
    const tm_program *program;
    const void *note; /* whoever records may tell runs apart by it */
    tm_proved *part;  /* program->parts of them */
    bool ended;       /* false: it failed, and `error` says why */
    bool matched;     /* of a statement: its where held */
    tm_value result;
    tm_text error;
    uint32_t failed; /* the innermost part that failed, or TM_NO_PART */
} tm_proof;

/* Records runs one after the other. Zero-initialise but for the arena, which holds the proofs. */
typedef struct tm_proofs {
    tm_arena *arena;
    tm_proof *first, *last; /* last: the one that runs, or ran */
    const void *note;
    tm_trace trace;
    uint32_t done[TM_LAMBDA_DEPTH_MOST + 1]; /* by depth: the instruction done last */
} tm_proofs;

/* From now on every run of the VM is recorded. Programs that were not compiled to be explained have
 * no parts, but a result. */
void tm_proofs_record(tm_proofs *proofs, tm_vm *vm);

/* Whether the part is true. False: that is not known, or it is no bool. */
bool tm_proof_truth(const tm_proof *proof, uint32_t part, bool *truth);

/* The first part of the program that stands in no other: the condition, the value, or the where of
 * a statement. TM_NO_PART: there is none. The next one behind a part, in the same part. */
uint32_t tm_proof_first(const tm_program *program, uint32_t parent);
uint32_t tm_proof_next(const tm_program *program, uint32_t part);

/* A copy that owns its texts. */
tm_value tm_proof_copy(tm_arena *arena, tm_value value);

#endif
