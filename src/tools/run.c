/* run: rules over recorded spans, as the daemon would judge them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "tools/complain.h"
#include "tools/progress.h"
#include "tools/run_pool.h"
#include "tools/run_rules.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_WORKERS = 64 };

/* What is open while the command runs. */
typedef struct running {
    const tm_arguments *arguments;
    tm_run_plan plan;
    tm_input input;
    tm_output kept, dropped;
    tm_progress progress;
    tm_run_tally tally;
} running;

static bool write_job(void *owner, const tm_run_job *job)
{
    running *r = owner;
    if (job->messages.n || job->why.n)
        tm_progress_end(&r->progress);
    fwrite(job->messages.p, 1, job->messages.n, stderr);
    fwrite(job->why.p, 1, job->why.n, stderr);
    bool ok = tm_output_write(&r->kept, tm_bytes_text(&job->kept));
    if (r->plan.wants_dropped)
        ok = tm_output_write(&r->dropped, tm_bytes_text(&job->dropped)) && ok;
    return ok;
}

static void show_progress(void *owner)
{
    running *r = owner;
    tm_progress_draw(&r->progress, tm_input_taken(&r->input), r->input.total_bytes, "");
}

/* ---- the summary ----------------------------------------------------------------------------- */

static void summarise_rule(const tm_rule *rule, const tm_rule_counts *c)
{
    if (!c->matched && !c->errors && !c->dropped_spans)
        return;
    fprintf(stderr, "  %.*s:", TM_PRI(rule->name));
    if (c->dropped_spans)
        fprintf(stderr, " %llu dropped", (unsigned long long)c->dropped_spans);
    else
        fprintf(stderr, " %llu matched", (unsigned long long)c->matched);
    if (c->errors)
        fprintf(stderr, ", %llu error%s", (unsigned long long)c->errors, c->errors == 1 ? "" : "s");
    fputc('\n', stderr);
}

static void summarise(const running *r)
{
    const tm_run_tally *t = &r->tally;
    fprintf(stderr, "%llu span%s in, %llu kept, %llu dropped", (unsigned long long)t->in,
            t->in == 1 ? "" : "s", (unsigned long long)t->kept,
            (unsigned long long)(t->in - t->kept - t->refused));
    if (t->refused)
        fprintf(stderr, ", %llu refused", (unsigned long long)t->refused);
    fputc('\n', stderr);
    for (uint32_t i = 0; i < r->plan.ruleset->rules; i++)
        summarise_rule(r->plan.ruleset->rule[i], &t->rule[i]);
}

static int exit_code(const running *r)
{
    if (r->kept.failed || r->dropped.failed || r->input.fault || r->tally.bad_input)
        return TM_EXIT_USAGE;
    if (r->tally.refused)
        return TM_EXIT_RULE;
    return r->tally.in ? TM_EXIT_OK : TM_EXIT_NO_INPUT;
}

/* ---- the command ----------------------------------------------------------------------------- */

static bool count_workers(const tm_arguments *a, unsigned *workers)
{
    tm_text text = tm_arguments_text(a, "threads", "");
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t n = online > 0 ? (uint64_t)online : 1;
    if (text.n && (!tm_number_uint(text, &n) || n == 0 || n > MOST_WORKERS))
        return tm_complain("--threads takes 1 to 64, not %.*s", TM_PRI(text));
    *workers = n < MOST_WORKERS ? (unsigned)n : MOST_WORKERS;
    return true;
}

/* Opening a recording to write would empty it before it is read. */
static bool is_input(const tm_arguments *a, tm_text output)
{
    const tm_texts *inputs = tm_arguments_list(a, "input");
    struct stat out, in;
    if (stat(output.p, &out) != 0 || !S_ISREG(out.st_mode))
        return false;
    for (size_t i = 0; i < inputs->count; i++)
        if (stat(inputs->items[i].p, &in) == 0 && in.st_dev == out.st_dev &&
            in.st_ino == out.st_ino)
            return !tm_complain("%s is read and cannot be written", output.p);
    return false;
}

static bool open_outputs(running *r)
{
    const tm_arguments *a = r->arguments;
    tm_text kept = tm_arguments_text(a, "output", "-"),
            dropped = tm_arguments_text(a, "dropped", "");
    tm_text format = tm_arguments_text(a, "format", "");
    r->dropped.fd = -1;
    if (is_input(a, kept) || is_input(a, dropped))
        return false;
    r->plan.wants_dropped = dropped.n;
    r->plan.kept = tm_output_form_of(kept, format);
    r->plan.dropped = tm_output_form_of(dropped, format);
    if (!tm_output_open(&r->kept, kept) || (dropped.n && !tm_output_open(&r->dropped, dropped)))
        return false;
    if (tm_output_is(&r->kept, &r->dropped))
        return tm_complain("what is kept and what is dropped would both be written to %s",
                           r->kept.name);
    return tm_output_empty(&r->kept) && (!dropped.n || tm_output_empty(&r->dropped));
}

static int run_pool(running *r, unsigned workers)
{
    const tm_run_sink sink = {write_job, show_progress, r};
    tm_arena *arena = r->arguments->arena;
    tm_input_open(&r->input, r->arguments);
    tm_progress_start(&r->progress);
    r->progress.on &= !isatty(r->kept.fd); /* it would stand among the spans */
    bool ok = tm_run_pool(arena, &r->plan, workers, &r->input, &sink, &r->tally);
    tm_progress_end(&r->progress);
    tm_input_close(&r->input);
    tm_output_close(&r->kept);
    tm_output_close(&r->dropped);
    if (!tm_arguments_flag(r->arguments, "quiet"))
        summarise(r);
    return ok ? exit_code(r) : TM_EXIT_USAGE;
}

static int run(const tm_arguments *a)
{
    running *r = TM_NEW(a->arena, running);
    int code = TM_EXIT_USAGE;
    unsigned workers = 1;
    r->arguments = a;
    r->plan.why = tm_arguments_flag(a, "why");
    if (!count_workers(a, &workers))
        return code;
    tm_ruleset *ruleset = tm_run_rules(a, tm_ruleset_new, &code);
    if (!ruleset)
        return code;
    r->plan.ruleset = ruleset;
    code = open_outputs(r) ? run_pool(r, workers) : TM_EXIT_USAGE;
    tm_ruleset_unref(ruleset);
    return code;
}

static const tm_option options[] = {
    TM_RULES_OPTIONS,
    TM_INPUT_OPTION,
    {"output", 'o', TM_OPTION_TEXT, "KEPT", NULL,
     "a file for what is kept, or - for stdout, the default; its end tells the format: .json .pb, "
     ".gz .zst behind"},
    {"dropped", 0, TM_OPTION_TEXT, "FILE", NULL, "a file for what is dropped"},
    {"format", 0, TM_OPTION_TEXT, NULL, "json|proto",
     "OTLP/JSON a line, or protobuf behind its length as a varint, whatever the file's end"},
    {"why", 0, TM_OPTION_FLAG, NULL, NULL, "names each dropped span and its rule on stderr"},
    {"quiet", 'q', TM_OPTION_FLAG, NULL, NULL, "prints no summary"},
    {"threads", 0, TM_OPTION_TEXT, "N", NULL, "that judge; as many as processors by default"},
    {0}};

const tm_command tm_command_run = {.name = "run",
                                   .operands = "",
                                   .manual =
                                       "Judges recorded spans by rules and writes what is kept",
                                   .options = options,
                                   .run = run};
