/* Expression: a condition or value over the spans of a request.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed.h"

#include "lang/compile.h"
#include "lang/definition.h"
#include "otlp/event.h"

/* ---- compiling ---------------------------------------------------------------------------------
 */

typedef struct reading {
    tamis_engine *engine;
    tamis_expression *expression;
    const char *text;
    tm_diags diags;
    bool tells;
    tamis_messages *messages;
} reading;

static void compile(void *argument)
{
    reading *r = argument;
    tamis_expression *x = r->expression;
    const tm_definitions none = {.functions = &r->engine->set};
    tm_source *source = TM_NEW(x->arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("expression"),
                          .text = tm_arena_copy(x->arena, tm_text_of(r->text))};
    tm_compiler c = {.arena = x->arena,
                     .diags = &r->diags,
                     .needs = &x->table,
                     .transform = true,
                     .functions = &r->engine->set};
    const tm_place all = {.n = (uint32_t)source->text.n};
    tm_tree *tree = tm_parse_body(x->arena, &r->diags, source, all);
    if (tree) {
        x->level = tm_definition_context(&none, tree);
        if (x->level < TM_SPAN)
            x->level = TM_SPAN;
        x->program = tm_compile_tree(&c, tree, x->level, TM_PATHS_SPAN);
    }
    for (unsigned level = 0; level < TM_LEVELS; level++)
        x->needs[level] = tm_need_finish(&x->table, level);
    if (r->tells)
        r->messages = tm_messages_of(r->engine, &r->diags);
}

static tamis_expression *new_expression(tamis_engine *engine)
{
    tamis_expression *x = tm_heap_alloc(tm_engine_heap(engine), sizeof *x);
    if (!x)
        return NULL;
    *x = (tamis_expression){.tag = TM_TAG_EXPRESSION, .engine = engine};
    atomic_init(&x->references, 1);
    tm_engine_ref(engine);
    x->table.arena = x->arena = tm_arena_new(tm_engine_heap(engine));
    if (x->arena)
        return x;
    tamis_expression_unref(x);
    return NULL;
}

tamis_status tamis_expression_new(tamis_engine *engine, const char *text,
                                  tamis_expression **expression, tamis_messages **messages)
{
    if (expression)
        *expression = NULL;
    if (messages)
        *messages = NULL;
    if (!expression || !TM_IS_TAGGED(engine, TM_TAG_ENGINE) || !text || strlen(text) >= UINT32_MAX)
        return TAMIS_BAD_ARGUMENT;
    atomic_store(&engine->sealed, true);
    reading r = {.engine = engine, .text = text, .tells = messages != NULL};
    r.expression = new_expression(engine);
    if (!r.expression)
        return TAMIS_OUT_OF_MEMORY;
    r.diags.arena = r.expression->arena;
    const bool done = tm_arena_try(r.expression->arena, compile, &r);
    if (done && messages)
        *messages = r.messages;
    else
        tamis_messages_free(r.messages);
    if (done && r.expression->program) {
        *expression = r.expression;
        return TAMIS_OK;
    }
    tamis_expression_unref(r.expression);
    return done ? TAMIS_BAD_RULES : TAMIS_OUT_OF_MEMORY;
}

void tamis_expression_unref(tamis_expression *expression)
{
    if (!TM_IS_TAGGED(expression, TM_TAG_EXPRESSION) ||
        atomic_fetch_sub_explicit(&expression->references, 1, memory_order_acq_rel) != 1)
        return;
    tamis_engine *engine = expression->engine;
    tm_arena_free(expression->arena);
    expression->tag = TM_TAG_GONE;
    tm_heap_free(tm_engine_heap(engine), expression);
    tamis_engine_unref(engine);
}

/* ---- evaluating --------------------------------------------------------------------------------
 */

/* One call of tamis_evaluate. */
typedef struct evaluation {
    tamis_vm *vm;
    const tamis_expression *expression;
    tamis_request request;
    tamis_each each;
    void *owner;
    tamis_status status;
    tm_request q;
    tm_slot *slots, *event_slots;
    tm_item event;
    size_t span;
    bool enough;
    /* What the host is told next. */
    tamis_value value;
    tm_value result;
    const char *error;
} evaluation;

/* May the work go on? */
static bool more(void *owner, tm_work *work)
{
    const tamis_vm *vm = owner;
    const tm_clock *clock = &vm->engine->clock;
    return (!vm->bounds.time_ns ||
            tm_elapsed(vm->began_ns, tm_clock_thread_ns(clock)) <= vm->bounds.time_ns) &&
           (!vm->bounds.steps || tm_work_steps(work) <= vm->bounds.steps);
}

static bool open_machine(tamis_vm *vm)
{
    if (vm->own)
        return true;
    vm->own = tm_arena_new(tm_engine_heap(vm->engine));
    if (!vm->own)
        return false;
    vm->quota.work = &vm->work;
    tm_arena_share(vm->arena, &vm->quota);
    return true;
}

