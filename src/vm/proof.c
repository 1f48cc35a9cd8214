/* Proof: recording.
 * Work: of rules alone: the parts of a rule that `tamis explain` runs, and the values that it
 * shows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/proof.h"

#include "vm/opcode.h"

/* ---- copies ---------------------------------------------------------------------------------- */

static tm_value copy_map(tm_arena *arena, tm_value v)
{
    tm_map *copy = tm_map_new(arena, v.map->n);
    for (uint32_t i = 0; i < v.map->n; i++)
        tm_map_append(arena, copy, tm_arena_copy(arena, v.map->entry[i].key),
                      tm_proof_copy(arena, v.map->entry[i].value));
    return tm_map_value(copy, (tm_form)v.form);
}

static tm_value copy_list(tm_arena *arena, tm_value v)
{
    tm_list *copy = tm_list_new(arena, v.list->n);
    for (uint32_t i = 0; i < v.list->n; i++)
        tm_list_append(arena, copy, tm_proof_copy(arena, v.list->item[i]));
    return tm_list_value(copy, (tm_form)v.form);
}

/* Of a span's status, events or links as a whole: the span, as far as that is shown. */
static tm_value copy_object(tm_arena *arena, tm_value v)
{
    const tm_item *span = v.object;
    tm_item *copy = TM_NEW(arena, tm_item);
    *copy = (tm_item){.level = span->level,
                      .raw = tm_arena_copy(arena, span->raw),
                      .seen = span->seen & (1u << TM_STATUS_MESSAGE | 1u << TM_STATUS_CODE)};
    copy->field[TM_STATUS_CODE] = span->field[TM_STATUS_CODE];
    if (span->seen >> TM_STATUS_MESSAGE & 1)
        copy->field[TM_STATUS_MESSAGE] = tm_proof_copy(arena, span->field[TM_STATUS_MESSAGE]);
    v.object = copy;
    return v;
}

tm_value tm_proof_copy(tm_arena *arena, tm_value v)
{
    tm_time *time;
    switch ((tm_type)v.type) {
    case TM_STRING:
    case TM_BYTES:
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        v.p = tm_arena_copy(arena, tm_value_text(v)).p;
        return v;
    case TM_MAP:
        return copy_map(arena, v);
    case TM_LIST:
        return copy_list(arena, v);
    case TM_TIME:
        time = TM_NEW(arena, tm_time);
        *time = *v.time;
        v.time = time;
        return v;
    case TM_EVENTS:
    case TM_LINKS:
    case TM_STATUS:
        return copy_object(arena, v);
    default:
        return v;
    }
}

/* ---- parts ----------------------------------------------------------------------------------- */

uint32_t tm_proof_next(const tm_program *p, uint32_t part)
{
    for (uint32_t i = part + 1; i < p->parts; i++)
        if (p->part[i].parent == p->part[part].parent)
            return i;
    return TM_NO_PART;
}

uint32_t tm_proof_first(const tm_program *p, uint32_t parent)
{
    for (uint32_t i = parent == TM_NO_PART ? 0 : parent + 1; i < p->parts; i++)
        if (p->part[i].parent == parent)
            return i;
    return TM_NO_PART;
}

static bool is_chain(const tm_code_part *part)
{
    return part->kind == TM_CODE_AND || part->kind == TM_CODE_OR;
}

/* A chain has the value of the operand that decided it, wherever that is known. */
static bool chain_truth(const tm_proof *proof, uint32_t chain, bool *truth)
{
    const tm_program *p = proof->program;
    const bool decides = p->part[chain].kind == TM_CODE_OR;
    for (uint32_t i = tm_proof_first(p, chain); i != TM_NO_PART; i = tm_proof_next(p, i)) {
        if (!tm_proof_truth(proof, i, truth))
            return false;
        if (*truth == decides)
            return true;
    }
    return true;
}

bool tm_proof_truth(const tm_proof *proof, uint32_t part, bool *truth)
{
    const tm_proved *known = &proof->part[part];
    if (is_chain(&proof->program->part[part]))
        return chain_truth(proof, part, truth);
    *truth = known->known && known->value.type == TM_BOOL && known->value.truth;
    return known->known && known->value.type == TM_BOOL;
}

static bool is_inside(const tm_program *p, uint32_t part, uint32_t outer)
{
    while (part != outer && part != TM_NO_PART)
        part = p->part[part].parent;
    return part == outer;
}

