/* Vectors, rules: compile one expression, run it over every item of its context, compare what it
 * yields. SPDX-License-Identifier: Apache-2.0 */
#include "lang/compile.h"
#include "otlp/event.h"
#include "otlp/request.h"
#include "vectors_case.h"
#include "vm/decide/decision.h"

/* One rule on its way over the items. */
typedef struct rule {
    tm_vectors_run *run;
    const tm_vectors_watch *watch;
    void *self; /* of the watcher */
    const tm_program *program;
    tm_decision decision;
    tm_proofs proofs;
    const tm_needs *needs[TM_LEVELS];
    unsigned at[TM_LEVELS];
    bool ok;
} rule;

bool tm_vectors_differ(tm_vectors_run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!run->difference.n)
        run->difference = tm_arena_vprint(run->arena, format, args);
    va_end(args);
    return false;
}

static tm_text item_path(const rule *r, tm_level level)
{
    tm_buf out = {.arena = r->run->arena};
    for (int i = 0; i <= (int)level; i++)
        tm_buf_print(&out, "%s%u", i ? "/" : "", r->at[i]);
    return tm_buf_text(&out);
}

/* What was decided without running the program is what running it yields. */
static bool agree(rule *r, tm_decided decided, bool ran, tm_value result)
{
    if (decided == TM_UNDECIDED)
        return true;
    const bool statement = r->program->entry_point == TM_STATEMENT;
    const bool truth = ran && (statement ? r->run->vm->matched : result.truth);
    const tm_decided want = !ran ? TM_FAILED : truth ? TM_DECIDED_TRUE : TM_DECIDED_FALSE;
    return decided == want ||
           tm_vectors_differ(r->run, "decided %d, the program says %d", decided, want);
}

static void visit(rule *r, tm_level level, tm_item *item)
{
    tm_vm *vm = r->run->vm;
    vm->item[level] = item;
    if (level != r->program->context)
        return;
    tm_value result = tm_nil();
    vm->cache = NULL;
    vm->error = TM_TEXT("");
    const tm_decided decided = tm_decide(vm, &r->decision);
    if (r->run->proven)
        tm_proofs_record(&r->proofs, vm);
    bool ran = tm_vm_run(vm, r->program, &result);
    vm->trace = NULL;
    r->ok &= agree(r, decided, ran, result);
    if (r->run->proven)
        r->ok &= tm_vectors_is_proven(r->run, r->proofs.last, r->needs, ran, result);
    r->ok &= r->watch->result(r->self, item_path(r, level), ran, result);
}

static void visit_events(rule *r, tm_item *span)
{
    if (r->program->context != TM_EVENT)
        return;
    tm_arena *arena = r->run->arena;
    tm_item event = {.level = TM_EVENT};
    tm_slot *slots = TM_NEW_ARRAY(arena, r->needs[TM_EVENT]->n, tm_slot);
    tm_event_walk w = tm_event_walk_of(span, &event, r->needs[TM_EVENT], slots, arena);
    while (tm_event_walk_next(&w)) { /* none behind set(span.events, nil) */
        r->at[TM_EVENT] = w.number;
        visit(r, TM_EVENT, &event);
        tm_event_walk_keep(&w);
    }
}

static void walk(rule *r, tm_request *q)
{
    memset(r->run->vm->item, 0, sizeof r->run->vm->item);
    for (r->at[TM_RESOURCE] = 0; tm_request_next_resource(q); r->at[TM_RESOURCE]++) {
        visit(r, TM_RESOURCE, &q->item[TM_RESOURCE]);
        for (r->at[TM_SCOPE] = 0; tm_request_next_scope(q); r->at[TM_SCOPE]++) {
            visit(r, TM_SCOPE, &q->item[TM_SCOPE]);
            for (r->at[TM_SPAN] = 0; tm_request_next_span(q); r->at[TM_SPAN]++) {
                visit(r, TM_SPAN, &q->item[TM_SPAN]);
                visit_events(r, &q->item[TM_SPAN]);
            }
        }
    }
}

static tm_text finish(tm_arena *arena, tm_request *q)
{
    const tm_pieces *pieces = tm_request_finish(q);
    char *bytes = tm_arena_alloc(arena, pieces->bytes);
    tm_pieces_copy(pieces, bytes);
    return tm_text_slice(bytes, pieces->bytes);
}

static bool run_program(rule *r, const tm_need_table *table)
{
    tm_arena *arena = r->run->arena;
    tm_request q;
    for (unsigned level = 0; level < TM_LEVELS; level++)
        r->needs[level] = tm_need_finish(table, (tm_level)level);
    tm_slot *slots = TM_NEW_ARRAY(arena, tm_request_slots(r->needs), tm_slot);
    tm_request_open(&q, arena, r->needs, slots, tm_vectors_encode(arena, r->run->traces), false,
                    TM_UTF8_KEEP);
    walk(r, &q);
    if (q.soundness != TM_SOUND)
        return tm_vectors_differ(r->run, "%.*s", TM_PRI(tm_request_reason(&q)));
    return r->ok & r->watch->data(r->self, finish(arena, &q));
}

static tm_level context_of(const tm_doc *row)
{
    tm_level level = TM_SPAN;
    tm_context_find(tm_vectors_text(row, "context"), &level);
    return level;
}