static void init_machine(void *argument)
{
    tamis_vm *vm = argument;
    tm_vm_init(&vm->vm, vm->own, vm->arena, &vm->engine->clock);
}

static void begin_work(tamis_vm *vm, size_t request_bytes)
{
    const tm_bounds *b = &vm->bounds;
    const size_t most = tm_bounds_of(b->memory_bytes, b->memory_factor, request_bytes);
    vm->work = (tm_work){.more = more, .owner = vm};
    tm_work_resume(&vm->work);
    vm->began_ns = tm_clock_thread_ns(&vm->engine->clock);
    vm->quota.most = most == SIZE_MAX ? 0 : most;
    vm->quota.over = false;
    vm->vm.work = &vm->work;
}

static void tell(evaluation *e, const char *error)
{
    e->value = tm_value_to_host(e->vm->arena, error ? tm_nil() : e->result);
    e->enough = !e->each(e->owner, e->span, &e->value, error);
}

static void run(evaluation *e)
{
    tm_vm *vm = &e->vm->vm;
    vm->cache = NULL;
    if (tm_vm_run(vm, e->expression->program, &e->result))
        tell(e, NULL);
    else if (!e->vm->work.over)
        tell(e, tm_arena_copy(e->vm->arena, vm->error).p);
}

static void run_events(evaluation *e)
{
    tm_item *span = &e->q.item[TM_SPAN];
    tm_event_walk w = tm_event_walk_of(span, &e->event, e->expression->needs[TM_EVENT],
                                       e->event_slots, span->arena);
    while (!e->enough && !e->vm->work.over && tm_event_walk_next(&w)) {
        e->vm->vm.item[TM_EVENT] = w.event;
        run(e);
    }
}

static void run_span(evaluation *e)
{
    for (unsigned level = 0; level <= TM_SPAN; level++)
        e->vm->vm.item[level] = &e->q.item[level];
    if (e->expression->level == TM_SPAN)
        run(e);
    else
        run_events(e);
    e->span++;
}

static bool goes_on(const evaluation *e)
{
    return !e->enough && !e->vm->work.over;
}

static void evaluate(void *argument)
{
    static const tm_utf8_policy policies[] = {TM_UTF8_KEEP, TM_UTF8_KEEP, TM_UTF8_REFUSE};
    evaluation *e = argument;
    tm_arena *arena = e->vm->arena;
    tm_client *client = TM_NEW(arena, tm_client);
    tm_text bytes, reason;
    e->status = TAMIS_MALFORMED;
    if (!tm_vm_read(e->vm, &e->request, &bytes, client, &reason))
        return;
    e->vm->vm.client = client;
    e->slots = TM_NEW_ARRAY(arena, tm_request_slots(e->expression->needs) + 1, tm_slot);
    e->event_slots = TM_NEW_ARRAY(arena, e->expression->needs[TM_EVENT]->n + 1, tm_slot);
    tm_request_open(&e->q, arena, e->expression->needs, e->slots, bytes, false,
                    policies[e->vm->options.utf8]);
    while (goes_on(e) && tm_request_next_resource(&e->q))
        while (goes_on(e) && tm_request_next_scope(&e->q))
            while (goes_on(e) && tm_request_next_span(&e->q))
                run_span(e);
    e->status = e->vm->work.over                 ? TAMIS_TOO_COSTLY
                : e->q.soundness == TM_MALFORMED ? TAMIS_MALFORMED
                                                 : TAMIS_OK;
}

tamis_status tamis_evaluate(tamis_vm *vm, tamis_expression *expression,
                            const tamis_request *request, tamis_each each, void *owner)
{
    if (!TM_IS_TAGGED(vm, TM_TAG_VM))
        return TAMIS_BAD_ARGUMENT;
    tm_vm_forget(vm);
    tamis_request own;
    if (!TM_IS_TAGGED(expression, TM_TAG_EXPRESSION) || expression->engine != vm->engine || !each ||
        !tm_request_take(&own, request))
        return TAMIS_BAD_ARGUMENT;
    evaluation *e = tm_heap_alloc(tm_engine_heap(vm->engine), sizeof *e);
    bool done = e && open_machine(vm) && (vm->vm.own || tm_arena_try(vm->own, init_machine, vm));
    if (done) {
        *e = (evaluation){
            .vm = vm, .expression = expression, .request = own, .each = each, .owner = owner};
        begin_work(vm, own.size_bytes);
        tm_arena_follow(vm->own, vm->arena); /* registers grow while it runs */
        done = tm_arena_try(vm->arena, evaluate, e);
        tm_arena_follow(vm->own, NULL);
    }
    const tamis_status status =
        !done ? vm->quota.over ? TAMIS_TOO_COSTLY : TAMIS_OUT_OF_MEMORY : e->status;
    tm_heap_free(tm_engine_heap(vm->engine), e);
    return status;
}
