/* Rule sheet: rules, their levels, their error modes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/rule_sheet.h"

#include "lang/may_fail.h"
#include "lang/prefix.h"
#include "lang/print.h"
#include "lang/rule_format.h"
#include "lang/write_out.h"

#include <stdarg.h>
#include <stdio.h>

static const char has_span[] = "def HasAttribute(key) = ContainsValue(Keys(attributes), key)\n";
static const char has_resource[] =
    "def HasResourceAttribute(key) = ContainsValue(Keys(resource.attributes), key)\n";

static const tm_source *source_of(tm_arena *arena, tm_text text)
{
    tm_source *source = TM_NEW(arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("rules"), .text = text};
    return source;
}

void tm_rule_sheet_open(tm_rule_sheet *sheet, tm_arena *arena, tm_diags *diags)
{
    const tm_text defs = tm_arena_print(arena, "%s%s", has_span, has_resource);
    *sheet = (tm_rule_sheet){.arena = arena, .diags = diags, .rules = {.arena = arena}, .ok = true};
    tm_definitions_add(arena, diags, &sheet->definitions,
                       tm_rule_file_read(arena, diags, source_of(arena, defs)));
}

void tm_rule_sheet_print(const tm_rule_sheet *sheet, tm_text title, tm_buf *out)
{
    static const char *const modes[] = {[TM_MODE_IGNORE] = "ignore",
                                        [TM_MODE_SILENT] = "silent",
                                        [TM_MODE_PROPAGATE] = "propagate"};
    tm_buf text = {.arena = sheet->arena};
    tm_diags none = {.arena = sheet->arena};
    tm_buf_print(&text, "# %.*s\n", TM_PRI(title));
    if (sheet->fails.n && sheet->error_mode != TM_MODE_IGNORE)
        tm_buf_print(&text, "option error_mode %s\n", modes[sheet->error_mode]);
    if (sheet->asks_span || sheet->asks_resource)
        tm_buf_print(&text, "\n%s%s", sheet->asks_span ? has_span : "",
                     sheet->asks_resource ? has_resource : "");
    tm_buf_add(&text, tm_buf_text(&sheet->rules));
    tm_rule_format(
        tm_rule_file_read(sheet->arena, &none, source_of(sheet->arena, tm_buf_text(&text))), out);
}

void tm_rule_sheet_comment(tm_rule_sheet *sheet, const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    tm_buf_print(&sheet->rules, "\n# %s\n", line);
}

bool tm_rule_sheet_refuse(tm_rule_sheet *sheet, const tm_rule_origin *origin, const char *format,
                          ...)
{
    char why[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    sheet->ok = false;
    return tm_diag_error(sheet->diags, origin->source, origin->place, "E0331",
                         "a rule file cannot say this: %s", why);
}

/* ---- what a rule needs ----------------------------------------------------------------------- */

/* A condition that always holds and names the level. */
static const char *const presence[TM_LEVELS] = {
    [TM_RESOURCE] = "IsInt(resource.dropped_attributes_count)",
    [TM_SCOPE] = "IsString(scope.name)",
    [TM_SPAN] = "IsString(name)",
    [TM_EVENT] = "IsString(spanevent.name)",
};

static tm_node *condition_of(tm_rule_sheet *sheet, const char *text)
{
    return tm_parse(sheet->arena, sheet->diags, source_of(sheet->arena, tm_text_of(text)),
                    TM_CONDITION)
        ->expression;
}

static tm_node *both(tm_rule_sheet *sheet, tm_node *a, tm_node *b)
{
    tm_node *chain = tm_written_node(sheet->arena, TM_NODE_AND);
    if (!a)
        return b;
    tm_written_join(sheet->arena, chain, a);
    tm_written_join(sheet->arena, chain, b);
    return chain;
}

/* Dropping all spans of a resource is dropping the resource. */
static bool runs_elsewhere(const tm_rule_origin *origin, const tm_tree *tree, tm_level inferred)
{
    const bool harmless = tree->entry == TM_CONDITION && origin->level == TM_SPAN &&
                          origin->error_mode != TM_MODE_PROPAGATE;
    return inferred != origin->level && !harmless;
}

static void take_level(tm_rule_sheet *sheet, const tm_rule_origin *origin, tm_tree *tree)
{
    if (!runs_elsewhere(origin, tree, tm_definition_context(&sheet->definitions, tree)))
        return;
    tm_node *there = condition_of(sheet, presence[origin->level]);
    if (tree->entry == TM_CONDITION)
        tree->expression = both(sheet, tree->expression, there);
    else
        tree->where = both(sheet, tree->where, there);
}

static tm_failing failing_of(tm_rule_sheet *sheet, const tm_tree *tree)
{
    tm_diags aside = {.arena = sheet->arena};
    const tm_tree *written = tm_write_out(sheet->arena, &aside, &sheet->definitions, tree);
    return written ? tm_tree_may_fail(written) : TM_FAILS_PERHAPS;
}

bool tm_rule_sheet_may_fail(tm_rule_sheet *sheet, const tm_tree *tree)
{
    return failing_of(sheet, tree) != TM_FAILS_NEVER;
}

/* ---- error modes ----------------------------------------------------------------------------- */

/* A file has one error_mode, and is one processor: the end of one is where an error under propagate
 * is forgotten if nothing is left. */
