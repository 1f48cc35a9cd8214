/* Drops, inside: what their files share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_DROPS_INSIDE_H
#define TM_PIPE_DROPS_INSIDE_H

#include "pipe/drops.h"

#include <pthread.h>

/* What a rule was called, for as long as a drop names it. */
typedef struct tm_drop_rule {
    struct tm_drop_rule *next;
    uint32_t drops; /* that name it */
    tm_rule rule;   /* name, file and text, which are behind this block */
} tm_drop_rule;

typedef struct tm_drop {
    uint64_t time_ns; /* since 1970 */
    tm_drop_rule *rule;
    uint8_t trace_id_bytes, span_id_bytes, name_bytes, service_bytes;
    uint16_t values_bytes;
    char trace_id[16], span_id[8], name[TM_DROP_NAME_BYTES], service[TM_DROP_SERVICE_BYTES];
} tm_drop;

struct tm_drops {
    tm_drops_options options;
    pthread_mutex_t lock; /* of what follows */
    tm_drop *drop;        /* a ring of options.keep */
    char *values;         /* beside it, TM_DROP_VALUES_BYTES each; NULL: not asked for */
    uint64_t n;           /* added so far */
    tm_drop_rule *rules;
};

/* Attributes of a span (the body of its message) as "key=value key=value", those that are scalars,
 * as many as fit; the bytes. */
uint16_t tm_drop_values(tm_text span, char out[TM_DROP_VALUES_BYTES]);

#endif
