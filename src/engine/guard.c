/* Guard: read off the first instructions of a program.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/guard.h"

/* True when the program yields what the first instruction yielded, at least if that is false. */
static bool ends_when_false(const tm_program *p)
{
    const tm_insn *first = &p->code[0], *second = &p->code[1];
    if (second->op == TM_OP_JUMP_FALSE && second->a == first->a)
        second = &p->code[second->b];
    return second->op == TM_OP_RETURN && second->a == first->a;
}

tm_guard tm_guard_of(const tm_program *p, tm_level level)
{
    const tm_insn *first = &p->code[0];
    const tm_guard none = {.kind = TM_GUARD_NONE};
    const bool equal = first->op == TM_OP_ATTRIBUTE_EQUAL || first->op == TM_OP_FIELD_EQUAL;
    if ((!equal && first->op != TM_OP_ATTRIBUTE_MATCH) || tm_where_level(first->b) != level ||
        !ends_when_false(p))
        return none;
    const tm_type type = equal ? p->constant[first->c].type : TM_NIL;
    tm_guard guard = {.kind = TM_GUARD_SLOT, .number = tm_where_number(first->b)};
    if (type == TM_STRING)
        guard.n = p->constant[first->c].n;
    if (first->op == TM_OP_FIELD_EQUAL) {
        guard.kind = TM_GUARD_FIELD_N;
        return type == TM_STRING ? guard : none;
    }
    guard.bit = (uint64_t)1 << (guard.number & 63);
    if (type == TM_STRING)
        guard.kind = TM_GUARD_SLOT_N;
    return equal && type == TM_NIL ? none : guard; /* an absent attribute equals nil */
}
