/* Functions: a table of what each function and typical conditions cost, the real OTTL beside us.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     functions [--check] [--rounds N] [--only NAME] SPANS.json [OTTL]
 *
 * Prints a part of docs/benchmarks.md. Both sides answer each case once, and then take turns at
 * running it; the median of the rounds counts. Without the program OTTL its columns say "not
 * measured". --check fails when a function is slower here, an answer differs, or a condition is
 * less than ten times as fast. */
#include "functions.h"

#include "base/clock.h"
#include "base/json_write.h"
#include "stdlib/fn.h"
#include "tests/whole_file.h"

#include <ctype.h>
#include <stdlib.h>

enum { ROUNDS_MOST = 99, CONDITIONS_LEAST = 10 };

typedef struct bench {
    tm_arena *arena;
    const char *spans, *program, *only;
    const tm_doc *traces;
    tm_bench_peer peer;
    bool measured; /* the real OTTL is there */
    unsigned rounds;
    unsigned calls, slower, conditions, below, different, missing;
} bench;

/* What one case cost; ns 0: that side has no such function. */
typedef struct cost {
    double ns, allocations;
    double decoding_ns; /* with maps decoded at first use; 0: it wants none */
} cost;

typedef struct row {
    const tm_bench_case *of;
    cost ours, theirs;
    tm_text difference; /* of the answers; empty when equal */
    bool is_ours;       /* the real OTTL does not know it */
} row;

static const tm_bench_case conditions[] = {
#define CONDITION(name, ...) {name, "condition", #__VA_ARGS__},
#define CALL(name, ...)
#include "functions.def"
#undef CONDITION
#undef CALL
    {NULL, NULL, NULL}};

static const tm_bench_case calls[] = {
#define CONDITION(name, ...)
#define CALL(name, ...) {#name, NULL, #__VA_ARGS__},
#include "functions.def"
#undef CONDITION
#undef CALL
    {NULL, NULL, NULL}};

static const char about[] =
    "Nanoseconds of processor time and heap allocations of one evaluation. The rule is compiled, "
    "the span (30 attributes) is open and its maps are decoded, on both sides, which take turns.\n"
    "tamis decodes a map when a rule first asks for it: \"decoding\" is what an evaluation takes "
    "that does so. The real OTTL decodes everything before any rule runs. Of its garbage "
    "collection only what the evaluating thread does itself is counted.\n"
    "Conditions are judged as the engine does: test by test where a decision was read off the "
    "program, else by running it. A call of nothing but literals is a constant by then.\n";

/* --- one case --- */

/* Editors begin with a small letter. */
static const char *kind_of(const tm_bench_case *c)
{
    return c->kind ? c->kind : islower((unsigned char)c->name[0]) ? "statement" : "value";
}

static tm_text written(tm_arena *arena, const tm_bench_case *c)
{
    tm_buf out = {.arena = arena};
    tm_buf_print(&out,
                 "{\"id\":\"bench\",\"context\":\"span\",\"kind\":\"%s\",\"paths\":\"bare\","
                 "\"spans\":\"span\",\"expr\":",
                 kind_of(c));
    tm_json_write_string(&out, tm_text_of(c->rule), TM_JSON_PLAIN);
    tm_buf_add_char(&out, '}');
    return tm_buf_text(&out);
}

/* Functions with answers of their own each time: Now, UUID. */
static bool is_impure(const tm_bench_case *c)
{
    const tm_function *f = tm_function_find(tm_text_of(c->name));
    return f && f->hosts & TM_HOST_IMPURE;
}

