/* Path fields: the fields of spans, events, scopes and resources. For this module only.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The setters get a value of the type that the path wants (path.c looks). */
#ifndef TM_VM_PATH_PATH_FIELDS_H
#define TM_VM_PATH_PATH_FIELDS_H

#include "vm/vm.h"

/* The item that the target's path is a path of. */
static inline tm_item *tm_target_item(const tm_vm *vm, const tm_target *t)
{
    return vm->item[t->path->level];
}

/* As stored. */
bool tm_field_get(tm_vm *vm, const tm_target *t, tm_value *value);
bool tm_field_set(tm_vm *vm, const tm_target *t, tm_value value);

/* Numbers cut down to 32 bits; flags must fit. */
bool tm_field_set_int32(tm_vm *vm, const tm_target *t, tm_value value);
bool tm_field_set_uint32(tm_vm *vm, const tm_target *t, tm_value value);
bool tm_field_set_flags(tm_vm *vm, const tm_target *t, tm_value value);

/* Nanoseconds since 1970 as a time in UTC. */
bool tm_field_get_time(tm_vm *vm, const tm_target *t, tm_value *value);
bool tm_field_set_time(tm_vm *vm, const tm_target *t, tm_value value);

/* Ids as lower-case hex digits. */
bool tm_field_get_hex(tm_vm *vm, const tm_target *t, tm_value *value);
bool tm_field_set_hex(tm_vm *vm, const tm_target *t, tm_value value);

/* kind.string and kind.deprecated_string. */
bool tm_field_get_kind(tm_vm *vm, const tm_target *t, tm_value *value);
bool tm_field_set_kind(tm_vm *vm, const tm_target *t, tm_value value);

/* trace_state, or with a key one member of it. */
bool tm_field_get_state(tm_vm *vm, const tm_target *t, tm_value *value);
bool tm_field_set_state(tm_vm *vm, const tm_target *t, tm_value value);

/* status, events and links as wholes: values that name the span. */
bool tm_field_get_object(tm_vm *vm, const tm_target *t, tm_value *value);
bool tm_field_set_status(tm_vm *vm, const tm_target *t, tm_value value);
bool tm_field_set_children(tm_vm *vm, const tm_target *t, tm_value value);

#endif
