/* Path: reading and writing what a path names.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_PATH_PATH_H
#define TM_VM_PATH_PATH_H

#include "vm/vm.h"

/* Reads the path with its keys (language.md 3.1, 3.3-3.7). False: a runtime error, vm->error says
 * why. */
bool tm_path_get(tm_vm *vm, const tm_target *target, tm_value *value);

/* Writes it (language.md 3.2): storable values are copied to all depths; what is missing on the way
 * is created. */
bool tm_path_set(tm_vm *vm, const tm_target *target, tm_value value);

/* The map that the path names, to be changed in place: its item counts as changed, and what lies on
 * the way forgets its bytes. False with an error when there is none, or none that can be changed.
 */
bool tm_path_map(tm_vm *vm, const tm_target *target, tm_map **map);

/* The same map, only to be read; fails where tm_path_map fails. An editor that finds nothing to do
 * leaves its item as it was. tm_path_map gives the same entries, perhaps in another place. */
bool tm_path_map_read(tm_vm *vm, const tm_target *target, const tm_map **map);

/* What the parameter kinds `path map` and `path list` do when reading: the value must be a map / a
 * list. */
bool tm_path_list(tm_vm *vm, const tm_target *target, tm_value *list);

/* Removes nothing, sets the zero value of the current type: what clear(path) does
 * (language.md 4.10).
 */
bool tm_path_clear(tm_vm *vm, const tm_target *target);

/* One step of strict indexing, as on converter results and lambda parameters. */
bool tm_value_index(tm_vm *vm, tm_value container, tm_value key, tm_value *value);

#endif
