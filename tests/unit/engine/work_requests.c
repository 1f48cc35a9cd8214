/* Work, requests: twice the spans, attributes, links, events, lists, scopes or resources cost about
 * twice as much, in steps, in memory and, where they are counted (make work), in blocks of code.
 * SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"
#include "tests/unit/blocks.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* --- requests of n parts --- */
static void add_repeated(tm_buf *out, tm_text part, uint32_t times)
{
    while (times--)
        tm_buf_add(out, part);
}

static tm_text repeated(tm_arena *arena, tm_text part, uint32_t times)
{
    tm_buf out = {.arena = arena};
    add_repeated(&out, part, times);
    return tm_buf_text(&out);
}

static tm_text with_span(tm_arena *arena, tm_text body)
{
    return judged_request(arena, "service=s", judged_wrap(arena, 2, body, TM_TEXT("")));
}

static tm_text empty_spans(tm_arena *arena, uint32_t n)
{
    return judged_request(arena, "service=s", repeated(arena, TM_TEXT("\x12\x00"), n));
}

static tm_text attributes(tm_arena *arena, uint32_t n)
{
    tm_buf out = {.arena = arena};
    for (uint32_t i = 0; i < n; i++) {
        char pair[24];
        snprintf(pair, sizeof pair, "k%u=v%u", i, i);
        tm_buf_add(&out, judged_attributes(arena, TM_SPAN, pair));
    }
    tm_buf_add(&out, judged_attributes(arena, TM_SPAN, "http.request.method=GET"));
    return with_span(arena, tm_buf_text(&out));
}

static tm_text one_key(tm_arena *arena, uint32_t n)
{
    return with_span(arena, repeated(arena, judged_attributes(arena, TM_SPAN, "k=v"), n));
}

/* Their ids are zeros only, so that they are left out. */
static tm_text links(tm_arena *arena, uint32_t n)
{
    static const char zero[16];
    const tm_text id = judged_wrap(arena, 1, tm_text_slice(zero, 16), TM_TEXT(""));
    const tm_text span_id = judged_wrap(arena, 2, tm_text_slice(zero, 8), TM_TEXT(""));
    return with_span(arena, repeated(arena, judged_wrap(arena, 13, id, span_id), n));
}

static tm_text events(tm_arena *arena, uint32_t n)
{
    const tm_text name = judged_wrap(arena, 2, TM_TEXT("e"), TM_TEXT(""));
    return with_span(arena, repeated(arena, judged_wrap(arena, 11, name, TM_TEXT("")), n));
}

/* A list of lists, twenty deep each. */
static tm_text lists(tm_arena *arena, uint32_t n)
{
    tm_text value = judged_wrap(arena, 1, TM_TEXT("x"), TM_TEXT(""));
    for (int depth = 0; depth < 20; depth++)
        value = judged_wrap(arena, 5, judged_wrap(arena, 1, value, TM_TEXT("")), TM_TEXT(""));
    const tm_text element = judged_wrap(arena, 1, value, TM_TEXT(""));
    const tm_text list = judged_wrap(arena, 5, repeated(arena, element, n / 20), TM_TEXT(""));
    const tm_text key = judged_wrap(arena, 1, TM_TEXT("l"), TM_TEXT(""));
    return with_span(arena, judged_wrap(arena, 9, key, judged_wrap(arena, 2, list, TM_TEXT(""))));
}

static tm_text scopes(tm_arena *arena, uint32_t n)
{
    const tm_text scope = judged_wrap(arena, 2, judged_span(arena, "a", "x=y"), TM_TEXT(""));
    return judged_wrap(arena, 1, repeated(arena, scope, n), TM_TEXT(""));
}

static tm_text resources(tm_arena *arena, uint32_t n)
{
    return repeated(arena, judged_request(arena, "x=y", judged_span(arena, "a", "x=y")), n);
}

/* --- what they cost --- */

typedef struct cost {
    uint64_t steps, bytes, blocks, input;
} cost;

typedef struct meter {
    tm_heap heap;
    uint64_t held, most;
} meter;

static void *meter_alloc(void *owner, size_t n)
{
    meter *m = owner;
    void *p = malloc(n);
    m->held += malloc_usable_size(p);
    m->most = m->held > m->most ? m->held : m->most;
    return p;
}

static void *meter_grow(void *owner, void *block, size_t n)
{
    meter *m = owner;
    m->held -= malloc_usable_size(block);
    void *p = realloc(block, n);
    m->held += malloc_usable_size(p);
    m->most = m->held > m->most ? m->held : m->most;
    return p;
}

static void meter_drop(void *owner, void *block)
{
    ((meter *)owner)->held -= malloc_usable_size(block);
    free(block);
}

typedef struct family {
    const char *name;
    tm_text (*make)(tm_arena *arena, uint32_t n);
    tm_level level;
    const char *condition, *statements; /* or NULL */
} family;

/* What a judge may keep behind a request, however large that was. */
enum { KEPT_BYTES = 10 << 20 };

