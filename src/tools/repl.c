/* repl: asking recorded spans and rules, line by line.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/repl.h"

#include "base/clock.h"
#include "base/json_write.h"
#include "tools/complain.h"
#include "tools/repl_commands.h"
#include "tools/repl_complete.h"
#include "tools/repl_input.h"
#include "tools/run_rules.h"
#include "explain/span_facts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* ---- what is wrong --------------------------------------------------------------------------- */

/* What was printed before comes first. */
static void flush(tm_repl *repl)
{
    fwrite(repl->out.p, 1, repl->out.n, stdout);
    fflush(stdout);
    repl->out.n = 0;
}

bool tm_repl_wrong(tm_repl *repl, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const tm_text text = tm_arena_vprint(repl->line, format, args);
    va_end(args);
    flush(repl);
    repl->failed = true;
    return tm_complain("%.*s", TM_PRI(text));
}

void tm_repl_diags(tm_repl *repl, const tm_diags *diags)
{
    flush(repl);
    tm_complain_diags(diags);
    repl->failed |= diags->errors > 0;
}

/* ---- signals --------------------------------------------------------------------------------- */

bool tm_repl_interrupted(void *unused)
{
    sigset_t set, pending;
    const struct timespec now = {0};
    (void)unused;
    if (sigpending(&pending) != 0 || !sigismember(&pending, SIGINT))
        return false;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    return sigtimedwait(&set, NULL, &now) == SIGINT;
}

/* On a terminal, where control-C ends what takes long and not the session. */
static void block_interrupts(void)
{
    sigset_t set;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* ---- the prompt ------------------------------------------------------------------------------ */

/* A mark before and behind what takes no column, for libedit. */
static void add_ink(const tm_repl *repl, tm_buf *out, const char *code)
{
    if (repl->screen.coloured)
        tm_buf_print(out, "\1\x1b[%sm\1", code);
}

static tm_text shortened(tm_arena *arena, tm_text name)
{
    enum { NAME_MOST = 24 };
    tm_buf quoted = {.arena = arena}, out = quoted;
    const tm_screen narrow = {.columns = NAME_MOST};
    tm_json_write_string(&quoted, name, TM_JSON_ESCAPE_HARMFUL);
    tm_screen_line(&narrow, &out, tm_text_slice(quoted.p + 1, quoted.n - 2));
    out.n--;
    return tm_buf_text(&out);
}

/* "3/9 GET /entries> ": the current span. */
static void prompt(void *owner, tm_buf *out, bool more)
{
    const tm_repl *repl = owner;
    const size_t n = tm_loaded_count(&repl->loaded);
    if (more) {
        tm_buf_print(out, "... ");
        return;
    }
    add_ink(repl, out, "36");
    if (n) {
        const tm_text span = tm_repl_span(repl, out->arena, repl->at),
                      name = tm_span_facts_of(out->arena, span).name;
        tm_buf_print(out, "%zu/%zu %.*s", repl->at + 1, n, TM_PRI(shortened(out->arena, name)));
    } else {
        tm_buf_print(out, "tamis");
    }
    add_ink(repl, out, "0");
    tm_buf_print(out, "> ");
}

static tm_candidates complete(void *owner, tm_arena *arena, tm_text before)
{
    return tm_repl_complete(owner, arena, before);
}

/* ---- the session ----------------------------------------------------------------------------- */

static void read_and_do(void *argument)
{
    tm_repl *repl = argument;
    tm_buf input = {.arena = repl->line};
    repl->out = (tm_buf){.arena = repl->line};
    if (!tm_repl_input_next(repl->input, &input)) {
        repl->ended = true;
        return;
    }
    tm_repl_interrupted(NULL);                  /* what came before is forgotten */
    repl->screen = tm_screen_of(STDOUT_FILENO); /* which may have another width now */
    tm_repl_do(repl, tm_buf_text(&input));
    flush(repl);
}

static void run_session(tm_repl *repl)
{
    while (!repl->ended) {
        tm_arena_reset(repl->line);
        if (!tm_arena_try(repl->line, read_and_do, repl)) {
            repl->failed = true;
            tm_complain("out of memory");
        }
    }
}

/* ~/.tamis_history, or nothing. */
static tm_text history_path(tm_arena *arena)
{
    const char *home = getenv("HOME");
    return home && *home ? tm_arena_print(arena, "%s/.tamis_history", home) : TM_TEXT("");
}

static bool load(tm_repl *repl, const tm_arguments *a)
{
    const tm_texts *inputs = tm_arguments_list(a, "input");
    for (size_t i = 0; i < inputs->count; i++)
        if (tm_text_is(inputs->items[i], "-"))
            return tm_complain("what is typed comes from stdin; name a file to load");
    if (!inputs->count)
        return true;
    if (!tm_loaded_read(&repl->loaded, *inputs, tm_repl_interrupted, NULL))
        return false;
    repl->failed |= repl->loaded.fault;
    return tm_loaded_count(&repl->loaded) > 0 || tm_complain("no spans are there");
}

static void greet(const tm_repl *repl)
{
    if (!tm_repl_input_is_terminal(repl->input))
        return;
    const size_t n = tm_loaded_count(&repl->loaded);
    const uint32_t rules = repl->rules.plain ? repl->rules.plain->rules : 0;
    printf("tamis %s, %zu span%s, %u rule%s; :help tells what can be asked\n", TM_VERSION, n,
           n == 1 ? "" : "s", rules, rules == 1 ? "" : "s");
}

static int run(tm_repl *repl, const tm_arguments *a)
{
    const tm_texts *rules = tm_arguments_list(a, "rules");
    if (rules->count &&
        !tm_repl_rules_read(&repl->rules, rules, tm_arguments_text(a, "pipeline", "")))
        return TM_EXIT_CONFIG;
    if (!load(repl, a))
        return TM_EXIT_USAGE;
    repl->input = tm_repl_input_open(prompt, complete, repl, history_path(repl->own));
    if (!repl->input)
        return TM_EXIT_USAGE;
    const bool terminal = tm_repl_input_is_terminal(repl->input);
    greet(repl);
    run_session(repl);
    tm_repl_input_close(repl->input);
    return repl->failed && !terminal ? TM_EXIT_FALSE : TM_EXIT_OK;
}

static int start(const tm_arguments *a)
{
    tm_repl *repl = TM_NEW(a->arena, tm_repl);
    int code = TM_EXIT_USAGE;
    repl->own = a->arena;
    repl->line = tm_arena_new(NULL);
    repl->screen = tm_screen_of(STDOUT_FILENO);
    block_interrupts();
    if (repl->line) {
        tm_arena_follow(repl->own, repl->line);
        code = run(repl, a);
        tm_arena_follow(repl->own, NULL);
    } else {
        tm_complain("out of memory");
    }
    tm_repl_rules_free(&repl->rules);
    tm_loaded_free(&repl->loaded);
    tm_arena_free(repl->line);
    return code;
}

static const tm_option options[] = {
    TM_RULES_OPTIONS,
    {"input", 'i', TM_OPTION_LIST, "SPANS", NULL, "a recording, which is held in memory"},
    {0}};

const tm_command tm_command_repl = {
    .name = "repl",
    .operands = "",
    .manual = "Asks recorded spans and rules, line by line; :help tells what",
    .options = options,
    .run = start};
