/* Sample: a share of all traces, the same ones wherever they are asked for.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The randomness of a trace (rv of its trace state, or the last 56 bits of its id) is held against
 * a threshold, as OpenTelemetry's samplers do:
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/ */
#include "stdlib/fn.h"
#include "stdlib/quick_hash.h"

#include "otlp/tracestate.h"

enum { DIGITS = 4, TRACE_ID_BYTES = 16 }; /* as precise as probabilistic_sampler is by default */

static bool is_share(double ratio)
{
    return ratio >= 0 && ratio <= 1;
}

static bool prepare_Sample(tm_prepare *p)
{
    if (!(p->is_literal & 1) || is_share(p->literal[0].number))
        return true;
    return tm_refuse(p, 0, "the ratio is from 0 to 1");
}

/* False: the span has neither a trace id nor randomness of its own. */
static bool trace_randomness(const tm_item *span, uint64_t *randomness)
{
    static const char zero[TRACE_ID_BYTES];
    const tm_value id = tm_item_field(span, TM_SPAN_TRACE_ID);
    tm_tracestate state;
    tm_tracestate_read(&state, tm_value_text(tm_item_field(span, TM_SPAN_TRACE_STATE)));
    if (state.rv.n) {
        *randomness = state.randomness;
        return true;
    }
    if (id.n != TRACE_ID_BYTES || !memcmp(id.p, zero, TRACE_ID_BYTES))
        return false;
    *randomness = tm_tracestate_randomness(id.p);
    return true;
}

TM_OWN_CONVERTER(
    Sample, TM_HOST_TRACE, prepare_Sample, "bool Sample(ratio: double~, key?: string~)",
    "True for that share of all traces (0 to 1), or of all values of key: always the same ones. "
    "What a smaller ratio holds for, a larger one holds for, too, here and in every sampler that "
    "heeds OpenTelemetry's sampling threshold (th): the randomness of a trace is rv of its trace "
    "state, or the last 56 bits of its id. A key that is nil leaves it to the trace.",
    EX(Sample(1)) EX(not Sample(0)) EX(Sample(0.97)) EX(not Sample(0.95))
    EX(Sample(0.5, "a") == Sample(0.5, "a")) EX(Sample(0.97, attributes["none"]))
    EX(Sample(2)) REFUSED EX(Sample(attributes["big"])) FAILS)
{
    const double ratio = tm_arg_double(c, 0);
    uint64_t randomness;
    if (tm_arg_is_nil(c, 0) || !is_share(ratio))
        return tm_fail(c, "the ratio is not from 0 to 1");
    const bool keyed = tm_arg_given(c, 1) && !tm_arg_is_nil(c, 1);
    if (keyed && !tm_charge_bytes(c, tm_arg_text(c, 1).n))
        return false;
    if (keyed)
        randomness = tm_hash_xxh3(tm_arg_text(c, 1)) & (TM_SAMPLING_NEVER - 1);
    else if (!trace_randomness(c->vm->item[TM_SPAN], &randomness))
        return tm_fail(c, "the span has no trace id to sample by");
    return tm_return_bool(c, randomness >= tm_tracestate_threshold(ratio, DIGITS));
}

TM_CHAPTER(sample, ROW(Sample))
