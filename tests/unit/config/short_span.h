/* Short span: spans in the short form of examples, and what a rule does with one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_CONFIG_SHORT_SPAN_H
#define TM_TEST_CONFIG_SHORT_SPAN_H

#include "base/duration.h"
#include "config/yaml.h"
#include "engine/actions.h"
#include "lang/rule_unit.h"
#include "tests/unit/engine/ruling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { START = 1000000000 };

/* --- a span in the short form --- */

static tm_text number_field(tm_arena *arena, unsigned number, uint64_t value)
{
    char *at = tm_arena_alloc(arena, 20);
    char *end = tm_wire_put_varint(at, (uint64_t)number << 3);
    return tm_text_slice(at, (size_t)(tm_wire_put_varint(end, value) - at));
}

static tm_text time_field(tm_arena *arena, unsigned number, uint64_t value)
{
    char *at = tm_arena_alloc(arena, 9);
    at[0] = (char)(number << 3 | 1);
    for (unsigned i = 0; i < 8; i++)
        at[i + 1] = (char)(value >> 8 * i);
    return tm_text_slice(at, 9);
}

static tm_text attributes_of(tm_arena *arena, tm_level level, const tm_doc *map)
{
    tm_buf out = {.arena = arena};
    for (const tm_doc *d = map ? map->first : NULL; d; d = d->next) {
        tm_entry entry = {.key = d->key, .value = tm_doc_value(arena, d)};
        tm_buf_add(&out, tm_attribute_field(arena, level, &entry));
    }
    return tm_buf_text(&out);
}

static uint64_t word_of(tm_text word, const char *const *words)
{
    uint64_t i = 0;
    while (words[i] && !tm_text_is(word, words[i]))
        i++;
    assert_non_null(words[i]);
    return i;
}

static void add_events(tm_arena *arena, const tm_doc *list, tm_buf *out)
{
    for (const tm_doc *d = list ? list->first : NULL; d; d = d->next) {
        tm_text name = ruling_wrap(arena, 2, tm_doc_find(d, TM_TEXT("name"))->text, TM_TEXT(""));
        tm_buf_add(out, ruling_wrap(arena, 11, name, TM_TEXT("")));
    }
}

static int64_t duration_of(const tm_doc *d)
{
    int64_t ns;
    assert_true(tm_duration_read(d->text, &ns));
    return ns;
}

static tm_text request_of(tm_arena *arena, const tm_doc *span)
{
    static const char *const kinds[] = {"",         "INTERNAL", "SERVER", "CLIENT",
                                        "PRODUCER", "CONSUMER", NULL};
    static const char *const codes[] = {"UNSET", "OK", "ERROR", NULL};
    tm_buf out = {.arena = arena};
    const tm_doc *d = tm_doc_find(span, TM_TEXT("name"));
    uint64_t duration = 0;
    if (d)
        tm_buf_add(&out, ruling_wrap(arena, 5, d->text, TM_TEXT("")));
    if ((d = tm_doc_find(span, TM_TEXT("kind"))))
        tm_buf_add(&out, number_field(arena, 6, word_of(d->text, kinds)));
    if ((d = tm_doc_find(span, TM_TEXT("duration"))))
        duration = (uint64_t)duration_of(d);
    tm_buf_add(&out, time_field(arena, 7, START));
    tm_buf_add(&out, time_field(arena, 8, START + duration));
    tm_buf_add(&out, attributes_of(arena, TM_SPAN, tm_doc_find(span, TM_TEXT("attributes"))));
    add_events(arena, tm_doc_find(span, TM_TEXT("events")), &out);
    if ((d = tm_doc_find(span, TM_TEXT("status"))))
        tm_buf_add(&out, ruling_wrap(arena, 15, number_field(arena, 3, word_of(d->text, codes)),
                                     TM_TEXT("")));
    tm_text resource = attributes_of(arena, TM_RESOURCE, tm_doc_find(span, TM_TEXT("resource")));
    tm_text scope =
        ruling_wrap(arena, 2, ruling_wrap(arena, 2, tm_buf_text(&out), TM_TEXT("")), TM_TEXT(""));
    return ruling_wrap(arena, 1, ruling_wrap(arena, 1, resource, TM_TEXT("")), scope);
}

/* --- one example --- */

/* Whether the rule drops the span; no error may show. */
static bool drops(tm_arena *arena, tm_text rule, tm_text bytes)
{
    ruling r = ruling_of(arena);
    tm_outcome o;
    tm_tamis_settings *t = &ruling_add(&r, TM_PROCESSOR_TAMIS)->tamis;
    const tm_source source = {.name = TM_TEXT("example.ottl"), .text = rule}, *file = &source;
    t->files = &file;
    t->file_count = 1;
    tm_ruleset *rules = ruling_compile(&r, NULL);
    if (!rules)
        fail_msg("%.*s: %.*s", TM_PRI(rule), TM_PRI(r.diags.first->message));
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    assert_true(tm_judge_request(judge, rules, bytes, NULL, TM_UTF8_MEND, &o));
    if (o.status != TM_JUDGED || o.rule[0].errors)
        fail_msg("%.*s fails", TM_PRI(rule));
    assert_int_equal(o.spans_in, 1);
    tm_judge_free(judge);
    tm_ruleset_unref(rules);
    return o.spans_out == 0;
}

/* The map that the text is. */
static const tm_doc *map_of(tm_arena *arena, tm_text text)
{
    tm_diags diags = {.arena = arena};
    tm_source *source = TM_NEW(arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("span"), .text = text};
    const tm_doc *doc = tm_yaml_read(arena, &diags, source);
    if (!doc || doc->type != TM_DOC_MAP)
        fail_msg("%.*s is no map", TM_PRI(text));
    return doc;
}

#endif