static cost cost_of(const family *f, uint32_t n)
{
    tm_arena *arena = tm_arena_new(NULL);
    judged rules = judged_of(arena);
    if (f->condition)
        judged_filter(&rules, f->level, TM_MODE_PROPAGATE, f->condition);
    if (f->statements)
        judged_transform(&rules, f->level == TM_EVENT ? TM_IN_EVENT : TM_IN_SPAN, TM_MODE_PROPAGATE,
                         "", f->statements);
    tm_ruleset *ruleset = judged_compile(&rules, NULL);
    assert_non_null(ruleset);
    meter m = {{meter_alloc, meter_grow, meter_drop, &m}, 0, 0};
    tm_judge *judge = tm_judge_new(&m.heap, tm_clock_real(), NULL, NULL);
    const tm_text request = f->make(arena, n);
    const uint64_t before = blocks_run;
    tm_outcome o;
    assert_true(tm_judge_request(judge, ruleset, request, NULL, TM_UTF8_MEND, &o));
    const cost spent = {o.steps, m.most, blocks_run - before, request.n};
    if (o.status != TM_JUDGED)
        fail_msg("%s: %.*s", f->name, TM_PRI(o.reason));
    tm_judge_trim(judge);
    if (m.held > KEPT_BYTES)
        fail_msg("%s: %lu bytes are kept", f->name, (unsigned long)m.held);
    tm_judge_free(judge);
    tm_ruleset_unref(ruleset);
    tm_arena_free(arena);
    return spent;
}

static void assert_grows(const family *f, const char *what, uint64_t once, uint64_t twice,
                         uint64_t slack)
{
    if (twice > once * 23 / 10 + slack)
        fail_msg("%s, %s%s: %lu %s after %lu", f->name, f->condition ? f->condition : "",
                 f->statements ? f->statements : "", (unsigned long)twice, what,
                 (unsigned long)once);
}

static const family families[] = {
    {"empty spans", empty_spans, TM_SPAN, "name == \"x\"", NULL},
    {"empty spans", empty_spans, TM_SPAN, "name == \"\"", NULL},
    {"empty spans", empty_spans, TM_SPAN, NULL, "set(attributes[\"a\"], 1)"},
    {"empty spans", empty_spans, TM_SPAN, NULL, "set(name, Concat([name, \"x\"], \"\"))"},
    {"attributes", attributes, TM_SPAN, "attributes[\"none\"] == 1", "set(attributes[\"n\"], 1)"},
    {"attributes", attributes, TM_SPAN, NULL, "delete_key(attributes, \"k7\")"},
    {"attributes", attributes, TM_SPAN, NULL, "delete_matching_keys(attributes, \"[0-5]$\")"},
    {"attributes", attributes, TM_SPAN, NULL, "keep_keys(attributes, [\"k1\", \"k2\"])"},
    {"attributes", attributes, TM_SPAN, NULL, "truncate_all(attributes, 1)"},
    {"attributes", attributes, TM_SPAN, NULL, "set_semconv_span_name(\"1.40.0\")"},
    {"attributes", attributes, TM_SPAN, NULL, "set(attributes[\"all\"], attributes)"},
    {"one key", one_key, TM_SPAN, "attributes[\"k\"] == \"z\"", "set(attributes[\"k\"], 1)"},
    {"one key", one_key, TM_SPAN, NULL, "delete_key(attributes, \"k\")"},
    {"links", links, TM_SPAN, "name == \"x\"", NULL},
    {"links", links, TM_SPAN, NULL, "set(name, \"x\")"},
    {"events", events, TM_EVENT, "name == \"x\"", NULL},
    {"events", events, TM_EVENT, "name == \"e\"", NULL},
    {"events", events, TM_EVENT, NULL, "set(attributes[\"a\"], span.name)"},
    {"events", events, TM_SPAN, NULL, "set(name, \"x\")"},
    {"empty spans", empty_spans, TM_SPAN, "Len(Split(Concat([name, \"a,b\"], \"\"), \",\")) == 0",
     NULL},
    {"lists", lists, TM_SPAN, "Len(Split(String(attributes[\"l\"]), \"\")) == 0", NULL},
    {"lists", lists, TM_SPAN, "attributes[\"l\"] == attributes[\"m\"]", NULL},
    {"lists", lists, TM_SPAN, NULL,
     "set(attributes[\"m\"], attributes[\"l\"]); set(attributes[\"e\"], true) where "
     "attributes[\"l\"] == attributes[\"m\"]; flatten(attributes)"},
    {"lists", lists, TM_SPAN, NULL, "set(attributes[\"m\"], String(attributes[\"l\"]))"},
    {"scopes", scopes, TM_SPAN, "name == \"x\"", "set(attributes[\"a\"], 1)"},
    {"resources", resources, TM_SPAN, "resource.attributes[\"x\"] == \"z\"",
     "set(resource.attributes[\"a\"], 1)"},
};

static void requests_take_no_more_than_twice_for_twice_the_data(void **state)
{
    (void)state;
    enum { PARTS = 50000, SLACK_BYTES = 3 << 20 };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        const family *f = &families[i];
        const uint32_t n = f->make == empty_spans ? 10 * PARTS : PARTS; /* and twice as many */
        const cost once = cost_of(f, n), twice = cost_of(f, 2 * n);
        assert_grows(f, "steps", once.steps, twice.steps, 4096);
        assert_grows(f, "bytes", once.bytes, twice.bytes, SLACK_BYTES);
        assert_grows(f, "blocks", once.blocks, twice.blocks, 4096);
        if (blocks_run)
            printf("%8lu bytes: %8lu steps, %8lu bytes, %9lu blocks for %s\n",
                   (unsigned long)twice.input, (unsigned long)twice.steps,
                   (unsigned long)twice.bytes, (unsigned long)twice.blocks, f->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_take_no_more_than_twice_for_twice_the_data),
    };
    return cmocka_run_group_tests_name("work_requests", tests, NULL, NULL);
}
