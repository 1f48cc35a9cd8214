/* Fate: single spans, what a sampler is to make of each, and whether it did.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_ENGINE_SAMPLED_H
#define TM_TEST_ENGINE_SAMPLED_H

#include "base/clock.h"
#include "engine/judge.h"
#include "otlp.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MOST = 8, TRACE_ID = 16, REQUEST_MOST = 1 << 14 };

/* A span, and what becomes of it. */
typedef struct sampled_span {
    const char *id;    /* 16 bytes; NULL: none */
    const char *state; /* before */
    const char *want;  /* after; NULL: it is dropped */
    const Otlp__AnyValue *priority;
} sampled_span;

/* Its hash without a seed falls into bucket 6693 of 16384, its last 56 bits are in the lower part.
 */
#define USUAL "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
#define HIGH "\1\1\1\1\1\1\1\1\1\xf0\0\0\0\0\0\0"
#define LOW "\1\1\1\1\1\1\1\1\1\x10\0\0\0\0\0\0"
#define USUAL_RV "976837c4f25a25"
#define HASHED "ot=rv:" USUAL_RV ";th:"

/* --- judging --- */

typedef struct sampling {
    tm_ruleset *ruleset;
    tm_judge *judge;
    tm_outcome outcome;
    size_t taken; /* blocks from the heap */
} sampling;

static void *take(void *owner, size_t size)
{
    ((sampling *)owner)->taken++;
    return malloc(size);
}

static void *grow(void *owner, void *block, size_t size)
{
    ((sampling *)owner)->taken++;
    return realloc(block, size);
}

static void drop(void *owner, void *block)
{
    (void)owner;
    free(block);
}

static void open_sampling(sampling *c, const tm_heap *heap, const tm_processor_settings *processor,
                          uint32_t n)
{
    const tm_processor_settings *processors[MOST];
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags = {.arena = arena};
    for (uint32_t i = 0; i < n; i++)
        processors[i] = &processor[i];
    c->ruleset = tm_ruleset_new(NULL, processors, n, &diags);
    c->judge = tm_judge_new(heap, tm_clock_real(), NULL, NULL);
    tm_arena_free(arena);
    assert_true(c->ruleset && c->judge);
}

static void close_sampling(sampling *c)
{
    tm_judge_free(c->judge);
    tm_ruleset_unref(c->ruleset);
}

static void judge(sampling *c, tm_text bytes)
{
    assert_true(tm_judge_request(c->judge, c->ruleset, bytes, NULL, TM_UTF8_MEND, &c->outcome));
    assert_int_equal(c->outcome.status, TM_JUDGED);
}

/* --- requests --- */

/* One span an entry of `f`, each in a scope of its own, all of them in one resource. */
static tm_text encode(const sampled_span *f, size_t n, char *room)
{
    static char key[] = "sampling.priority";
    Otlp__ExportTraceServiceRequest request = OTLP__EXPORT_TRACE_SERVICE_REQUEST__INIT;
    Otlp__ResourceSpans resource = OTLP__RESOURCE_SPANS__INIT, *resources[] = {&resource};
    Otlp__ScopeSpans scope[MOST], *scopes[MOST];
    Otlp__Span span[MOST], *spans[MOST];
    Otlp__KeyValue attribute[MOST], *attributes[MOST];
    for (size_t i = 0; i < n; i++) {
        otlp__scope_spans__init(scopes[i] = &scope[i]);
        otlp__span__init(spans[i] = &span[i]);
        otlp__key_value__init(attributes[i] = &attribute[i]);
        span[i].trace_id =
            (ProtobufCBinaryData){f[i].id ? TRACE_ID : 0, (uint8_t *)(uintptr_t)f[i].id};
        span[i].trace_state = (char *)(uintptr_t)f[i].state;
        attribute[i].key = key;
        attribute[i].value = (Otlp__AnyValue *)(uintptr_t)f[i].priority;
        span[i].attributes = &attributes[i];
        span[i].n_attributes = f[i].priority != NULL;
        scope[i].spans = &spans[i];
        scope[i].n_spans = 1;
    }
    resource.scope_spans = scopes;
    resource.n_scope_spans = n;
    request.resource_spans = resources;
    request.n_resource_spans = 1;
    assert_true(otlp__export_trace_service_request__get_packed_size(&request) <= REQUEST_MOST);
    return tm_text_slice(room, otlp__export_trace_service_request__pack(&request, (uint8_t *)room));
}

static Otlp__ExportTraceServiceRequest *decode(const tm_outcome *o)
{
    char room[REQUEST_MOST];
    assert_true(o->out->bytes <= sizeof room);
    tm_pieces_copy(o->out, room);
    Otlp__ExportTraceServiceRequest *request =
        otlp__export_trace_service_request__unpack(NULL, o->out->bytes, (uint8_t *)room);
    assert_non_null(request);
    return request;
}

/* Asserts that what left are the spans of `f` that are wanted, and nothing that is empty. */
static void compare(const sampled_span *f, size_t n, const tm_outcome *o)
{
    Otlp__ExportTraceServiceRequest *request = decode(o);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!f[i].want)
            continue;
        assert_int_equal(request->n_resource_spans, 1);
        assert_true(kept < request->resource_spans[0]->n_scope_spans);
        const Otlp__ScopeSpans *scope = request->resource_spans[0]->scope_spans[kept++];
        assert_int_equal(scope->n_spans, 1);
        assert_string_equal(scope->spans[0]->trace_state, f[i].want);
        assert_int_equal(scope->spans[0]->trace_id.len, f[i].id ? TRACE_ID : 0);
    }
    assert_int_equal(o->spans_in, n);
    assert_int_equal(o->spans_out, kept);
    if (kept)
        assert_int_equal(request->resource_spans[0]->n_scope_spans, kept);
    else
        assert_int_equal(o->out->bytes, 0);
    otlp__export_trace_service_request__free_unpacked(request, NULL);
}

static void judged_so(const tm_sampler_settings *settings, const sampled_span *f, size_t n)
{
    char room[REQUEST_MOST];
    sampling c = {0};
    tm_processor_settings processor = {.type = TM_PROCESSOR_SAMPLER,
                                       .id = TM_TEXT("probabilistic_sampler/x"),
                                       .sampler = *settings};
    if (!processor.sampler.precision)
        processor.sampler.precision = 4;
    open_sampling(&c, NULL, &processor, 1);
    judge(&c, encode(f, n, room));
    compare(f, n, &c.outcome);
    close_sampling(&c);
}

#define JUDGED_SO(SETTINGS, ...)                                                                   \
    do {                                                                                           \
        const sampled_span sampled_spans[] = {__VA_ARGS__};                                        \
        judged_so(&(tm_sampler_settings)SETTINGS, sampled_spans,                                   \
                  sizeof sampled_spans / sizeof *sampled_spans);                                   \
    } while (0)
#define SET(...)                                                                                   \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

#endif