/* ---- the trace ------------------------------------------------------------------------------- */

static void begin(tm_proofs *r, const tm_vm *vm)
{
    tm_proof *proof = TM_NEW(r->arena, tm_proof);
    *proof = (tm_proof){.program = vm->program,
                        .note = r->note,
                        .part = TM_NEW_ARRAY(r->arena, vm->program->parts, tm_proved),
                        .failed = TM_NO_PART};
    if (r->last)
        r->last->next = proof;
    else
        r->first = proof;
    r->last = proof;
}

/* The parts of a lambda's body are asked anew each time it is called. */
static void forget_body(tm_proof *proof, uint32_t entry)
{
    const tm_program *p = proof->program;
    for (uint32_t i = 0; i < p->parts; i++) {
        const uint32_t lambda = p->part[i].lambda;
        if (lambda == TM_NO_PART || p->lambda[lambda].entry != entry)
            continue;
        for (uint32_t k = i; k < p->parts; k++)
            if (is_inside(p, k, i))
                proof->part[k].known = false;
        return;
    }
}

static void enter(void *owner, const tm_vm *vm, uint32_t entry)
{
    tm_proofs *r = owner;
    if (vm->depth == 0)
        begin(r, vm);
    else
        forget_body(r->last, entry);
    r->done[vm->depth] = entry - 1;
}

/* What an instruction reads that compares an attribute or a field. */
static tm_value operand(const tm_vm *vm, const tm_insn *insn)
{
    bool found;
    const tm_opcode_row *row = tm_opcode_get((tm_opcode)insn->op);
    tm_item *item = vm->item[tm_where_level(insn->b)];
    return row->operand[1] == TM_OPERAND_NEED
               ? tm_item_find_attribute(item, tm_where_number(insn->b), &found)
               : tm_item_field(item, tm_where_number(insn->b));
}

static void free_own(void *what)
{
    tm_arena_free(*(tm_arena **)what);
}

/* An arena for the copies of one part, as long as the proofs. */
static tm_arena *own_arena(tm_arena *of)
{
    tm_arena **own = TM_NEW(of, tm_arena *);
    tm_arena_cleanup(of, free_own, own);
    *own = tm_arena_new(tm_arena_heap(of));
    if (!*own)
        tm_arena_out_of_memory(of);
    tm_arena_follow(*own, of);
    return *own;
}

/* Copies the value; of a part that is asked again and again the copies take turns in one place. */
static void keep(tm_proofs *r, tm_proved *known, tm_value v)
{
    tm_arena *arena = r->arena;
    if (known->times++) {
        if (known->own)
            tm_arena_reset(known->own);
        else
            known->own = own_arena(r->arena);
        arena = known->own;
    }
    known->value = tm_proof_copy(arena, v);
    known->known = true;
}

static void step(void *owner, const tm_vm *vm, uint32_t at)
{
    tm_proofs *r = owner;
    tm_proof *proof = r->last;
    const tm_program *p = vm->program;
    r->done[vm->depth] = at;
    for (uint32_t i = 0; i < p->parts; i++) {
        const tm_code_part *part = &p->part[i];
        if (part->end != at + 1 || is_chain(part))
            continue;
        tm_value v = part->operand ? operand(vm, &p->code[at]) : vm->r[part->out];
        keep(r, &proof->part[i], v);
    }
}

static void note_failure(tm_proof *proof, const tm_vm *vm, uint32_t last)
{
    const uint32_t at = tm_trace_next(vm, last);
    for (uint32_t i = 0; i < vm->program->parts; i++)
        if (vm->program->part[i].begin <= at && at < vm->program->part[i].end &&
            !vm->program->part[i].operand)
            proof->failed = i;
}

static void leave(void *owner, const tm_vm *vm, bool done, const tm_value *result)
{
    tm_proofs *r = owner;
    tm_proof *proof = r->last;
    if (!done && proof->failed == TM_NO_PART)
        note_failure(proof, vm, r->done[vm->depth]);
    if (vm->depth)
        return;
    proof->ended = done;
    proof->matched = vm->matched;
    if (done)
        proof->result = tm_proof_copy(r->arena, *result);
    else
        proof->error = tm_arena_copy(r->arena, vm->error);
}

void tm_proofs_record(tm_proofs *proofs, tm_vm *vm)
{
    proofs->trace = (tm_trace){.enter = enter, .leave = leave, .step = step, .owner = proofs};
    vm->trace = &proofs->trace;
}
