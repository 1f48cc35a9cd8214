/* Store: what becomes of a value that is put into telemetry, into the cache or into a literal.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_STORED_H
#define TM_VM_STORED_H

#include "vm/vm.h"

/* Values nested deeper are refused: the structure of AnyValue is checked to this depth too. */
enum { TM_STORE_DEPTH_MOST = 64 };

/* Puts a copy of v at *place, as set does with a map entry (language.md 3.2): scalars, nil, maps
 * and lists of any form, copied to all depths as data. False with vm->error for what cannot be
 * stored: *place then keeps its value. A list literal is stored element by element all the same,
 * with nil where that fails; only the error of its last element counts. */
bool tm_value_store(tm_vm *vm, tm_value *place, tm_value v);

/* A native value as data: what a map literal does with its entries and a lambda's source with its
 * elements (language.md 3.2, 4.12). Scalars, nil, native maps and list literals of these; anything
 * else is an error. */
bool tm_value_to_data(tm_vm *vm, tm_value v, tm_value *out);

/* The same for each element of a list literal or a native list (Sort, Split); a data list is
 * itself. */
bool tm_list_to_data(tm_vm *vm, tm_value list, tm_value *out);

/* What list literals may come to when lambdas put them into each other; then a list can stand in
 * another one several times, and all that walk over it go there each time. */
enum { TM_LITERAL_DEPTH_MOST = 128, TM_LITERAL_WEIGHT_MOST = 1 << 20 };

/* [a, b, c]: n values, kept as they are. False: list literals in it lie deeper in each other, or
 * come to more elements. */
bool tm_literal_list(tm_vm *vm, const tm_value *item, uint32_t n, tm_value *out);

/* {"a": b, "c": d}: n pairs. Entries are copied as data; of equal keys the last one wins. */
bool tm_literal_map(tm_vm *vm, const tm_value *pair, uint32_t n, tm_value *out);

#endif