/* Asks both sides once and notes what differs. */
static void compare(bench *b, tm_arena *arena, row *r, tm_text line, const tm_doc *doc)
{
    const tm_doc *answer = tm_bench_peer_ask(&b->peer, arena, line);
    tm_arena *scratch = tm_arena_new(NULL);
    tm_vm vm;
    tm_vm_init(&vm, scratch, scratch, tm_clock_real());
    tm_vectors_run run = {
        .arena = scratch, .vm = &vm, .row = doc, .expected = answer, .traces = b->traces};
    r->is_ours = answer && tm_vectors_truth(answer, "parse_error");
    if (!answer || tm_vectors_find(answer, "panic"))
        r->difference = TM_TEXT("the real OTTL ended");
    else if (!r->is_ours && !is_impure(r->of) && !tm_vectors_run_rule(&run))
        r->difference = tm_arena_copy(arena, run.difference);
    tm_arena_free(scratch);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, unsigned n)
{
    qsort(values, n, sizeof *values, ascending);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Rounds in turns; the first warms both sides up. */
static void measure(bench *b, tm_arena *arena, row *r, tm_bench_rule *rule)
{
    double ours[ROUNDS_MOST], theirs[ROUNDS_MOST], decoding[ROUNDS_MOST];
    bool decodes = tm_bench_rule_decodes(rule);
    bool both = b->measured && !r->is_ours;
    for (unsigned i = 0; i <= b->rounds; i++) {
        unsigned at = i ? i - 1 : 0;
        if (decodes)
            decoding[at] = tm_bench_rule_measure(rule, false);
        ours[at] = tm_bench_rule_measure(rule, true);
        if (both)
            both = tm_bench_peer_measure(&b->peer, arena, &theirs[at], &r->theirs.allocations);
    }
    r->ours.ns = median(ours, b->rounds);
    r->ours.allocations = tm_bench_rule_allocations(rule);
    if (decodes)
        r->ours.decoding_ns = median(decoding, b->rounds);
    if (both)
        r->theirs.ns = median(theirs, b->rounds);
}

/* False when the case does not build here. */
static bool run_case(bench *b, tm_arena *arena, row *r)
{
    tm_text line = written(arena, r->of);
    const tm_doc *doc = tm_vectors_json(arena, line);
    tm_bench_rule *rule = tm_bench_rule_new(arena, doc, b->traces);
    if (!rule)
        return false;
    if (b->measured)
        compare(b, arena, r, line, doc);
    measure(b, arena, r, rule);
    tm_bench_rule_free(rule);
    return true;
}

/* --- saying it --- */

/* A rule inside a table of Markdown. */
static void print_rule(const char *rule)
{
    enum { SHOWN_MOST = 88 };
    int shown = 0;
    fputs("`", stdout);
    for (const char *p = rule; *p && shown < SHOWN_MOST; p++, shown++)
        printf(*p == '|' ? "\\|" : "%c", *p);
    fputs(shown == SHOWN_MOST ? "...`" : "`", stdout);
}

static void print_flag(bench *b, const row *r, bool condition)
{
    double ratio = r->theirs.ns / r->ours.ns;
    const char *flag = "";
    if (condition && r->theirs.ns > 0 && ratio < CONDITIONS_LEAST) {
        flag = "below 10";
        b->below++;
    } else if (r->theirs.ns > 0 && ratio < 1) {
        flag = "slower";
        b->slower++;
    }
    if (r->difference.n)
        b->different++;
    printf("%s%s", flag, r->difference.n ? " answers differ" : "");
    if (r->difference.n)
        fprintf(stderr, "%s: %.*s\n", r->of->rule, TM_PRI(r->difference));
}

static void print_row(bench *b, const row *r, bool condition)
{
    printf("| %s | ", r->of->name);
    print_rule(r->of->rule);
    printf(" | %.1f | ", r->ours.ns);
    if (r->ours.decoding_ns > 0)
        printf("%.1f", r->ours.decoding_ns);
    printf(" | %.2g |", r->ours.allocations);
    if (r->is_ours)
        printf(" tamis only | | | ");
    else if (r->theirs.ns > 0)
        printf(" %.1f | %.3g | %.1f | ", r->theirs.ns, r->theirs.allocations,
               r->theirs.ns / r->ours.ns);
    else
        printf(" not measured | | | ");
    print_flag(b, r, condition);
    printf(" |\n");
    fflush(stdout);
}

static void print_head(const char *first)
{
    printf("\n| %s | rule | ns | decoding | allocs | OTTL ns | allocs | times as fast | |\n"
           "|---|---|--:|--:|--:|--:|--:|--:|---|\n",
           first);
}

static bool wanted(const bench *b, const char *name)
{
    return !b->only || strcmp(b->only, name) == 0;
}

static void print_case(bench *b, const tm_bench_case *c, bool condition)
{
    tm_arena *arena = tm_arena_new(NULL);
    row r = {.of = c};
    if (run_case(b, arena, &r)) {
        print_row(b, &r, condition);
        b->calls += !condition;
        b->conditions += condition;
    } else {
        printf("| %s | ", c->name);
        print_rule(c->rule);
        printf(" | | | | | | | does not build |\n");
        b->missing++;
    }
    tm_arena_free(arena);
}

static void print_conditions(bench *b)
{
    print_head("condition");
    for (const tm_bench_case *c = conditions; c->name; c++)
        if (wanted(b, c->name) || (b->only && strcmp(b->only, "conditions") == 0))
            print_case(b, c, true);
}

/* In the order of the library, so that a function without a case shows. */
static void print_functions(bench *b)
{
    const tm_function *f;
    print_head("function");
    for (unsigned i = 0; (f = tm_function_at(i)) != NULL; i++) {
        bool any = false;
        for (const tm_bench_case *c = calls; c->name && wanted(b, f->name); c++)
            if (strcmp(c->name, f->name) == 0) {
                print_case(b, c, false);
                any = true;
            }
        if (!any && wanted(b, f->name)) {
            printf("| %s | | | | | | | | no case |\n", f->name);
            b->missing++;
        }
    }
}

static void print_summary(const bench *b)
{
    if (!b->measured) {
        printf("\nThe real OTTL is not built here: its columns are not measured.\n");
        return;
    }
    printf(
        "\n%u calls, %u of them slower than in the real OTTL; %u conditions, %u of them less than "
        "%d times as fast; %u answers differ; %u functions or calls without a measurement.\n",
        b->calls, b->slower, b->conditions, b->below, CONDITIONS_LEAST, b->different, b->missing);
}

static bool read_arguments(bench *b, int argc, char **argv, bool *check)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0)
            *check = true;
        else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            b->rounds = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            b->only = argv[++i];
        else if (!b->spans)
            b->spans = argv[i];
        else
            b->program = argv[i];
    }
    return b->spans && b->rounds > 0 && b->rounds < ROUNDS_MOST;
}

int main(int argc, char **argv)
{
    bench b = {.arena = tm_arena_new(NULL), .rounds = 9};
    bool check = false;
    tm_text text = {0};
    if (read_arguments(&b, argc, argv, &check))
        text = read_file(b.arena, b.spans);
    const tm_doc *pool = text.p ? tm_vectors_json(b.arena, text) : NULL;
    b.traces = tm_vectors_find(pool, "span");
    if (!pool || !b.traces) {
        fputs("usage: functions [--check] [--rounds N] [--only NAME] SPANS.json [OTTL]\n", stderr);
        return 2;
    }
    b.measured = b.program && tm_bench_peer_open(&b.peer, b.program, b.spans);
    puts(about);
    printf("Medians of %u rounds.\n", b.rounds);
    print_conditions(&b);
    print_functions(&b);
    print_summary(&b);
    tm_bench_peer_close(&b.peer);
    tm_arena_free(b.arena);
    return check && (b.slower || b.below || b.different || b.missing);
}
