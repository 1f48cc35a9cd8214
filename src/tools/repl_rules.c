/* REPL: the rules in force, and what they do with the current span.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/rule_files.h"
#include "tools/complain.h"
#include "explain/explain_print.h"
#include "tools/repl_ask.h"
#include "tools/repl_commands.h"
#include "explain/rule_line.h"
#include "tools/run_rules.h"

/* ---- reading --------------------------------------------------------------------------------- */

/* Definitions and labels of rule files, whose mistakes the rulesets have told. */
static void read_unit(tm_rules_in_force *rules)
{
    tm_arena *arena = rules->arena;
    tm_config_world *world = TM_NEW(arena, tm_config_world);
    tm_rule_files *files = TM_NEW(arena, tm_rule_files);
    tm_diags told = {.arena = arena};
    const tm_source **sources = NULL;
    size_t n = 0;
    tm_text why;
    *world = tm_config_os();
    files->world = world;
    for (size_t i = 0; i < rules->paths.count; i++) {
        tm_texts paths = tm_rule_files_match(arena, rules->paths.items[i]);
        for (size_t k = 0; k < paths.count; k++) {
            const tm_source *source = tm_rule_files_open(files, arena, paths.items[k], &why);
            sources = tm_arena_grow(arena, sources, n * sizeof *sources, (n + 1) * sizeof *sources);
            if (source)
                sources[n++] = source;
        }
    }
    const tm_rule_importer importer = {.open = tm_rule_files_import, .owner = files};
    tm_rule_unit_read(arena, &told, &importer, sources, n, &rules->unit);
}

/* One call of tm_repl_rules_read. */
typedef struct reading {
    tm_rules_in_force *rules;
    bool done;
} reading;

static tm_ruleset *compile(tm_rules_in_force *rules, tm_ruleset_maker *make)
{
    int code;
    return tm_run_rules_of(rules->arena, &rules->paths, rules->pipeline, make, &code);
}

static void read_all(void *argument)
{
    reading *r = argument;
    tm_rules_in_force *rules = r->rules;
    rules->plain = compile(rules, tm_ruleset_new);
    rules->explained = rules->plain ? compile(rules, tm_ruleset_new_explained) : NULL;
    rules->timed = rules->explained ? compile(rules, tm_ruleset_new_timed) : NULL;
    if (!rules->timed)
        return;
    if (tm_text_ends(rules->paths.items[0], TM_TEXT(".ottl")))
        read_unit(rules);
    r->done = true;
}

static tm_texts copy_texts(tm_arena *arena, const tm_texts *texts)
{
    tm_texts copy = {TM_NEW_ARRAY(arena, texts->count + 1, tm_text), texts->count};
    for (size_t i = 0; i < texts->count; i++)
        copy.items[i] = tm_arena_copy(arena, texts->items[i]);
    return copy;
}

bool tm_repl_rules_read(tm_rules_in_force *rules, const tm_texts *paths, tm_text pipeline)
{
    tm_rules_in_force fresh = {.arena = tm_arena_new(NULL)};
    reading r = {.rules = &fresh};
    if (!fresh.arena)
        return tm_complain("out of memory");
    fresh.paths = copy_texts(fresh.arena, paths);
    fresh.pipeline = tm_arena_copy(fresh.arena, pipeline);
    if (!tm_arena_try(fresh.arena, read_all, &r))
        tm_complain("out of memory");
    if (!r.done) {
        tm_repl_rules_free(&fresh);
        return false;
    }
    tm_repl_rules_free(rules);
    *rules = fresh;
    return true;
}

void tm_repl_rules_free(tm_rules_in_force *rules)
{
    tm_ruleset_unref(rules->plain);
    tm_ruleset_unref(rules->explained);
    tm_ruleset_unref(rules->timed);
    tm_arena_free(rules->arena);
    *rules = (tm_rules_in_force){0};
}

/* ---- :rules, :reload ------------------------------------------------------------------------- */

static bool has_rules(tm_repl *repl)
{
    return repl->rules.plain || tm_repl_wrong(repl, "there are no rules; :rules FILE reads some");
}

static void show_count(tm_repl *repl)
{
    const uint32_t n = repl->rules.plain->rules;
    tm_buf_print(&repl->out, "%u rule%s", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < repl->rules.paths.count; i++)
        tm_buf_print(&repl->out, "%s %.*s", i ? "," : " of", TM_PRI(repl->rules.paths.items[i]));
    tm_buf_add_char(&repl->out, '\n');
}