static bool take_mode(tm_rule_sheet *sheet, const tm_rule_origin *o, const tm_tree *tree)
{
    const bool drops = tree->entry == TM_CONDITION, fails = tm_rule_sheet_may_fail(sheet, tree);
    if (drops && sheet->propagates.n && !tm_text_equal(sheet->propagates, o->processor))
        return tm_rule_sheet_refuse(sheet, o,
                                    "it may drop all that %.*s leaves, which may fail under "
                                    "propagate before",
                                    TM_PRI(sheet->propagates));
    if (!fails)
        return true;
    if (sheet->fails.n &&
        (sheet->error_mode == TM_MODE_PROPAGATE) != (o->error_mode == TM_MODE_PROPAGATE))
        return tm_rule_sheet_refuse(sheet, o, "a file has one error_mode, and %.*s has another",
                                    TM_PRI(sheet->fails));
    if (!sheet->fails.n || o->error_mode == TM_MODE_IGNORE)
        sheet->error_mode = o->error_mode;
    if (!sheet->fails.n)
        sheet->fails = o->processor;
    if (drops && o->error_mode == TM_MODE_PROPAGATE && !sheet->propagates.n)
        sheet->propagates = o->processor;
    return true;
}

/* ---- rules ----------------------------------------------------------------------------------- */

static bool compiles(tm_rule_sheet *sheet, const tm_rule_origin *origin, const tm_tree *tree)
{
    tm_diags aside = {.arena = sheet->arena};
    tm_need_table needs = {.arena = sheet->arena};
    tm_compiler c = {.arena = sheet->arena,
                     .diags = &aside,
                     .needs = &needs,
                     .transform = true,
                     .definitions = &sheet->definitions};
    if (tm_compile_tree(&c, tree, tm_definition_context(&sheet->definitions, tree), TM_PATHS_SPAN))
        return true;
    const tm_diag *wrong = aside.first;
    while (wrong->severity != TM_ERROR)
        wrong = wrong->next;
    return tm_rule_sheet_refuse(sheet, origin, "%.*s", TM_PRI(wrong->message));
}

bool tm_rule_sheet_add(tm_rule_sheet *sheet, const tm_rule_origin *origin, tm_tree *tree)
{
    const bool edits = tree->entry == TM_STATEMENT;
    take_level(sheet, origin, tree);
    tm_buf text = {.arena = sheet->arena};
    tm_print_tree(tree, &text);
    const tm_source *source = source_of(sheet->arena, tm_buf_text(&text));
    const tm_tree *read = tm_parse(sheet->arena, sheet->diags, source, tree->entry);
    if (!read || !compiles(sheet, origin, read) || !take_mode(sheet, origin, read))
        return sheet->ok = false;
    sheet->cached &= edits && sheet->last_edits && sheet->last_level == origin->level;
    sheet->count++;
    sheet->last_edits = edits;
    sheet->last_level = origin->level;
    sheet->cached |= tm_text_find(source->text, TM_TEXT("cache")) >= 0;
    tm_buf_print(&sheet->rules, "%s%.*s\n", edits ? "" : "drop where ", TM_PRI(source->text));
    return true;
}

/* The condition with no more parentheses than it needs, and never negated twice. */
static tm_node *tidy(tm_rule_sheet *sheet, tm_node *node)
{
    if (node->kind == TM_NODE_GROUP)
        return tidy(sheet, node->first);
    if (node->kind == TM_NODE_NOT) {
        tm_node *inside = tidy(sheet, node->first);
        tm_node *no = tm_written_node(sheet->arena, TM_NODE_NOT);
        if (inside->kind == TM_NODE_NOT)
            return tidy(sheet, inside->first);
        tm_written_add(no, tm_written_part(sheet->arena, inside, true));
        return no;
    }
    if (node->kind != TM_NODE_AND && node->kind != TM_NODE_OR)
        return node;
    tm_node *chain = tm_written_node(sheet->arena, node->kind);
    for (tm_node *child = node->first, *next; child; child = next) {
        next = child->next;
        child->next = NULL;
        tm_written_join(sheet->arena, chain, tidy(sheet, child));
    }
    return chain;
}

bool tm_rule_sheet_add_text(tm_rule_sheet *sheet, const tm_rule_origin *origin,
                            tm_entry_point entry, tm_text text)
{
    tm_tree *tree = tm_parse(sheet->arena, sheet->diags, source_of(sheet->arena, text), entry);
    if (!tree)
        return sheet->ok = false;
    if (entry == TM_CONDITION)
        tree->expression = tidy(sheet, tree->expression);
    if (tree->where)
        tree->where = tidy(sheet, tree->where);
    return tm_rule_sheet_add(sheet, origin, tree);
}

tm_tree *tm_rule_sheet_read(tm_rule_sheet *sheet, const tm_rule_text *text, tm_entry_point entry,
                            tm_level level)
{
    tm_tree *tree = tm_parse(sheet->arena, sheet->diags, &text->source, entry);
    if (tree)
        tm_prefix_paths(sheet->arena, tree, level);
    return tree;
}

/* ---- texts ----------------------------------------------------------------------------------- */

tm_text tm_rule_sheet_selection(tm_rule_sheet *sheet, tm_level level)
{
    const unsigned n = ++sheet->selections;
    const char *context = level == TM_SPAN ? "" : tm_context_name(level);
    return n == 1 ? tm_arena_print(sheet->arena, "%s%scache[\"selected\"]", context,
                                   *context ? "." : "")
                  : tm_arena_print(sheet->arena, "%s%scache[\"selected_%u\"]", context,
                                   *context ? "." : "", n);
}

tm_text tm_rule_sheet_has(tm_rule_sheet *sheet, tm_level level, tm_text key)
{
    tm_buf out = {.arena = sheet->arena};
    const bool span = level == TM_SPAN;
    *(span ? &sheet->asks_span : &sheet->asks_resource) = true;
    tm_buf_print(&out, "%s(", span ? "HasAttribute" : "HasResourceAttribute");
    tm_print_string(key, &out);
    tm_buf_add_char(&out, ')');
    return tm_buf_text(&out);
}
