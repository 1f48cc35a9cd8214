/* Shadow: each disagreement is told once and nothing else is, whatever passes, keeps and edits
 * there are. SPDX-License-Identifier: Apache-2.0
 *
 * Two judges that know nothing of each other say what is right: spans are found again by their ids,
 * which no rule here writes. */
#include "engine/shadow.h"

#include "judged.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { RULESETS = 400, REQUESTS_EACH = 3, SPANS_MOST = 256, RULES_MOST = 6 };

static const char *const rules[] = {
    "drop where span.attributes[\"a\"] == \"k\"",
    "drop where span.name == \"GET\"",
    "drop where span.attributes[\"new\"] == \"GET\" or span.kind == 2",
    "drop where resource.attributes[\"a\"] != nil",
    "drop where resource.attributes[\"new\"] == \"GET\"",
    "drop where scope.name == \"k\"",
    "drop where spanevent.name == \"k\" or spanevent.attributes[\"a\"] != nil",
    "keep where span.attributes[\"a\"] == \"k\" or span.name == \"GET\"",
    "keep where span.kind == 1",
    "keep where scope.name != \"k\"",
    "keep where spanevent.name == \"GET\"",
    "set(span.attributes[\"new\"], span.name)",
    "set(span.name, \"GET\") where span.attributes[\"a\"] != nil",
    "set(resource.attributes[\"new\"], span.name)",
    "set(span.attributes[\"a\"], resource.attributes[\"new\"])",
    "set(scope.name, \"k\") where scope.name == \"\"",
    "set(resource.attributes[\"a\"], \"k\") where resource.attributes[\"a\"] == nil",
    "set(spanevent.name, span.name)",
};

/* --- rules and requests --- */

static void add_file(judged *r, tm_text text)
{
    tm_tamis_settings *s = &judged_add(r, TM_PROCESSOR_TAMIS)->tamis;
    tm_source *source = TM_NEW(r->arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("rules.ottl"), .text = text};
    s->files = TM_NEW(r->arena, const tm_source *);
    s->files[0] = source;
    s->file_count = 1;
}

static tm_ruleset *compiled(tm_arena *arena, tm_text text)
{
    judged r = judged_of(arena);
    add_file(&r, text);
    tm_ruleset *ruleset = judged_compile(&r, NULL);
    if (!ruleset)
        fail_msg("%.*s", TM_PRI(r.diags.first->message));
    return ruleset;
}

/* Some rules; most are those of the other side, too. */
static void some_rules(tm_making *m, tm_buf *live, tm_buf *shadow)
{
    for (unsigned n = 1 + making_below(m, RULES_MOST); n; n--) {
        const unsigned turn = making_below(m, 6);
        const char *rule = rules[making_below(m, sizeof rules / sizeof *rules)];
        if (turn != 0)
            tm_buf_print(live, "%s\n", rule);
        if (turn != 1)
            tm_buf_print(shadow, "%s\n", rule);
    }
}

/* A request whose spans have numbers for ids. */
static tm_text numbered_request(tm_arena *arena, unsigned seed)
{
    tm_making m = making_of(arena, seed, 0);
    m.members = 4;
    Otlp__ExportTraceServiceRequest *r = said_unpack(arena, making_request(&m));
    uint32_t number = 0;
    assert_non_null(r);
    for (size_t i = 0; i < r->n_resource_spans; i++)
        for (size_t k = 0; k < r->resource_spans[i]->n_scope_spans; k++) {
            Otlp__ScopeSpans *scope = r->resource_spans[i]->scope_spans[k];
            for (size_t s = 0; s < scope->n_spans; s++) {
                char *id = tm_arena_alloc(arena, 8);
                snprintf(id, 8, "%07u", ++number);
                scope->spans[s]->span_id = (ProtobufCBinaryData){8, (uint8_t *)id};
                scope->spans[s]->trace_id =
                    (ProtobufCBinaryData){16, (uint8_t *)memset(tm_arena_alloc(arena, 16), 1, 16)};
            }
        }
    char *at = tm_arena_alloc(arena, otlp__export_trace_service_request__get_packed_size(r) + 1);
    return tm_text_slice(at, otlp__export_trace_service_request__pack(r, (uint8_t *)at));
}

