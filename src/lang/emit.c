/* Emit: a resolved rule becomes a program.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Layout: the rule's own code up to its RETURN, then the bodies of its lambdas. Registers are taken
 * like a stack; a lambda's are above those in use where it is called, so caller and body never
 * meet. */
#include "lang/emit.h"

enum { REGISTERS_MOST = UINT16_MAX };

void *tm_emit_grow(tm_emitter *e, tm_emit_table *table, size_t size_bytes)
{
    if (table->n == table->room) {
        uint32_t room = table->room ? 2 * table->room : 4;
        table->p = tm_arena_grow(e->arena, table->p, table->room * size_bytes, room * size_bytes);
        table->room = room;
    }
    void *element = (char *)table->p + table->n++ * size_bytes;
    memset(element, 0, size_bytes);
    return element;
}

uint32_t tm_emit_take(tm_emitter *e, uint32_t n)
{
    uint32_t first = e->next;
    e->next += n;
    if (e->registers < e->next)
        e->registers = e->next;
    return first;
}

uint32_t tm_emit_insn(tm_emitter *e, tm_opcode op, uint32_t a, uint32_t b, uint32_t c)
{
    *TM_EMIT_ADD(e, code, tm_insn) =
        (tm_insn){.op = (uint16_t)op, .a = (uint16_t)a, .b = b, .c = c};
    return e->code.n - 1;
}

/* Bits, not numbers: 0.0 and -0.0 are two constants, and so are 1 and 1.0. */
static bool same_constant(tm_value a, tm_value b)
{
    if (a.type != b.type || a.type == TM_MAP || a.type == TM_LIST)
        return false;
    if (a.type == TM_STRING || a.type == TM_BYTES)
        return tm_text_equal(tm_value_text(a), tm_value_text(b));
    if (a.type == TM_NIL)
        return true;
    return a.type == TM_BOOL ? a.truth == b.truth : a.integer == b.integer;
}

uint32_t tm_emit_constant(tm_emitter *e, tm_value value)
{
    const tm_value *constant = e->constant.p;
    for (uint32_t i = 0; i < e->constant.n; i++)
        if (same_constant(constant[i], value))
            return i;
    *TM_EMIT_ADD(e, constant, tm_value) = value;
    return e->constant.n - 1;
}

uint32_t tm_emit_regex(tm_emitter *e, tm_regex *regex)
{
    *TM_EMIT_ADD(e, regex, tm_regex *) = regex;
    return e->regex.n - 1;
}

/* Bodies may call lambdas of their own: the table grows while it is walked. */
static void emit_bodies(tm_emitter *e)
{
    for (uint32_t i = 0; i < e->body.n; i++) {
        tm_emit_body body = ((tm_emit_body *)e->body.p)[i];
        e->next = body.first;
        tm_emit_take(e, body.parameters);
        ((tm_lambda *)e->lambda.p)[i] = (tm_lambda){
            .entry = e->code.n, .parameters = body.parameters, .first = (uint16_t)body.first};
        uint32_t out = tm_emit_take(e, 1), part = e->part.n;
        e->in = body.part;
        tm_emit_value(e, body.body, out);
        if (e->explained)
            ((tm_code_part *)e->part.p)[part].lambda = i;
        tm_emit_insn(e, TM_OP_RETURN, out, 0, 0);
    }
}

/* A literal `where` needs no code: false leaves only the end. */
static void emit_statement(tm_emitter *e, const tm_expr *editor, const tm_expr *where)
{
    uint32_t out = tm_emit_take(e, 1);
    bool constant = where && where->kind == TM_EXPR_CONSTANT;
    bool conditional = where && !constant;
    uint32_t jump = 0;
    if (conditional) {
        tm_emit_value(e, where, out);
        jump = tm_emit_insn(e, TM_OP_JUMP_FALSE, out, 0, 0);
    }
    if (!constant || where->value.truth) {
        tm_emit_insn(e, TM_OP_MATCHED, 0, 0, 0);
        uint32_t outer = tm_emit_open_part(e, editor, out);
        tm_emit_call(e, editor, out);
        tm_emit_close_part(e, outer);
    }
    if (conditional)
        ((tm_insn *)e->code.p)[jump].b = e->code.n;
    tm_emit_insn(e, TM_OP_CONSTANT, out, tm_emit_constant(e, tm_nil()), 0);
    tm_emit_insn(e, TM_OP_RETURN, out, 0, 0);
}

tm_program tm_emit_program(const tm_emitter *e, tm_entry_point entry)
{
    return (tm_program){
        .code = e->code.p,
        .length = e->code.n,
        .constants = e->constant.n,
        .constant = e->constant.p,
        .regexes = e->regex.n,
        .regex = e->regex.p,
        .sites = e->site.n,
        .site = e->site.p,
        .targets = e->target.n,
        .target = e->target.p,
        .lambdas = e->lambda.n,
        .lambda = e->lambda.p,
        .part = e->part.p,
        .parts = e->part.n,
        .registers = (uint16_t)e->registers,
        .entry_point = (uint8_t)entry,
    };
}

static tm_program *finish(tm_resolver *r, tm_emitter *e, tm_entry_point entry)
{
    tm_program *p = TM_NEW(e->arena, tm_program);
    while (r->compiler->noted && e->note.n < e->code.n)
        TM_EMIT_ADD(e, note, const tm_condition_note *);
    *p = tm_emit_program(e, entry);
    p->note = e->note.p;
    p->context = (uint8_t)r->context;
    p->reads = r->reads;
    p->writes = r->writes;
    p->impure = r->impure;
    p->text = r->source->text;
    return p;
}

tm_program *tm_emit(tm_resolver *r, tm_entry_point entry, tm_expr *expression, tm_expr *where)
{
    tm_emitter e = {.arena = r->arena, .explained = r->compiler->explained, .in = TM_NO_PART};
    if (entry == TM_STATEMENT) {
        emit_statement(&e, expression, where);
    } else {
        uint32_t out = tm_emit_take(&e, 1);
        tm_emit_value(&e, expression, out);
        tm_emit_insn(&e, TM_OP_RETURN, out, 0, 0);
    }
    emit_bodies(&e);
    if (e.registers <= REGISTERS_MOST)
        return finish(r, &e, entry);
    tm_diag_error(r->diags, r->source, expression->place, "E0260",
                  "the rule is too large: it needs %u registers, at most %d are there", e.registers,
                  REGISTERS_MOST);
    return NULL;
}
