/* Sampler: a span's randomness against a threshold, both numbers of 56 bits.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The three modes differ in where randomness and threshold come from. A span stays when its
 * randomness is not below the threshold, so 0 keeps every span and 2^56 none. */
#include "engine/sampler.h"

#include "otlp/tracestate.h"
#include "vm/convert.h"

#define TM_SURE (TM_SAMPLING_NEVER - 1) /* a randomness that reaches every other */

enum { TM_HASH_BITS = 14, TM_HASH_BUCKETS = 1 << TM_HASH_BITS };

struct tm_sampler {
    tm_sampler_mode mode;
    bool never; /* the share is nothing */
    bool fail_closed;
    uint32_t hash;      /* of the seed, which the trace id's goes on from */
    uint64_t threshold; /* hash_seed, equalizing */
    double share;       /* proportional */
    int digits;
    uint32_t priority; /* slot of sampling.priority */
};

/* What is known of the span that is judged. */
typedef struct tm_draw {
    uint64_t randomness;
    tm_sampling_policy policy; /* where the randomness is from */
    bool carries;              /* its trace state is ours to write */
    const char *error;
    tm_tracestate state;
} tm_draw;

/* --- building --- */

static uint32_t fnv1a(uint32_t hash, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (uint8_t)bytes[i]) * UINT32_C(0x01000193);
    return hash;
}

/* The hash has always been compared in single precision, rounded down: other Collectors of a tier
 * do so. */
static uint64_t hash_threshold(float percentage)
{
    uint32_t buckets = (uint32_t)(percentage * (TM_HASH_BUCKETS / 100.0F));
    return (uint64_t)(TM_HASH_BUCKETS - buckets) << (56 - TM_HASH_BITS);
}

bool tm_build_sampler(tm_build *b, const tm_processor_settings *p)
{
    const tm_sampler_settings *s = &p->sampler;
    const float percentage = s->percentage > 100 ? 100 : (float)s->percentage;
    const uint32_t seed = (uint32_t)s->hash_seed;
    const char seed_bytes[] = {(char)seed, (char)(seed >> 8), (char)(seed >> 16),
                               (char)(seed >> 24)};
    tm_sampler *sampler = TM_NEW(b->arena, tm_sampler);
    *sampler = (tm_sampler){.mode = s->mode,
                            .fail_closed = s->fail_closed,
                            .hash = fnv1a(UINT32_C(0x811c9dc5), seed_bytes, sizeof seed_bytes),
                            .share = (double)percentage / 100,
                            .digits = (int)s->precision};
    sampler->threshold = s->mode == TM_SAMPLE_HASH_SEED
                             ? hash_threshold(percentage)
                             : tm_tracestate_threshold(sampler->share, sampler->digits);
    sampler->never = percentage <= 0 ||
                     (s->mode == TM_SAMPLE_HASH_SEED && sampler->threshold == TM_SAMPLING_NEVER);
    sampler->priority = tm_need_slot(&b->needs, TM_SPAN, TM_TEXT("sampling.priority"));
    tm_need_field(&b->needs, TM_SPAN, TM_SPAN_TRACE_ID);
    tm_need_field(&b->needs, TM_SPAN, TM_SPAN_TRACE_STATE);
    tm_step *step = tm_build_step(b, TM_STEP_SAMPLE, TM_SPAN, TM_MODE_IGNORE);
    step->reads = step->writes = 1 << TM_SPAN;
    step->sampler = sampler;
    step->action_rule = TM_NEW(b->arena, tm_rule);
    tm_build_rule(b, step->action_rule, p->id, p->source, p->place);
    return true;
}

/* --- randomness --- */

/* The upper 14 bits decide as the hash's lower 14 always have; the others only fill rv. */
static uint64_t hashed(const tm_sampler *s, const char *trace_id)
{
    const uint32_t hash = fnv1a(s->hash, trace_id, 16);
    const uint64_t bucket = hash & (TM_HASH_BUCKETS - 1), rest = hash >> (32 - TM_HASH_BITS);
    const uint64_t filling = rest ^ rest << 10;
    return (TM_HASH_BUCKETS - 1 - bucket) << 42 | filling << 14 | bucket;
}

/* The trace id of the span, or NULL when it is all zeros. */
static const char *trace_id_of(const tm_item *span)
{
    static const char zero[16] = {0};
    tm_value id = tm_item_field(span, TM_SPAN_TRACE_ID);
    return id.n == 16 && memcmp(id.p, zero, 16) ? id.p : NULL;
}

