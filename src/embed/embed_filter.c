/* Filter: one request through a ruleset, and what is asked of it afterwards.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed.h"

#include "otlp/otlp_json_write.h"

/* One call of tamis_filter. */
typedef struct filtering {
    tamis_vm *vm;
    tamis_ruleset *ruleset;
    tamis_request request;
    tamis_result result;
    tamis_status status;
} filtering;

static tamis_status refuse(filtering *f, tamis_status status, tm_text reason)
{
    f->result.reason = tm_vm_reason(f->vm, reason);
    return status;
}

static void take_slices(filtering *f, const tm_pieces *out)
{
    tamis_slice *slice = TM_NEW_ARRAY(f->vm->arena, out->n, tamis_slice);
    size_t n = 0;
    for (uint32_t i = 0; i < out->n; i++)
        if (out->piece[i].text.n)
            slice[n++] = (tamis_slice){out->piece[i].text.p, out->piece[i].text.n};
    f->result.slice = slice;
    f->result.slices = n;
    f->result.size_bytes = out->bytes;
}

tamis_status tm_vm_judged(tamis_vm *vm, const char **reason)
{
    static const tamis_status refused[] = {[TM_REFUSED_FORM] = TAMIS_MALFORMED,
                                           [TM_REFUSED_RULE] = TAMIS_RULE_FAILED,
                                           [TM_REFUSED_COST] = TAMIS_TOO_COSTLY};
    const tm_outcome *o = &vm->outcome;
    vm->counted = o->status != TM_REFUSED_FORM; /* also when a rule failed */
    if (o->status != TM_JUDGED) {
        *reason = tm_vm_reason(vm, o->reason);
        return refused[o->status];
    }
    if (o->spans_rejected)
        *reason = tm_vm_reason(vm, o->rejection);
    return TAMIS_OK;
}

tamis_status tm_vm_judge(tamis_vm *vm, const tm_ruleset *ruleset, tm_text bytes,
                         const tm_client *client, const char **reason)
{
    return tm_judge_request(vm->judge, ruleset, bytes, client, tm_vm_utf8(vm), &vm->outcome)
               ? tm_vm_judged(vm, reason)
               : TAMIS_OUT_OF_MEMORY;
}

static void filter(void *argument)
{
    filtering *f = argument;
    tamis_vm *vm = f->vm;
    const tm_outcome *o = &vm->outcome;
    tm_client *client = TM_NEW(vm->arena, tm_client);
    tm_text bytes, reason;
    if (!tm_vm_read(vm, &f->request, &bytes, client, &reason)) {
        f->status = refuse(f, TAMIS_MALFORMED, reason);
        return;
    }
    f->status = tm_vm_judge(vm, f->ruleset->ruleset, bytes, client, &f->result.reason);
    f->result.steps = o->steps;
    if (f->status != TAMIS_OK)
        return;
    f->result.spans_in = o->spans_in;
    f->result.spans_out = o->spans_out;
    f->result.spans_rejected = o->spans_rejected;
    f->result.mended = o->mended;
    take_slices(f, o->out);
    vm->judged = true;
}

tamis_status tamis_filter(tamis_vm *vm, tamis_ruleset *ruleset, const tamis_request *request,
                          tamis_result *result)
{
    filtering f = {.vm = vm, .ruleset = ruleset, .status = TAMIS_OUT_OF_MEMORY};
    if (TM_IS_TAGGED(vm, TM_TAG_VM))
        tm_vm_forget(vm);
    else
        return TAMIS_BAD_ARGUMENT;
    if (!TM_IS_TAGGED(ruleset, TM_TAG_RULESET) || ruleset->engine != vm->engine ||
        !tm_request_take(&f.request, request))
        return TAMIS_BAD_ARGUMENT;
    vm->ruleset = ruleset;
    if (!tm_arena_try(vm->arena, filter, &f) || f.status == TAMIS_OUT_OF_MEMORY) {
        vm->counted = vm->judged = false;
        f.status = refuse(&f, TAMIS_OUT_OF_MEMORY, TM_TEXT("out of memory"));
    }
    if (result && !tm_embed_give(result, &f.result, sizeof f.result))
        return TAMIS_BAD_ARGUMENT;
    return f.status;
}

