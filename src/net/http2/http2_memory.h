/* HTTP/2 memory: nghttp2 on a heap of ours, for both ends of a session.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP2_HTTP2_MEMORY_H
#define TM_NET_HTTP2_HTTP2_MEMORY_H

#include "base/arena.h"

#include <nghttp2/nghttp2.h>

/* NULL: libc's. */
nghttp2_mem tm_http2_memory(const tm_heap *heap);

#endif
