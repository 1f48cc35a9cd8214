/* Receive, Zipkin: its spans from a server's exchanges into pipelines, and the answers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_RECEIVE_ZIPKIN_H
#define TM_PIPE_RECEIVE_ZIPKIN_H

#include "pipe/receiver.h"

extern const tm_receiver_protocol tm_receive_zipkin;

/* The services of its port, for tm_listener_options. */
const tm_service *tm_zipkin_services(tm_receiver *receiver, size_t *count);

#endif
