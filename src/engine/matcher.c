/* Matcher: include and exclude of the attributes and filter processors (language.md 6.4).
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/actions.h"

#include "base/number.h"
#include "otlp/enums.h"
#include "vm/convert.h"

#include <inttypes.h>
#include <stdio.h>

/* One text to compare with or to match. */
typedef struct tm_criterion {
    tm_text text;
    tm_regex *regex; /* NULL: strict */
} tm_criterion;

typedef struct tm_criteria {
    tm_criterion *one;
    size_t n;
} tm_criteria;

typedef struct tm_attribute_criterion {
    uint32_t slot;
    bool has_value;
    tm_value value;  /* strict */
    tm_regex *regex; /* regexp */
} tm_attribute_criterion;

typedef struct tm_library_criterion {
    tm_criterion name, version;
    bool has_version;
} tm_library_criterion;

typedef struct tm_span_matcher {
    int32_t service; /* slot of service.name in the resource, -1: not asked */
    tm_criteria services, span_names, span_kinds;
    tm_attribute_criterion *attribute, *resource;
    size_t attributes, resources;
    tm_library_criterion *library;
    size_t libraries;
} tm_span_matcher;

/* --- building --- */

static bool build_criterion(tm_build *b, tm_match_type type, const tm_rule_text *text,
                            tm_criterion *out)
{
    out->text = tm_arena_copy(b->arena, text->source.text);
    if (type == TM_MATCH_REGEXP)
        out->regex = tm_build_regex(b, text);
    return type == TM_MATCH_STRICT || out->regex;
}

static bool build_criteria(tm_build *b, tm_match_type type, const tm_rule_texts *texts,
                           tm_criteria *out)
{
    bool ok = true;
    out->n = texts->count;
    out->one = TM_NEW_ARRAY(b->arena, texts->count, tm_criterion);
    for (size_t i = 0; i < texts->count; i++)
        ok &= build_criterion(b, type, &texts->items[i], &out->one[i]);
    return ok;
}

static bool build_attributes(tm_build *b, tm_match_type type, tm_level level,
                             const tm_match_attributes *s, tm_attribute_criterion **out, size_t *n)
{
    bool ok = true;
    *n = s->count;
    *out = TM_NEW_ARRAY(b->arena, s->count, tm_attribute_criterion);
    for (size_t i = 0; i < s->count; i++) {
        const tm_match_attribute *a = &s->items[i];
        tm_attribute_criterion *c = &(*out)[i];
        c->slot = tm_need_slot(&b->needs, level, tm_arena_copy(b->arena, a->key.source.text));
        c->has_value = a->value != NULL;
        if (!a->value)
            continue;
        c->value = tm_doc_value(b->arena, a->value);
        if (type == TM_MATCH_STRICT)
            continue;
        tm_rule_text pattern = {.source = a->key.source};
        pattern.source.text = a->value->text;
        c->regex = tm_build_regex(b, &pattern);
        ok &= c->regex != NULL;
    }
    return ok;
}

static bool build_libraries(tm_build *b, tm_match_type type, const tm_match_libraries *s,
                            tm_span_matcher *m)
{
    bool ok = true;
    m->libraries = s->count;
    m->library = TM_NEW_ARRAY(b->arena, s->count, tm_library_criterion);
    for (size_t i = 0; i < s->count; i++) {
        ok &= build_criterion(b, type, &s->items[i].name, &m->library[i].name);
        m->library[i].has_version = s->items[i].has_version;
        if (s->items[i].has_version)
            ok &= build_criterion(b, type, &s->items[i].version, &m->library[i].version);
    }
    return ok;
}

bool tm_build_matcher(tm_build *b, tm_step *step, const tm_match_settings *s,
                      const struct tm_span_matcher **out)
{
    *out = NULL;
    if (!s)
        return true;
    tm_span_matcher *m = TM_NEW(b->arena, tm_span_matcher);
    m->service = -1;
    if (s->services.count)
        m->service = (int32_t)tm_need_slot(&b->needs, TM_RESOURCE, TM_TEXT("service.name"));
    bool ok = build_criteria(b, s->type, &s->services, &m->services);
    ok &= build_criteria(b, s->type, &s->span_names, &m->span_names);
    ok &= build_criteria(b, s->type, &s->span_kinds, &m->span_kinds);
    ok &= build_attributes(b, s->type, TM_SPAN, &s->attributes, &m->attribute, &m->attributes);
    ok &= build_attributes(b, s->type, TM_RESOURCE, &s->resources, &m->resource, &m->resources);
    ok &= build_libraries(b, s->type, &s->libraries, m);
    tm_need_field(&b->needs, TM_SPAN, TM_SPAN_NAME);
    tm_need_field(&b->needs, TM_SPAN, TM_SPAN_KIND);
    tm_need_field(&b->needs, TM_SCOPE, TM_SCOPE_NAME);
    tm_need_field(&b->needs, TM_SCOPE, TM_SCOPE_VERSION);
    step->reads |= 1 << TM_SPAN | 1 << TM_SCOPE | 1 << TM_RESOURCE;
    *out = m;
    return ok;
}

