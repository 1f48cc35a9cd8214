/* Rule unit: imports, options, names.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/rule_unit.h"

#include "base/buf.h"
#include "stdlib/fn.h"
#include "stdlib/library.h"

typedef struct gathering {
    tm_arena *arena;
    tm_diags *diags;
    const tm_rule_importer *importer;
    tm_rule_unit *unit;
    tm_unit_file *seen; /* all files begun, newest first: imports may go round in circles */
} gathering;

/* ---- options ----------------------------------------------------------------------------------
 */

static bool read_option(gathering *g, tm_unit_file *f, const tm_file_item *item)
{
    const tm_text modes[] = {TM_TEXT("ignore"), TM_TEXT("silent"), TM_TEXT("propagate")};
    const tm_text known = TM_TEXT("error_mode");
    if (!item->name.n)
        return false; /* told when the file was read */
    if (!tm_text_equal(item->name, known)) {
        tm_diag_error(g->diags, f->file->source, item->name_place, "E0321",
                      "there is no option %.*s", TM_PRI(item->name));
        return tm_diag_hint(g->diags, "there is error_mode");
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (tm_text_equal(item->value, modes[i])) {
            f->error_mode = item->value;
            return true;
        }
    tm_diag_error(g->diags, f->file->source, item->value_place, "E0321",
                  "error_mode is ignore, silent or propagate, not %.*s", TM_PRI(item->value));
    tm_text near = tm_nearest(g->arena, item->value, modes, sizeof modes / sizeof *modes);
    return near.n ? tm_diag_hint(g->diags, "did you mean %.*s?", TM_PRI(near)) : false;
}

/* ---- files ------------------------------------------------------------------------------------
 */

static bool gather(gathering *g, const tm_source *source);

/* What tamis brings along; a file of that name that the importer finds comes first. */
static const tm_source *open_library(gathering *g, tm_text name)
{
    const tm_library_file *file = tm_library_find(name);
    if (!file)
        return NULL;
    tm_source *source = TM_NEW(g->arena, tm_source);
    *source = (tm_source){.name = tm_arena_print(g->arena, "stdlib/rules/%s.ottl", file->name),
                          .text = tm_text_of(file->text)};
    return source;
}

static bool cannot_import(gathering *g, const tm_source *from, const tm_file_item *item,
                          tm_text why)
{
    enum { MOST = 64 };
    tm_text names[MOST];
    size_t n = 0;
    for (; n < MOST && tm_library_at((unsigned)n); n++)
        names[n] = tm_text_of(tm_library_at((unsigned)n)->name);
    tm_diag_error(g->diags, from, item->text, "E0320", "cannot import %.*s: %.*s",
                  TM_PRI(item->name), TM_PRI(why));
    const tm_text near = tm_nearest(g->arena, item->name, names, n);
    return near.n ? tm_diag_hint(g->diags, "did you mean %.*s?", TM_PRI(near)) : false;
}

/* Where the last part of the path starts, which ends with a slash. */
static size_t last_part(const tm_buf *path)
{
    size_t at = path->n ? path->n - 1 : 0;
    while (at && path->p[at - 1] != '/')
        at--;
    return at;
}

/* The path with a slash behind it, without "." and without ".." where that follows a name. */
static tm_text tidy_path(tm_arena *arena, tm_text path)
{
    tm_buf out = {.arena = arena};
    tm_text rest = path, part;
    while (rest.p && tm_text_next(&rest, '/', &part)) {
        const size_t last = last_part(&out);
        const tm_text before = out.n ? tm_text_slice(out.p + last, out.n - last) : TM_TEXT("");
        if (tm_text_is(part, ".") || (!part.n && out.n))
            continue;
        if (tm_text_is(part, "..") && before.n > 1 && !tm_text_is(before, "../"))
            out.n = last;
        else
            tm_buf_print(&out, "%.*s/", TM_PRI(part));
    }
    return tm_buf_text(&out);
}

/* A file may be imported by several paths. */
static bool is_same_file(const gathering *g, const tm_source *a, const tm_source *b)
{
    return tm_text_equal(tidy_path(g->arena, a->name), tidy_path(g->arena, b->name));
}

static bool is_seen(const gathering *g, const tm_source *source)
{
    for (const tm_unit_file *f = g->seen; f; f = f->next)
        if (is_same_file(g, f->file->source, source))
            return true;
    return false;
}

/* What a file imports that finds itself, being called so, is meant of the library. */
static bool import(gathering *g, const tm_source *from, const tm_file_item *item)
{
    tm_text why = TM_TEXT("nothing can be imported here");
    if (!item->name.n)
        return false;
    const tm_source *source = NULL, *library = NULL;
    if (g->importer)
        source = g->importer->open(g->importer->owner, g->arena, item->name, from, &why);
    if (!source || is_same_file(g, source, from))
        library = open_library(g, item->name);
    if (!source && !library)
        return cannot_import(g, from, item, why);
    return gather(g, library ? library : source);
}

/* What a file imports comes before what it says itself. */
static bool gather(gathering *g, const tm_source *source)
{
    if (is_seen(g, source))
        return true;
    unsigned before = g->diags->errors;
    tm_unit_file *f = TM_NEW(g->arena, tm_unit_file), *mark = TM_NEW(g->arena, tm_unit_file);
    *f = (tm_unit_file){.file = tm_rule_file_read(g->arena, g->diags, source)};
    *mark = (tm_unit_file){.next = g->seen, .file = f->file};
    g->seen = mark;
    bool ok = g->diags->errors == before;
    for (const tm_file_item *i = f->file->first; i; i = i->next) {
        if (i->kind == TM_FILE_IMPORT)
            ok &= import(g, source, i);
        else if (i->kind == TM_FILE_OPTION)
            ok &= read_option(g, f, i);
    }
    *(g->unit->last ? &g->unit->last->next : &g->unit->first) = f;
    g->unit->last = f;
    return tm_definitions_add(g->arena, g->diags, &g->unit->definitions, f->file) && ok;
}

/* ---- rules ------------------------------------------------------------------------------------
 */

/* "file.ottl:12" */
static tm_text place_name(gathering *g, const tm_source *source, const tm_file_item *item)
{
    unsigned line, column;
    tm_text name = source->name;
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '/') {
            name = tm_text_skip(name, i);
            break;
        }
    tm_source_position(source, item->place.at, &line, &column);
    return tm_arena_print(g->arena, "%.*s:%u", TM_PRI(name), line);
}

