/* Engine: what judging a span costs, beside copying its bytes.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     engine [--check] [--spans N] [--requests N] [--rounds N] [--only judge|walk] CONFIGURATION
 *
 * Judges made-up requests by the first pipeline of a configuration and copies what leaves. The ways
 * take turns, and the fastest round of each counts: other work on the machine only ever adds time.
 * --check fails when a limit of docs/DESIGN.md is exceeded. --only runs one way alone, for a
 * profiler. */
#include "base/clock.h"
#include "config/settings.h"
#include "engine/shadow.h"
#include "engine_spans.h"

#include <stdio.h>
#include <stdlib.h>

enum { RATIO_MOST = 8, WAYS = 4 };

typedef struct counting_heap {
    tm_heap heap;
    uint64_t allocations;
} counting_heap;

typedef struct bench {
    tm_arena *arena;
    const char *config;
    unsigned spans, requests, rounds;
    const char *only;
    bool check, failed;
    counting_heap counting;
    tm_ruleset *rules, *nothing;
    tm_judge *judge;
    tm_shadow *shadow; /* of the same rules, which is never of another opinion */
    char *out;         /* as large as the largest request, and a little more */
    size_t out_bytes;
} bench;

/* One set of requests and the fastest rounds over them, in ns a span. */
typedef struct load {
    tm_text *request;
    unsigned requests, spans;
    size_t bytes;
    size_t left_bytes;
    uint64_t kept;
    double copy, walk, judge, shadow;
} load;

/* --- a heap that counts --- */

static void *count_alloc(void *owner, size_t n)
{
    ((counting_heap *)owner)->allocations++;
    return malloc(n);
}

static void *count_grow(void *owner, void *block, size_t n)
{
    ((counting_heap *)owner)->allocations++;
    return realloc(block, n);
}

static void drop(void *owner, void *block)
{
    (void)owner;
    free(block);
}

/* --- the ways --- */

static void copy_all(bench *b, load *l)
{
    for (unsigned i = 0; i < l->requests; i++) {
        memcpy(b->out, l->request[i].p, l->request[i].n);
        __asm__ volatile("" : : "r"(b->out) : "memory");
    }
}

static void judge_all(bench *b, load *l, const tm_ruleset *rules, bool copy)
{
    l->left_bytes = 0;
    l->kept = 0;
    for (unsigned i = 0; i < l->requests; i++) {
        tm_outcome o;
        if (!tm_judge_request(b->judge, rules, l->request[i], NULL, TM_UTF8_MEND, &o) ||
            o.status != TM_JUDGED || o.out->bytes > b->out_bytes) {
            fprintf(stderr, "a request was not judged\n");
            exit(2);
        }
        if (copy)
            tm_pieces_copy(o.out, b->out);
        l->left_bytes += o.out->bytes;
        l->kept += o.spans_out;
    }
}

static void disagree(void *owner, const tm_disagreement *d)
{
    (void)owner, (void)d;
    fprintf(stderr, "rules disagree with themselves\n");
    exit(2);
}

static void compare_all(bench *b, load *l)
{
    tm_judge_record(b->judge, tm_shadow_live(b->shadow));
    for (unsigned i = 0; i < l->requests; i++) {
        tm_outcome o;
        if (!tm_judge_request(b->judge, b->rules, l->request[i], NULL, TM_UTF8_MEND, &o)) {
            fprintf(stderr, "a request was not judged\n");
            exit(2);
        }
        tm_pieces_copy(o.out, b->out);
        tm_shadow_compare(b->shadow, b->judge, b->rules, b->rules, l->request[i], NULL,
                          TM_UTF8_MEND, &o, disagree, NULL);
    }
    tm_judge_record(b->judge, NULL);
}

static void run(bench *b, load *l, unsigned way)
{
    if (way == 0)
        copy_all(b, l);
    else if (way == 3)
        compare_all(b, l);
    else
        judge_all(b, l, way == 1 ? b->nothing : b->rules, way == 2);
}

/* The fastest round of each way, in turns over all loads. */
static void measure(bench *b, load *loads, unsigned n)
{
    const tm_clock *clock = tm_clock_real();
    for (unsigned round = 0; round < b->rounds; round++)
        for (unsigned i = 0; i < n; i++)
            for (unsigned way = 0; way < WAYS; way++) {
                load *l = &loads[i];
                double *best = (double *const[]){&l->copy, &l->walk, &l->judge, &l->shadow}[way];
                uint64_t before = tm_clock_monotonic_ns(clock);
                run(b, l, way);
                double ns = (double)(tm_clock_monotonic_ns(clock) - before) /
                            (double)(l->requests * (uint64_t)l->spans);
                if (round > 0 && (*best == 0 || ns < *best)) /* the first one warms up */
                    *best = ns;
            }
}

/* --- setting up --- */

static load make_load(bench *b, tm_bench_shape shape, unsigned requests)
{
    load l = {.requests = requests, .spans = shape.spans};
    l.request = TM_NEW_ARRAY(b->arena, requests, tm_text);
    for (unsigned i = 0; i < requests; i++) {
        tm_arena *scratch = tm_arena_new(NULL);
        shape.seed = i + 1;
        l.request[i] = tm_arena_copy(b->arena, tm_bench_request(scratch, shape));
        l.bytes += l.request[i].n;
        if (l.request[i].n * 2 > b->out_bytes)
            b->out_bytes = l.request[i].n * 2;
        tm_arena_free(scratch);
    }
    return l;
}

