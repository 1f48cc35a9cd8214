/* Path client: otelcol.* - what the receiver knows of the client. For this module only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_PATH_PATH_CLIENT_H
#define TM_VM_PATH_PATH_CLIENT_H

#include "vm/vm.h"

/* Reads a target whose access is one of TM_ACCESS_CLIENT_* or TM_ACCESS_GRPC_METADATA
 * (language.md 3.7). */
bool tm_client_get(tm_vm *vm, const tm_target *target, tm_value *value);

#endif
