/* REPL, asking: expressions over the current span.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/repl_ask.h"

#include "base/clock.h"
#include "base/harmless.h"
#include "otlp/event.h"
#include "otlp/request.h"
#include "explain/proof_tree.h"
#include "tools/repl_input.h"
#include "explain/span_facts.h"

/* ---- compiling ------------------------------------------------------------------------------- */

const tm_source *tm_repl_source(const tm_repl *repl, tm_arena *arena, tm_text text)
{
    tm_source *source = TM_NEW(arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("input"),
                          .text = tm_arena_copy(arena, text),
                          .first_line = tm_repl_input_line(repl->input)};
    return source;
}

static bool compile(tm_repl *repl, tm_arena *arena, const tm_tree *tree, tm_diags *diags,
                    bool explained, tm_asking *out)
{
    tm_need_table table = {.arena = arena};
    const tm_definitions *definitions = &repl->rules.unit.definitions;
    tm_compiler compiler = {.arena = arena,
                            .diags = diags,
                            .needs = &table,
                            .explained = explained,
                            .transform = true,
                            .definitions = definitions};
    tm_need_field(&table, TM_SPAN, TM_SPAN_NAME); /* results are counted by it */
    *out = (tm_asking){.level = TM_SPAN};
    if (tree) {
        const tm_level level = tm_definition_context(definitions, tree);
        out->level = level > TM_SPAN ? level : TM_SPAN;
        out->entry = tree->entry;
        out->program = tm_compile_tree(&compiler, tree, out->level, TM_PATHS_SPAN);
    }
    tm_repl_diags(repl, diags);
    for (unsigned level = 0; level < TM_LEVELS; level++)
        out->needs[level] = tm_need_finish(&table, (tm_level)level);
    return out->program != NULL;
}

bool tm_repl_ask(tm_repl *repl, tm_arena *arena, tm_text text, bool explained, tm_asking *out)
{
    tm_diags diags = {.arena = arena};
    const tm_tree *tree = tm_parse_any(arena, &diags, tm_repl_source(repl, arena, text));
    return compile(repl, arena, tree, &diags, explained, out);
}

bool tm_repl_ask_condition(tm_repl *repl, tm_text text, tm_asking *out)
{
    tm_diags diags = {.arena = repl->line};
    const tm_tree *tree =
        tm_parse(repl->line, &diags, tm_repl_source(repl, repl->line, text), TM_CONDITION);
    return compile(repl, repl->line, tree, &diags, false, out);
}

/* ---- running --------------------------------------------------------------------------------- */

/* One expression over one span. */
typedef struct answering {
    tm_repl *repl;
    const tm_asking *asking;
    tm_text text;
    tm_vm vm;
    tm_proofs proofs;
    tm_request request;
    unsigned event;
    bool edits;
    bool interrupted;
} answering;

/* "true (bool)", "\"GET /\" (string)" */
static void show_value(const answering *a, tm_value v)
{
    tm_buf line = {.arena = a->repl->line}, value = line;
    tm_span_fact_value(&value, v);
    if (a->asking->level == TM_EVENT)
        tm_screen_print(&a->repl->screen, &line, TM_INK_DIM, "event %u: ", a->event);
    const tm_ink ink = v.type != TM_BOOL ? TM_INK_BOLD : v.truth ? TM_INK_GREEN : TM_INK_RED;
    tm_screen_add(&a->repl->screen, &line, ink, tm_buf_text(&value));
    const tm_text symbol = tm_proof_symbol(tm_text_trim(a->text), v);
    if (v.type != TM_NIL)
        tm_screen_print(&a->repl->screen, &line, TM_INK_DIM, " (%s%s%.*s)",
                        tm_type_name((tm_type)v.type), symbol.n ? ", " : "", TM_PRI(symbol));
    tm_screen_wrap(&a->repl->screen, &a->repl->out, tm_buf_text(&line), TM_TEXT(""));
}

/* What decided it: the parts of a condition, or those that a value came of. */
static void show_parts(const answering *a, const tm_proof *proof)
{
    const tm_proof_look look = {
        .arena = a->repl->line, .screen = &a->repl->screen, .needs = a->asking->needs};
    tm_branch *root = tm_branch_add(a->repl->line, NULL, TM_TEXT(""));
    tm_proof_branches(&look, root, proof);
    tm_branch_print(&a->repl->out, root, &a->repl->screen);
}