/* ---- what leaves -------------------------------------------------------------------------------
 */

tamis_status tamis_vm_copy(const tamis_vm *vm, void *to, size_t room_bytes)
{
    if (!TM_IS_TAGGED(vm, TM_TAG_VM) || !vm->judged || vm->outcome.out->bytes > room_bytes ||
        (!to && vm->outcome.out->bytes))
        return TAMIS_BAD_ARGUMENT;
    if (to)
        tm_pieces_copy(vm->outcome.out, to);
    return TAMIS_OK;
}

typedef struct printing {
    tamis_vm *vm;
    tm_buf out;
    bool sound;
} printing;

static void print(void *argument)
{
    printing *p = argument;
    const tm_pieces *out = p->vm->outcome.out;
    char *bytes = tm_arena_alloc(p->vm->arena, out->bytes);
    tm_text error;
    tm_pieces_copy(out, bytes);
    p->sound =
        tm_otlp_to_json(&p->out, TM_MESSAGE_REQUEST, tm_text_slice(bytes, out->bytes), &error);
}

tamis_status tamis_vm_json(tamis_vm *vm, tamis_write write, void *owner)
{
    if (!TM_IS_TAGGED(vm, TM_TAG_VM) || !write || !vm->judged)
        return TAMIS_BAD_ARGUMENT;
    printing p = {.vm = vm, .out = {.arena = vm->arena}};
    if (!tm_arena_try(vm->arena, print, &p))
        return TAMIS_OUT_OF_MEMORY;
    if (!p.sound)
        return TAMIS_MALFORMED;
    write(owner, p.out.p, p.out.n);
    return TAMIS_OK;
}

/* ---- what became of it -------------------------------------------------------------------------
 */

tamis_status tamis_vm_counts(const tamis_vm *vm, size_t rule, tamis_counts *counts)
{
    if (!TM_IS_TAGGED(vm, TM_TAG_VM) || !counts)
        return TAMIS_BAD_ARGUMENT;
    if (!vm->counted || rule >= vm->ruleset->ruleset->rules)
        return TAMIS_NO_SUCH;
    const tm_rule_counts *c = &vm->outcome.rule[rule];
    const tamis_counts own = {.size = sizeof own,
                              .matched = c->matched,
                              .errors = c->errors,
                              .dropped_spans = c->dropped_spans,
                              .dropped_bytes = c->dropped_bytes,
                              .mismatches = c->mismatches,
                              .rejected_spans = c->rejected_spans};
    return tm_embed_give(counts, &own, sizeof own) ? TAMIS_OK : TAMIS_BAD_ARGUMENT;
}

tamis_status tamis_vm_verdict(const tamis_vm *vm, size_t span, tamis_verdict *verdict)
{
    if (!TM_IS_TAGGED(vm, TM_TAG_VM) || !verdict || !vm->options.verdicts)
        return TAMIS_BAD_ARGUMENT;
    if (!vm->judged || span >= vm->verdicts.n)
        return TAMIS_NO_SUCH;
    if (vm->verdicts.lost)
        return TAMIS_OUT_OF_MEMORY;
    const tm_span_verdict *v = &vm->verdicts.verdict[span];
    tamis_verdict own = {.size = sizeof own,
                         .rule = TAMIS_NO_RULE,
                         .kept = v->kept_by ? v->kept_by->number : TAMIS_NO_RULE};
    if (v->rejected) {
        own.fate = TAMIS_REJECTED;
    } else if (v->dropped_by) {
        own.fate = TAMIS_DROPPED;
        own.rule = v->dropped_by->number;
    } else if (v->edits) {
        own.fate = TAMIS_EDITED;
        own.rule = vm->verdicts.note[v->edits - 1].rule;
    }
    return tm_embed_give(verdict, &own, sizeof own) ? TAMIS_OK : TAMIS_BAD_ARGUMENT;
}