static void set_up(bench *b)
{
    tm_text path = tm_text_of(b->config);
    tm_diags diags = {.arena = b->arena};
    tm_config_sources sources = {.configs = {.items = &path, .count = 1}, .world = tm_config_os()};
    tm_settings settings;
    if (tm_settings_read(b->arena, &diags, &sources, &settings))
        b->rules = tm_ruleset_new(NULL, settings.pipelines[0].processors,
                                  (uint32_t)settings.pipelines[0].processor_count, &diags);
    b->nothing = tm_ruleset_new(NULL, NULL, 0, &diags);
    b->counting.heap = (tm_heap){count_alloc, count_grow, drop, &b->counting};
    b->judge = tm_judge_new(&b->counting.heap, tm_clock_real(), NULL, NULL);
    b->shadow = tm_shadow_new(&b->counting.heap, tm_clock_real(), NULL, NULL);
    if (!b->rules || !b->nothing || !b->judge || !b->shadow) {
        fprintf(stderr, "%s does not compile\n", b->config);
        exit(2);
    }
}

/* --- saying it --- */

static void limit(bench *b, const char *what, double is, double least, double most)
{
    bool ok = is >= least && is <= most;
    printf("%-44s %6.2f   (%.1f to %.1f)%s\n", what, is, least, most, ok ? "" : "  EXCEEDED");
    b->failed |= !ok;
}

static void say(const char *name, const load *l)
{
    printf("%-12s %5zu bytes/span  memcpy %6.1f  walk %6.1f (x%.2f)  walk, rules, copy %6.1f "
           "(x%.2f)\n",
           name, l->bytes / ((size_t)l->requests * l->spans), l->copy, l->walk, l->walk / l->copy,
           l->judge, l->judge / l->copy);
}

static void compare(bench *b)
{
    tm_bench_shape shape = {.spans = b->spans}, twice = {.spans = 2 * b->spans};
    tm_bench_shape doubled = {.spans = b->spans, .doubled = true};
    tm_bench_shape descending = {.spans = b->spans, .descending = true};
    load l[] = {make_load(b, shape, b->requests), make_load(b, twice, b->requests),
                make_load(b, doubled, b->requests), make_load(b, descending, b->requests)};
    b->out = tm_arena_alloc(b->arena, b->out_bytes);
    measure(b, l, 4);
    judge_all(b, &l[1], b->rules, true);
    judge_all(b, &l[0], b->rules, true);
    compare_all(b, &l[0]);
    uint64_t before = b->counting.allocations;
    judge_all(b, &l[0], b->rules, true);
    compare_all(b, &l[0]);
    uint64_t allocations = b->counting.allocations - before;
    printf("ns a span, the fastest of %u rounds; %u requests of %u spans, %zu bytes in, %zu out, "
           "%llu kept\n",
           b->rounds - 1, b->requests, b->spans, l[0].bytes, l[0].left_bytes,
           (unsigned long long)l[0].kept);
    say("as SDKs", &l[0]);
    say("2x spans", &l[1]);
    say("2x unnamed", &l[2]);
    say("descending", &l[3]);
    limit(b, "cost of judging, in memcpys", l[0].judge / l[0].copy, 0, RATIO_MOST);
    limit(b, "time for twice the spans", 2 * l[1].judge / l[0].judge, 1.8, 2.2);
    limit(b, "time for twice the unnamed attributes", l[2].judge / l[0].judge, 0, 1.7);
    limit(b, "time for descending fields", l[3].judge / l[0].judge, 0, 1.3);
    limit(b, "with a shadow of the same rules, in judgings", l[0].shadow / l[0].judge, 1, 2.7);
    limit(b, "heap allocations when warm", (double)allocations, 0, 0);
}

static void run_once(bench *b)
{
    load l = make_load(b, (tm_bench_shape){.spans = b->spans}, b->requests);
    b->out = tm_arena_alloc(b->arena, b->out_bytes);
    for (unsigned round = 1; round < b->rounds; round++)
        run(b, &l, strcmp(b->only, "walk") == 0 ? 1 : 2);
    printf("%llu of %u spans kept\n", (unsigned long long)l.kept, l.requests * l.spans);
}

static void read_arguments(bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "0";
        if (strcmp(argv[i], "--check") == 0)
            b->check = true;
        else if (argv[i][0] != '-')
            b->config = argv[i];
        else if (strcmp(argv[i], "--spans") == 0)
            b->spans = (unsigned)strtoul(value, NULL, 10), i++;
        else if (strcmp(argv[i], "--requests") == 0)
            b->requests = (unsigned)strtoul(value, NULL, 10), i++;
        else if (strcmp(argv[i], "--rounds") == 0)
            b->rounds = (unsigned)strtoul(value, NULL, 10) + 1, i++;
        else if (strcmp(argv[i], "--only") == 0)
            b->only = value, i++;
    }
}

int main(int argc, char **argv)
{
    bench b = {.spans = 512, .requests = 64, .rounds = 12, .config = "examples/collector.yaml"};
    read_arguments(&b, argc, argv);
    b.arena = tm_arena_new(NULL);
    set_up(&b);
    if (b.only)
        run_once(&b);
    else
        compare(&b);
    tm_shadow_free(b.shadow);
    tm_judge_free(b.judge);
    tm_ruleset_unref(b.rules);
    tm_ruleset_unref(b.nothing);
    tm_arena_free(b.arena);
    return b.check && b.failed;
}
