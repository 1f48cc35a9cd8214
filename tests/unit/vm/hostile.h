/* Hostile: what the tests of the verifier share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_UNIT_VM_HOSTILE_H
#define TM_TESTS_UNIT_VM_HOSTILE_H

#include "assembly.h"

static inline bool body_Echo(tm_call *c)
{
    c->result = tm_nil();
    return true;
}
static const tm_function echo = {.name = "Echo", .body = body_Echo};

/* clang-format off */
#define GIVEN(kind_) {.kind = (kind_), .given = true}
/* clang-format on */

static inline void assert_passes(stage *s, tm_program p)
{
    tm_text why;
    if (!tm_verify(s->request, &p, two_slots, &why))
        fail_msg("%.*s", TM_PRI(why));
}

#define assert_refused(s, p, expected) check_refused((s), (p), (expected), __FILE__, __LINE__)
static inline void check_refused(stage *s, tm_program p, const char *expected, const char *file,
                                 int line)
{
    tm_text why = TM_TEXT("(it passes)");
    if (tm_verify(s->request, &p, two_slots, &why))
        print_error("it passes\n");
    stage_assert_text(why, expected, file, line);
}

/* The instruction, after a CONSTANT into r0 and before a RETURN; r1 is there too. */
static inline tm_program with(stage *s, tm_insn insn)
{
    tm_insn *code = TM_NEW_ARRAY(s->request, 3, tm_insn);
    code[0] = (tm_insn)DO(CONSTANT, 0, 0, 0);
    code[1] = insn;
    code[2] = (tm_insn)DO(RETURN, 0, 0, 0);
    tm_value *constant = TM_NEW(s->request, tm_value);
    *constant = tm_bool(true);
    return PROGRAM(CONDITION, 2, .code = code, .length = 3, .constant = constant, .constants = 1);
}

#endif
