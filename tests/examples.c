/* Examples: runs those that stand beside each function of the library.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     examples SAMPLE.json [NAME...]
 *
 * SAMPLE.json is one span as OTLP/JSON. An example is a condition that must be true, a statement
 * and a condition that must be true afterwards, an expression that must fail, or one that must not
 * build. Prints what does not hold, then "N passed, N failed"; exits 0 when all hold. */
#include "base/clock.h"
#include "stdlib/fn.h"
#include "sample.h"
#include "whole_file.h"

#include <stdio.h>

typedef struct session {
    tm_arena *own, *arena, *scratch;
    tm_vm vm;
    const tm_doc *sample;
    unsigned passed, failed;
} session;

/* One example and the outcome that stands behind it ("error", "refused", a condition, or nothing).
 */
typedef struct example {
    tm_text text, outcome;
    tm_source source, after;
    tm_diags diags;
    tm_need_table needs;
} example;

/* A statement starts with an editor's name and a parenthesis. */
static bool is_statement(tm_text text)
{
    size_t i = 0;
    while (i < text.n && ((text.p[i] >= 'a' && text.p[i] <= 'z') || text.p[i] == '_'))
        i++;
    return i > 0 && i < text.n && text.p[i] == '(';
}

static tm_program *compile(session *s, example *e, const tm_source *source, tm_entry_point entry)
{
    tm_compiler c = {.arena = s->arena, .diags = &e->diags, .needs = &e->needs, .transform = true};
    return tm_compile_rule(&c, source, entry, TM_SPAN, TM_PATHS_BARE);
}

/* Conditions are tried first; what is none may be a value. */
static tm_program *compile_expression(session *s, example *e)
{
    if (is_statement(e->text))
        return compile(s, e, &e->source, TM_STATEMENT);
    tm_program *program = compile(s, e, &e->source, TM_CONDITION);
    if (program)
        return program;
    tm_diags refused = e->diags;
    e->diags = (tm_diags){.arena = s->arena};
    program = compile(s, e, &e->source, TM_VALUE);
    e->diags = program ? e->diags : refused;
    return program;
}

static bool is_true(tm_value v)
{
    return v.type == TM_BOOL && v.truth;
}

/* Why the example does not hold; NULL when it does. */
static const char *judge(session *s, example *e)
{
    bool fails = tm_text_is(e->outcome, "error"), refused = tm_text_is(e->outcome, "refused");
    tm_program *program = compile_expression(s, e), *after = NULL;
    if (refused)
        return program ? "should not build" : NULL;
    if (!program)
        return "does not build";
    if (e->outcome.n && !fails) {
        after = compile(s, e, &e->after, TM_CONDITION);
        if (!after)
            return "the condition behind it does not build";
    }
    tm_request q;
    tm_value result;
    sample_open(s->arena, s->sample, &e->needs, &s->vm, &q);
    bool ran = tm_vm_run(&s->vm, program, &result);
    if (fails || !ran)
        return fails == !ran ? NULL : ran ? "should fail" : "fails";
    if (after)
        return tm_vm_run(&s->vm, after, &result) && is_true(result) ? NULL : "leaves another state";
    return program->entry_point == TM_STATEMENT || is_true(result) ? NULL : "is not true";
}

static void run_example(session *s, const tm_function *f, tm_text text, tm_text outcome)
{
    example e = {.text = text,
                 .outcome = outcome,
                 .source = {.name = tm_text_of(f->name), .text = text},
                 .after = {.name = tm_text_of(f->name), .text = outcome},
                 .diags = {.arena = s->arena},
                 .needs = {.arena = s->arena}};
    s->vm.error = TM_TEXT("");
    const char *why = judge(s, &e);
    s->passed += !why;
    s->failed += why != NULL;
    if (why) {
        tm_buf out = {.arena = s->arena};
        tm_diags_render(&e.diags, false, &out);
        printf("%s: %.*s -> %.*s: %s %.*s\n%.*s", f->name, TM_PRI(text), TM_PRI(outcome), why,
               TM_PRI(s->vm.error), TM_PRI(tm_buf_text(&out)));
    }
    tm_arena_reset(s->arena);
    tm_arena_reset(s->scratch);
    tm_memo_forget(&s->vm);
}

/* An outcome is a line of its own that starts with a tab and an arrow. */
static void run_function(session *s, const tm_function *f)
{
    tm_text rest = tm_text_of(f->examples), line;
    while (tm_text_next(&rest, '\n', &line)) {
        tm_text next = rest, outcome = {0};
        if (!line.n)
            continue;
        if (tm_text_next(&next, '\n', &outcome) && tm_text_starts(outcome, TM_TEXT("\t-> "))) {
            outcome = tm_text_skip(outcome, 4);
            rest = next;
        } else {
            outcome = TM_TEXT("");
        }
        run_example(s, f, line, outcome);
    }
}

static bool is_wanted(const tm_function *f, char **names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(f->name, names[i]) == 0)
            return true;
    return n == 0;
}

static tm_doc *read_sample(tm_arena *arena, const char *name)
{
    const tm_text text = read_file(arena, name);
    return text.p ? tm_vectors_json(arena, text) : NULL;
}

int main(int argc, char **argv)
{
    session s = {
        .own = tm_arena_new(NULL), .arena = tm_arena_new(NULL), .scratch = tm_arena_new(NULL)};
    s.sample = argc > 1 ? read_sample(s.own, argv[1]) : NULL;
    if (!s.sample) {
        fprintf(stderr, "usage: examples SAMPLE.json [NAME...]\n");
        return 2;
    }
    tm_vm_init(&s.vm, s.own, s.arena, tm_clock_real());
    tm_memo_enable(&s.vm, 0);
    s.vm.arena = s.scratch;
    const tm_function *f;
    for (unsigned i = 0; (f = tm_function_at(i)); i++)
        if (is_wanted(f, argv + 2, argc - 2))
            run_function(&s, f);
    printf("%u passed, %u failed\n", s.passed, s.failed);
    tm_arena_free(s.arena);
    tm_arena_free(s.scratch);
    tm_arena_free(s.own);
    return s.failed > 0;
}
