/* REPL, :help: of commands, functions, paths, definitions and codes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"
#include "otlp/enums.h"
#include "stdlib/fn.h"
#include "tools/codes.h"
#include "tools/functions.h"
#include "tools/repl_commands.h"

enum { COLUMN = 28 };

static void add_row(tm_repl *repl, const char *head, const char *manual)
{
    tm_buf line = {.arena = repl->line};
    tm_screen_print(&repl->screen, &line, TM_INK_BOLD, "  %-*s", COLUMN, head);
    if (strlen(head) > COLUMN)
        tm_buf_add_char(&line, ' ');
    tm_buf_print(&line, "%s", manual);
    tm_screen_wrap(&repl->screen, &repl->out, tm_buf_text(&line),
                   tm_arena_print(repl->line, "%*s", COLUMN + 2, ""));
}

static void add_command(tm_repl *repl, const tm_repl_command *c)
{
    add_row(repl, tm_arena_print(repl->line, ":%s %s", c->name, c->argument).p, c->manual);
}

static void print_all(tm_repl *repl)
{
    tm_buf_print(&repl->out,
                 "A condition or value is asked of the current span, a statement edits it.\n\n");
    for (const tm_repl_command *c = tm_repl_commands(); c->name; c++)
        add_command(repl, c);
    tm_buf_print(&repl->out, "\n:help NAME knows functions (Split), paths (span.kind), symbols, "
                             "definitions and codes (E0201).\n");
}

static bool print_command(tm_repl *repl, tm_text name)
{
    if (name.p[0] == ':')
        name = tm_text_skip(name, 1);
    for (const tm_repl_command *c = tm_repl_commands(); c->name; c++)
        if (tm_text_is(name, c->name)) {
            add_command(repl, c);
            return true;
        }
    return false;
}

static bool print_function(tm_repl *repl, tm_text name)
{
    if (tm_text_ends(name, TM_TEXT("(")))
        name.n--;
    const tm_function *f = tm_function_find(name);
    if (!f)
        return false;
    tm_buf page = {.arena = repl->line};
    tm_functions_print(f, &page);
    tm_text text = tm_buf_text(&page), head;
    tm_text_next(&text, '\n', &head); /* of the page in Markdown */
    tm_buf_add(&repl->out, tm_text_trim(text));
    tm_buf_add_char(&repl->out, '\n');
    return true;
}

/* ---- paths and symbols ----------------------------------------------------------------------- */

typedef struct path_row {
    const char *level, *dotted, *type, *manual;
} path_row;

static const path_row paths[] = {
#define PATH(level, dotted, type, access, field, manual) {#level, dotted, #type, manual},
#include "paths.def"
#undef PATH
};

/* As rules write it: "spanevent.name", "otelcol.client.addr". */
static tm_text path_name(tm_arena *arena, const path_row *row)
{
    const bool event = strcmp(row->level, "EVENT") == 0,
               request = strcmp(row->level, "LEVELS") == 0;
    tm_buf out = {.arena = arena};
    const char *level = event ? "SPANEVENT" : request ? "OTELCOL" : row->level;
    for (; *level; level++)
        tm_buf_add_char(&out, (char)(*level | 0x20));
    tm_buf_print(&out, ".%s", row->dotted);
    return tm_buf_text(&out);
}

static bool print_paths(tm_repl *repl, tm_text name)
{
    bool any = false;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        tm_text full = path_name(repl->line, &paths[i]);
        if (!tm_text_equal(full, name) && !tm_text_is(name, paths[i].dotted))
            continue;
        tm_buf type = {.arena = repl->line};
        for (const char *p = paths[i].type; *p; p++)
            tm_buf_add_char(&type, (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p));
        add_row(
            repl,
            tm_arena_print(repl->line, "%.*s: %.*s", TM_PRI(full), TM_PRI(tm_buf_text(&type))).p,
            paths[i].manual);
        any = true;
    }
    return any;
}

static bool print_symbol(tm_repl *repl, tm_text name)
{
    for (unsigned which = 0; which < TM_ENUMS; which++) {
        int64_t value;
        if (!tm_enum_read((tm_enum)which, name, &value))
            continue;
        tm_buf_print(&repl->out, "  %.*s is the int %lld\n", TM_PRI(name), (long long)value);
        return true;
    }
    return false;
}

/* ---- definitions and rules of the files in force ----------------------------------------------
 */

static void print_item(tm_repl *repl, const tm_source *source, const tm_file_item *item)
{
    for (const tm_comment *c = item->comments; c && c->place.at < item->place.at; c = c->next)
        tm_buf_print(&repl->out, "  %.*s\n", (int)c->place.n, source->text.p + c->place.at);
    tm_buf_print(&repl->out, "  %.*s\n", (int)item->place.n, source->text.p + item->place.at);
}

static bool print_definition(tm_repl *repl, tm_text name)
{
    const tm_definition *d = tm_definition_find(&repl->rules.unit.definitions, name);
    if (d)
        print_item(repl, d->source, d->item);
    bool any = d != NULL;
    for (const tm_unit_rule *r = repl->rules.unit.first_rule; r; r = r->next)
        if (tm_text_equal(r->name, name)) {
            print_item(repl, r->file->source, r->item);
            any = true;
        }
    return any;
}

static bool print_code(tm_repl *repl, tm_text name)
{
    tm_text near = {0};
    if (!tm_codes_is_one(name))
        return false;
    if (!tm_codes_explain(&repl->out, name, &near))
        tm_repl_wrong(repl, "there is no code %.*s%s%.*s%s", TM_PRI(name),
                      near.n ? "; did you mean " : "", TM_PRI(near), near.n ? "?" : "");
    return true;
}

/* ---- the command ----------------------------------------------------------------------------- */

static void unknown(tm_repl *repl, tm_text name)
{
    size_t n = 0, count = sizeof paths / sizeof *paths;
    while (tm_function_at((unsigned)n))
        n++;
    tm_text *names = TM_NEW_ARRAY(repl->line, n + 2 * count, tm_text);
    for (size_t i = 0; i < n; i++)
        names[i] = tm_text_of(tm_function_at((unsigned)i)->name);
    for (size_t i = 0; i < count; i++) {
        names[n++] = tm_text_of(paths[i].dotted);
        names[n++] = path_name(repl->line, &paths[i]);
    }
    tm_text near = tm_nearest(repl->line, name, names, n);
    tm_repl_wrong(repl, "nothing is known of %.*s%s%.*s%s", TM_PRI(name),
                  near.n ? "; did you mean " : "", TM_PRI(near), near.n ? "?" : "");
}

void tm_repl_help(tm_repl *repl, tm_text name)
{
    if (!name.n)
        print_all(repl);
    else if (!print_code(repl, name) && !print_definition(repl, name) &&
             !print_function(repl, name) && !print_paths(repl, name) && !print_symbol(repl, name) &&
             !print_command(repl, name))
        unknown(repl, name);
}
