/* Fuzz: calls of the library in any order, on a few objects that may be missing, of another kind or
 * gone, with rules, requests and tables that may be anything, while memory and the host's callbacks
 * fail. Each call answers with a status that it may have, what it yields holds together, and in the
 * end all memory is given back.
 *
 *     clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/api.c
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/api_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CALLS_MOST = 96 };

/* ---- calls ----------------------------------------------------------------------------------- */

/* Nothing is asked of what the VMs judged before: its rules may go. */
static void forget_requests(run *r)
{
    for (unsigned i = 0; i < EACH; i++)
        if (r->vm[i])
            assert(tamis_filter(r->vm[i], NULL, NULL, NULL) == TAMIS_BAD_ARGUMENT);
}

static void make_engine(run *r, unsigned i)
{
    const tamis_heap heap = {r->heap.heap.alloc, r->heap.heap.grow, r->heap.heap.drop,
                             r->heap.heap.owner};
    const tamis_zones zones = {find_zone, r};
    const tamis_function function = {.size =
                                         below(r, 8) ? sizeof function : below(r, sizeof function),
                                     .name = "Host",
                                     .signature = below(r, 8) ? "any Host(value: any)" : "any Ho",
                                     .manual = "A host's.",
                                     .impure = byte(r) & 1,
                                     .run = host_function,
                                     .owner = r};
    const tamis_engine_options options = {.size = sizeof options, .heap = &heap, .zones = &zones};
    const char *why;
    if (!r->engine[i])
        sound(r, tamis_engine_new(&options, &r->engine[i]));
    const tamis_status status = sound(r, tamis_engine_add(r->engine[i], &function, &why));
    assert(status != TAMIS_BAD_ARGUMENT || *why);
}

static void compile(run *r, unsigned i, unsigned from)
{
    size_t n;
    const unsigned known = below(r, RULES_COUNT + 2), how = byte(r);
    const char *own = known < RULES_COUNT ? RULES[known] : text(r, &n);
    n = known < RULES_COUNT ? strlen(own) : n;
    const tamis_source source = {how & 64 ? NULL : "fuzz.ottl", own, n};
    char line[TEXT_MOST + 1] = "";
    memcpy(line, own, n < TEXT_MOST ? n : TEXT_MOST);
    const char *const rule = line;
    const tamis_step step = {
        "step", (tamis_step_kind)(how & 1), (tamis_context)(how % 5), TAMIS_SILENT, &rule, 1};
    const tamis_compile_options options = {.size = sizeof options,
                                           .step = &step,
                                           .steps = how >> 1 & 1,
                                           .source = &source,
                                           .sources = !(how >> 2 & 1),
                                           .error_mode = (tamis_error_mode)(how >> 3 & 3),
                                           .resolve = resolve,
                                           .owner = r,
                                           .explained = how >> 5 & 1};
    forget_requests(r);
    tamis_ruleset_unref(r->rules[i]);
    tamis_messages_free(r->messages[i]);
    sound(r, tamis_compile(r->engine[from], &options, &r->rules[i], &r->messages[i]));
    tamis_message m = {.size = how & 128 ? 24 : sizeof m};
    for (size_t k = 0; tamis_message_at(r->messages[i], k, &m) == TAMIS_OK; k++)
        assert(how & 128 || (*m.code && *m.text && *m.drawn));
}

static void make_vm(run *r, unsigned i, unsigned from)
{
    const unsigned how = byte(r);
    const tamis_vm_options options = {.size =
                                          below(r, 16) ? sizeof options : below(r, sizeof options),
                                      .utf8 = (tamis_utf8)(how & 3),
                                      .verdicts = how >> 2 & 1,
                                      .failed = failed,
                                      .owner = r,
                                      .bounds = {.time_ns = TAMIS_NO_BOUND,
                                                 .steps = how & 8 ? byte(r) : 1000000,
                                                 .memory_bytes = how & 16 ? 1024 : 0,
                                                 .memory_factor = how & 16 ? 1 : 0,
                                                 .output_bytes = how & 32 ? 100 : 0,
                                                 .output_factor = how & 32 ? 1 : 0}};
    tamis_vm_free(r->vm[i]);
    sound(r, tamis_vm_new(r->engine[from], how & 64 ? NULL : &options, &r->vm[i]));
}

static void ask_vm(run *r, tamis_vm *vm)
{
    tamis_verdict verdict = {.size = sizeof verdict};
    tamis_counts counts = {.size = sizeof counts};
    size_t sum = 0;
    sound(r, tamis_vm_verdict(vm, byte(r), &verdict));
    sound(r, tamis_vm_counts(vm, below(r, 4), &counts));
    sound(r, tamis_vm_json(vm, take, &sum));
}

