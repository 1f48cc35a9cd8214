/* Path keys: steps from a map or list into what it holds. For this module only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_PATH_PATH_KEYS_H
#define TM_VM_PATH_PATH_KEYS_H

#include "vm/vm.h"

/* A list that a path creates is padded up to its first index; a larger index is an error (the
 * reference would exhaust memory). */
enum { TM_KEYS_PADDING_MOST = 65535 };

/* The key's value: as written, what its register holds, or what its lambda yields, which may fail.
 */
static inline bool tm_keys_value(tm_vm *vm, const tm_path_key *key, tm_value *value)
{
    if (key->lazy)
        return tm_vm_call_lambda(vm, key->lambda, NULL, 0, value);
    *value = key->dynamic ? vm->r[key->reg] : key->value;
    return true;
}

/* The key as a map's or a list's index. False with vm->error when it has another type. */
bool tm_keys_text(tm_vm *vm, const tm_path_key *key, tm_text *text);
bool tm_keys_index(tm_vm *vm, const tm_path_key *key, int64_t *index);

/* Reads n steps (language.md 3.1): an absent key ends in nil, whatever follows. */
bool tm_keys_get(tm_vm *vm, tm_value container, const tm_path_key *key, unsigned n, tm_value *out);

/* Writes at the end of n >= 1 steps from the map (language.md 3.2). What is missing on the way is
 * created and stays when a later step fails. */
bool tm_keys_set(tm_vm *vm, tm_map *map, const tm_path_key *key, unsigned n, tm_value value);

/* The same from a single place on, n >= 0. */
bool tm_keys_set_at(tm_vm *vm, tm_value *place, const tm_path_key *key, unsigned n, tm_value value);

/* The map at the end of n >= 1 steps, to be changed: entries on the way forget their bytes. A map
 * is known to be there (tm_keys_get found it). */
tm_map *tm_keys_open(tm_vm *vm, tm_map *map, const tm_path_key *key, unsigned n);

#endif
