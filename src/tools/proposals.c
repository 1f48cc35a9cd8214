/* Proposals: the tables of the language, and attribute keys.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/proposals.h"

#include "base/json_write.h"
#include "otlp/enums.h"
#include "stdlib/fn.h"

#include <stdlib.h>

void tm_propose(tm_proposals *o, tm_text text, tm_proposal_kind kind, const void *of)
{
    if (!tm_text_starts(text, o->word))
        return;
    if (o->count == o->room) {
        const size_t room = o->room ? 2 * o->room : 32;
        o->items =
            tm_arena_grow(o->arena, o->items, o->room * sizeof *o->items, room * sizeof *o->items);
        o->room = room;
    }
    o->items[o->count++] = (tm_proposal){text, kind, of};
}

/* ---- the language ---------------------------------------------------------------------------- */

void tm_propose_functions(tm_proposals *o, const char *behind)
{
    for (unsigned i = 0; tm_function_at(i); i++)
        tm_propose(o, tm_arena_print(o->arena, "%s%s", tm_function_at(i)->name, behind),
                   TM_PROPOSAL_FUNCTION, tm_function_at(i));
}

void tm_propose_symbols(tm_proposals *o)
{
    for (unsigned which = 0; which < TM_ENUMS; which++)
        for (int64_t i = 0; tm_enum_row_of((tm_enum)which, i).symbol.n; i++)
            tm_propose(o, tm_enum_row_of((tm_enum)which, i).symbol, TM_PROPOSAL_ENUM, NULL);
}

void tm_propose_paths(tm_proposals *o, bool behind)
{
    for (const tm_path *row = tm_path_rows(); row->dotted; row++) {
        const bool keyed = row->access == TM_ACCESS_ATTRIBUTES || row->access == TM_ACCESS_CACHE;
        const char *more = behind && keyed ? "[\"" : "";
        tm_propose(
            o, tm_arena_print(o->arena, "%s.%s%s", tm_context_name(row->level), row->dotted, more),
            TM_PROPOSAL_PATH, row);
        if (row->level == TM_SPAN)
            tm_propose(o, tm_arena_print(o->arena, "%s%s", row->dotted, more), TM_PROPOSAL_PATH,
                       row);
    }
}

void tm_propose_definitions(tm_proposals *o, const tm_definitions *definitions, bool behind)
{
    for (const tm_definition *d = definitions ? definitions->first : NULL; d; d = d->next)
        tm_propose(o,
                   behind && d->item->kind == TM_FILE_DEF
                       ? tm_arena_print(o->arena, "%.*s(", TM_PRI(d->item->name))
                       : d->item->name,
                   TM_PROPOSAL_DEFINITION, d);
}

static void offer_all(tm_proposals *o, const tm_definitions *definitions)
{
    static const char *const words[] = {"and", "or", "not", "true", "false", "nil", "where", NULL};
    tm_propose_functions(o, "(");
    tm_propose_symbols(o);
    tm_propose_paths(o, true);
    tm_propose_definitions(o, definitions, true);
    for (const char *const *w = words; *w; w++)
        tm_propose(o, tm_text_of(*w), TM_PROPOSAL_WORD, NULL);
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
static void offer_keys(tm_proposals *o, const tm_texts *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        tm_buf quoted = {.arena = o->arena};
        tm_json_write_string(&quoted, keys->items[i], TM_JSON_ESCAPE_HARMFUL);
        tm_buf_add_char(&quoted, ']');
        tm_propose(o, tm_text_skip(tm_buf_text(&quoted), 1), TM_PROPOSAL_KEY, NULL);
    }
}

/* ---- where the cursor is --------------------------------------------------------------------- */

static bool is_of_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

size_t tm_propose_expression(tm_proposals *o, tm_text before, const tm_definitions *definitions,
                             const tm_texts *keys)
{
    const size_t string = open_string(before);
    size_t at = before.n;
    tm_level level;
    if (string != SIZE_MAX) {
        o->word = tm_text_skip(before, string + 1);
        if (keys && level_of(tm_text_slice(before.p, string), &level))
            offer_keys(o, &keys[level]);
        return string + 1;
    }
    while (at && is_of_word(before.p[at - 1]))
        at--;
    o->word = tm_text_skip(before, at);
    offer_all(o, definitions);
    return at;
}

static int by_text(const void *a, const void *b)
{
    return tm_text_compare(((const tm_proposal *)a)->text, ((const tm_proposal *)b)->text);
}

void tm_proposals_sort(tm_proposals *o)
{
    size_t n = 0;
    if (o->count)
        qsort(o->items, o->count, sizeof *o->items, by_text);
    for (size_t i = 0; i < o->count; i++)
        if (!n || !tm_text_equal(o->items[n - 1].text, o->items[i].text))
            o->items[n++] = o->items[i];
    o->count = n;
}
