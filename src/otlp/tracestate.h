/* Tracestate: a span's W3C trace state, and the sampling fields rv and th of its member "ot".
 * SPDX-License-Identifier: Apache-2.0
 *
 * rv tells a trace's randomness, th the threshold that it has passed so far: a span was kept while
 * its randomness was not below the threshold, both being numbers of 56 bits.
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/ */
#ifndef TM_OTLP_TRACESTATE_H
#define TM_OTLP_TRACESTATE_H

#include "base/text.h"

enum {
    TM_SAMPLING_DIGITS = 14, /* hex digits of 56 bits */
    TM_TRACESTATE_MOST = 1024,
    TM_TRACESTATE_ROOM = TM_TRACESTATE_MOST + 64 /* what is written may be longer by rv and th */
};

/* A threshold that no randomness reaches. */
#define TM_SAMPLING_NEVER (UINT64_C(1) << 56)

/* What was read of it, pointing into the text read; not to be copied. */
typedef struct tm_tracestate {
    tm_text members;     /* what other members are copied from */
    tm_text ot;          /* value of the last "ot", what its other fields are copied from */
    tm_text rv, th;      /* digits as they stood or were set; empty: absent */
    uint64_t randomness; /* of rv */
    uint64_t threshold;  /* of th, 0 without one */
    char rv_digits[TM_SAMPLING_DIGITS], th_digits[TM_SAMPLING_DIGITS]; /* when set */
} tm_tracestate;

/* Reads what can be read. Returns what is wrong with the text, in static storage, or NULL. */
const char *tm_tracestate_read(tm_tracestate *state, tm_text text);

void tm_tracestate_set_randomness(tm_tracestate *state, uint64_t randomness);

/* Sets the threshold (below 2^56) unless that would lower it: spans lost are not to be undone. */
void tm_tracestate_raise(tm_tracestate *state, uint64_t threshold);

void tm_tracestate_clear_threshold(tm_tracestate *state);

/* Writes "ot=rv:...;th:...;OTHERS,OTHERS" to `out` of TM_TRACESTATE_ROOM bytes; the length. */
size_t tm_tracestate_write(const tm_tracestate *state, char *out);

/* The threshold, at most 2^56, that a share of randomness passes, rounded to so many hex digits
 * behind the leading ones that are all 0 or all f. Every share that cannot be told from 0 has 2^56.
 */
uint64_t tm_tracestate_threshold(double share, int digits);

/* The randomness of a trace id of 16 bytes without rv: its last 56 bits. */
uint64_t tm_tracestate_randomness(const char *trace_id);

#endif