static void filter(run *r, tamis_vm *vm, tamis_ruleset *rules)
{
    const tamis_request q = request_of(r);
    tamis_result result = {.size = sizeof result};
    const tamis_status status = sound(r, tamis_filter(vm, rules, &q, &result));
    size_t n = 0, sum = 0;
    for (size_t i = 0; i < result.slices; n += result.slice[i++].size_bytes)
        take(&sum, result.slice[i].bytes, result.slice[i].size_bytes);
    if (status == TAMIS_OK) {
        assert(n == result.size_bytes && result.spans_out <= result.spans_in);
        char *copy = malloc(n + 1);
        assert(tamis_vm_copy(vm, copy, n) == TAMIS_OK);
        free(copy);
        assert(n == 0 || tamis_vm_copy(vm, &sum, n - 1) == TAMIS_BAD_ARGUMENT);
    } else {
        assert(n == 0 && (status == TAMIS_BAD_ARGUMENT || *result.reason));
    }
    ask_vm(r, vm);
}

/* A row is explained where the table could be judged, and no other one is. */
static void explain_row(run *r, tamis_vm *vm, tamis_ruleset *rules, const tamis_table *t)
{
    size_t sum = 0;
    const size_t span = below(r, 5);
    const tamis_status status =
        sound(r, tamis_explain_table(vm, rules, t, span, below(r, 6), take, &sum));
    assert((status == TAMIS_OK) == (sum > 0));
    assert(status != TAMIS_OK || span < t->spans);
}

static void judge_table(run *r, tamis_vm *vm, tamis_ruleset *rules)
{
    enum { ROWS = 3, MEMBERS = 6, COLUMNS_MOST = 64 };
    static tamis_cell cells[3][ROWS * COLUMNS_MOST];
    tamis_member member[MEMBERS];
    uint32_t above[2][ROWS];
    tamis_columns columns = {.size = sizeof columns};
    const tamis_status known = sound(r, tamis_ruleset_columns(rules, &columns));
    const size_t n[3] = {columns.resource, columns.scope, columns.span};
    if (n[0] > COLUMNS_MOST || n[1] > COLUMNS_MOST || n[2] > COLUMNS_MOST)
        return;
    tamis_need need = {.size = sizeof need};
    for (unsigned level = 0; level < 3; level++)
        for (size_t i = 0; i < ROWS * n[level]; i++) {
            const size_t number = (level == 2 ? n[0] + n[1] : 0) + i % n[level];
            const bool has = tamis_ruleset_need(rules, number, &need) == TAMIS_OK;
            cells[level][i] = cell_of(r, has && level == 2 ? &need : NULL, MEMBERS);
        }
    for (size_t i = 0; i < MEMBERS; i++)
        member[i] = (tamis_member){cell_of(r, NULL, MEMBERS), cell_of(r, NULL, MEMBERS)};
    for (unsigned i = 0, a = 0, b = 0; i < ROWS; i++) {
        above[0][i] = a += below(r, 8) == 0;
        above[1][i] = b += below(r, 8) == 0;
    }
    const unsigned how = byte(r);
    tamis_ruleset *const other = r->rules[below(r, EACH)];
    const tamis_table t = {.size = sizeof t,
                           .resource = cells[0],
                           .scope = cells[1],
                           .span = cells[2],
                           .resources = ROWS,
                           .scopes = ROWS,
                           .spans = ROWS,
                           .resource_of_scope = above[0],
                           .scope_of_span = above[1],
                           .member = how & 1 ? NULL : member,
                           .members = how & 1 ? 0 : MEMBERS,
                           .text = how & 2 ? "short" : NULL,
                           .text_bytes = 5,
                           .ruleset = how & 4 ? other : NULL};
    if (how & 8)
        explain_row(r, vm, how & 16 && t.ruleset ? other : rules, &t);
    tamis_table_result result = {.size = sizeof result};
    const tamis_status status = sound(r, tamis_filter_table(vm, rules, &t, &result));
    assert(status != TAMIS_OK || known == TAMIS_OK);
    assert((status == TAMIS_OK) == (result.row != NULL));
    for (size_t i = 0; i < result.changes; i++) {
        const unsigned level = result.change[i].context - TAMIS_RESOURCE;
        assert(level < 3 && result.change[i].row < ROWS && result.change[i].column < n[level]);
    }
    ask_vm(r, vm);
}

static void evaluate(run *r, unsigned i, unsigned from, tamis_vm *vm)
{
    static const char *const texts[] = {"Concat([Host(name), name], \"-\")",
                                        "attributes",
                                        "spanevent.name == \"a\"",
                                        "kind / 0",
                                        "nam",
                                        "events"};
    if (byte(r) & 1) {
        tamis_expression_unref(r->expression[i]);
        sound(r,
              tamis_expression_new(r->engine[from], texts[below(r, 6)], &r->expression[i], NULL));
    }
    const tamis_request q = request_of(r);
    sound(r, tamis_evaluate(vm, r->expression[i], &q, each, r));
}

