/* Case suite: files to results.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_suite.h"

#include "tools/case_check.h"
#include "tools/case_input.h"
#include "tools/case_rules.h"
#include "tools/case_span.h"

#include <string.h>

typedef struct running {
    tm_case_suite *suite;
    tm_arena *arena;
    tm_config_world os, world; /* the second one notes what is read */
    tm_rule_files files;
    tm_case_judge *judge;
    const tm_case_filter *only;
} running;

/* ---- what is read ---------------------------------------------------------------------------- */

static void note_read(running *r, tm_text path)
{
    tm_texts *read = &r->suite->read;
    path = tm_case_path_tidy(r->arena, path);
    for (size_t i = 0; i < read->count; i++)
        if (tm_text_equal(read->items[i], path))
            return;
    tm_case_input_add(r->arena, read, path);
}

static bool read_noted(void *owner, tm_arena *arena, tm_text path, size_t most, tm_text *bytes,
                       tm_text *why)
{
    running *r = owner;
    note_read(r, path);
    return r->os.read(r->os.owner, arena, path, most, bytes, why);
}

static const char *env(void *owner, const char *name)
{
    running *r = owner;
    return r->os.env(r->os.owner, name);
}

/* ---- files that cannot be run ---------------------------------------------------------------- */

static void worsen(running *r, int code)
{
    if (r->suite->exit_code < code)
        r->suite->exit_code = code;
}

/* Whether it was told of another file: several tests may be about one rule file. */
static bool is_told(const running *r, const tm_diag *d)
{
    unsigned line, column, old_line, old_column;
    for (const tm_diag *old = r->suite->diags.first; old; old = old->next) {
        if (!old->source || !d->source || !tm_text_equal(old->source->name, d->source->name) ||
            !tm_text_equal(old->message, d->message))
            continue;
        tm_source_position(old->source, old->place.at, &old_line, &old_column);
        tm_source_position(d->source, d->place.at, &line, &column);
        if (line == old_line && column == old_column)
            return true;
    }
    return false;
}

/* Takes the errors of a file over and makes a result of them. Code E0500: a file is missing. */
static void take_errors(running *r, tm_text path, tm_diags *aside)
{
    tm_case_results *results = &r->suite->results;
    tm_case_result *result = tm_case_begin(results, NULL, (tm_place){0}, path, false);
    bool unread = false;
    tm_diags errors = {.arena = r->arena};
    result->broken = true;
    tm_diags_order(aside);
    for (const tm_diag *d = aside->first; d; d = d->next) {
        if (d->severity != TM_ERROR)
            continue;
        tm_case_fail(results, d->source, d->place, "%.*s", TM_PRI(d->message));
        unread |= strcmp(d->code, "E0500") == 0;
        if (is_told(r, d))
            continue;
        tm_diag_error(&errors, d->source, d->place, d->code, "%.*s", TM_PRI(d->message));
        if (d->two)
            tm_diag_other(&errors, d->other);
        if (d->hint.n)
            tm_diag_hint(&errors, "%.*s", TM_PRI(d->hint));
    }
    if (!result->first)
        tm_case_fail(results, NULL, (tm_place){0}, "out of memory");
    result->source = result->first->source;
    result->place = result->first->place;
    tm_case_end(results);
    tm_diags_take(&r->suite->diags, &errors);
    worsen(r, unread ? TM_EXIT_USAGE : TM_EXIT_CONFIG);
}

/* ---- tests ----------------------------------------------------------------------------------- */