static void draw_hash(const tm_sampler *s, const tm_item *span, tm_draw *d)
{
    const char *id = trace_id_of(span);
    if (id) {
        d->randomness = hashed(s, id);
        d->policy = TM_BY_TRACE_ID_HASH;
    }
    if (!d->error && d->state.rv.n)
        d->error = "it has sampling randomness (rv): mode equalizing or proportional would heed it";
    else if (!d->error && d->state.th.n)
        d->error =
            "it has a sampling threshold (th): mode equalizing or proportional would heed it";
    d->carries = !d->error;
    if (d->carries)
        tm_tracestate_set_randomness(&d->state, d->randomness);
}

static void draw_consistent(const tm_item *span, tm_draw *d)
{
    d->carries = !d->error;
    if (!d->carries)
        return;
    const char *id = trace_id_of(span);
    if (d->state.rv.n) {
        d->randomness = d->state.randomness;
        d->policy = TM_BY_SAMPLING_RANDOMNESS;
    } else if (id) {
        d->randomness = tm_tracestate_randomness(id);
        d->policy = TM_BY_TRACE_ID_W3C;
    }
}

static void draw(const tm_sampler *s, const tm_item *span, tm_draw *d)
{
    d->error =
        tm_tracestate_read(&d->state, tm_value_text(tm_item_field(span, TM_SPAN_TRACE_STATE)));
    d->randomness = TM_SURE;
    d->policy = TM_BY_MISSING_RANDOMNESS;
    d->carries = true;
    if (s->never)
        d->policy = TM_BY_SAMPLING_PRIORITY; /* nothing else can keep it, bad trace state or not */
    else if (s->mode == TM_SAMPLE_HASH_SEED)
        draw_hash(s, span, d);
    else
        draw_consistent(span, d);
    if (d->error)
        return;
    if (d->policy == TM_BY_MISSING_RANDOMNESS) {
        d->error = "it has no trace id to sample by";
    } else if (d->state.threshold > d->randomness) {
        tm_tracestate_clear_threshold(&d->state);
        d->error = "its randomness is below its threshold (th): it should not have been sampled";
    }
}

/* --- threshold --- */

static uint64_t decide(const tm_sampler *s, const tm_draw *d)
{
    const uint64_t arriving = d->state.threshold;
    if (d->error)
        return s->fail_closed ? TM_SAMPLING_NEVER : 0;
    if (s->never)
        return TM_SAMPLING_NEVER;
    if (s->mode == TM_SAMPLE_PROPORTIONAL)
        return tm_tracestate_threshold((double)(TM_SAMPLING_NEVER - arriving) /
                                           (double)TM_SAMPLING_NEVER * s->share,
                                       s->digits);
    return s->mode == TM_SAMPLE_EQUALIZING && arriving > s->threshold ? arriving : s->threshold;
}

/* The attribute as OpenTracing means it: above 0 keeps, 0 drops. False: it says neither. */
static bool priority(const tm_sampler *s, tm_item *span, bool *keep)
{
    double number = -1;
    tm_value v = tm_item_attribute(span, s->priority);
    if (v.type == TM_INT)
        number = v.integer < 0 ? -1 : v.integer > 0;
    else if (v.type == TM_DOUBLE)
        number = v.number;
    else if (v.type != TM_STRING || !tm_double_read(tm_value_text(v), &number))
        return false;
    *keep = number > 0;
    return number >= 0;
}

static void write_back(tm_draw *d, uint64_t threshold, tm_vm *vm, tm_item *span)
{
    char bytes[TM_TRACESTATE_ROOM];
    tm_tracestate_raise(&d->state, threshold);
    tm_text text = tm_text_slice(bytes, tm_tracestate_write(&d->state, bytes));
    if (!tm_text_equal(text, tm_value_text(tm_item_field(span, TM_SPAN_TRACE_STATE))))
        tm_item_set_field(span, TM_SPAN_TRACE_STATE, tm_string(tm_arena_copy(vm->arena, text)));
}

tm_sampling tm_sampler_judge(const tm_sampler *s, tm_vm *vm)
{
    tm_item *span = vm->item[TM_SPAN];
    tm_draw d;
    bool keep;
    draw(s, span, &d);
    uint64_t threshold = decide(s, &d);
    if (priority(s, span, &keep)) {
        threshold = keep ? 0 : TM_SAMPLING_NEVER;
        d.policy = TM_BY_SAMPLING_PRIORITY;
    }
    tm_sampling result = {
        .kept = threshold <= d.randomness, .policy = d.policy, .failed = d.error != NULL};
    if (d.error)
        vm->error = tm_text_of(d.error);
    if (result.kept && d.carries)
        write_back(&d, threshold, vm, span);
    return result;
}
