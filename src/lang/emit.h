/* Emit: the parts of a program while it is written. For emit*.c only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_EMIT_H
#define TM_LANG_EMIT_H

#include "lang/resolve.h"

/* A table of the program that grows. */
typedef struct tm_emit_table {
    void *p;
    uint32_t n, room;
} tm_emit_table;

/* A lambda whose body waits to be written behind the code that calls it. */
typedef struct tm_emit_body {
    tm_expr *body;
    uint16_t parameters;
    uint32_t first; /* register of the first parameter */
    uint32_t part;  /* of the call */
} tm_emit_body;

typedef struct tm_emitter {
    tm_arena *arena;
    tm_emit_table code, constant, regex, site, target, lambda;
    tm_emit_table body; /* of lambda[i], all of them */
    tm_emit_table note; /* as many as instructions, or none: tm_program.note */
    uint32_t next;      /* first register that is free */
    uint32_t registers; /* most in use at any time */
    bool alone;         /* writes one call, to be run at once: it stays a call */
    bool explained;     /* parts are wanted */
    tm_emit_table part;
    uint32_t in; /* the part that is being written */
} tm_emitter;

/* A new zeroed element at the end of a table. */
void *tm_emit_grow(tm_emitter *e, tm_emit_table *table, size_t size_bytes);
#define TM_EMIT_ADD(e, table, type) ((type *)tm_emit_grow((e), &(e)->table, sizeof(type)))

/* Takes n registers that follow each other; the caller puts e->next back when it is done with them.
 */
uint32_t tm_emit_take(tm_emitter *e, uint32_t n);

/* Appends an instruction; returns its offset. */
uint32_t tm_emit_insn(tm_emitter *e, tm_opcode op, uint32_t a, uint32_t b, uint32_t c);

/* The constant's number; equal scalars share one. */
uint32_t tm_emit_constant(tm_emitter *e, tm_value value);
uint32_t tm_emit_regex(tm_emitter *e, tm_regex *regex);

/* The target for a path; writes the code of its dynamic keys, whose registers stay taken. */
uint32_t tm_emit_target(tm_emitter *e, const tm_expr *path);

/* Writes the code that leaves the expression's value in register `out`. */
void tm_emit_value(tm_emitter *e, const tm_expr *expr, uint32_t out);
void tm_emit_call(tm_emitter *e, const tm_expr *call, uint32_t out);

/* One instruction for what rules do most: attribute or field compared with a constant, or matched
 * with a literal expression. False when the expression is none of these. */
bool tm_emit_fused(tm_emitter *e, const tm_expr *expr, uint32_t out);
bool tm_emit_is_match(const tm_expr *expr);

/* What the call always gives, when that is a scalar and its arguments are literals; emit_known.c.
 * False: it is to be called. */
bool tm_emit_known(tm_emitter *e, const tm_expr *call, tm_value *value);

/* Begins and ends the part that the code between them is, whose value is in register `out`; both do
 * nothing when nobody wants parts. What opening returned is for closing. */
uint32_t tm_emit_open_part(tm_emitter *e, const tm_expr *expr, uint32_t out);
void tm_emit_close_part(tm_emitter *e, uint32_t outer);

/* The path that the instruction written last reads, as a part of its own. */
void tm_emit_operand_part(tm_emitter *e, const tm_expr *path);

/* What was written so far, as a program. The caller adds what the rule reads and writes. */
tm_program tm_emit_program(const tm_emitter *e, tm_entry_point entry);

/* The instruction operand of a path that is one attribute or one scalar field. */
bool tm_emit_attribute(const tm_expr *expr, uint32_t *need);
bool tm_emit_field(const tm_expr *expr, uint32_t *field);

#endif
