/* bench: what rules cost over recorded spans, rule by rule and function by function.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "tools/bench_print.h"
#include "tools/complain.h"
#include "tools/run_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { RULES, VS, WITHOUT, ROUNDS_USUALLY = 7, ROUNDS_MOST = 1000 };

/* The processor's name as Linux tells it; empty: it does not. */
static tm_text processor(tm_arena *arena)
{
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[256];
    tm_text name = TM_TEXT("");
    while (file && !name.n && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (colon && strncmp(line, "model name", 10) == 0)
            name = tm_arena_copy(arena, tm_text_trim(tm_text_of(colon + 1)));
    }
    if (file)
        fclose(file);
    return name;
}

static tm_text machine(tm_arena *arena)
{
    struct utsname u;
    const tm_text name = processor(arena);
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (uname(&u) != 0)
        return name;
    return tm_arena_print(arena, "%.*s%s%ld processor%s, %s, %s %s; tamis " TM_VERSION,
                          TM_PRI(name), name.n ? ", " : "", processors, processors == 1 ? "" : "s",
                          u.machine, u.sysname, u.release);
}

/* Names joined by blanks. */
static tm_text joined(tm_arena *arena, const tm_texts *names)
{
    tm_buf out = {.arena = arena};
    for (size_t i = 0; i < names->count; i++)
        tm_buf_print(&out, "%s%.*s", i ? " " : "", TM_PRI(names->items[i]));
    return tm_buf_text(&out);
}

/* The rules twice: as they are, and as the stopwatch wants them. */
static bool read_side(const tm_arguments *a, const char *option, const char *pipeline,
                      tm_bench_side *side, int *code)
{
    const tm_texts *paths = tm_arguments_list(a, option);
    const tm_text name = tm_arguments_text(a, pipeline, "");
    side->name = joined(a->arena, paths);
    side->plain = tm_run_rules_of(a->arena, paths, name, tm_ruleset_new, code);
    if (side->plain)
        side->timed = tm_run_rules_of(a->arena, paths, name, tm_ruleset_new_timed, code);
    return side->timed;
}

static bool read_sides(const tm_arguments *a, tm_bench *b, int *code)
{
    tm_diags diags = {.arena = a->arena};
    const char *pipeline = tm_arguments_text(a, "vs-pipeline", "").n ? "vs-pipeline" : "pipeline";
    if (!read_side(a, "rules", "pipeline", &b->side[RULES], code) ||
        (tm_arguments_list(a, "vs")->count && !read_side(a, "vs", pipeline, &b->side[VS], code)))
        return false;
    b->side[WITHOUT].plain = tm_ruleset_new(NULL, NULL, 0, &diags);
    *code = TM_EXIT_USAGE;
    return b->side[WITHOUT].plain || tm_complain("out of memory");
}

static int show(const tm_arguments *a, const tm_bench *b)
{
    const tm_screen screen = tm_screen_of(STDOUT_FILENO);
    tm_buf out = {.arena = a->arena};
    if (tm_text_is(tm_arguments_text(a, "format", "text"), "json"))
        tm_bench_json(&out, b, machine(a->arena));
    else
        tm_bench_print(&out, b, machine(a->arena), &screen);
    fwrite(out.p, 1, out.n, stdout);
    return b->loaded->fault ? TM_EXIT_USAGE : TM_EXIT_OK;
}

static int measure(const tm_arguments *a, tm_bench *b)
{
    tm_loaded loaded;
    int code;
    if (!tm_loaded_read(&loaded, tm_input_names(a), NULL, NULL))
        return TM_EXIT_USAGE;
    b->loaded = &loaded;
    if (!tm_loaded_count(&loaded)) {
        code = loaded.fault ? TM_EXIT_USAGE : TM_EXIT_NO_INPUT;
        if (!loaded.fault)
            tm_complain("no spans are there");
    } else {
        code = tm_bench_measure(a->arena, b) ? show(a, b) : TM_EXIT_USAGE;
    }
    tm_loaded_free(&loaded);
    return code;
}

static int bench(const tm_arguments *a)
{
    tm_bench *b = TM_NEW(a->arena, tm_bench);
    const tm_text text = tm_arguments_text(a, "rounds", "");
    uint64_t rounds = ROUNDS_USUALLY;
    int code = TM_EXIT_USAGE;
    if (text.n && (!tm_number_uint(text, &rounds) || rounds == 0 || rounds > ROUNDS_MOST)) {
        tm_complain("--rounds takes 1 to %d, not %.*s", ROUNDS_MOST, TM_PRI(text));
        return code;
    }
    b->rounds = (unsigned)rounds;
    if (read_sides(a, b, &code))
        code = measure(a, b);
    for (int i = 0; i < TM_BENCH_SIDES; i++) {
        tm_ruleset_unref(b->side[i].plain);
        tm_ruleset_unref(b->side[i].timed);
    }
    return code;
}

static const tm_option options[] = {
    TM_RULES_OPTIONS,
    {"vs", 0, TM_OPTION_LIST, "RULES", NULL, "rules to compare with, in the same rounds"},
    {"vs-pipeline", 0, TM_OPTION_TEXT, "NAME", NULL, "of --vs, where it is another one"},
    {"input", 'i', TM_OPTION_LIST, "SPANS", NULL,
     "a recording, or - for stdin, the default; it is held in memory"},
    {"rounds", 0, TM_OPTION_TEXT, "N", NULL, "that are measured, 7 by default"},
    {"format", 0, TM_OPTION_TEXT, NULL, "text|json", "json is one object, with all rounds"},
    {0}};

const tm_command tm_command_bench = {
    .name = "bench",
    .operands = "",
    .manual = "Measures what rules cost over recorded spans, by rule and by function",
    .options = options,
    .run = bench};
