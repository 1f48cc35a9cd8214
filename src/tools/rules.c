/* rules: the rule files that tamis brings along, their definitions and examples.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "lang/rule_file.h"
#include "stdlib/library.h"
#include "tools/arguments.h"
#include "tools/complain.h"

#include <stdio.h>

/* A file of the library, read. */
typedef struct shelf {
    const tm_library_file *file;
    tm_source source;
    const tm_rule_file *read;
} shelf;

static void read_file(tm_arena *arena, const tm_library_file *file, shelf *s)
{
    tm_diags diags = {.arena = arena};
    *s = (shelf){.file = file,
                 .source = {.name = tm_text_of(file->name), .text = tm_text_of(file->text)}};
    s->read = tm_rule_file_read(arena, &diags, &s->source);
}

static tm_text text_at(const shelf *s, tm_place place)
{
    return tm_text_slice(s->source.text.p + place.at, place.n);
}

/* The first comment, "# probes - requests that ...", without its sign and name. */
static tm_text about(const shelf *s)
{
    tm_text line = s->read->comments ? text_at(s, s->read->comments->place) : TM_TEXT("");
    const ptrdiff_t at = tm_text_find(line, TM_TEXT(" - "));
    return at < 0 ? line : tm_text_skip(line, (size_t)at + 3);
}

static bool is_definition(const tm_file_item *item)
{
    return item->kind == TM_FILE_DEF || item->kind == TM_FILE_LET;
}

/* --- as text --- */

static void list_file(const shelf *s, tm_buf *out)
{
    size_t column = 0;
    tm_buf_print(out, "%s - %.*s\n", s->file->name, TM_PRI(about(s)));
    for (const tm_file_item *i = s->read->first; i; i = i->next) {
        if (!is_definition(i))
            continue;
        if (column && column + i->name.n > 96)
            tm_buf_print(out, "\n"), column = 0;
        tm_buf_print(out, "%s%.*s", column ? " " : "    ", TM_PRI(i->name));
        column += (column ? 1 : 4) + i->name.n;
    }
    tm_buf_print(out, "\n");
}

static void print_item(const shelf *s, const tm_file_item *item, tm_buf *out)
{
    for (const tm_comment *c = item->comments; c && c->place.at < item->place.at; c = c->next)
        tm_buf_print(out, "%.*s\n", TM_PRI(text_at(s, c->place)));
    tm_buf_print(out, "%.*s\n", TM_PRI(text_at(s, item->place)));
}

/* --- as JSON --- */

static void write_member(tm_buf *out, const char *name, tm_text value)
{
    tm_buf_print(out, "\"%s\":", name);
    tm_json_write_string(out, value, 0);
}

/* Comments above the item, examples or the others. */
static void write_comments(const shelf *s, const tm_file_item *item, bool examples, tm_buf *out)
{
    const char *separator = "";
    tm_buf_print(out, ",\"%s\":[", examples ? "examples" : "comments");
    for (const tm_comment *c = item->comments; c && c->place.at < item->place.at; c = c->next) {
        if (c->example != examples)
            continue;
        tm_buf_print(out, "%s", separator);
        tm_json_write_string(out,
                             tm_text_trim(tm_text_skip(text_at(s, c->place), examples ? 2 : 1)), 0);
        separator = ",";
    }
    tm_buf_print(out, "]");
}

static void write_file(const shelf *s, const tm_file_item *only, tm_buf *out)
{
    const char *separator = "";
    tm_buf_print(out, "{");
    write_member(out, "file", s->source.name);
    tm_buf_print(out, ",");
    write_member(out, "about", about(s));
    tm_buf_print(out, ",\"definitions\":[");
    for (const tm_file_item *i = s->read->first; i; i = i->next) {
        if (!is_definition(i) || (only && i != only))
            continue;
        tm_buf_print(out, "%s{", separator);
        write_member(out, "name", i->name);
        tm_buf_print(out, ",");
        write_member(out, "text", text_at(s, i->place));
        write_comments(s, i, false, out);
        write_comments(s, i, true, out);
        tm_buf_print(out, "}");
        separator = ",";
    }
    tm_buf_print(out, "]}");
}

