/* Verify: what registers hold along every way through the code.
 * Work: of rules alone: programs.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Jumps go forward only, so one pass in order sees every way to an instruction before the
 * instruction. Where ways meet, only what is known on both remains known. */
#include "vm/verify/verify_inside.h"

/* Two bits a register: it was written; it surely holds a bool. */
typedef struct state {
    uint64_t *bits;
} state;

typedef struct flow {
    const tm_verifier *v;
    uint32_t words;
    state *arriving; /* by instruction: what jumps bring there; bits NULL: none does */
    state *lambda;   /* by lambda: what its caller brings; bits NULL: not called yet */
    state now;
    bool reached; /* `now` holds: the instruction can be reached */
} flow;

enum { WRITTEN = 0, TRUTH = 1, BITS = 2 };

static bool has(state s, uint32_t reg, unsigned bit)
{
    uint32_t i = reg * BITS + bit;
    return s.bits[i / 64] >> (i % 64) & 1;
}

static void put(state s, uint32_t reg, unsigned bit, bool on)
{
    uint32_t i = reg * BITS + bit;
    uint64_t mask = (uint64_t)1 << (i % 64);
    s.bits[i / 64] = on ? s.bits[i / 64] | mask : s.bits[i / 64] & ~mask;
}

static state copy_of(const flow *f, state s)
{
    state copy = {tm_arena_alloc(f->v->arena, f->words * sizeof *copy.bits)};
    memcpy(copy.bits, s.bits, f->words * sizeof *copy.bits);
    return copy;
}

static void meet(const flow *f, state into, state other)
{
    for (uint32_t i = 0; i < f->words; i++)
        into.bits[i] &= other.bits[i];
}

static void write_reg(flow *f, uint32_t reg, bool truth)
{
    put(f->now, reg, WRITTEN, true);
    put(f->now, reg, TRUTH, truth);
}

static bool read_regs(const flow *f, uint32_t at, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!has(f->now, first + i, WRITTEN))
            return tm_verify_refuse(
                f->v, "instruction %u (%s): register %u is read before it is written", at,
                tm_opcode_get((tm_opcode)f->v->program->code[at].op)->name, first + i);
    return true;
}

static bool read_keys(const flow *f, uint32_t at, const tm_target *t)
{
    for (unsigned i = 0; i < t->keys; i++)
        if (t->key[i].dynamic && !t->key[i].lazy && !read_regs(f, at, t->key[i].reg, 1))
            return false;
    return true;
}

/* --- calls --- */

static bool read_arguments(const flow *f, uint32_t at, const tm_call_site *s)
{
    for (unsigned i = 0; i < s->arguments; i++) {
        const tm_argument *a = &s->argument[i];
        if (tm_argument_is_value(a) && !read_regs(f, at, s->first + i, 1))
            return false;
        if (tm_argument_is_path(a) && !read_keys(f, at, &f->v->program->target[a->index]))
            return false;
    }
    return true;
}

/* A body may run often and may write any register, so no truth outlives the call that runs it. */
static void forget_truths(flow *f)
{
    for (uint32_t reg = 0; reg < f->v->program->registers; reg++)
        put(f->now, reg, TRUTH, false);
}

/* Each lambda has one caller: it cannot call itself, and what it finds in registers is known. */
static bool enter_lambda(flow *f, uint32_t at, uint32_t index)
{
    const tm_lambda *l = &f->v->program->lambda[index];
    if (f->lambda[index].bits)
        return tm_verify_refuse(f->v, "instruction %u (%s): lambda %u has a caller already", at,
                                tm_opcode_get((tm_opcode)f->v->program->code[at].op)->name, index);
    f->lambda[index] = copy_of(f, f->now);
    for (unsigned i = 0; i < l->parameters; i++)
        put(f->lambda[index], l->first + i, WRITTEN, true);
    return true;
}

/* Lazy keys of a path. */
static bool enter_keys(flow *f, uint32_t at, const tm_target *t)
{
    for (unsigned i = 0; i < t->keys; i++)
        if (t->key[i].lazy)
            forget_truths(f);
    for (unsigned i = 0; i < t->keys; i++)
        if (t->key[i].lazy && !enter_lambda(f, at, t->key[i].lambda))
            return false;
    return true;
}

static bool call(flow *f, uint32_t at, const tm_call_site *s)
{
    if (!read_arguments(f, at, s))
        return false;
    for (unsigned i = 0; i < s->arguments; i++)
        write_reg(f, s->first + i, false);
    for (unsigned i = 0; i < s->arguments; i++)
        if (tm_argument_is_path(&s->argument[i]) &&
            !enter_keys(f, at, &f->v->program->target[s->argument[i].index]))
            return false;
    for (unsigned i = 0; i < s->arguments; i++)
        if (tm_argument_lambdas(&s->argument[i]))
            forget_truths(f);
    for (unsigned i = 0; i < s->arguments; i++)
        for (uint32_t k = 0; k < tm_argument_lambdas(&s->argument[i]); k++)
            if (!enter_lambda(f, at, s->argument[i].index + k))
                return false;
    return true;
}