bool tm_vectors_watch_rule(tm_vectors_run *run, const tm_vectors_watch *watch, void *self)
{
    tm_diags diags = {.arena = run->arena};
    tm_need_table needs = {.arena = run->arena};
    tm_compiler compiler = {.arena = run->arena,
                            .diags = &diags,
                            .needs = &needs,
                            .explained = run->proven,
                            .transform = true};
    tm_source source = {.name = tm_vectors_text(run->row, "id"),
                        .text = tm_vectors_text(run->row, "expr")};
    tm_text kind = tm_vectors_text(run->row, "kind");
    tm_entry_point entry = tm_text_is(kind, "condition") ? TM_CONDITION
                           : tm_text_is(kind, "value")   ? TM_VALUE
                                                         : TM_STATEMENT;
    bool bare = tm_text_is(tm_vectors_text(run->row, "paths"), "bare");
    rule r = {
        .run = run, .watch = watch, .self = self, .proofs = {.arena = run->arena}, .ok = true};
    r.program = tm_compile_rule(&compiler, &source, entry, context_of(run->row),
                                bare ? TM_PATHS_BARE : TM_PATHS_PREFIXED);
    if (!r.program)
        return watch->refused(self, &diags);
    r.decision = entry == TM_VALUE ? (tm_decision){tm_test_answer(TM_UNDECIDED), r.program}
                                   : tm_decision_of(run->arena, r.program);
    return run_program(&r, &needs);
}

/* --- watching for what is expected --- */
typedef struct judge {
    tm_vectors_run *run;
    const tm_doc *result; /* the next one expected */
} judge;

static bool judge_refusal(void *self, const tm_diags *diags)
{
    tm_vectors_run *run = ((judge *)self)->run;
    tm_buf out = {.arena = run->arena};
    if (tm_vectors_truth(run->expected, "parse_error"))
        return true;
    tm_diags_render(diags, false, &out);
    return tm_vectors_differ(run, "should build: %.*s", TM_PRI(tm_buf_text(&out)));
}

/* Compares what the program yielded for one item. */
static bool judge_item(tm_vectors_run *run, const tm_doc *want, tm_text path, bool ran,
                       tm_value result)
{
    const tm_doc *value = tm_vectors_find(want, "value"), *truth = tm_vectors_find(want, "result"),
                 *matched = tm_vectors_find(want, "matched");
    if (!want || !tm_text_equal(tm_vectors_text(want, "path"), path))
        return tm_vectors_differ(run, "%.*s: no result expected here", TM_PRI(path));
    if ((tm_vectors_find(want, "error") != NULL) == ran)
        return tm_vectors_differ(
            run, "%.*s: want %.*s, got %.*s", TM_PRI(path),
            TM_PRI(tm_vectors_print(run->arena, want)),
            TM_PRI(ran ? tm_vectors_print_value(run->arena, result) : run->vm->error));
    if (matched && matched->truth != run->vm->matched)
        return tm_vectors_differ(run, "%.*s: matched should be %.*s", TM_PRI(path),
                                 TM_PRI(matched->text));
    if (truth && (result.type != TM_BOOL || truth->truth != result.truth))
        return tm_vectors_differ(run, "%.*s: result should be %.*s", TM_PRI(path),
                                 TM_PRI(truth->text));
    if (value && !tm_vectors_same_value(run->arena, value, result))
        return tm_vectors_differ(run, "%.*s: want %.*s, got %.*s", TM_PRI(path),
                                 TM_PRI(tm_vectors_print(run->arena, value)),
                                 TM_PRI(tm_vectors_print_value(run->arena, result)));
    return true;
}

static bool judge_result(void *self, tm_text path, bool ran, tm_value result)
{
    judge *j = self;
    if (tm_vectors_truth(j->run->expected, "parse_error"))
        return tm_vectors_differ(j->run, "should not build: %.*s",
                                 TM_PRI(tm_vectors_text(j->run->expected, "message")));
    const tm_doc *want = j->result;
    j->result = want ? want->next : NULL;
    return judge_item(j->run, want, path, ran, result);
}

/* The data must look as it did, or as the row says it looks afterwards. */
static bool judge_data(void *self, tm_text request)
{
    judge *j = self;
    tm_vectors_run *run = j->run;
    const tm_doc *want = tm_vectors_truth(run->expected, "changed")
                             ? tm_vectors_find(run->expected, "after")
                             : run->traces;
    if (tm_vectors_truth(run->expected, "parse_error"))
        return tm_vectors_differ(run, "should not build");
    if (j->result)
        return tm_vectors_differ(run, "more results expected");
    const tm_doc *got = tm_vectors_decode(run->arena, request);
    return tm_vectors_same(want, got) ||
           tm_vectors_differ(run, "the data differs afterwards: want %.*s\n    got %.*s",
                             TM_PRI(tm_vectors_print(run->arena, want)),
                             TM_PRI(tm_vectors_print(run->arena, got)));
}

bool tm_vectors_run_rule(tm_vectors_run *run)
{
    static const tm_vectors_watch watch = {judge_refusal, judge_result, judge_data};
    const tm_doc *results = tm_vectors_find(run->expected, "results");
    judge j = {.run = run, .result = results ? results->first : NULL};
    return tm_vectors_watch_rule(run, &watch, &j);
}
