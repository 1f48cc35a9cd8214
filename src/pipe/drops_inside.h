/* Drops, inside: what their files share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_DROPS_INSIDE_H
#define TM_PIPE_DROPS_INSIDE_H

#include "otlp/identity.h"
#include "pipe/drops.h"

#include <pthread.h>

/* What a rule was called, for as long as a drop names it. */
typedef struct tm_drop_rule {
    struct tm_drop_rule *next;
    uint32_t drops; /* that name it */
    tm_rule rule;   /* name, file and text, which are behind this block */
} tm_drop_rule;

/* The first bytes of a dropped span as SDKs write them hold its ids and its name; of other forms
 * these are put together. Nothing else of them is ever shown. */
enum { TM_DROP_HEAD_BYTES = 128 };

typedef struct tm_drop_lengths {
    uint16_t values;
    uint8_t head, service;
} tm_drop_lengths;

typedef struct tm_drop {
    uint64_t time_ns; /* since 1970 */
    tm_drop_rule *rule;
    tm_drop_lengths lengths;
    char head[TM_DROP_HEAD_BYTES], service[TM_DROP_SERVICE_BYTES];
} tm_drop;

struct tm_drops {
    tm_drops_options options;
    pthread_mutex_t lock; /* of what follows */
    tm_drop *drop;        /* a ring of options.keep */
    char *values;         /* beside it, TM_DROP_VALUES_BYTES each; NULL: not asked for */
    uint32_t next;        /* place of the next one */
    bool is_full;         /* another one stands there: the oldest */
    tm_drop_rule *rules;
};

/* Who the span was; its name as far as it was kept. */
tm_span_identity tm_drop_identity(const tm_drop *drop);

/* So much of the text as `most` bytes hold, no character cut. */
tm_text tm_drop_short(tm_text text, size_t most);

/* Whether so large a share of traces has this one: by the last 56 bits of its id, as samplers that
 * go by it decide. */
bool tm_drops_is_sampled(double share, tm_text trace_id);

/* Attributes of a span (the body of its message) as "key=value key=value", those that are scalars,
 * as many as fit; the bytes. */
uint16_t tm_drop_values(tm_text span, char out[TM_DROP_VALUES_BYTES]);

#endif
