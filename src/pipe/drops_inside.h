/* Drops, inside: what their files share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_DROPS_INSIDE_H
#define TM_PIPE_DROPS_INSIDE_H

#include "pipe/drops.h"

#include <pthread.h>

/* What a rule was called, for as long as a drop names it. */
typedef struct tm_drop_rule {
    struct tm_drop_rule *next;
    uint64_t named; /* no drop names it that was added after so many others */
    tm_rule rule;   /* name, file and text, which are behind this block */
} tm_drop_rule;

/* What the drops of a request share that are of one resource. */
typedef struct tm_drop_origin {
    uint64_t time_ns; /* since 1970 */
    uint8_t service_n;
    char service[TM_DROP_SERVICE_BYTES];
} tm_drop_origin;

enum { TM_DROP_HAS_TRACE_ID = 1, TM_DROP_HAS_SPAN_ID = 2, TM_DROP_HAS_BOTH = 3 };
enum { TM_DROP_NAME_HERE = 26, TM_DROP_NAME_REST = TM_DROP_NAME_BYTES - TM_DROP_NAME_HERE };

/* One cache line: to write these is most of what drops cost. */
typedef struct tm_drop {
    tm_drop_rule *rule;
    uint32_t origin; /* its place */
    uint8_t name_n;
    uint8_t ids; /* bits of TM_DROP_HAS_...; nearly always both */
    char trace_id[16], span_id[8];
    char name[TM_DROP_NAME_HERE]; /* its first bytes */
} tm_drop;
_Static_assert(sizeof(tm_drop) == 64, "a cache line");

typedef struct tm_drop_attributes {
    uint16_t n;
    char text[TM_DROP_VALUES_BYTES];
} tm_drop_attributes;

/* Rings of options.keep. An origin has a drop at least, so as many are never too few. */
struct tm_drops {
    tm_drops_options options;
    pthread_mutex_t lock; /* of what follows */
    tm_drop *drop;
    char (*name_rest)[TM_DROP_NAME_REST]; /* beside each, as far as its name is that long */
    tm_drop_attributes *values;           /* beside it; NULL: not asked for */
    tm_drop_origin *origin;
    uint32_t next, next_origin; /* places of the next ones */
    uint64_t added;             /* drops, ever */
    tm_drop_rule *rules;
};

/* So much of the text as `most` bytes hold, no character cut. */
tm_text tm_drop_short(tm_text text, size_t most);

/* Whether so large a share of traces has this one: by the last 56 bits of its id, as samplers that
 * go by it decide. */
bool tm_drops_is_sampled(double share, tm_text trace_id);

/* Attributes of a span (the body of its message) as "key=value key=value", those that are scalars,
 * as many as fit; the bytes. */
uint16_t tm_drop_values(tm_text span, char out[TM_DROP_VALUES_BYTES]);

#endif
