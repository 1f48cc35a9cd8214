/* eval: a value, condition or statement over each recorded span.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/number.h"
#include "lang/compile.h"
#include "lang/definition.h"
#include "otlp/event.h"
#include "tools/complain.h"
#include "engine/span_value.h"
#include "tools/unit_walk.h"

#include <stdio.h>

typedef struct evaluation {
    tm_arena *own, *arena; /* of the command; of a unit */
    tm_compiler compiler;
    tm_need_table table;
    const tm_needs *needs[TM_LEVELS];
    tm_slot *slots, *event_slots;
    tm_item event;
    const tm_event_walk *walk;         /* that stands on the event; NULL: none */
    const tm_program *program, *where; /* where: NULL without --where */
    tm_entry_point entry;
    tm_level level;
    tm_vm vm;
    tm_request request;
    tm_unit_walk walk_units;
    bool text;
    uint64_t most;  /* --limit */
    uint64_t spans; /* seen so far */
    uint64_t done;  /* results */
    bool failed;    /* at run time, or a unit cannot be read */
    bool truth;     /* of the last result */
} evaluation;

/* ---- compiling ------------------------------------------------------------------------------- */

static const tm_source *source_of(tm_arena *arena, const char *name, tm_text text)
{
    tm_source *source = TM_NEW(arena, tm_source);
    *source = (tm_source){.name = tm_text_of(name), .text = text};
    return source;
}

/* False with diagnostics. */
static bool compile(evaluation *e, const tm_arguments *a)
{
    tm_text where = tm_arguments_text(a, "where", "");
    tm_definitions none = {0};
    tm_tree *tree = tm_parse_any(e->own, e->compiler.diags,
                                 source_of(e->own, "expression", a->operands.items[0])),
            *when = NULL;
    if (where.n)
        when =
            tm_parse(e->own, e->compiler.diags, source_of(e->own, "--where", where), TM_CONDITION);
    if (!tree || (where.n && !when))
        return false;
    e->entry = tree->entry;
    e->level = tm_definition_context(&none, tree);
    if (when && tm_definition_context(&none, when) > e->level)
        e->level = tm_definition_context(&none, when);
    if (e->level < TM_SPAN)
        e->level = TM_SPAN;
    e->program = tm_compile_tree(&e->compiler, tree, e->level, TM_PATHS_SPAN);
    if (when)
        e->where = tm_compile_tree(&e->compiler, when, e->level, TM_PATHS_SPAN);
    return e->program && (!when || e->where);
}

static void finish_needs(evaluation *e)
{
    for (unsigned level = 0; level < TM_LEVELS; level++)
        e->needs[level] = tm_need_finish(&e->table, (tm_level)level);
    e->slots = TM_NEW_ARRAY(e->own, tm_request_slots(e->needs) + 1, tm_slot);
    e->event_slots = TM_NEW_ARRAY(e->own, e->needs[TM_EVENT]->n + 1, tm_slot);
}

/* ---- running --------------------------------------------------------------------------------- */

static bool run(evaluation *e, const tm_program *program, tm_value *result)
{
    if (tm_vm_run(&e->vm, program, result))
        return true;
    e->failed = true;
    tm_complain("%s: span %llu: %.*s", e->walk_units.input.name, (unsigned long long)e->spans,
                TM_PRI(e->vm.error));
    return false;
}

static void print(evaluation *e, tm_value result)
{
    tm_buf out = {.arena = e->arena};
    if (e->entry == TM_STATEMENT)
        tm_span_request_json(&out, &e->request);
    else if (e->text)
        tm_span_value_text(&out, result);
    else
        tm_span_value_json(&out, result);
    tm_buf_add_char(&out, '\n');
    fwrite(out.p, 1, out.n, stdout);
}

static void evaluate(evaluation *e)
{
    tm_value result;
    e->vm.cache = NULL;
    if (e->where && (!run(e, e->where, &result) || !result.truth))
        return;
    if (!run(e, e->program, &result))
        return;
    e->done++;
    e->truth = e->entry == TM_STATEMENT
                   ? e->vm.matched
                   : result.type != TM_NIL && (result.type != TM_BOOL || result.truth);
    if (e->walk)
        tm_event_walk_keep(e->walk);
    print(e, result);
}

