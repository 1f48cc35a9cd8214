/* REPL: going from span to span.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "base/json_write.h"
#include "base/number.h"
#include "tools/repl_commands.h"
#include "tools/repl_scan.h"
#include "explain/span_facts.h"
#include "tools/waterfall.h"

static bool has_spans(tm_repl *repl)
{
    return tm_loaded_count(&repl->loaded) > 0 ||
           tm_repl_wrong(repl, "no recording is loaded; :load FILE loads one");
}

/* "3/9 \"GET /\" of shop" */
static void show_place(tm_repl *repl)
{
    const tm_span_facts facts =
        tm_span_facts_of(repl->line, tm_repl_span(repl, repl->line, repl->at));
    tm_buf line = {.arena = repl->line}, name = line;
    tm_json_write_string(&name, facts.name, TM_JSON_ESCAPE_HARMFUL);
    tm_screen_print(&repl->screen, &line, TM_INK_DIM, "%zu/%zu ", repl->at + 1,
                    tm_loaded_count(&repl->loaded));
    tm_screen_add(&repl->screen, &line, TM_INK_BOLD, tm_buf_text(&name));
    if (facts.service.n) {
        tm_buf service = {.arena = repl->line};
        tm_json_write_string(&service, facts.service, TM_JSON_ESCAPE_HARMFUL);
        tm_buf_print(&line, " of %.*s", (int)service.n - 2, service.p + 1);
    }
    tm_screen_line(&repl->screen, &repl->out, tm_buf_text(&line));
}

static void go_to(tm_repl *repl, size_t at)
{
    repl->at = at;
    show_place(repl);
}

void tm_repl_show(tm_repl *repl, tm_text argument)
{
    const tm_span_facts facts =
        tm_span_facts_of(repl->line, tm_repl_span(repl, repl->line, repl->at));
    (void)argument;
    tm_span_facts_print(&repl->out, &facts, &repl->screen);
    if (!facts.n)
        tm_buf_print(&repl->out, "an empty span\n");
}

/* ---- steps ----------------------------------------------------------------------------------- */

static bool read_steps(tm_repl *repl, tm_text argument, uint64_t *steps)
{
    *steps = 1;
    return !argument.n || tm_number_uint(argument, steps) ||
           tm_repl_wrong(repl, "a number is wanted, not %.*s", TM_PRI(argument));
}

void tm_repl_next(tm_repl *repl, tm_text argument)
{
    uint64_t steps;
    if (!has_spans(repl) || !read_steps(repl, argument, &steps))
        return;
    const size_t left = tm_loaded_count(&repl->loaded) - 1 - repl->at;
    if (!left)
        tm_repl_wrong(repl, "this is the last span");
    else
        go_to(repl, repl->at + (steps < left ? (size_t)steps : left));
}

void tm_repl_prev(tm_repl *repl, tm_text argument)
{
    uint64_t steps;
    if (!has_spans(repl) || !read_steps(repl, argument, &steps))
        return;
    if (!repl->at)
        tm_repl_wrong(repl, "this is the first span");
    else
        go_to(repl, steps < repl->at ? repl->at - (size_t)steps : 0);
}

/* ---- ids ------------------------------------------------------------------------------------- */

/* Whether the digits are the first ones of the id. */
static bool starts_with(tm_arena *arena, tm_text id, tm_text digits)
{
    tm_buf hex = {.arena = arena};
    tm_buf_add_hex(&hex, id);
    return tm_text_starts(tm_buf_text(&hex), digits);
}

/* The first span behind the current one, or from the start, whose id starts so; SIZE_MAX: none. */
static size_t find_id(tm_repl *repl, tm_text digits, bool of_trace)
{
    const size_t n = tm_loaded_count(&repl->loaded);
    for (size_t i = 0; i < n; i++) {
        const tm_text id = tm_loaded_id(tm_loaded_span_at(&repl->loaded, i),
                                        of_trace ? TM_SPAN_TRACE_ID : TM_SPAN_SPAN_ID);
        const tm_arena_mark mark = tm_arena_save(repl->line);
        const bool found = starts_with(repl->line, id, digits);
        tm_arena_restore(repl->line, mark);
        if (found)
            return i;
    }
    return SIZE_MAX;
}

static bool is_hex(tm_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (tm_hex_value(t.p[i]) < 0)
            return false;
    return t.n > 0;
}

void tm_repl_goto(tm_repl *repl, tm_text argument)
{
    const size_t n = tm_loaded_count(&repl->loaded);
    uint64_t number;
    if (!has_spans(repl))
        return;
    if (tm_number_uint(argument, &number) && number >= 1 && number <= n) {
        go_to(repl, (size_t)number - 1);
        return;
    }
    const size_t at = is_hex(argument) ? find_id(repl, argument, false) : SIZE_MAX;
    if (at == SIZE_MAX)
        tm_repl_wrong(repl, ":goto takes a number from 1 to %zu or the id of a span%s%.*s", n,
                      argument.n ? ", not " : "", TM_PRI(argument));
    else
        go_to(repl, at);
}

void tm_repl_trace(tm_repl *repl, tm_text argument)
{
    if (!has_spans(repl))
        return;
    const size_t at = !argument.n        ? repl->at
                      : is_hex(argument) ? find_id(repl, argument, true)
                                         : SIZE_MAX;
    if (at == SIZE_MAX) {
        tm_repl_wrong(repl, "there is no trace %.*s", TM_PRI(argument));
        return;
    }
    repl->at = at;
    tm_waterfall_list(repl);
}

void tm_repl_tree(tm_repl *repl, tm_text argument)
{
    (void)argument;
    if (has_spans(repl))
        tm_waterfall_draw(repl);
}

/* ---- :find ----------------------------------------------------------------------------------- */

void tm_repl_find(tm_repl *repl, tm_text argument)
{
    tm_asking asking;
    if (!has_spans(repl))
        return;
    if (!argument.n)
        argument = repl->sought;
    if (!argument.n) {
        tm_repl_wrong(repl, ":find takes a condition");
        return;
    }
    if (!tm_repl_ask_condition(repl, argument, &asking))
        return;
    repl->sought = tm_arena_copy(repl->own, argument);
    bool stopped;
    const size_t at = tm_repl_seek(repl, &asking, repl->at + 1, &stopped);
    if (stopped)
        tm_repl_wrong(repl, "interrupted");
    else if (at == SIZE_MAX)
        tm_repl_wrong(repl, "no span behind this one is so");
    else
        go_to(repl, at);
}