static bool label_twice(gathering *g, const tm_unit_rule *rule, const tm_unit_rule *before)
{
    unsigned line, column;
    const tm_source *source = rule->file->source, *other = before->file->source;
    tm_diag_error(g->diags, source, rule->item->name_place, "E0322",
                  "the label %.*s is given twice", TM_PRI(rule->name));
    if (source == other)
        return tm_diag_other(g->diags, before->item->name_place);
    tm_source_position(other, before->item->place.at, &line, &column);
    return tm_diag_hint(g->diags, "%.*s:%u has it, too", TM_PRI(other->name), line);
}

static bool add_rule(gathering *g, const tm_unit_file *f, const tm_file_item *item)
{
    tm_rule_unit *u = g->unit;
    tm_unit_rule *rule = TM_NEW(g->arena, tm_unit_rule);
    *rule = (tm_unit_rule){.item = item,
                           .file = f->file,
                           .name = item->name.n ? item->name : place_name(g, f->file->source, item),
                           .error_mode = f->error_mode};
    bool ok = true;
    for (const tm_unit_rule *r = u->first_rule; r && ok; r = r->next)
        if (tm_text_equal(r->name, rule->name))
            ok = item->name.n ? label_twice(g, rule, r) : true;
    if (item->tree)
        rule->level = tm_definition_context(&u->definitions, item->tree);
    *(u->last_rule ? &u->last_rule->next : &u->first_rule) = rule;
    u->last_rule = rule;
    return ok && item->tree;
}

bool tm_rule_unit_read_with(tm_arena *arena, tm_diags *diags, const tm_rule_importer *importer,
                            const tm_source *const *sources, size_t n,
                            const tm_function_set *functions, tm_rule_unit *unit)
{
    gathering g = {.arena = arena, .diags = diags, .importer = importer, .unit = unit};
    *unit = (tm_rule_unit){.definitions.functions = functions};
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok &= gather(&g, sources[i]);
    ok &= tm_definitions_check(arena, diags, &unit->definitions);
    for (const tm_unit_file *f = unit->first; f; f = f->next)
        for (const tm_file_item *i = f->file->first; i; i = i->next)
            if (i->kind == TM_FILE_DROP || i->kind == TM_FILE_KEEP || i->kind == TM_FILE_EDIT)
                ok &= add_rule(&g, f, i);
    return ok;
}

bool tm_rule_unit_read(tm_arena *arena, tm_diags *diags, const tm_rule_importer *importer,
                       const tm_source *const *sources, size_t n, tm_rule_unit *unit)
{
    return tm_rule_unit_read_with(arena, diags, importer, sources, n, NULL, unit);
}

tm_level tm_unit_rule_level(const tm_unit_rule *rule, uint8_t kept)
{
    if (rule->level >= TM_SPAN || rule->item->kind == TM_FILE_EDIT)
        return rule->level;
    return rule->item->kind == TM_FILE_KEEP || kept & 1 << TM_SPAN ? TM_SPAN : rule->level;
}

tm_program *tm_unit_rule_compile(tm_compiler *compiler, const tm_unit_rule *rule, tm_level level)
{
    return rule->item->tree ? tm_compile_tree(compiler, rule->item->tree, level, TM_PATHS_SPAN)
                            : NULL;
}