static void show_result(answering *a, bool done, tm_value result)
{
    const tm_proof *proof = a->proofs.last;
    tm_buf error = {.arena = a->repl->line};
    if (a->interrupted) {
        tm_repl_wrong(a->repl, "interrupted");
    } else if (!done) {
        tm_harmless_add(&error, a->vm.error);
        tm_repl_wrong(a->repl, "%.*s", TM_PRI(tm_buf_text(&error)));
        show_parts(a, proof);
    } else if (a->asking->entry != TM_STATEMENT) {
        show_value(a, result);
        show_parts(a, proof);
    } else if (a->vm.matched) {
        a->edits = true;
    } else {
        tm_buf_print(&a->repl->out, "its condition is false\n");
        show_parts(a, proof);
    }
}

static void run(answering *a)
{
    tm_value result = tm_nil();
    a->vm.cache = NULL;
    bool done = tm_vm_run(&a->vm, a->asking->program, &result);
    show_result(a, done, result);
}

/* Asked in the midst of the expression, when it has taken many steps: may it go on? */
static bool may_go_on(void *owner, tm_work *work)
{
    answering *a = owner;
    (void)work;
    a->interrupted |= tm_repl_interrupted(NULL);
    return !a->interrupted;
}

static void run_events(answering *a, tm_item *span)
{
    tm_item event = {0};
    tm_slot *slots = TM_NEW_ARRAY(a->repl->line, a->asking->needs[TM_EVENT]->n + 1, tm_slot);
    tm_event_walk w =
        tm_event_walk_of(span, &event, a->asking->needs[TM_EVENT], slots, a->repl->line);
    bool any = false;
    while (!a->interrupted && tm_event_walk_next(&w)) {
        a->vm.item[TM_EVENT] = w.event;
        a->event = w.number;
        run(a);
        tm_event_walk_keep(&w);
        any = true;
    }
    if (!any)
        tm_buf_print(&a->repl->out, "this span has no events\n");
}

static void run_span(answering *a)
{
    tm_request *q = &a->request;
    for (unsigned level = 0; level <= TM_SPAN; level++)
        a->vm.item[level] = &q->item[level];
    if (a->asking->level == TM_EVENT)
        run_events(a, &q->item[TM_SPAN]);
    else
        run(a);
}

/* ---- edits ----------------------------------------------------------------------------------- */

static void keep_edit(answering *a, tm_text before)
{
    tm_repl *repl = a->repl;
    const tm_pieces *out = tm_request_finish(&a->request);
    char *bytes = tm_arena_alloc(repl->own, out->bytes);
    tm_pieces_copy(out, bytes);
    const tm_text after = tm_text_slice(bytes, out->bytes);
    const tm_span_facts old = tm_span_facts_of(repl->line, before),
                        now = tm_span_facts_of(repl->line, after);
    if (!tm_span_facts_diff(&repl->out, &old, &now, &repl->screen)) {
        tm_buf_print(&repl->out, "nothing has changed\n");
        return;
    }
    tm_repl_edit *edit = TM_NEW(repl->own, tm_repl_edit);
    *edit = (tm_repl_edit){.before = repl->edit, .span = repl->at, .request = after};
    repl->edit = edit;
}

tm_text tm_repl_span(const tm_repl *repl, tm_arena *arena, size_t span)
{
    for (const tm_repl_edit *e = repl->edit; e; e = e->before)
        if (e->span == span)
            return e->request;
    return tm_loaded_alone(arena, &repl->loaded, span);
}

void tm_repl_evaluate(tm_repl *repl, tm_text text)
{
    tm_asking asking;
    answering *a = TM_NEW(repl->line, answering);
    if (!tm_repl_ask(repl, repl->line, text, true, &asking))
        return;
    repl->code = tm_arena_copy(repl->own, text);
    *a =
        (answering){.repl = repl, .asking = &asking, .text = text, .proofs = {.arena = repl->line}};
    tm_vm_init(&a->vm, repl->line, repl->line, tm_clock_real());
    a->vm.work->more = may_go_on;
    a->vm.work->owner = a;
    tm_proofs_record(&a->proofs, &a->vm);
    const tm_text span = tm_repl_span(repl, repl->line, repl->at);
    tm_request_open(&a->request, repl->line, asking.needs,
                    TM_NEW_ARRAY(repl->line, tm_request_slots(asking.needs) + 1, tm_slot), span,
                    false, TM_UTF8_KEEP);
    while (tm_request_next_resource(&a->request))
        while (tm_request_next_scope(&a->request))
            while (tm_request_next_span(&a->request))
                run_span(a);
    if (a->edits && !a->interrupted)
        keep_edit(a, span);
}