/* False: told, as a failure of the test. */
static bool read_inputs(running *r, const tm_case *c, tm_texts *requests)
{
    bool ok = true;
    for (size_t i = 0; i < c->inputs.count; i++) {
        tm_text why;
        const tm_doc *input = tm_doc_find(c->doc, TM_TEXT("input"));
        note_read(r, c->inputs.items[i]);
        if (tm_case_input_read(r->arena, c->inputs.items[i], requests, &why))
            continue;
        tm_case_fail(&r->suite->results, input->source, input->place, "cannot read %.*s: %.*s",
                     TM_PRI(c->inputs.items[i]), TM_PRI(why));
        worsen(r, TM_EXIT_USAGE);
        ok = false;
    }
    tm_buf bytes = {.arena = r->arena};
    if (c->spans && c->spans->type == TM_DOC_MAP)
        tm_case_span_write_one(&bytes, c->spans);
    else if (c->spans)
        tm_case_span_write(&bytes, c->spans->first);
    if (bytes.n)
        tm_case_input_add(r->arena, requests, tm_buf_text(&bytes));
    return ok;
}

static void run_test(running *r, const tm_case *c, const tm_ruleset *ruleset)
{
    tm_case_results *results = &r->suite->results;
    tm_texts requests = {0};
    tm_case_outcome outcome;
    if (r->only && !r->only->wants(r->only->owner, c->name)) {
        results->left_out++;
        return;
    }
    tm_case_begin(results, c->doc->source, c->doc->place, c->name, false);
    if (read_inputs(r, c, &requests)) {
        if (tm_case_judge_run(r->judge, ruleset, &requests, &outcome))
            tm_case_check(results, c, &outcome);
        else
            tm_case_fail(results, c->doc->source, c->doc->place, "out of memory");
    }
    tm_case_end(results);
}

static void run_tests(running *r, tm_text path)
{
    tm_case_coverage *coverage = r->suite->coverage;
    tm_diags aside = {.arena = r->arena};
    tm_case_file file;
    const tm_ruleset *ruleset = NULL;
    if (tm_case_read(r->arena, &aside, &r->world, path, &file))
        ruleset =
            tm_case_rules_compile(r->arena, &aside, &r->files, &file, r->judge->coverage != NULL);
    if (!ruleset) {
        take_errors(r, path, &aside);
        return;
    }
    for (size_t i = 0; coverage && i < file.rule_paths.count; i++)
        tm_case_coverage_file(coverage, file.rule_paths.items[i]);
    if (coverage)
        tm_case_coverage_rules(coverage, ruleset);
    for (const tm_case *c = file.first; c; c = c->next)
        run_test(r, c, ruleset);
}

static void run_examples(running *r, tm_text path)
{
    tm_diags aside = {.arena = r->arena};
    if (!tm_case_examples_run(&r->suite->results, &aside, &r->files, path, r->judge, r->only))
        take_errors(r, path, &aside);
}

void tm_case_suite_run(tm_case_suite *suite, tm_arena *arena, const tm_texts *operands,
                       const tm_texts *directories, bool covers, const tm_case_filter *only)
{
    running *r = TM_NEW(arena, running);
    *suite =
        (tm_case_suite){.arena = arena, .results = {.arena = arena}, .diags = {.arena = arena}};
    *r = (running){.suite = suite, .arena = arena, .os = tm_config_os(), .only = only};
    r->world = (tm_config_world){.owner = r, .env = env, .read = read_noted};
    r->files = (tm_rule_files){
        .world = &r->world, .directory = directories->items, .directories = directories->count};
    if (covers)
        suite->coverage = tm_case_coverage_new(arena);
    r->judge = tm_case_judge_new(arena, suite->coverage);
    if (!r->judge)
        tm_arena_out_of_memory(arena);
    tm_case_files_find(arena, operands, &suite->files);
    for (size_t i = 0; i < suite->files.paths.count; i++) {
        if (tm_case_files_is_rules(suite->files.paths.items[i]))
            run_examples(r, suite->files.paths.items[i]);
        else
            run_tests(r, suite->files.paths.items[i]);
    }
    if (suite->files.missing)
        worsen(r, TM_EXIT_USAGE);
    if (suite->results.failed)
        worsen(r, TM_EXIT_FALSE);
    if (!suite->exit_code && !suite->results.passed)
        suite->exit_code = TM_EXIT_NO_INPUT;
}
