/* Receive, Zipkin: its spans from a server's exchanges into pipelines, and the answers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_RECEIVE_ZIPKIN_H
#define TM_PIPE_RECEIVE_ZIPKIN_H

#include "pipe/receive.h"

typedef struct tm_zipkin_receiver tm_zipkin_receiver;

/* As those of tm_receiver. */
tm_zipkin_receiver *tm_zipkin_receiver_new(const tm_receiver_options *options);
void tm_zipkin_receiver_free(tm_zipkin_receiver *receiver);
void tm_zipkin_receiver_refresh(tm_zipkin_receiver *receiver, unsigned worker);
void tm_zipkin_receiver_keep(tm_zipkin_receiver *receiver);
bool tm_zipkin_receiver_is_busy(const tm_zipkin_receiver *receiver, unsigned worker);
void tm_zipkin_receiver_tell(void *receiver, const tm_refused *refused);
const tm_service *tm_zipkin_receiver_services(tm_zipkin_receiver *receiver, size_t *count);

#endif
