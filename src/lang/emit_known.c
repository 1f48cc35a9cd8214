/* Emit: calls whose value is known when the rule is built.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A call with nothing but literals gives the same value each time, unless it asks the clock or for
 * randomness. It is run once, as a program of its own, and what it gives stands in the rule as a
 * constant. One that fails stays a call, to fail whenever the rule comes to it; nothing else about
 * the rule changes: conditions are folded by fold.c, before this, and know nothing of it. */
#include "lang/emit.h"

#include "vm/verify/verify.h"

/* Longer results are worth no memory that is held for good. */
enum { TEXT_MOST_BYTES = 1024 };

/* Scalars but times, which point to zones. */
static bool is_kept(tm_type type)
{
    return type == TM_BOOL || type == TM_INT || type == TM_DOUBLE || type == TM_DURATION ||
           type == TM_STRING || type == TM_TRACE_ID || type == TM_SPAN_ID;
}

static bool yields_scalar(tm_text result)
{
    static const char *const words[] = {"bool",     "int",      "double", "string",
                                        "duration", "trace_id", "span_id"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (tm_text_is(result, words[i]))
            return true;
    return false;
}

static bool is_known(const tm_expr *e)
{
    if (e->kind == TM_EXPR_CONSTANT)
        return true;
    if (e->kind != TM_EXPR_CALL || e->keys || !yields_scalar(e->signature->result) ||
        e->function->hosts & (TM_HOST_IMPURE | TM_HOST_SPAN | TM_HOST_TRANSFORM | TM_HOST_TRACE))
        return false;
    for (unsigned i = 0; i < e->signature->n; i++) {
        const tm_bound *bound = &e->argument[i];
        if (bound->given &&
            (e->signature->parameter[i].kind >= TM_KIND_PATH || !is_known(bound->value)))
            return false;
    }
    return true;
}

/* The call as a program; what it needs lives in `scratch`. */
static bool run(tm_arena *scratch, const tm_expr *call, tm_value *value)
{
    static const uint32_t no_needs[TM_LEVELS];
    tm_emitter e = {.arena = scratch, .alone = true};
    tm_vm vm;
    tm_text why;
    const uint32_t out = tm_emit_take(&e, 1);
    tm_emit_call(&e, call, out);
    tm_emit_insn(&e, TM_OP_RETURN, out, 0, 0);
    const tm_program program = tm_emit_program(&e, TM_VALUE);
    if (!tm_verify(scratch, &program, no_needs, &why))
        return false;
    tm_vm_init(&vm, scratch, scratch, NULL);
    return tm_vm_run(&vm, &program, value);
}

/* Frees the arena of a run that was left through out of memory. */
static void free_scratch(void *what)
{
    tm_arena_free(*(tm_arena **)what);
}

bool tm_emit_known(tm_emitter *e, const tm_expr *call, tm_value *value)
{
    if (e->alone || !is_known(call))
        return false;
    tm_arena **scratch = TM_NEW(e->arena, tm_arena *);
    tm_arena_cleanup(e->arena, free_scratch, scratch);
    *scratch = tm_arena_new(tm_arena_heap(e->arena));
    if (!*scratch)
        tm_arena_out_of_memory(e->arena);
    tm_arena_follow(*scratch, e->arena);
    bool known = run(*scratch, call, value) && is_kept((tm_type)value->type);
    if (known &&
        (value->type == TM_STRING || value->type == TM_TRACE_ID || value->type == TM_SPAN_ID)) {
        known = value->n <= TEXT_MOST_BYTES;
        if (known)
            value->p = tm_arena_copy(e->arena, tm_value_text(*value)).p;
    }
    tm_arena_free(*scratch);
    *scratch = NULL;
    return known;
}
