/* Lint, include and exclude: patterns, and criteria beside each other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lint_match.h"

static tm_place whole_of(const tm_rule_text *text)
{
    return (tm_place){.n = (uint32_t)text->source.text.n};
}

static void look_at(tm_lint *lint, tm_match_type type, const tm_source *source, tm_place place,
                    tm_text text)
{
    if (type == TM_MATCH_REGEXP)
        tm_lint_plain_regex(lint, source, place, text);
    else
        tm_lint_plain_text(lint, source, place, text);
}

static bool is_among(const tm_rule_texts *texts, size_t n, tm_text text)
{
    for (size_t i = 0; i < n; i++)
        if (tm_text_equal(texts->items[i].source.text, text))
            return true;
    return false;
}

/* Texts of which any one may hold. */
static void look_at_texts(tm_lint *lint, tm_match_type type, const tm_rule_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        const tm_source *source = &texts->items[i].source;
        const tm_place place = whole_of(&texts->items[i]);
        if (is_among(texts, i, source->text))
            tm_diag_warning(lint->diags, source, place, "W0614",
                            "this adds nothing: the same stands before it");
        else
            look_at(lint, type, source, place, source->text);
    }
}

static void look_at_attributes(tm_lint *lint, tm_match_type type, const tm_match_attributes *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const tm_doc *value = all->items[i].value;
        if (value && value->type == TM_DOC_STRING)
            look_at(lint, type, value->source, value->place, value->text);
    }
}

static void look_at_one(tm_lint *lint, const tm_match_settings *s)
{
    look_at_texts(lint, s->type, &s->services);
    look_at_texts(lint, s->type, &s->span_names);
    if (s->type == TM_MATCH_REGEXP)
        look_at_texts(lint, s->type, &s->span_kinds);
    look_at_attributes(lint, s->type, &s->attributes);
    look_at_attributes(lint, s->type, &s->resources);
    for (size_t i = 0; i < s->libraries.count; i++) {
        const tm_match_library *library = &s->libraries.items[i];
        look_at(lint, s->type, &library->name.source, whole_of(&library->name),
                library->name.source.text);
    }
}

/* All of what include needs one of is among what exclude takes, which asks for nothing else. */
static bool takes_all(const tm_rule_texts *include, const tm_rule_texts *exclude, size_t criteria)
{
    if (!include->count || criteria != exclude->count)
        return false;
    for (size_t i = 0; i < include->count; i++)
        if (!is_among(exclude, exclude->count, include->items[i].source.text))
            return false;
    return true;
}

static void look_at_both(tm_lint *lint, const tm_match_settings *include,
                         const tm_match_settings *exclude)
{
    const size_t criteria = exclude->services.count + exclude->span_names.count +
                            exclude->span_kinds.count + exclude->attributes.count +
                            exclude->resources.count + exclude->libraries.count;
    const tm_rule_texts *const pairs[][2] = {{&include->services, &exclude->services},
                                             {&include->span_names, &exclude->span_names},
                                             {&include->span_kinds, &exclude->span_kinds}};
    for (size_t i = 0; include->type == exclude->type && i < sizeof pairs / sizeof *pairs; i++)
        if (takes_all(pairs[i][0], pairs[i][1], criteria))
            tm_diag_warning(lint->diags, &pairs[i][1]->items[0].source,
                            whole_of(&pairs[i][1]->items[0]), "W0602",
                            "exclude takes all that include lets in, so no span is left");
}

void tm_lint_match(tm_lint *lint, const tm_match_settings *include,
                   const tm_match_settings *exclude)
{
    if (include)
        look_at_one(lint, include);
    if (exclude)
        look_at_one(lint, exclude);
    if (include && exclude)
        look_at_both(lint, include, exclude);
}
