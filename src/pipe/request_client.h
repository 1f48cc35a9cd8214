/* Client: what rules may ask of the sender of a request.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_REQUEST_CLIENT_H
#define TM_PIPE_REQUEST_CLIENT_H

#include "net/server.h"
#include "vm/vm.h"

/* The client of an exchange: its address, what its authenticator tells, and its headers if the
 * service keeps them; `included` ones are client.metadata, and those of gRPC are grpc.metadata in
 * any case. Names and values last as long as the exchange and the arena do. Out of memory escapes.
 */
tm_client tm_client_of(tm_arena *arena, const tm_exchange *exchange, bool included);

#endif