/* --- what is right --- */

/* What left of each span with all that stands above it; p NULL: it was dropped. */
typedef struct leaving {
    tm_text span[SPANS_MOST];
} leaving;

static void note_spans(tm_arena *arena, Otlp__ExportTraceServiceRequest *one,
                       Otlp__ScopeSpans *scope, leaving *out)
{
    Otlp__Span **spans = scope->spans;
    const size_t n = scope->n_spans;
    scope->n_spans = 1;
    for (size_t i = 0; i < n; i++) {
        const unsigned number = (unsigned)strtoul((const char *)spans[i]->span_id.data, NULL, 10);
        assert_true(number && number < SPANS_MOST);
        scope->spans = &spans[i];
        out->span[number] = said_text(arena, one);
    }
}

static leaving leaving_of(tm_arena *arena, tm_text bytes)
{
    leaving out = {0};
    if (!bytes.p)
        return out;
    Otlp__ExportTraceServiceRequest *r = said_unpack(arena, bytes);
    assert_non_null(r);
    for (size_t i = 0; i < r->n_resource_spans; i++) {
        Otlp__ResourceSpans *resource = r->resource_spans[i];
        Otlp__ScopeSpans **scopes = resource->scope_spans;
        const size_t n = resource->n_scope_spans;
        Otlp__ExportTraceServiceRequest one = *r;
        one.resource_spans = &r->resource_spans[i];
        one.n_resource_spans = resource->n_scope_spans = 1;
        for (size_t k = 0; k < n; k++) {
            resource->scope_spans = &scopes[k];
            note_spans(arena, &one, scopes[k], &out);
        }
    }
    return out;
}

/* --- what is told --- */

typedef struct told {
    int kind[SPANS_MOST]; /* by number of the span; -1: nothing */
    unsigned by_kind[TM_DISAGREEMENT_KINDS], with_edit;
    unsigned last;
} told;

static void note(void *owner, const tm_disagreement *d)
{
    told *t = owner;
    const unsigned number = (unsigned)strtoul(d->span_id.p, NULL, 10);
    assert_int_equal(d->trace_id.n, 16);
    assert_true(number > t->last); /* in the order of the spans */
    t->last = number;
    t->kind[number] = (int)d->kind;
    t->by_kind[d->kind]++;
    if (d->kind == TM_LIVE_DROPPED)
        assert_true(d->live && d->live->drops && (!d->shadow || !d->shadow->drops));
    if (d->kind == TM_SHADOW_DROPPED)
        assert_true(d->shadow && d->shadow->drops && (!d->live || !d->live->drops));
    t->with_edit += d->kind == TM_EDITS_DIFFER && (d->live || d->shadow);
}

static void check(const leaving *live, const leaving *shadow, const told *t, tm_text words)
{
    for (unsigned i = 0; i < SPANS_MOST; i++) {
        const tm_text a = live->span[i], b = shadow->span[i];
        const int want = a.p && b.p ? tm_text_equal(a, b) ? -1 : TM_EDITS_DIFFER
                         : a.p      ? TM_SHADOW_DROPPED
                         : b.p      ? TM_LIVE_DROPPED
                                    : -1;
        if (t->kind[i] != want)
            fail_msg("span %u: %d instead of %d\n%.*s", i, t->kind[i], want, TM_PRI(words));
    }
}

typedef struct bench {
    tm_judge *plain, *live;
    tm_shadow *shadow;
    unsigned by_kind[TM_DISAGREEMENT_KINDS], with_edit, agreed;
} bench;