/* --- the command --- */

/* The definition of that name; *s is its file then. */
static const tm_file_item *find_definition(tm_arena *arena, tm_text name, shelf *s)
{
    for (unsigned k = 0; tm_library_at(k); k++) {
        read_file(arena, tm_library_at(k), s);
        for (const tm_file_item *i = s->read->first; i; i = i->next)
            if (is_definition(i) && tm_text_equal(i->name, name))
                return i;
    }
    return NULL;
}

static void print_all(tm_arena *arena, bool json, tm_buf *out)
{
    shelf s;
    for (unsigned k = 0; tm_library_at(k); k++) {
        read_file(arena, tm_library_at(k), &s);
        if (json)
            tm_buf_print(out, "%s", k ? ",\n" : "["), write_file(&s, NULL, out);
        else
            list_file(&s, out);
    }
    tm_buf_print(out, "%s", json ? "]\n" : "");
}

/* False when there is none of that name. */
static bool print_one(tm_arena *arena, tm_text name, bool json, tm_buf *out)
{
    const tm_library_file *file = tm_library_find(name);
    const tm_file_item *item = NULL;
    shelf s;
    if (file)
        read_file(arena, file, &s);
    else if (!(item = find_definition(arena, name, &s)))
        return false;
    if (json)
        write_file(&s, item, out);
    else if (item)
        print_item(&s, item, out);
    else
        tm_buf_add(out, s.source.text);
    tm_buf_print(out, "%s", json ? "\n" : "");
    return true;
}

static void add_name(tm_arena *arena, tm_texts *names, tm_text name)
{
    names->items = tm_arena_grow(arena, names->items, names->count * sizeof *names->items,
                                 (names->count + 1) * sizeof *names->items);
    names->items[names->count++] = name;
}

/* The names of all files and definitions. */
static tm_texts all_names(tm_arena *arena)
{
    tm_texts names = {0};
    shelf s;
    for (unsigned k = 0; tm_library_at(k); k++) {
        add_name(arena, &names, tm_text_of(tm_library_at(k)->name));
        read_file(arena, tm_library_at(k), &s);
        for (const tm_file_item *i = s.read->first; i; i = i->next)
            if (is_definition(i))
                add_name(arena, &names, i->name);
    }
    return names;
}

static void print_words(tm_buf *out)
{
    const tm_texts names = all_names(out->arena);
    for (size_t i = 0; i < names.count; i++)
        tm_buf_print(out, " %.*s", TM_PRI(names.items[i]));
}

static void tell_unknown(tm_arena *arena, tm_text name)
{
    const tm_texts names = all_names(arena);
    const tm_text meant = tm_nearest(arena, name, names.items, names.count);
    tm_complain("there is no rule file or definition %.*s (%s%.*s%stamis rules lists them)",
                TM_PRI(name), meant.n ? "did you mean " : "", TM_PRI(meant), meant.n ? "? " : "");
}

static int rules(const tm_arguments *a)
{
    tm_buf out = {.arena = a->arena};
    const bool json = tm_text_is(tm_arguments_text(a, "format", "text"), "json");
    if (!a->operands.count) {
        print_all(a->arena, json, &out);
    } else if (!print_one(a->arena, a->operands.items[0], json, &out)) {
        tell_unknown(a->arena, a->operands.items[0]);
        return TM_EXIT_USAGE;
    }
    fwrite(out.p, 1, out.n, stdout);
    return TM_EXIT_OK;
}

static const tm_option options[] = {
    {"format", 0, TM_OPTION_TEXT, "FORMAT", "text|json", "json has comments and examples apart"},
    {0}};

const tm_command tm_command_rules = {
    .name = "rules",
    .operands = "[NAME]",
    .most = 1,
    .manual = "Lists the rule files that tamis brings along, or prints a file or definition",
    .options = options,
    .run = rules,
    .names = print_words};
