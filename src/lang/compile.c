/* Compile: parse, resolve, fold, emit, verify.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/compile.h"

#include "lang/resolve.h"

#include <assert.h>

static tm_expr *resolve_expression(tm_resolver *r, const tm_tree *tree)
{
    const tm_node *node = tree->expression;
    if (tree->entry == TM_CONDITION)
        return tm_resolve_condition(r, node);
    if (tree->entry == TM_VALUE)
        return tm_resolve_value(r, node);
    if (node->kind == TM_NODE_CALL)
        return tm_resolve_call(r, node, true);
    tm_diag_error(r->diags, r->source, node->place, "E0211", "expected the call of an editor");
    return NULL;
}

tm_program *tm_compile_tree(tm_compiler *c, const tm_tree *tree, tm_level context, tm_path_mode mode)
{
    assert(context < TM_LEVELS && c->needs && c->diags);
    tm_resolver r = {.compiler = c, .arena = c->arena, .diags = c->diags, .source = tree->source,
                     .context = context, .mode = mode, .vm = {.arena = c->arena}};
    tm_expr *expression = resolve_expression(&r, tree);
    tm_expr *where = tree->where ? tm_resolve_condition(&r, tree->where) : NULL;
    if (!expression || (tree->where && !where))
        return NULL;
    tm_program *program = tm_emit(&r, tree->entry, expression, where);
    return program;
}

tm_program *tm_compile_rule(tm_compiler *c, const tm_source *source, tm_entry_point entry,
                            tm_level context, tm_path_mode mode)
{
    const tm_tree *tree = tm_parse(c->arena, c->diags, source, entry);
    return tree ? tm_compile_tree(c, tree, context, mode) : NULL;
}