/* --- instructions --- */

static bool read_operand(const flow *f, uint32_t at, unsigned number)
{
    const tm_insn *i = &f->v->program->code[at];
    const tm_opcode_row *row = tm_opcode_get((tm_opcode)i->op);
    const uint32_t x = tm_insn_operand(i, number);
    switch (row->operand[number]) {
    case TM_OPERAND_BOOL:
        if (!read_regs(f, at, x, 1))
            return false;
        return has(f->now, x, TRUTH) ||
               tm_verify_refuse(f->v, "instruction %u (%s): register %u may hold no bool", at,
                                row->name, x);
    case TM_OPERAND_REG:
        return read_regs(f, at, x, 1);
    case TM_OPERAND_REGS:
        return read_regs(f, at, x, row->operand[2] == TM_OPERAND_PAIRS ? 2 * i->c : i->c);
    case TM_OPERAND_TARGET:
        return read_keys(f, at, &f->v->program->target[x]);
    default:
        return true;
    }
}

/* Whether what the instruction writes is surely a bool. */
static bool yields_truth(const flow *f, const tm_insn *i)
{
    if (i->op == TM_OP_CONSTANT)
        return f->v->program->constant[i->b].type == TM_BOOL;
    if (i->op == TM_OP_MOVE)
        return has(f->now, i->b, TRUTH);
    return tm_opcode_get((tm_opcode)i->op)->operand[0] == TM_OPERAND_TRUTH;
}

static void arrive(flow *f, uint32_t at)
{
    if (f->arriving[at].bits)
        meet(f, f->arriving[at], f->now);
    else
        f->arriving[at] = copy_of(f, f->now);
}

/* What the instruction does to registers once its operands have been read. */
static bool step(flow *f, uint32_t at)
{
    const tm_program *p = f->v->program;
    const tm_insn *i = &p->code[at];
    const tm_opcode_row *row = tm_opcode_get((tm_opcode)i->op);
    if (i->op == TM_OP_CALL && !call(f, at, &p->site[i->b]))
        return false;
    if (row->operand[1] == TM_OPERAND_TARGET && !enter_keys(f, at, &p->target[i->b]))
        return false;
    if (row->operand[0] == TM_OPERAND_OUT || row->operand[0] == TM_OPERAND_TRUTH)
        write_reg(f, i->a, yields_truth(f, i));
    if (i->op == TM_OP_TEST)
        write_reg(f, i->a, true);
    if (row->operand[1] == TM_OPERAND_TO)
        arrive(f, i->b);
    f->reached = i->op != TM_OP_JUMP && i->op != TM_OP_RETURN;
    return true;
}

/* tm_entry_point of lang/tree.h, which this module may not include: the program is a condition. */
enum { CONDITION = 0 };

static bool visit(flow *f, uint32_t at, bool lambda)
{
    const tm_insn *i = &f->v->program->code[at];
    for (unsigned number = 0; number < 3; number++)
        if (!read_operand(f, at, number))
            return false;
    if (i->op == TM_OP_RETURN && !lambda && f->v->program->entry_point == CONDITION &&
        !has(f->now, i->a, TRUTH))
        return tm_verify_refuse(f->v, "instruction %u (RETURN): a condition may yield no bool", at);
    return step(f, at);
}

/* One block: the rule itself or a lambda's body, from its entry to the last instruction that it
 * reaches. */
static bool run_block(flow *f, uint32_t entry, state start, bool lambda)
{
    const tm_program *p = f->v->program;
    memset(f->arriving, 0, p->length * sizeof *f->arriving);
    f->now = copy_of(f, start);
    f->reached = true;
    for (uint32_t at = entry; at < p->length; at++) {
        state jumped = f->arriving[at];
        if (jumped.bits && f->reached)
            meet(f, f->now, jumped);
        else if (jumped.bits)
            f->now = jumped;
        if (!f->reached && !jumped.bits)
            continue;
        f->reached = true;
        if (!visit(f, at, lambda))
            return false;
    }
    return !f->reached || tm_verify_refuse(f->v, "the code runs past its end");
}

/* Bodies whose callers were seen, until no new one turns up. */
static bool run_lambdas(flow *f)
{
    const tm_program *p = f->v->program;
    bool *done = TM_NEW_ARRAY(f->v->arena, p->lambdas + 1u, bool);
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < p->lambdas; i++) {
            if (done[i] || !f->lambda[i].bits)
                continue;
            done[i] = more = true;
            if (!run_block(f, p->lambda[i].entry, f->lambda[i], true))
                return false;
        }
    }
    return true;
}

bool tm_verify_flow(const tm_verifier *v)
{
    const tm_program *p = v->program;
    flow f = {.v = v, .words = (uint32_t)p->registers * BITS / 64 + 1};
    state nothing = {TM_NEW_ARRAY(v->arena, f.words, uint64_t)};
    f.arriving = TM_NEW_ARRAY(v->arena, p->length, state);
    f.lambda = TM_NEW_ARRAY(v->arena, p->lambdas + 1u, state);
    return run_block(&f, 0, nothing, false) && run_lambdas(&f);
}
