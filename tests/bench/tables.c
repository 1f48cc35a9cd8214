/* Tables: what a span costs as bytes and as the row of a table, by the library's own calls.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     tables [--spans N] [--rounds N] [--only slices|verdicts|table] [CONFIGURATION]
 *
 * The conditions of the first filter of a configuration, and then with a statement behind them,
 * judge made-up requests and the tables that hold what the rules ask of them: as many as the
 * processor's cache holds, and more. Bytes and tables are there when the clock starts; the ways
 * take turns, and verdicts are compared. Prints part of docs/benchmarks.md. --only runs one way of
 * the first ruleset alone, for a profiler. */
#include "engine_spans.h"
#include "tests/tables_table.h"

#include "base/clock.h"
#include "config/settings.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS_MOST = 1001, REQUESTS_MOST = 64, REQUESTS_FEW = 8 };

typedef enum way { SLICES, VERDICTS, TABLE, WAYS } way; /* what bytes are judged for; or a table */

static const char statement[] = "set(attributes[\"cluster\"], \"tap-sandbox\")";

typedef struct bench {
    tm_arena *arena;
    const char *config;
    const char *only; /* or NULL */
    unsigned spans, rounds;
    unsigned requests; /* of REQUESTS_MOST that are judged */
    const char **condition;
    size_t conditions;
    tamis_engine *engine;
    tamis_vm *vm[WAYS];
    tm_text *request;
    tamis_table *table; /* of the ruleset that is measured */
    size_t bytes;
} bench;

static void fail(const char *what)
{
    fprintf(stderr, "tables: %s\n", what);
    exit(2);
}

/* ---- rules, requests and tables ----------------------------------------------------------------
 */

static void read_conditions(bench *b)
{
    tm_text path = tm_text_of(b->config);
    tm_diags diags = {.arena = b->arena};
    tm_config_sources sources = {.configs = {.items = &path, .count = 1}, .world = tm_config_os()};
    tm_settings settings;
    if (!tm_settings_read(b->arena, &diags, &sources, &settings))
        fail("the configuration does not read");
    for (size_t i = 0; i < settings.processor_count && !b->conditions; i++) {
        const tm_processor_settings *p = &settings.processors[i];
        if (p->type != TM_PROCESSOR_FILTER)
            continue;
        const tm_rule_texts *texts = &p->filter.traces.span;
        b->condition = TM_NEW_ARRAY(b->arena, texts->count, const char *);
        for (b->conditions = 0; b->conditions < texts->count; b->conditions++)
            b->condition[b->conditions] =
                tm_arena_copy(b->arena, texts->items[b->conditions].source.text).p;
    }
}

static tamis_ruleset *compile(const bench *b, size_t statements)
{
    const char *const edit = statement;
    const tamis_step steps[] = {
        {"filter", TAMIS_DROP, TAMIS_SPAN, TAMIS_IGNORE, b->condition, b->conditions},
        {"edit", TAMIS_EDIT, TAMIS_SPAN, TAMIS_IGNORE, &edit, statements}};
    const tamis_compile_options options = {
        .size = sizeof options, .step = steps, .steps = statements ? 2 : 1};
    tamis_ruleset *rules;
    if (tamis_compile(b->engine, &options, &rules, NULL) != TAMIS_OK)
        fail("the rules do not compile");
    return rules;
}

static void make_requests(bench *b)
{
    b->request = TM_NEW_ARRAY(b->arena, REQUESTS_MOST, tm_text);
    b->table = TM_NEW_ARRAY(b->arena, REQUESTS_MOST, tamis_table);
    for (unsigned i = 0; i < REQUESTS_MOST; i++) {
        tm_arena *scratch = tm_arena_new(NULL);
        const tm_bench_shape shape = {.seed = i + 1, .spans = b->spans};
        b->request[i] = tm_arena_copy(b->arena, tm_bench_request(scratch, shape));
        b->bytes += b->request[i].n;
        tm_arena_free(scratch);
    }
}

