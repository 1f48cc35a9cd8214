/* Compile: parse, resolve, fold, emit, verify.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/compile.h"

#include "lang/resolve.h"
#include "vm/verify/verify.h"

#include <assert.h>

static tm_expr *resolve_expression(tm_resolver *r, const tm_tree *tree)
{
    const tm_node *node = tree->expression;
    if (tree->entry == TM_CONDITION)
        return tm_resolve_condition(r, node);
    if (tree->entry == TM_VALUE)
        return tm_resolve_value(r, node);
    return tm_resolve_call(r, node, true);
}

/* No program leaves this module unverified; one that does not pass is a mistake of this module's.
 */
static tm_program *verify(tm_resolver *r, tm_program *program, tm_place place)
{
    uint32_t needs[TM_LEVELS];
    tm_text why;
    for (unsigned level = 0; level < TM_LEVELS; level++)
        needs[level] = r->compiler->needs->level[level].n;
    if (!program || tm_verify(r->arena, program, needs, &why))
        return program;
    tm_diag_error(r->diags, r->source, place, "E0261",
                  "tamis made a program that it must not run: %.*s", TM_PRI(why));
    tm_diag_hint(r->diags, "please report this rule");
    return NULL;
}

static tm_resolver resolver_of(tm_compiler *c, const tm_tree *tree, tm_level context,
                               tm_path_mode mode)
{
    assert(context < TM_LEVELS && c->needs && c->diags);
    return (tm_resolver){.compiler = c,
                         .arena = c->arena,
                         .diags = c->diags,
                         .source = tree->source,
                         .context = context,
                         .mode = mode,
                         .vm = {.arena = c->arena}};
}

/* Both are looked at, whatever is wrong with the other one. */
static bool resolve_tree(tm_resolver *r, const tm_tree *tree, tm_expr **expression, tm_expr **where)
{
    *expression = resolve_expression(r, tree);
    *where = tree->where ? tm_resolve_condition(r, tree->where) : NULL;
    return *expression && (!tree->where || *where);
}

bool tm_resolve_tree(tm_compiler *c, const tm_tree *tree, tm_level context, tm_path_mode mode,
                     tm_expr **expression, tm_expr **where)
{
    tm_resolver r = resolver_of(c, tree, context, mode);
    return resolve_tree(&r, tree, expression, where);
}

tm_program *tm_compile_tree(tm_compiler *c, const tm_tree *tree, tm_level context,
                            tm_path_mode mode)
{
    tm_resolver r = resolver_of(c, tree, context, mode);
    tm_expr *expression, *where;
    if (!resolve_tree(&r, tree, &expression, &where))
        return NULL;
    return verify(&r, tm_emit(&r, tree->entry, expression, where), tree->expression->place);
}

tm_program *tm_emit_part(tm_compiler *c, const tm_tree *tree, tm_level context,
                         tm_entry_point entry, tm_expr *part)
{
    tm_resolver r = resolver_of(c, tree, context, TM_PATHS_SPAN);
    r.reads = (uint8_t)((1u << (context + 1)) - 1); /* what was noted when the rule was resolved */
    r.impure = true;
    return verify(&r, tm_emit(&r, entry, part, NULL), tree->expression->place);
}

tm_program *tm_compile_rule(tm_compiler *c, const tm_source *source, tm_entry_point entry,
                            tm_level context, tm_path_mode mode)
{
    const tm_tree *tree = tm_parse(c->arena, c->diags, source, entry);
    return tree ? tm_compile_tree(c, tree, context, mode) : NULL;
}