static void hold(run *r, unsigned i, unsigned from, tamis_ruleset *rules)
{
    const unsigned how = byte(r);
    if (how & 1) {
        tamis_holder_free(r->holder[i]);
        sound(r, tamis_holder_new(r->engine[from], rules, &r->holder[i]));
    }
    if (how & 2)
        sound(r, tamis_holder_set(r->holder[i], how & 4 ? NULL : rules));
    tamis_ruleset_unref(tamis_holder_get(r->holder[i]));
}

static void inspect(run *r, const tamis_ruleset *rules, const tamis_engine *engine)
{
    tamis_rule rule = {.size = byte(r) & 1 ? sizeof rule : 9};
    tamis_need need = {.size = sizeof need};
    tamis_function_info info = {.size = sizeof info};
    size_t sum = 0;
    const size_t i = below(r, 8);
    sound(r, tamis_ruleset_rule(rules, i, &rule));
    sound(r, tamis_ruleset_need(rules, i, &need));
    sound(r, tamis_ruleset_listing(rules, i, take, &sum));
    sound(r, tamis_engine_function(engine, byte(r), &info));
}

static void explain(run *r, tamis_vm *vm, tamis_ruleset *rules)
{
    size_t sum = 0;
    const tamis_request q = request_of(r);
    const size_t span = below(r, 10);
    sound(r, tamis_explain(vm, rules, &q, span, below(r, 6), take, &sum));
}

/* Objects of another kind, and gone ones, are refused. */
static void mistake(run *r, unsigned i, unsigned k)
{
    tamis_result result = {.size = sizeof result};
    const tamis_request q = request_of(r);
    sound(r, tamis_filter((tamis_vm *)(void *)r->engine[i], r->rules[k], &q, &result));
    sound(r, tamis_filter(r->vm[i], (tamis_ruleset *)(void *)r->vm[k], &q, &result));
    sound(r, tamis_holder_set((tamis_holder *)(void *)r->rules[i], r->rules[k]));
    tamis_engine_unref((tamis_engine *)(void *)r->vm[k]);
    tamis_vm_free((tamis_vm *)(void *)r->rules[k]);
}

static void let_go(run *r, unsigned i)
{
    const unsigned what = byte(r);
    forget_requests(r);
    if (what & 1)
        tamis_engine_unref(r->engine[i]), r->engine[i] = NULL;
    if (what & 2)
        tamis_ruleset_unref(r->rules[i]), r->rules[i] = NULL;
    if (what & 4)
        tamis_expression_unref(r->expression[i]), r->expression[i] = NULL;
    if (what & 8)
        tamis_vm_free(r->vm[i]), r->vm[i] = NULL;
    if (what & 16)
        tamis_holder_free(r->holder[i]), r->holder[i] = NULL;
    if (what & 32)
        tamis_messages_free(r->messages[i]), r->messages[i] = NULL;
}

/* From now on the n-th allocation fails, or all from it on; or none does. */
static void fail_memory(run *r)
{
    const unsigned how = byte(r);
    r->heap.left = how & 1 ? (long)byte(r) : -1;
    r->heap.once = how >> 1 & 1;
    r->heap.failed |= r->heap.left >= 0;
    r->callbacks_fail = how >> 2 & 1;
}

static void call(run *r)
{
    const unsigned what = below(r, 12), i = below(r, EACH), k = below(r, EACH);
    switch (what) {
    case 0:
        fail_memory(r);
        return;
    case 1:
        make_engine(r, i);
        return;
    case 2:
        compile(r, i, k);
        return;
    case 3:
        make_vm(r, i, k);
        return;
    case 4:
        filter(r, r->vm[i], r->rules[k]);
        return;
    case 5:
        judge_table(r, r->vm[i], r->rules[k]);
        return;
    case 6:
        evaluate(r, i, k, r->vm[i]);
        return;
    case 7:
        hold(r, i, k, r->rules[k]);
        return;
    case 8:
        inspect(r, r->rules[i], r->engine[k]);
        return;
    case 9:
        explain(r, r->vm[i], r->rules[k]);
        return;
    case 10:
        mistake(r, i, k);
        return;
    default:
        let_go(r, i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run r = {.at = data, .end = data + size};
    short_heap_init(&r.heap, -1, false);
    for (unsigned i = 0; i < CALLS_MOST && r.at < r.end; i++)
        call(&r);
    for (unsigned i = 0; i < EACH; i++) {
        tamis_vm_free(r.vm[i]);
        tamis_holder_free(r.holder[i]);
        tamis_expression_unref(r.expression[i]);
        tamis_ruleset_unref(r.rules[i]);
        tamis_messages_free(r.messages[i]);
        tamis_engine_unref(r.engine[i]);
    }
    assert(r.heap.blocks == 0);
    return 0;
}
