/* Export, actions: processors attributes and resource as statements (language.md 6.3).
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/export.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct acting {
    tm_rule_sheet *sheet;
    tm_rule_origin origin;
    tm_text selected; /* the condition of all of them; empty: none */
} acting;

/* One statement: the editor's call, and conditions that may be empty. */
static void add(acting *a, const char *call, tm_text first, tm_text second)
{
    tm_buf text = {.arena = a->sheet->arena};
    const tm_text parts[] = {a->selected, first, second};
    const char *before = " where ";
    tm_buf_print(&text, "%s", call);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i].n)
            continue;
        tm_buf_print(&text, "%s%.*s", before, TM_PRI(parts[i]));
        before = " and ";
    }
    tm_rule_sheet_add_text(a->sheet, &a->origin, TM_STATEMENT, tm_buf_text(&text));
}

static const char *print(acting *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

static const char *print(acting *a, const char *format, ...)
{
    tm_buf text = {.arena = a->sheet->arena};
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *out = tm_arena_alloc(text.arena, (size_t)n + 1);
    va_start(arguments, format);
    vsnprintf(out, (size_t)n + 1, format, arguments);
    va_end(arguments);
    return out;
}

static tm_text attribute(acting *a, tm_text key)
{
    return tm_export_attribute(a->sheet, a->origin.level, key);
}

static tm_text has(acting *a, tm_text key)
{
    return tm_rule_sheet_has(a->sheet, a->origin.level, key);
}

static tm_text negated(acting *a, tm_text condition)
{
    return tm_text_of(print(a, "not %.*s", TM_PRI(condition)));
}

static const char *map(const acting *a)
{
    return a->origin.level == TM_RESOURCE ? "resource.attributes" : "attributes";
}

/* ---- insert, update, upsert ------------------------------------------------------------------ */

static void put_constant(acting *a, const tm_action_settings *s, const tm_doc *value, tm_text only)
{
    tm_buf literal = {.arena = a->sheet->arena};
    tm_text where = {0};
    if (s->action != TM_ACTION_UPSERT)
        where = s->action == TM_ACTION_UPDATE ? has(a, s->key) : negated(a, has(a, s->key));
    if (tm_export_value(a->sheet, &a->origin, value, &literal))
        add(a,
            print(a, "set(%.*s, %.*s)", TM_PRI(attribute(a, s->key)),
                  TM_PRI(tm_buf_text(&literal))),
            where, only);
}

static void put(acting *a, const tm_action_settings *s)
{
    tm_text where = {0};
    if (s->from_context.n) {
        tm_rule_sheet_refuse(a->sheet, &a->origin, "from_context");
        return;
    }
    if (!s->from_attribute.n) {
        put_constant(a, s, s->value ? s->value : s->default_value, where);
        return;
    }
    if (s->action != TM_ACTION_UPSERT)
        where = s->action == TM_ACTION_UPDATE ? has(a, s->key) : negated(a, has(a, s->key));
    if (s->default_value)
        put_constant(a, s, s->default_value, negated(a, has(a, s->from_attribute)));
    add(a,
        print(a, "set(%.*s, %.*s)", TM_PRI(attribute(a, s->key)),
              TM_PRI(attribute(a, s->from_attribute))),
        where, has(a, s->from_attribute));
}

/* ---- the others ------------------------------------------------------------------------------ */

static void remove_keys(acting *a, const tm_action_settings *s)
{
    const tm_text none = {0};
    if (s->key.n)
        add(a, print(a, "delete_key(%s, %.*s)", map(a), TM_PRI(tm_export_string(a->sheet, s->key))),
            none, none);
    if (s->pattern.source.text.n)
        add(a,
            print(a, "delete_matching_keys(%s, %.*s)", map(a),
                  TM_PRI(tm_export_string(a->sheet, s->pattern.source.text))),
            none, none);
}

static void extract(acting *a, const tm_action_settings *s)
{
    const tm_text from = attribute(a, s->key);
    add(a,
        print(a, "merge_maps(%s, ExtractPatterns(%.*s, %.*s), \"upsert\")", map(a), TM_PRI(from),
              TM_PRI(tm_export_string(a->sheet, s->pattern.source.text))),
        tm_text_of(print(a, "IsString(%.*s)", TM_PRI(from))), (tm_text){0});
}

/* A string that is no number makes the converter fail, which leaves the attribute as it is. */
static void convert(acting *a, const tm_action_settings *s)
{
    static const char *const converters[] = {
        [TM_CONVERT_STRING] = "String", [TM_CONVERT_INT] = "Int", [TM_CONVERT_DOUBLE] = "Double"};
    static const char *const from[] = {"IsString", "IsBool", "IsInt", "IsDouble"};
    const tm_text path = attribute(a, s->key);
    tm_buf kinds = {.arena = a->sheet->arena};
    for (size_t i = 0; i < sizeof from / sizeof *from; i++)
        tm_buf_print(&kinds, "%s%s(%.*s)", i ? " or " : "(", from[i], TM_PRI(path));
    tm_buf_add_char(&kinds, ')');
    if (s->converted_type == TM_CONVERT_STRING)
        tm_diag_warning(a->sheet->diags, a->origin.source, a->origin.place, "W0331",
                        "lists, maps, bytes, empty values and doubles with an exponent have other "
                        "texts in the action than in the rule, which leaves all but doubles as "
                        "they are");
    add(a,
        print(a, "set(%.*s, %s(%.*s))", TM_PRI(path), converters[s->converted_type], TM_PRI(path)),
        tm_buf_text(&kinds), (tm_text){0});
}

static void act(acting *a, const tm_action_settings *s)
{
    a->origin.source = s->source;
    a->origin.place = s->place;
    switch (s->action) {
    case TM_ACTION_INSERT:
    case TM_ACTION_UPDATE:
    case TM_ACTION_UPSERT:
        put(a, s);
        return;
    case TM_ACTION_DELETE:
        remove_keys(a, s);
        return;
    case TM_ACTION_EXTRACT:
        extract(a, s);
        return;
    case TM_ACTION_CONVERT:
        convert(a, s);
        return;
    default:
        tm_rule_sheet_refuse(a->sheet, &a->origin,
                             "hash, which hashes what is no string, too, as no converter does");
    }
}

/* What include and exclude ask is asked once, for actions may change it. */
static void select_spans(acting *a, size_t actions, tm_text condition)
{
    a->selected = condition;
    if (!condition.n || actions < 2)
        return;
    const tm_text key = tm_rule_sheet_selection(a->sheet, a->origin.level);
    a->selected = (tm_text){0};
    add(a, print(a, "set(%.*s, true)", TM_PRI(key)), condition, (tm_text){0});
    a->selected = tm_text_of(print(a, "%.*s == true", TM_PRI(key)));
}

void tm_export_actions(tm_rule_sheet *sheet, const tm_processor_settings *p,
                       const tm_actions *actions, tm_level level)
{
    acting a = {.sheet = sheet,
                .origin = {.processor = p->id,
                           .source = p->source,
                           .place = p->place,
                           .level = level,
                           .error_mode = TM_MODE_IGNORE}};
    tm_text condition = {0};
    if (level == TM_SPAN && !tm_export_match(sheet, &a.origin, p->attributes.include,
                                             p->attributes.exclude, &condition))
        return;
    select_spans(&a, actions->count, condition);
    for (size_t i = 0; i < actions->count; i++)
        act(&a, &actions->items[i]);
}
