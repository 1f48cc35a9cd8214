/* Export, include and exclude: matchers as conditions (language.md 6.4).
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/export.h"
#include "vm/regex/regex.h"

/* What the matcher takes a resource without the attribute for. */
#define NO_SERVICE "<nil-service-name>"

typedef struct matching {
    tm_rule_sheet *sheet;
    const tm_rule_origin *origin;
    bool regexp;
    tm_buf all; /* `and` between criteria */
} matching;

/* ---- texts ----------------------------------------------------------------------------------- */

static void add_test(matching *m, tm_buf *out, const char *path, tm_text text)
{
    const tm_text quoted = tm_export_string(m->sheet, text);
    if (m->regexp)
        tm_buf_print(out, "IsMatch(%s, %.*s)", path, TM_PRI(quoted));
    else
        tm_buf_print(out, "%s == %.*s", path, TM_PRI(quoted));
}

static void add_criterion(matching *m, tm_buf *any)
{
    tm_buf_print(&m->all, "%s(%.*s)", m->all.n ? " and " : "", TM_PRI(tm_buf_text(any)));
}

static void add_texts(matching *m, const tm_rule_texts *texts, const char *path)
{
    tm_buf any = {.arena = m->sheet->arena};
    for (size_t i = 0; i < texts->count; i++) {
        tm_buf_print(&any, "%s", i ? " or " : "");
        add_test(m, &any, path, texts->items[i].source.text);
    }
    if (any.n)
        add_criterion(m, &any);
}

static bool matches_no_service(const matching *m, tm_text text)
{
    const tm_text none = TM_TEXT(NO_SERVICE);
    tm_text error;
    size_t at;
    if (!m->regexp)
        return tm_text_equal(text, none);
    tm_regex *regex = tm_regex_new(m->sheet->arena, text, &error, &at);
    tm_matcher *matcher = tm_matcher_new(m->sheet->arena);
    return regex && tm_regex_test(regex, matcher, m->sheet->arena, none) == TM_MATCH;
}

static void add_services(matching *m, const tm_rule_texts *texts)
{
    static const char path[] = "resource.attributes[\"service.name\"]";
    tm_buf any = {.arena = m->sheet->arena};
    for (size_t i = 0; i < texts->count; i++) {
        const tm_text text = texts->items[i].source.text;
        tm_buf_print(&any, "%s", i ? " or " : "");
        add_test(m, &any, path, text);
        if (matches_no_service(m, text))
            tm_buf_print(&any, " or not %.*s",
                         TM_PRI(tm_rule_sheet_has(m->sheet, TM_RESOURCE, TM_TEXT("service.name"))));
    }
    if (any.n)
        add_criterion(m, &any);
}

/* ---- attributes ------------------------------------------------------------------------------ */

static bool add_value(matching *m, tm_buf *out, const char *path, const tm_doc *value)
{
    const char *const kind = value->type == TM_DOC_INT      ? "IsInt"
                             : value->type == TM_DOC_DOUBLE ? "IsDouble"
                                                            : NULL;
    if (m->regexp) {
        tm_diag_warning(m->sheet->diags, m->origin->source, m->origin->place, "W0331",
                        "the expression is tested against another text of a double with an "
                        "exponent, of a NaN and of an infinity");
        tm_buf_print(out,
                     "(IsString(%s) or IsInt(%s) or IsBool(%s) or IsDouble(%s)) and IsMatch(%s, "
                     "%.*s)",
                     path, path, path, path, path, TM_PRI(tm_export_string(m->sheet, value->text)));
        return true;
    }
    if (value->type == TM_DOC_LIST || value->type == TM_DOC_MAP)
        return tm_rule_sheet_refuse(m->sheet, m->origin, "a list or map that an attribute equals");
    if (kind)
        tm_buf_print(out, "%s(%s) and ", kind, path);
    tm_buf_print(out, "%s == ", path);
    return tm_export_value(m->sheet, m->origin, value, out);
}

static bool add_attributes(matching *m, const tm_match_attributes *attributes, tm_level level)
{
    bool ok = true;
    for (size_t i = 0; i < attributes->count; i++) {
        const tm_match_attribute *a = &attributes->items[i];
        const tm_text key = a->key.source.text;
        tm_buf one = {.arena = m->sheet->arena};
        if (a->value)
            ok &= add_value(m, &one, tm_export_attribute(m->sheet, level, key).p, a->value);
        else
            tm_buf_add(&one, tm_rule_sheet_has(m->sheet, level, key));
        add_criterion(m, &one);
    }
    return ok;
}

static void add_libraries(matching *m, const tm_match_libraries *libraries)
{
    tm_buf any = {.arena = m->sheet->arena};
    for (size_t i = 0; i < libraries->count; i++) {
        const tm_match_library *library = &libraries->items[i];
        tm_buf_print(&any, "%s", i ? " or " : "");
        add_test(m, &any, "scope.name", library->name.source.text);
        if (!library->has_version)
            continue;
        tm_buf_print(&any, " and ");
        add_test(m, &any, "scope.version", library->version.source.text);
    }
    if (any.n)
        add_criterion(m, &any);
}

/* ---- both ------------------------------------------------------------------------------------ */

static bool condition_of(tm_rule_sheet *sheet, const tm_rule_origin *origin,
                         const tm_match_settings *s, tm_text *condition)
{
    matching m = {.sheet = sheet,
                  .origin = origin,
                  .regexp = s->type == TM_MATCH_REGEXP,
                  .all = {.arena = sheet->arena}};
    add_services(&m, &s->services);
    add_texts(&m, &s->span_names, "name");
    add_texts(&m, &s->span_kinds, "kind.deprecated_string");
    bool ok = add_attributes(&m, &s->attributes, TM_SPAN);
    ok &= add_attributes(&m, &s->resources, TM_RESOURCE);
    add_libraries(&m, &s->libraries);
    *condition = tm_buf_text(&m.all);
    return ok;
}

bool tm_export_match(tm_rule_sheet *sheet, const tm_rule_origin *origin,
                     const tm_match_settings *include, const tm_match_settings *exclude,
                     tm_text *condition)
{
    tm_text wanted = {0}, unwanted = {0};
    bool ok = !include || condition_of(sheet, origin, include, &wanted);
    ok &= !exclude || condition_of(sheet, origin, exclude, &unwanted);
    *condition = wanted;
    if (unwanted.n)
        *condition = tm_arena_print(sheet->arena, "%.*s%snot (%.*s)", TM_PRI(wanted),
                                    wanted.n ? " and " : "", TM_PRI(unwanted));
    return ok;
}