static void compare_one(bench *b, tm_arena *arena, const tm_ruleset *live, const tm_ruleset *shadow,
                        tm_text bytes, tm_text words)
{
    tm_outcome o;
    told t = {.last = 0};
    memset(t.kind, -1, sizeof t.kind);
    const tm_text alone = judged_judge(arena, b->plain, live, bytes);
    const leaving want_live = leaving_of(arena, alone);
    const leaving want_shadow = leaving_of(arena, judged_judge(arena, b->plain, shadow, bytes));
    tm_judge_record(b->live, tm_shadow_live(b->shadow));
    assert_true(tm_judge_request(b->live, live, bytes, NULL, TM_UTF8_MEND, &o));
    const tm_shadowed s = tm_shadow_compare(b->shadow, b->live, live, shadow, bytes, NULL,
                                            TM_UTF8_MEND, &o, note, &t);
    assert_int_equal(s.end, TM_COMPARED);
    assert_int_equal(s.spans, o.spans_in);
    assert_int_equal(s.skipped, 0);
    assert_true(tm_text_equal(dump_bytes(arena, o.out), alone)); /* recording changes nothing */
    check(&want_live, &want_shadow, &t, words);
    for (int i = 0; i < TM_DISAGREEMENT_KINDS; i++)
        b->by_kind[i] += t.by_kind[i];
    b->with_edit += t.with_edit;
    b->agreed += !t.last;
}

static void open_bench(bench *b, const tm_heap *heap)
{
    *b = (bench){.plain = tm_judge_new(NULL, tm_clock_real(), NULL, NULL),
                 .live = tm_judge_new(NULL, tm_clock_real(), NULL, NULL),
                 .shadow = tm_shadow_new(heap, tm_clock_real(), NULL, NULL)};
}

static void close_bench(bench *b)
{
    tm_judge_free(b->plain);
    tm_judge_free(b->live);
    tm_shadow_free(b->shadow);
}

static void disagreements_are_those_of_two_judges_apart(void **state)
{
    (void)state;
    bench b;
    open_bench(&b, NULL);
    for (unsigned seed = 1; seed <= RULESETS; seed++) {
        tm_arena *arena = tm_arena_new(NULL);
        tm_making m = making_of(arena, seed, 0);
        tm_buf live = {.arena = arena}, shadow = {.arena = arena}, words = {.arena = arena};
        some_rules(&m, &live, &shadow);
        tm_buf_print(&words, "seed %u\nlive\n%.*sshadow\n%.*s", seed, TM_PRI(tm_buf_text(&live)),
                     TM_PRI(tm_buf_text(&shadow)));
        tm_ruleset *one = compiled(arena, tm_buf_text(&live));
        tm_ruleset *other = compiled(arena, tm_buf_text(&shadow));
        for (unsigned i = 0; i < REQUESTS_EACH; i++)
            compare_one(&b, arena, one, other, numbered_request(arena, seed * 5 + i),
                        tm_buf_text(&words));
        tm_ruleset_unref(one);
        tm_ruleset_unref(other);
        tm_arena_free(arena);
    }
    print_message("%u live dropped, %u shadow dropped, %u edits differ (%u with a rule), "
                  "%u requests alike\n",
                  b.by_kind[0], b.by_kind[1], b.by_kind[2], b.with_edit, b.agreed);
    for (int i = 0; i < TM_DISAGREEMENT_KINDS; i++)
        assert_true(b.by_kind[i] > 50);
    assert_true(b.with_edit * 10 > b.by_kind[TM_EDITS_DIFFER] * 9);
    assert_true(b.agreed > RULESETS / 4);
    close_bench(&b);
}

/* --- which rules are named --- */

typedef struct named {
    tm_arena *arena;
    tm_buf said;
} named;

static void say(void *owner, const tm_disagreement *d)
{
    static const char *const kinds[] = {"live dropped", "shadow dropped", "edits differ"};
    named *n = owner;
    tm_buf_print(&n->said, "%s %.*s: %.*s, %.*s\n", kinds[d->kind], TM_PRI(d->name),
                 TM_PRI(d->live ? d->live->name : TM_TEXT("none")),
                 TM_PRI(d->shadow ? d->shadow->name : TM_TEXT("none")));
}