/* Texts of a table are those of the request, where they are. */
static size_t make_tables(bench *b, const tamis_ruleset *rules)
{
    const tables_columns columns = tables_columns_of(b->arena, rules);
    for (unsigned i = 0; i < REQUESTS_MOST; i++)
        b->table[i] = tables_table_of(b->arena, &columns, b->request[i], false);
    return columns.n[TM_RESOURCE] + columns.n[TM_SCOPE] + columns.n[TM_SPAN];
}

/* ---- the ways ----------------------------------------------------------------------------------
 */

static uint64_t judge_bytes(bench *b, way by, tamis_ruleset *rules)
{
    uint64_t kept = 0;
    for (unsigned i = 0; i < b->requests; i++) {
        const tamis_request request = {
            .size = sizeof request, .bytes = b->request[i].p, .size_bytes = b->request[i].n};
        tamis_result result = {.size = sizeof result};
        if (tamis_filter(b->vm[by], rules, &request, &result) != TAMIS_OK)
            fail("a request was not judged");
        kept += result.spans_out;
    }
    return kept;
}

static uint64_t judge_tables(bench *b, tamis_ruleset *rules)
{
    uint64_t kept = 0;
    for (unsigned i = 0; i < b->requests; i++) {
        tamis_table_result result = {.size = sizeof result};
        if (tamis_filter_table(b->vm[TABLE], rules, &b->table[i], &result) != TAMIS_OK)
            fail("a table was not judged");
        kept += result.spans_out;
    }
    return kept;
}

static uint64_t judge(bench *b, way by, tamis_ruleset *rules)
{
    return by == TABLE ? judge_tables(b, rules) : judge_bytes(b, by, rules);
}

/* Nanoseconds of processor time a span. */
static double time_of(bench *b, way by, tamis_ruleset *rules)
{
    const tm_clock *clock = tm_clock_real();
    const uint64_t before = tm_clock_thread_ns(clock);
    judge(b, by, rules);
    return (double)(tm_clock_thread_ns(clock) - before) / ((double)b->requests * b->spans);
}

static void compare_verdicts(bench *b, tamis_ruleset *rules)
{
    for (unsigned i = 0; i < b->requests; i++) {
        const tamis_request request = {
            .size = sizeof request, .bytes = b->request[i].p, .size_bytes = b->request[i].n};
        tamis_table_result result = {.size = sizeof result};
        if (tamis_filter(b->vm[VERDICTS], rules, &request, NULL) != TAMIS_OK ||
            tamis_filter_table(b->vm[TABLE], rules, &b->table[i], &result) != TAMIS_OK)
            fail("a request was not judged");
        for (unsigned span = 0; span < b->spans; span++) {
            tamis_verdict v = {.size = sizeof v};
            if (tamis_vm_verdict(b->vm[VERDICTS], span, &v) != TAMIS_OK ||
                v.fate != result.row[span].fate || (uint32_t)v.rule != result.row[span].rule)
                fail("verdicts differ");
        }
    }
}

/* ---- saying it ---------------------------------------------------------------------------------
 */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, unsigned n)
{
    qsort(values, n, sizeof *values, ascending);
    return values[n / 2];
}

/* A row: so many requests by a ruleset. */
static void measure_some(bench *b, tamis_ruleset *rules, const char *name, size_t columns)
{
    static double ns[WAYS][ROUNDS_MOST], ratio[WAYS][ROUNDS_MOST];
    for (unsigned k = 0; k < WAYS; k++)
        judge(b, (way)k, rules); /* warms it up */
    for (unsigned i = 0; i < b->rounds; i++) {
        for (unsigned k = 0; k < WAYS; k++)
            ns[(i + k) % WAYS][i] = time_of(b, (way)((i + k) % WAYS), rules);
        for (unsigned k = 0; k < WAYS; k++)
            ratio[k][i] = ns[TABLE][i] / ns[k][i];
    }
    printf("| %s | %zu | %u | %.1f | %.1f | %.1f | %.2f | %.2f |\n", name, columns, b->requests,
           median(ns[SLICES], b->rounds), median(ns[VERDICTS], b->rounds),
           median(ns[TABLE], b->rounds), median(ratio[SLICES], b->rounds),
           median(ratio[VERDICTS], b->rounds));
}

