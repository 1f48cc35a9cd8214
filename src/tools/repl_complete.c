/* REPL, completion: by what stands before the cursor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/repl_complete.h"

#include "base/json_write.h"
#include "otlp/enums.h"
#include "stdlib/fn.h"
#include "tools/repl_commands.h"

#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>

typedef struct completing {
    const tm_repl *repl;
    tm_arena *arena;
    tm_text word; /* what the candidates have to start with */
    tm_texts found;
    size_t room;
} completing;

static void offer(completing *c, tm_text text)
{
    if (!tm_text_starts(text, c->word))
        return;
    if (c->found.count == c->room) {
        const size_t room = c->room ? 2 * c->room : 32;
        c->found.items = tm_arena_grow(c->arena, c->found.items, c->room * sizeof(tm_text),
                                       room * sizeof(tm_text));
        c->room = room;
    }
    c->found.items[c->found.count++] = text;
}

static void offer_words(completing *c, const char *const *words)
{
    for (; *words; words++)
        offer(c, tm_text_of(*words));
}

/* ---- the language ---------------------------------------------------------------------------- */

static void offer_functions(completing *c, const char *behind)
{
    for (unsigned i = 0; tm_function_at(i); i++)
        offer(c, tm_arena_print(c->arena, "%s%s", tm_function_at(i)->name, behind));
}

static void offer_symbols(completing *c)
{
    for (unsigned which = 0; which < TM_ENUMS; which++)
        for (int64_t i = 0; tm_enum_row_of((tm_enum)which, i).symbol.n; i++)
            offer(c, tm_enum_row_of((tm_enum)which, i).symbol);
}

/* `behind`: a bracket follows what takes keys. A bare path is the span's. */
static void offer_paths(completing *c, bool behind)
{
    static const char *const names[] = {"resource.", "scope.", "span.", "spanevent.", "otelcol."};
    for (const tm_path *row = tm_path_rows(); row->dotted; row++) {
        const bool keyed = row->access == TM_ACCESS_ATTRIBUTES || row->access == TM_ACCESS_CACHE;
        const char *more = behind && keyed ? "[\"" : "";
        offer(c, tm_arena_print(c->arena, "%s%s%s", names[row->level], row->dotted, more));
        if (row->level == TM_SPAN)
            offer(c, tm_arena_print(c->arena, "%s%s", row->dotted, more));
    }
}

static void offer_definitions(completing *c, bool behind)
{
    for (const tm_definition *d = c->repl->rules.unit.definitions.first; d; d = d->next)
        offer(c, behind && d->item->kind == TM_FILE_DEF
                     ? tm_arena_print(c->arena, "%.*s(", TM_PRI(d->item->name))
                     : d->item->name);
}

static void offer_expression(completing *c)
{
    static const char *const words[] = {"and", "or", "not", "true", "false", "nil", "where", NULL};
    offer_functions(c, "(");
    offer_symbols(c);
    offer_paths(c, true);
    offer_definitions(c, true);
    offer_words(c, words);
}

/* ---- attribute keys -------------------------------------------------------------------------- */

/* Where the string begins that the text ends in; SIZE_MAX: it ends in none. */
static size_t open_string(tm_text text)
{
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < text.n; i++) {
        if (at != SIZE_MAX && text.p[i] == '\\')
            i++;
        else if (text.p[i] == '"')
            at = at == SIZE_MAX ? i : SIZE_MAX;
    }
    return at;
}