static void evaluate_span(evaluation *e)
{
    tm_item *span = &e->request.item[TM_SPAN];
    e->spans++;
    for (unsigned level = 0; level <= TM_SPAN; level++)
        e->vm.item[level] = &e->request.item[level];
    if (e->level == TM_SPAN) {
        evaluate(e);
        return;
    }
    tm_event_walk w =
        tm_event_walk_of(span, &e->event, e->needs[TM_EVENT], e->event_slots, span->arena);
    e->walk = &w;
    while (e->done < e->most && tm_event_walk_next(&w)) {
        e->vm.item[TM_EVENT] = w.event;
        evaluate(e);
    }
    e->walk = NULL;
}

static bool evaluate_unit(void *owner, tm_text bytes)
{
    evaluation *e = owner;
    tm_request *q = &e->request;
    tm_request_open(q, e->arena, e->needs, e->slots, bytes, false, TM_UTF8_KEEP);
    while (e->done < e->most && tm_request_next_resource(q))
        while (e->done < e->most && tm_request_next_scope(q))
            while (e->done < e->most && tm_request_next_span(q))
                evaluate_span(e);
    if (q->soundness == TM_MALFORMED)
        tm_unit_walk_tell(&e->walk_units, tm_request_reason(q));
    return e->done < e->most;
}

static int exit_code(const evaluation *e, bool exit_by_truth)
{
    if (e->failed)
        return TM_EXIT_RULE;
    if (tm_unit_walk_fault(&e->walk_units))
        return TM_EXIT_USAGE;
    if (!e->done)
        return TM_EXIT_NO_INPUT;
    return exit_by_truth && !e->truth ? TM_EXIT_FALSE : TM_EXIT_OK;
}

/* ---- the command ----------------------------------------------------------------------------- */

static bool read_limit(const tm_arguments *a, uint64_t *most)
{
    tm_text text = tm_arguments_text(a, "limit", "");
    *most = UINT64_MAX;
    return !text.n || tm_number_uint(text, most) ||
           tm_complain("--limit takes a number, not %.*s", TM_PRI(text));
}

static int run_over_input(evaluation *e, const tm_arguments *a)
{
    tm_vm_init(&e->vm, e->own, e->arena, tm_clock_real());
    finish_needs(e);
    const tm_texts names = tm_input_names(a);
    e->walk_units = (tm_unit_walk){.arena = e->arena, .take = evaluate_unit, .owner = e};
    bool opened = tm_unit_walk_open(&e->walk_units);
    if (opened && e->most)
        tm_unit_walk_all(&e->walk_units, &names);
    tm_unit_walk_drop(&e->walk_units);
    if (opened && e->most && !e->spans && !tm_unit_walk_fault(&e->walk_units))
        tm_complain("no spans are there");
    return opened ? exit_code(e, tm_arguments_flag(a, "exit-status")) : TM_EXIT_USAGE;
}

static int eval(const tm_arguments *a)
{
    evaluation *e = TM_NEW(a->arena, evaluation);
    tm_diags diags = {.arena = a->arena};
    int code = TM_EXIT_USAGE;
    e->own = a->arena;
    e->table.arena = a->arena;
    e->compiler =
        (tm_compiler){.arena = a->arena, .diags = &diags, .needs = &e->table, .transform = true};
    e->text = tm_text_is(tm_arguments_text(a, "format", "json"), "text");
    if (!read_limit(a, &e->most))
        return code;
    bool compiled = compile(e, a);
    tm_complain_diags(&diags);
    if (!compiled)
        return TM_EXIT_CONFIG;
    e->arena = tm_arena_new(NULL);
    if (e->arena)
        code = run_over_input(e, a);
    else
        tm_complain("out of memory");
    tm_arena_free(e->arena);
    return code;
}

static const tm_option options[] = {
    TM_INPUT_OPTION,
    {"where", 'w', TM_OPTION_TEXT, "CONDITION", NULL, "only the spans for which it holds"},
    {"limit", 'n', TM_OPTION_TEXT, "N", NULL, "stops after so many results"},
    {"format", 0, TM_OPTION_TEXT, NULL, "json|text", "text leaves the quotes of texts out"},
    {"exit-status", 'e', TM_OPTION_FLAG, NULL, NULL,
     "exits with 1 when the last result is false or nil"},
    {0}};

const tm_command tm_command_eval = {
    .name = "eval",
    .operands = "EXPRESSION",
    .least = 1,
    .most = 1,
    .manual = "Prints what a value or condition is for each recorded span, or what a statement "
              "makes of it",
    .options = options,
    .run = eval};