static void measure(bench *b, size_t statements)
{
    tamis_ruleset *rules = compile(b, statements);
    const size_t columns = make_tables(b, rules);
    const char *name = statements ? tm_arena_print(b->arena, "and `%s`", statement).p
                                  : tm_arena_print(b->arena, "%zu conditions", b->conditions).p;
    b->requests = REQUESTS_MOST;
    compare_verdicts(b, rules);
    b->requests = REQUESTS_FEW;
    measure_some(b, rules, name, columns);
    b->requests = REQUESTS_MOST;
    measure_some(b, rules, name, columns);
    tamis_ruleset_unref(rules);
}

static void say_what(const bench *b)
{
    printf(
        "Nanoseconds of processor time a span, by the library's calls: its bytes (%zu a span), for "
        "what leaves alone or with a\nverdict, and a row of a table that holds what the rules ask "
        "for. Both are there already; %u requests of %u spans fit into\na processor's cache. "
        "Medians of %u rounds in turn, and of the rounds' ratios; the conditions of `%s`.\n\n",
        b->bytes / ((size_t)REQUESTS_MOST * b->spans), REQUESTS_FEW, b->spans, b->rounds,
        b->config);
    printf("| rules | columns | requests | bytes | with verdicts | table | table / bytes | table / "
           "with verdicts |\n|---|--:|--:|--:|--:|--:|--:|--:|\n");
}

static void run_once(bench *b)
{
    tamis_ruleset *rules = compile(b, 0);
    make_tables(b, rules);
    for (unsigned i = 0; i < b->rounds; i++)
        judge(b,
              strcmp(b->only, "table") == 0      ? TABLE
              : strcmp(b->only, "verdicts") == 0 ? VERDICTS
                                                 : SLICES,
              rules);
    tamis_ruleset_unref(rules);
}

static void read_arguments(bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "0";
        const unsigned number = (unsigned)strtoul(value, NULL, 10);
        if (argv[i][0] != '-')
            b->config = argv[i];
        else if (strcmp(argv[i], "--spans") == 0)
            b->spans = number, i++;
        else if (strcmp(argv[i], "--rounds") == 0)
            b->rounds = number < ROUNDS_MOST ? number : ROUNDS_MOST, i++;
        else if (strcmp(argv[i], "--only") == 0)
            b->only = value, i++;
    }
}

int main(int argc, char **argv)
{
    bench b = {
        .spans = 512, .requests = REQUESTS_FEW, .rounds = 51, .config = "examples/collector.yaml"};
    read_arguments(&b, argc, argv);
    b.arena = tm_arena_new(NULL);
    read_conditions(&b);
    if (tamis_engine_new(NULL, &b.engine) != TAMIS_OK)
        fail("out of memory");
    for (unsigned k = 0; k < WAYS; k++) {
        const tamis_vm_options options = {.size = sizeof options, .verdicts = k == VERDICTS};
        if (tamis_vm_new(b.engine, &options, &b.vm[k]) != TAMIS_OK)
            fail("out of memory");
    }
    make_requests(&b);
    if (b.only) {
        run_once(&b);
    } else {
        say_what(&b);
        measure(&b, 0);
        measure(&b, 1);
    }
    for (unsigned k = 0; k < WAYS; k++)
        tamis_vm_free(b.vm[k]);
    tamis_engine_unref(b.engine);
    tm_arena_free(b.arena);
    return 0;
}