bool tm_build_matcher_step(tm_build *b, const tm_match_settings *include,
                           const tm_match_settings *exclude)
{
    tm_step *step = tm_build_step(b, TM_STEP_MATCH, TM_SPAN, TM_MODE_IGNORE);
    step->action_rule = TM_NEW(b->arena, tm_rule);
    tm_build_rule(b, step->action_rule, TM_TEXT("filter/spans"), NULL, (tm_place){0});
    bool ok = tm_build_matcher(b, step, include, &step->include);
    return tm_build_matcher(b, step, exclude, &step->exclude) && ok;
}

/* --- running: where the work is over nothing matches, and the judge sees to the span --- */

static bool holds(const tm_criterion *c, tm_vm *vm, tm_text text)
{
    if (c->regex)
        return tm_vm_match(vm, text, c->regex) == TM_MATCH;
    return tm_text_equal(c->text, text);
}

static bool any_holds(const tm_criteria *c, tm_vm *vm, tm_text text)
{
    for (size_t i = 0; i < c->n; i++)
        if (holds(&c->one[i], vm, text))
            return true;
    return c->n == 0;
}

/* What expressions are tested against. False: lists, maps, bytes and empty values have no text. */
static bool text_of(const tm_value *v, char room[TM_NUMBER_PLAIN_ROOM], tm_text *text)
{
    switch (v->type) {
    case TM_STRING:
        *text = tm_value_text(*v);
        return true;
    case TM_BOOL:
        *text = v->truth ? TM_TEXT("true") : TM_TEXT("false");
        return true;
    case TM_INT:
        *text = tm_text_slice(room, (size_t)sprintf(room, "%" PRId64, v->integer));
        return true;
    case TM_DOUBLE:
        *text = tm_text_slice(room, tm_number_print_plain(room, v->number));
        return true;
    default:
        return false;
    }
}

static bool attribute_holds(const tm_attribute_criterion *c, tm_vm *vm, tm_item *item)
{
    bool found;
    tm_value v = tm_item_attribute_found(item, c->slot, &found);
    if (!found || !c->has_value)
        return found;
    if (c->regex) {
        char room[TM_NUMBER_PLAIN_ROOM];
        tm_text text;
        return text_of(&v, room, &text) && tm_vm_match(vm, text, c->regex) == TM_MATCH;
    }
    return v.type == c->value.type && tm_value_compare(TM_IS_EQ, v, c->value);
}

static tm_text kind_name(const tm_item *span)
{
    return tm_enum_row_of(TM_ENUM_SPAN_KIND, tm_item_field(span, TM_SPAN_KIND).integer).symbol;
}

static bool service_holds(const tm_span_matcher *m, tm_vm *vm)
{
    if (m->service < 0)
        return true;
    bool found;
    tm_value name = tm_item_attribute_found(vm->item[TM_RESOURCE], (unsigned)m->service, &found);
    /* In the Collector a resource without the attribute has this name, and others match it. */
    return any_holds(&m->services, vm,
                     found ? tm_data_text(vm->arena, name) : TM_TEXT("<nil-service-name>"));
}

static bool libraries_hold(const tm_span_matcher *m, tm_vm *vm)
{
    const tm_item *scope = vm->item[TM_SCOPE];
    for (size_t i = 0; i < m->libraries; i++) {
        const tm_library_criterion *c = &m->library[i];
        if (!holds(&c->name, vm, tm_value_text(tm_item_field(scope, TM_SCOPE_NAME))) ||
            (c->has_version &&
             !holds(&c->version, vm, tm_value_text(tm_item_field(scope, TM_SCOPE_VERSION)))))
            return false;
    }
    return true;
}

static bool matches(const tm_span_matcher *m, tm_vm *vm)
{
    tm_item *span = vm->item[TM_SPAN];
    for (size_t i = 0; i < m->attributes; i++)
        if (!attribute_holds(&m->attribute[i], vm, span))
            return false;
    for (size_t i = 0; i < m->resources; i++)
        if (!attribute_holds(&m->resource[i], vm, vm->item[TM_RESOURCE]))
            return false;
    return service_holds(m, vm) &&
           any_holds(&m->span_names, vm, tm_value_text(tm_item_field(span, TM_SPAN_NAME))) &&
           (m->span_kinds.n == 0 || any_holds(&m->span_kinds, vm, kind_name(span))) &&
           libraries_hold(m, vm);
}

bool tm_matchers_pass(const tm_step *step, tm_vm *vm)
{
    return (!step->include || matches(step->include, vm)) &&
           (!step->exclude || !matches(step->exclude, vm));
}
