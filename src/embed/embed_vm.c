/* VM: what one thread filters with.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed.h"

#include "otlp/otlp_json_read.h"

static uint64_t bound(uint64_t given, uint64_t usual)
{
    return given == 0 ? usual : given == TAMIS_NO_BOUND ? 0 : given;
}

tm_bounds tm_bounds_of_host(const tamis_bounds *given)
{
    const tm_bounds usual = tm_bounds_usual();
    return (tm_bounds){
        .time_ns = bound(given->time_ns, usual.time_ns),
        .steps = bound(given->steps, usual.steps),
        .memory_bytes = bound(given->memory_bytes, usual.memory_bytes),
        .memory_factor = given->memory_factor ? given->memory_factor : usual.memory_factor,
        .output_bytes = bound(given->output_bytes, usual.output_bytes),
        .output_factor = given->output_factor ? given->output_factor : usual.output_factor,
        .span_percent = given->span_percent == 0    ? usual.span_percent
                        : given->span_percent > 100 ? 100
                                                    : given->span_percent};
}

tm_utf8_policy tm_vm_utf8(const tamis_vm *vm)
{
    static const tm_utf8_policy policies[] = {TM_UTF8_MEND, TM_UTF8_KEEP, TM_UTF8_REFUSE};
    return policies[vm->options.utf8];
}

static void tell(void *owner, const tm_rule *rule, tm_text text)
{
    const tamis_vm *vm = owner;
    char message[512];
    size_t n = text.n < sizeof message ? text.n : sizeof message - 1;
    memcpy(message, text.p, n);
    message[n] = 0;
    vm->options.failed(vm->options.owner, rule->name.p, message);
}

static bool open_vm(tamis_vm *vm)
{
    const tm_heap *heap = tm_engine_heap(vm->engine);
    vm->arena = tm_arena_new(heap);
    vm->judge = tm_judge_new(heap, &vm->engine->clock, vm->options.failed ? tell : NULL, vm);
    if (!vm->arena || !vm->judge)
        return false;
    vm->bounds = tm_bounds_of_host(&vm->options.bounds);
    tm_judge_bound(vm->judge, &vm->bounds);
    vm->verdicts.heap = heap;
    if (vm->options.verdicts)
        tm_judge_record(vm->judge, &vm->verdicts);
    return true;
}

tamis_status tamis_vm_new(tamis_engine *engine, const tamis_vm_options *options, tamis_vm **vm)
{
    tamis_vm_options o = {.size = sizeof o};
    if (vm)
        *vm = NULL;
    if (!vm || !TM_IS_TAGGED(engine, TM_TAG_ENGINE) ||
        (options && !tm_embed_take(&o, sizeof o, options)) || (unsigned)o.utf8 > TAMIS_UTF8_REJECT)
        return TAMIS_BAD_ARGUMENT;
    tamis_vm *new = tm_heap_alloc(tm_engine_heap(engine), sizeof *new);
    if (!new)
        return TAMIS_OUT_OF_MEMORY;
    memset(new, 0, sizeof *new);
    new->tag = TM_TAG_VM;
    new->engine = engine;
    new->options = o;
    tm_engine_ref(engine);
    if (!open_vm(new)) {
        tamis_vm_free(new);
        return TAMIS_OUT_OF_MEMORY;
    }
    *vm = new;
    return TAMIS_OK;
}

void tamis_vm_free(tamis_vm *vm)
{
    if (!TM_IS_TAGGED(vm, TM_TAG_VM))
        return;
    tamis_engine *engine = vm->engine;
    tm_judge_free(vm->judge);
    tm_span_verdicts_drop(&vm->verdicts);
    tm_arena_free(vm->arena);
    tm_arena_free(vm->own);
    vm->tag = TM_TAG_GONE;
    tm_heap_free(tm_engine_heap(engine), vm);
    tamis_engine_unref(engine);
}

void tm_vm_forget(tamis_vm *vm)
{
    vm->ruleset = NULL;
    vm->counted = vm->judged = false;
    vm->quota.most = 0; /* that of an expression */
    tm_arena_reset(vm->arena);
}

const char *tm_vm_reason(tamis_vm *vm, tm_text reason)
{
    size_t n = reason.n < sizeof vm->reason ? reason.n : sizeof vm->reason - 1;
    memcpy(vm->reason, reason.p, n);
    vm->reason[n] = 0;
    return vm->reason;
}

static bool is_request(const tamis_request *r)
{
    bool sound = (r->bytes || !r->size_bytes) && (r->metadata || !r->metadatas) &&
                 r->metadatas <= UINT16_MAX;
    for (size_t i = 0; sound && i < r->metadatas; i++)
        sound = r->metadata[i].name && r->metadata[i].value;
    return sound;
}

bool tm_request_take(tamis_request *own, const tamis_request *given)
{
    return given && tm_embed_take(own, sizeof *own, given) && is_request(own);
}

bool tm_vm_read(tamis_vm *vm, const tamis_request *r, tm_text *bytes, tm_client *client,
                tm_text *reason)
{
    tm_metadata *row = TM_NEW_ARRAY(vm->arena, r->metadatas, tm_metadata);
    for (size_t i = 0; i < r->metadatas; i++)
        row[i] = (tm_metadata){tm_text_of(r->metadata[i].name), tm_text_of(r->metadata[i].value)};
    *client = (tm_client){.address = tm_text_of(r->address ? r->address : ""),
                          .header = row,
                          .headers = (unsigned)r->metadatas};
    *bytes = tm_text_slice(r->bytes, r->size_bytes);
    return !r->json || tm_otlp_from_json(vm->arena, *bytes, bytes, reason);
}