/* The level whose attributes are indexed there; false: something else is. */
static bool level_of(tm_text before, tm_level *level)
{
    static const struct {
        const char *path;
        tm_level level;
    } ends[] = {{"resource.attributes[", TM_RESOURCE},
                {"scope.attributes[", TM_SCOPE},
                {"spanevent.attributes[", TM_EVENT},
                {"attributes[", TM_SPAN}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (tm_text_ends(before, tm_text_of(ends[i].path))) {
            *level = ends[i].level;
            return true;
        }
    return false;
}

/* With the quote and bracket behind them; escaped as in a rule. */
static void offer_keys(completing *c, tm_level level)
{
    const tm_texts *keys = &c->repl->loaded.keys[level];
    for (size_t i = 0; i < keys->count; i++) {
        tm_buf quoted = {.arena = c->arena};
        tm_json_write_string(&quoted, keys->items[i], TM_JSON_ESCAPE_HARMFUL);
        tm_buf_add_char(&quoted, ']');
        offer(c, tm_text_skip(tm_buf_text(&quoted), 1));
    }
}

/* ---- commands -------------------------------------------------------------------------------- */

static void offer_commands(completing *c, const char *before)
{
    for (const tm_repl_command *row = tm_repl_commands(); row->name; row++)
        offer(c, tm_arena_print(c->arena, "%s%s", before, row->name));
}

static void offer_rules(completing *c)
{
    const tm_ruleset *rs = c->repl->rules.plain;
    for (uint32_t i = 0; rs && i < rs->rules; i++)
        offer(c, rs->rule[i]->name);
}

static void offer_files(completing *c)
{
    glob_t found = {0};
    tm_buf pattern = {.arena = c->arena};
    for (size_t i = 0; i < c->word.n; i++) {
        if (strchr("*?[\\", c->word.p[i]))
            tm_buf_add_char(&pattern, '\\');
        tm_buf_add_char(&pattern, c->word.p[i]);
    }
    tm_buf_add(&pattern, TM_TEXT("*"));
    tm_buf_add_char(&pattern, 0);
    if (glob(pattern.p, GLOB_MARK, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            offer(c, tm_arena_copy(c->arena, tm_text_of(found.gl_pathv[i])));
    globfree(&found);
}

static void offer_topics(completing *c)
{
    offer_functions(c, "");
    offer_symbols(c);
    offer_paths(c, false);
    offer_definitions(c, false);
    offer_rules(c);
    offer_commands(c, "");
}

/* ---- where the cursor is --------------------------------------------------------------------- */

static size_t start_of(tm_text text, const char *ends)
{
    size_t at = text.n;
    while (at && !strchr(ends, text.p[at - 1]))
        at--;
    return at;
}

static bool is_of_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

/* In an expression; the byte where the candidates begin. */
static size_t complete_expression(completing *c, tm_text before)
{
    const size_t string = open_string(before);
    size_t at = before.n;
    tm_level level;
    if (string != SIZE_MAX) {
        c->word = tm_text_skip(before, string + 1);
        if (level_of(tm_text_slice(before.p, string), &level))
            offer_keys(c, level);
        return string + 1;
    }
    while (at && is_of_word(before.p[at - 1]))
        at--;
    c->word = tm_text_skip(before, at);
    offer_expression(c);
    return at;
}

static size_t complete_argument(completing *c, const tm_repl_command *command, tm_text before)
{
    const size_t blank = start_of(before, " \t");
    c->word = tm_text_skip(before, blank);
    switch (command->takes) {
    case TM_TAKES_FILE:
        offer_files(c);
        return blank;
    case TM_TAKES_TOPIC:
        offer_topics(c);
        return blank;
    case TM_TAKES_LABEL:
        offer_rules(c);
        if (!c->found.count)
            return complete_expression(c, before);
        return blank;
    case TM_TAKES_EXPRESSION:
        return complete_expression(c, before);
    default:
        return before.n;
    }
}

static size_t complete(completing *c, tm_text before)
{
    size_t n = 0;
    if (!before.n || before.p[0] != ':')
        return complete_expression(c, before);
    while (n < before.n && before.p[n] != ' ')
        n++;
    if (n == before.n) {
        c->word = before;
        offer_commands(c, ":");
        return 0;
    }
    const tm_repl_command *command = tm_repl_command_find(tm_text_slice(before.p + 1, n - 1));
    return command ? complete_argument(c, command, before) : before.n;
}

static int by_text(const void *a, const void *b)
{
    return tm_text_compare(*(const tm_text *)a, *(const tm_text *)b);
}

tm_candidates tm_repl_complete(const tm_repl *repl, tm_arena *arena, tm_text before)
{
    completing c = {.repl = repl, .arena = arena};
    const size_t from = complete(&c, before);
    size_t n = 0;
    if (c.found.count)
        qsort(c.found.items, c.found.count, sizeof *c.found.items, by_text);
    for (size_t i = 0; i < c.found.count; i++)
        if (!n || !tm_text_equal(c.found.items[n - 1], c.found.items[i]))
            c.found.items[n++] = c.found.items[i];
    c.found.count = n;
    return (tm_candidates){c.found, from};
}
