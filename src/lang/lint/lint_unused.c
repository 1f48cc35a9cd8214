/* Lint, unused: definitions that no rule leads to, and imports that bring nothing.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A file without rules is there to be imported: what it defines may be used by whoever does. */
#include "lang/lint/lint_fact.h"

/* ---- names ----------------------------------------------------------------------------------- */

static bool node_names(const tm_node *node, tm_text name);

static bool keys_name(const tm_segment *s, tm_text name)
{
    for (; s; s = s->next)
        if (node_names(s->keys, name))
            return true;
    return false;
}

/* Whether a node of the list, or below, has the name; a parameter of that name counts, too. */
static bool node_names(const tm_node *node, tm_text name)
{
    for (; node; node = node->next) {
        if (node->kind == TM_NODE_PATH &&
            (tm_text_equal(node->segments->name, name) || keys_name(node->segments, name)))
            return true;
        if (node->kind != TM_NODE_PATH && node->name.n && tm_text_equal(node->name, name))
            return true;
        if (node_names(node->first, name) || node_names(node->keys, name))
            return true;
    }
    return false;
}

static bool tree_names(const tm_tree *tree, tm_text name)
{
    return tree && (node_names(tree->expression, name) || node_names(tree->where, name));
}

/* ---- definitions ----------------------------------------------------------------------------- */

static bool is_rule(const tm_file_item *item)
{
    return item->kind == TM_FILE_DROP || item->kind == TM_FILE_KEEP || item->kind == TM_FILE_EDIT;
}

static bool has_rules(const tm_rule_file *file)
{
    for (const tm_file_item *i = file->first; i; i = i->next)
        if (is_rule(i))
            return true;
    return false;
}

/* Whether an item that is not itself names it; those that are broken might. */
static bool is_used(const tm_rule_unit *unit, const tm_file_item *wanted)
{
    for (const tm_unit_file *f = unit->first; f; f = f->next)
        for (const tm_file_item *i = f->file->first; i; i = i->next)
            if (i != wanted && (i->kind == TM_FILE_BROKEN || tree_names(i->tree, wanted->name) ||
                                (!i->tree && is_rule(i))))
                return true;
    return false;
}

static void look_for_definitions(tm_lint *lint, const tm_rule_unit *unit, const tm_rule_file *file)
{
    if (!has_rules(file))
        return;
    for (const tm_file_item *i = file->first; i; i = i->next)
        if ((i->kind == TM_FILE_LET || i->kind == TM_FILE_DEF) && i->name.n && i->tree &&
            !is_used(unit, i))
            tm_diag_warning(lint->diags, file->source, i->name_place, "W0616", "nothing uses %.*s",
                            TM_PRI(i->name));
}

/* ---- imports --------------------------------------------------------------------------------- */

/* The file that the import means, or NULL when that cannot be told by its name. */
static const tm_rule_file *file_of(const tm_lint *lint, const tm_rule_unit *unit, tm_text name)
{
    const tm_text full = tm_text_ends(name, TM_TEXT(".ottl"))
                             ? name
                             : tm_arena_print(lint->arena, "%.*s.ottl", TM_PRI(name));
    const tm_rule_file *found = NULL;
    for (const tm_unit_file *f = unit->first; f; f = f->next) {
        const tm_text path = f->file->source->name;
        if (!tm_text_ends(path, full) || (path.n > full.n && path.p[path.n - full.n - 1] != '/'))
            continue;
        if (found)
            return NULL;
        found = f->file;
    }
    return found;
}

typedef struct importing {
    const tm_lint *lint;
    const tm_rule_unit *unit;
    const tm_rule_file *into;
    unsigned depth;
} importing;

/* Whether the file, or what it imports, has rules or defines what is used. */
static bool brings(importing *i, const tm_rule_file *file)
{
    enum { DEEP = 32 };
    if (!file || file == i->into || i->depth++ > DEEP)
        return true;
    for (const tm_file_item *d = file->first; d; d = d->next) {
        if (is_rule(d) || d->kind == TM_FILE_BROKEN)
            return true;
        if (d->kind == TM_FILE_IMPORT && brings(i, file_of(i->lint, i->unit, d->name)))
            return true;
        if (d->kind != TM_FILE_LET && d->kind != TM_FILE_DEF)
            continue;
        for (const tm_file_item *user = i->into->first; user; user = user->next)
            if (tree_names(user->tree, d->name) || user->kind == TM_FILE_BROKEN)
                return true;
    }
    return false;
}

static void look_for_imports(tm_lint *lint, const tm_rule_unit *unit, const tm_rule_file *file)
{
    for (const tm_file_item *i = file->first; i; i = i->next) {
        importing at = {.lint = lint, .unit = unit, .into = file};
        if (i->kind == TM_FILE_IMPORT && i->name.n && !brings(&at, file_of(lint, unit, i->name)))
            tm_diag_warning(lint->diags, file->source, i->text, "W0617",
                            "this file uses nothing of %.*s", TM_PRI(i->name));
    }
}

void tm_lint_unused(tm_lint *lint, const tm_rule_unit *unit, const tm_unit_file *file)
{
    look_for_definitions(lint, unit, file->file);
    look_for_imports(lint, unit, file->file);
}