static void rules_of_both_sides_are_named(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    named n = {.arena = arena, .said = {.arena = arena}};
    bench b;
    open_bench(&b, NULL);
    tm_ruleset *live =
        compiled(arena, TM_TEXT("gone: drop where name == \"a\"\n"
                                "stays: keep where name == \"b\"\n"
                                "same: set(attributes[\"s\"], 1)\n"
                                "mine: set(attributes[\"x\"], 1) where name == \"c\"\n"
                                "again: set(attributes[\"y\"], 1)\n"));
    tm_ruleset *shadow =
        compiled(arena, TM_TEXT("saved: keep where name == \"a\"\n"
                                "falls: drop where name == \"b\"\n"
                                "other: set(attributes[\"s\"], 1)\n"
                                "yours: set(attributes[\"x\"], 2) where name == \"c\"\n"
                                "again: set(attributes[\"y\"], 1)\n"
                                "only: set(attributes[\"z\"], 1) where name == \"d\"\n"));
    tm_buf spans = {.arena = arena};
    for (const char *name = "abcde"; *name; name++)
        tm_buf_add(&spans, judged_span(arena, (char[]){*name, 0}, ""));
    const tm_text bytes = judged_request(arena, "service.name=s", tm_buf_text(&spans));
    tm_outcome o;
    tm_judge_record(b.live, tm_shadow_live(b.shadow));
    assert_true(tm_judge_request(b.live, live, bytes, NULL, TM_UTF8_MEND, &o));
    tm_shadow_compare(b.shadow, b.live, live, shadow, bytes, NULL, TM_UTF8_MEND, &o, say, &n);
    assert_string_equal(tm_arena_copy(arena, tm_buf_text(&n.said)).p,
                        "live dropped a: gone, saved\n"
                        "shadow dropped b: stays, falls\n"
                        "edits differ c: mine, yours\n"
                        "edits differ d: none, only\n");
    tm_ruleset_unref(live);
    tm_ruleset_unref(shadow);
    close_bench(&b);
    tm_arena_free(arena);
}

/* --- memory --- */

static bool compare_with(void *owner, const tm_heap *heap)
{
    (void)owner;
    tm_arena *arena = tm_arena_new(NULL);
    bench b;
    told t = {.last = 0};
    open_bench(&b, heap);
    tm_ruleset *live = compiled(arena, TM_TEXT("set(span.attributes[\"new\"], span.name)\n"));
    tm_ruleset *shadow = compiled(arena, TM_TEXT("drop where span.kind == 1\n"));
    const tm_text bytes = numbered_request(arena, 7);
    const tm_text alone = judged_judge(arena, b.plain, live, bytes);
    bool compared = false;
    if (b.shadow) {
        tm_outcome o;
        tm_judge_record(b.live, tm_shadow_live(b.shadow));
        assert_true(tm_judge_request(b.live, live, bytes, NULL, TM_UTF8_MEND, &o));
        const tm_shadowed s = tm_shadow_compare(b.shadow, b.live, live, shadow, bytes, NULL,
                                                TM_UTF8_MEND, &o, note, &t);
        compared = s.end == TM_COMPARED;
        assert_true(compared || s.end == TM_COMPARED_NOT_MEMORY);
        assert_int_equal(s.spans + s.skipped, o.spans_in);
        assert_true(tm_text_equal(dump_bytes(arena, o.out), alone)); /* live feels nothing */
    }
    tm_ruleset_unref(live);
    tm_ruleset_unref(shadow);
    close_bench(&b);
    tm_arena_free(arena);
    return compared;
}

static void without_memory_the_live_verdict_stands(void **state)
{
    (void)state;
    assert_true(short_heap_each(compare_with, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(disagreements_are_those_of_two_judges_apart),
        cmocka_unit_test(rules_of_both_sides_are_named),
        cmocka_unit_test(without_memory_the_live_verdict_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