static void list_rules(tm_repl *repl)
{
    const tm_ruleset *rs = repl->rules.plain;
    for (uint32_t i = 0; i < rs->rules; i++) {
        tm_buf line = {.arena = repl->line};
        tm_screen_add(&repl->screen, &line, TM_INK_BOLD, rs->rule[i]->name);
        tm_buf_print(&line, ": ");
        tm_rule_line_text(&line, rs->rule[i]);
        tm_screen_line(&repl->screen, &repl->out, tm_buf_text(&line));
    }
}

static void read_rules(tm_repl *repl, const tm_texts *paths, tm_text pipeline)
{
    if (tm_repl_rules_read(&repl->rules, paths, pipeline))
        show_count(repl);
    else if (repl->rules.plain)
        tm_repl_wrong(repl, "the rules stay as they were");
    else
        repl->failed = true;
}

void tm_repl_rules(tm_repl *repl, tm_text argument)
{
    const tm_texts words = tm_repl_words(repl->line, argument);
    if (words.count)
        read_rules(repl, &words, TM_TEXT(""));
    else if (has_rules(repl))
        list_rules(repl);
}

void tm_repl_reload(tm_repl *repl, tm_text argument)
{
    (void)argument;
    if (!has_rules(repl))
        return;
    const tm_texts paths = copy_texts(repl->line, &repl->rules.paths);
    read_rules(repl, &paths, tm_arena_copy(repl->line, repl->rules.pipeline));
}

/* ---- :why, :code ----------------------------------------------------------------------------- */

void tm_repl_why(tm_repl *repl, tm_text argument)
{
    tm_explanation x;
    (void)argument;
    if (!has_rules(repl))
        return;
    const tm_text span = tm_repl_span(repl, repl->line, repl->at);
    if (!tm_explanation_make(repl->line, repl->rules.explained, span, NULL, &x))
        tm_arena_out_of_memory(repl->line);
    tm_explain_print(&repl->out, &x, false, &repl->screen);
}

static void print_code(tm_repl *repl, tm_text head, const tm_program *program,
                       const tm_needs *const *needs)
{
    const tm_proof_look look = {.arena = repl->line, .screen = &repl->screen, .needs = needs};
    tm_branch *root = tm_branch_add(repl->line, NULL, head);
    tm_proof_code(&look, root, program, NULL);
    tm_branch_print(&repl->out, root, &repl->screen);
}

static const tm_rule *find_rule(const tm_repl *repl, tm_text name)
{
    const tm_ruleset *rs = repl->rules.explained;
    for (uint32_t i = 0; rs && i < rs->rules; i++)
        if (tm_text_equal(rs->rule[i]->name, name))
            return rs->rule[i];
    return NULL;
}

void tm_repl_code(tm_repl *repl, tm_text argument)
{
    tm_asking asking;
    const tm_rule *rule = find_rule(repl, argument);
    if (!argument.n)
        argument = repl->code;
    if (rule && !rule->program)
        tm_repl_wrong(repl, "%.*s is no program", TM_PRI(argument));
    else if (rule)
        print_code(repl, rule->name, rule->program, repl->rules.explained->needs);
    else if (!argument.n)
        tm_repl_wrong(repl, ":code takes an expression or the name of a rule");
    else if (tm_repl_ask(repl, repl->line, argument, true, &asking))
        print_code(repl, TM_TEXT(""), asking.program, asking.needs);
}

/* ---- :load ----------------------------------------------------------------------------------- */

void tm_repl_load(tm_repl *repl, tm_text argument)
{
    const tm_texts words = tm_repl_words(repl->line, argument);
    tm_loaded fresh = {0};
    if (!words.count) {
        tm_repl_wrong(repl, ":load takes the names of recordings");
        return;
    }
    if (!tm_loaded_read(&fresh, words, tm_repl_interrupted, NULL)) {
        tm_repl_wrong(repl, "what was loaded before stays");
        return;
    }
    if (!tm_loaded_count(&fresh)) {
        tm_loaded_free(&fresh);
        tm_repl_wrong(repl, "no spans are there; what was loaded before stays");
        return;
    }
    repl->failed |= fresh.fault;
    tm_loaded_free(&repl->loaded);
    repl->loaded = fresh;
    repl->at = 0;
    repl->edit = NULL;
    const size_t n = tm_loaded_count(&repl->loaded);
    tm_buf_print(&repl->out, "%zu span%s\n", n, n == 1 ? "" : "s");
}
