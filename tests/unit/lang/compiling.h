/* Compiling: what the tests of this module share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_LANG_COMPILING_H
#define TM_TESTS_LANG_COMPILING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/compile.h"
#include "vm/opcode.h"

typedef struct compiling {
    tm_arena *arena;
    tm_diags diags;
    tm_need_table needs;
    tm_compiler compiler;
} compiling;

static inline int compiling_open(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    compiling *c = TM_NEW(arena, compiling);
    c->arena = c->diags.arena = c->needs.arena = arena;
    c->compiler = (tm_compiler){.arena = arena, .diags = &c->diags, .needs = &c->needs};
    *state = c;
    return 0;
}

static inline int compiling_close(void **state)
{
    tm_arena_free(((compiling *)*state)->arena);
    return 0;
}

static inline tm_program *compile_as(compiling *c, const char *text, tm_entry_point entry,
                                     tm_level context, tm_path_mode mode)
{
    tm_source *source = TM_NEW(c->arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("rule"), .text = tm_text_of(text)};
    c->diags = (tm_diags){.arena = c->arena};
    return tm_compile_rule(&c->compiler, source, entry, context, mode);
}

static inline tm_program *compile(compiling *c, const char *condition)
{
    return compile_as(c, condition, TM_CONDITION, TM_SPAN, TM_PATHS_BARE);
}

static inline tm_program *compile_value(compiling *c, const char *value)
{
    return compile_as(c, value, TM_VALUE, TM_SPAN, TM_PATHS_BARE);
}

/* The names of the program's instructions, space between them. */
static inline const char *listing(compiling *c, const tm_program *program)
{
    tm_buf out = {.arena = c->arena};
    for (uint32_t i = 0; program && i < program->length; i++)
        tm_buf_print(&out, "%s%s", i ? " " : "",
                     tm_opcode_get((tm_opcode)program->code[i].op)->name);
    tm_buf_add_char(&out, 0);
    return out.p;
}

/* The first diagnostic has this code, and these words in message or hint. */
static inline void assert_says(const compiling *c, const char *code, const char *words)
{
    const tm_diag *d = c->diags.first;
    assert_non_null(d);
    assert_string_equal(d->code, code);
    if (tm_text_find(d->message, tm_text_of(words)) < 0 &&
        tm_text_find(d->hint, tm_text_of(words)) < 0)
        fail_msg("\"%s\" is not in: %.*s (%.*s)", words, TM_PRI(d->message), TM_PRI(d->hint));
}

#endif
