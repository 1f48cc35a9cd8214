/* Convert: coercions, text forms, comparison and arithmetic (language.md 5, 2.2, 2.3).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_CONVERT_H
#define TM_VM_CONVERT_H

#include "base/buf.h"
#include "vm/vm.h"

/* --- lenient getters, language.md 5.2 ---
 * nil stays nil; false with vm->error for what cannot be coerced. */
bool tm_to_string(tm_vm *vm, tm_value v, tm_value *out);
bool tm_to_int(tm_vm *vm, tm_value v, tm_value *out);
bool tm_to_double(tm_vm *vm, tm_value v, tm_value *out);
bool tm_to_bool(tm_vm *vm, tm_value v, tm_value *out);
bool tm_to_bytes(tm_vm *vm, tm_value v, tm_value *out);

/* Checks and coerces one argument as its kind says (what CALL does before a body runs, and what the
 * resolver does with literals): *v is replaced. False with vm->error. */
bool tm_value_fit(tm_vm *vm, tm_kind kind, tm_value *v);

/* --- text form of stored values, language.md 5.3; never fails --- */
tm_text tm_data_text(tm_arena *arena, tm_value v);

/* Compact JSON as in 5.2 (`html`) or 5.3. False when a NaN or infinity is inside, or when it is
 * nested more than 128 deep. */
bool tm_value_json(tm_arena *arena, tm_value v, bool html, tm_text *json);

/* Shortest decimal form that reads back equal: 1, 1.5, 1e+21, 1e-07 (5.3: 1e-7). */
void tm_double_print(tm_buf *out, double d, bool short_exponent);

/* Numbers as Go reads them: strconv.ParseInt(base 10, 64), ParseFloat(64). False when malformed or
 * out of range. */
bool tm_int_read(tm_text t, int64_t *out);
bool tm_double_read(tm_text t, double *out);

/* --- comparison: never fails. What lies more than 128 deep is different, even from itself. --- */
/* clang-format off */
typedef enum tm_comparison {
    TM_IS_EQ, TM_IS_NE, TM_IS_LT, TM_IS_LE, TM_IS_GT, TM_IS_GE
} tm_comparison;
/* clang-format on */
bool tm_value_compare(tm_comparison op, tm_value a, tm_value b);

/* The same in a program that runs: vm->mismatched is told. */
bool tm_vm_compare(tm_vm *vm, tm_comparison op, tm_value a, tm_value b);

/* Equality of elements as ContainsValue and Index see it: numbers across int and double, maps and
 * lists deep. */
bool tm_element_equal(tm_vm *vm, tm_value a, tm_value b);

/* --- arithmetic; false with vm->error --- */
typedef enum tm_arithmetic { TM_PLUS, TM_MINUS, TM_TIMES, TM_OVER } tm_arithmetic;
bool tm_value_arithmetic(tm_vm *vm, tm_arithmetic op, tm_value a, tm_value b, tm_value *out);
bool tm_value_negate(tm_vm *vm, tm_value a, tm_value *out);

/* True for types that an attribute can hold: bool, int, double, string, bytes, map, list, nil. */
bool tm_value_is_storable(tm_value v);

/* An element of a list literal that the literal can hand over as data: a scalar, a native map, or a
 * list literal of such. */
bool tm_value_is_plain(tm_value v);

/* Go-side name of the value's type, as messages show it: "int64", "pcommon.Map", ... */
const char *tm_value_go_name(tm_value v);

/* Seconds, as Go counts them: those near 2^63 wrap round and come first. */
static inline int64_t tm_time_since_year_1(const tm_time *t)
{
    return (int64_t)((uint64_t)t->seconds + 62135596800u);
}

#endif
