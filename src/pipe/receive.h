/* Receive: OTLP's requests from a server's exchanges into pipelines, and the answers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_RECEIVE_H
#define TM_PIPE_RECEIVE_H

#include "pipe/receiver.h"

extern const tm_receiver_protocol tm_receive_otlp;

/* The services of its ports, for tm_listener_options. */
const tm_service *tm_receiver_grpc_services(tm_receiver *receiver, size_t *count);
const tm_service *tm_receiver_http_services(tm_receiver *receiver, size_t *count);

#endif
