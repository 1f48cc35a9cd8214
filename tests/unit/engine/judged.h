/* Ruling: rulesets from a few words, without a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_ENGINE_JUDGED_H
#define TM_TEST_ENGINE_JUDGED_H

#include "base/clock.h"
#include "engine/judge.h"
#include "tests/unit/otlp/making.h"
#include "tests/unit/otlp/printed.h"

enum { RULING_MOST = 16 };

/* Processors in the making. */
typedef struct judged {
    tm_arena *arena;
    tm_diags diags;
    const tm_processor_settings *processor[RULING_MOST];
    uint32_t n;
} judged;

static inline judged judged_of(tm_arena *arena)
{
    return (judged){.arena = arena, .diags = {.arena = arena}};
}

static inline tm_processor_settings *judged_add(judged *r, tm_processor_type type)
{
    tm_processor_settings *p = TM_NEW(r->arena, tm_processor_settings);
    p->type = type;
    p->id = tm_arena_print(r->arena, "processor/%u", r->n);
    r->processor[r->n++] = p;
    return p;
}

static inline tm_rule_text judged_text(tm_arena *arena, const char *text, unsigned i)
{
    return (tm_rule_text){.source = {.name = TM_TEXT("rules"), .text = tm_text_of(text)},
                          .name = tm_arena_print(arena, "rule[%u]", i)};
}

/* Texts separated by ';'. */
static inline tm_rule_texts judged_texts(judged *r, const char *texts)
{
    tm_rule_texts out = {.items = TM_NEW_ARRAY(r->arena, RULING_MOST, tm_rule_text)};
    tm_text rest = tm_text_of(texts), one;
    while (rest.n && tm_text_next(&rest, ';', &one)) {
        tm_text copy = tm_arena_copy(r->arena, tm_text_trim(one));
        out.items[out.count] = judged_text(r->arena, copy.p, (unsigned)out.count);
        out.count++;
    }
    return out;
}

/* A filter with conditions of one level. */
static inline void judged_filter(judged *r, tm_level level, tm_error_mode mode,
                                 const char *conditions)
{
    tm_filter_settings *f = &judged_add(r, TM_PROCESSOR_FILTER)->filter;
    tm_rule_texts texts = judged_texts(r, conditions);
    f->error_mode = mode;
    if (level == TM_RESOURCE)
        f->traces.resource = texts;
    else if (level == TM_SPAN)
        f->traces.span = texts;
    else
        f->traces.event = texts;
}

/* One more group of conditions (trace_conditions) in the filter. */
static inline void judged_group(judged *r, tm_filter_settings *f, tm_rules_context context,
                                tm_error_mode mode, const char *conditions)
{
    tm_condition_group *groups = TM_NEW_ARRAY(r->arena, f->groups.count + 1, tm_condition_group);
    for (size_t i = 0; i < f->groups.count; i++)
        groups[i] = f->groups.items[i];
    groups[f->groups.count] = (tm_condition_group){
        .context = context, .error_mode = mode, .conditions = judged_texts(r, conditions)};
    f->groups = (tm_condition_groups){.items = groups, .count = f->groups.count + 1};
}

/* A transform with one group of statements. */
static inline void judged_transform(judged *r, tm_rules_context context, tm_error_mode mode,
                                    const char *conditions, const char *statements)
{
    tm_transform_settings *t = &judged_add(r, TM_PROCESSOR_TRANSFORM)->transform;
    tm_statement_group *group = TM_NEW(r->arena, tm_statement_group);
    *group = (tm_statement_group){.context = context,
                                  .error_mode = mode,
                                  .conditions = judged_texts(r, conditions),
                                  .statements = judged_texts(r, statements)};
    t->error_mode = mode;
    t->groups = (tm_statement_groups){.items = group, .count = 1};
}

static inline tm_doc *judged_doc(judged *r, const char *text)
{
    tm_doc *doc = tm_doc_new(r->arena, TM_DOC_STRING);
    doc->text = tm_text_of(text);
    return doc;
}

/* An attributes or resource processor with one action. */
static inline tm_action_settings *judged_action(judged *r, tm_level level, tm_action action,
                                                const char *key, const char *value)
{
    tm_action_settings *a = TM_NEW(r->arena, tm_action_settings);
    *a = (tm_action_settings){.action = action, .name = TM_TEXT("action"), .key = tm_text_of(key)};
    if (value)
        a->value = judged_doc(r, value);
    tm_processor_settings *p =
        judged_add(r, level == TM_SPAN ? TM_PROCESSOR_ATTRIBUTES : TM_PROCESSOR_RESOURCE);
    tm_actions actions = {.items = a, .count = 1};
    if (level == TM_SPAN)
        p->attributes.actions = actions;
    else
        p->resource.actions = actions;
    return a;
}

static inline tm_ruleset *judged_compile(judged *r, const tm_heap *heap)
{
    return tm_ruleset_new(heap, r->processor, r->n, &r->diags);
}

/* Judges once and copies what leaves into the arena; p NULL: refused. */
static inline tm_text judged_judge(tm_arena *arena, tm_judge *judge, const tm_ruleset *rules,
                                   tm_text bytes)
{
    tm_outcome o;
    if (!tm_judge_request(judge, rules, bytes, NULL, TM_UTF8_MEND, &o) || o.status != TM_JUDGED)
        return (tm_text){0};
    return dump_bytes(arena, o.out);
}

/* --- one span at a time: a request of one resource, scope and span with attributes "key=value;..."
 * --- */

static inline tm_text judged_attributes(tm_arena *arena, tm_level level, const char *pairs)
{
    tm_buf out = {.arena = arena};
    tm_text rest = tm_text_of(pairs), pair;
    while (rest.n && tm_text_next(&rest, ';', &pair)) {
        ptrdiff_t at = tm_text_find(pair, TM_TEXT("="));
        tm_entry entry = {.key = tm_text_slice(pair.p, (size_t)at),
                          .value = tm_string(tm_text_skip(pair, (size_t)at + 1))};
        tm_buf_add(&out, tm_attribute_field(arena, level, &entry));
    }
    return tm_buf_text(&out);
}

static inline tm_text judged_wrap(tm_arena *arena, unsigned number, tm_text first, tm_text then)
{
    tm_text body = tm_arena_join(arena, first, then);
    char *at = tm_arena_alloc(arena, body.n + 16);
    return tm_text_slice(at, (size_t)(tm_wire_put_bytes_field(at, number, body) - at));
}

static inline tm_text judged_span(tm_arena *arena, const char *name, const char *attributes)
{
    return judged_wrap(arena, 2, judged_wrap(arena, 5, tm_text_of(name), TM_TEXT("")),
                       judged_attributes(arena, TM_SPAN, attributes));
}

/* Spans (joined fields of ScopeSpans) in one scope of one resource. */
static inline tm_text judged_request(tm_arena *arena, const char *resource, tm_text spans)
{
    tm_text head =
        judged_wrap(arena, 1, judged_attributes(arena, TM_RESOURCE, resource), TM_TEXT(""));
    return judged_wrap(arena, 1, head, judged_wrap(arena, 2, spans, TM_TEXT("")));
}

#endif
