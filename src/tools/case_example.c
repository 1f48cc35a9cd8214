/* Case example: each rule alone, each definition by a call of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_example.h"

#include "lang/rule_unit.h"
#include "tools/case_compare.h"
#include "tools/case_example_read.h"
#include "tools/case_rules.h"
#include "tools/case_span.h"
#include "tools/case_update.h"
#include "engine/span_value.h"
#include "engine/actions.h"
#include "vm/convert.h"

typedef struct running {
    tm_arena *arena;
    tm_diags *diags;
    tm_case_results *results;
    tm_case_judge *judge;
    const tm_case_filter *filter;
    const tm_source *source;
    tm_rule_unit unit;
    bool sound; /* the unit is; else its rules are compiled only to say what is wrong with them */
    bool ok;
} running;

/* ---- failures -------------------------------------------------------------------------------- */

static tm_case_failure *fail(const running *r, const tm_case_example *e, const char *what)
{
    return tm_case_fail(r->results, e->source, e->place, "%s", what);
}

/* The example as it is, and as it would be with another text in that place. */
static void show_instead(const running *r, tm_case_failure *f, const tm_case_example *e,
                         tm_place place, tm_text instead)
{
    const uint32_t before = place.at - e->place.at, behind = before + place.n;
    f->expected = tm_arena_print(r->arena, "%.*s\n", TM_PRI(e->text));
    f->got = tm_arena_print(r->arena, "%.*s%.*s%.*s\n", (int)before, e->text.p, TM_PRI(instead),
                            (int)(e->text.n - behind), e->text.p + behind);
    tm_case_mend_add(r->arena, f, e->source, place, instead);
}

/* ---- rules ----------------------------------------------------------------------------------- */

static void check_after(const running *r, const tm_case_example *e, const tm_case_outcome *o)
{
    tm_buf expected = {.arena = r->arena}, got = expected;
    const tm_case_seen *seen = o->kept.first;
    if (!seen) {
        fail(r, e, "the rule dropped the span");
        return;
    }
    if (!tm_case_differs(e->after, seen->span))
        return;
    tm_case_failure *f = fail(r, e, "the span is different afterwards");
    tm_case_print(&expected, e->after);
    tm_case_print_got(&got, e->after, seen->span);
    f->expected = tm_buf_text(&expected);
    f->got = tm_buf_text(&got);
    tm_case_mend_span(r->arena, f, e->after, seen->span);
}

static void check_verdict(const running *r, const tm_unit_rule *rule, const tm_case_example *e,
                          const tm_case_outcome *o)
{
    const bool keeps = rule->item->kind == TM_FILE_KEEP;
    const bool drops = keeps ? !o->matched : !o->kept.count || o->matched;
    if (drops == e->drops)
        return;
    tm_case_failure *f = fail(r, e,
                              keeps ? drops ? "the condition does not hold" : "the condition holds"
                              : drops ? "the rule drops it"
                                      : "the rule does not drop it");
    show_instead(r, f, e, e->said, drops ? TM_TEXT("drop") : TM_TEXT("keep"));
}

static void check_rule(running *r, const tm_unit_rule *rule, const tm_ruleset *ruleset,
                       const tm_case_example *e)
{
    tm_buf bytes = {.arena = r->arena};
    tm_case_outcome o;
    tm_case_span_write_one(&bytes, e->span);
    tm_text request = tm_buf_text(&bytes);
    const tm_texts one = {.items = &request, .count = 1};
    if (!tm_case_judge_run(r->judge, ruleset, &one, &o))
        fail(r, e, "out of memory");
    else if (o.errors || o.refused.p)
        tm_case_fail(r->results, e->source, e->place, "the rule failed: %.*s",
                     TM_PRI(o.refused.p ? o.refused : o.error));
    else if (e->after)
        check_after(r, e, &o);
    else
        check_verdict(r, rule, e, &o);
}

static const tm_ruleset *compile_rule(running *r, const tm_unit_rule *rule)
{
    tm_processor_settings p = {.type = TM_PROCESSOR_TAMIS, .id = TM_TEXT("tamis")};
    const tm_processor_settings *const one = &p;
    const bool noted = r->judge->coverage != NULL;
    p.tamis.unit = &r->unit;
    p.tamis.only = rule;
    const tm_ruleset *ruleset = tm_case_rules_keep(
        r->arena, (noted ? tm_ruleset_new_noted : tm_ruleset_new)(NULL, &one, 1, r->diags));
    if (ruleset && noted)
        tm_case_coverage_rules(r->judge->coverage, ruleset);
    return ruleset;
}

/* ---- definitions ----------------------------------------------------------------------------- */

static bool same_value(const running *r, const tm_doc *expected, tm_value v)
{
    tm_buf text = {.arena = r->arena};
    if (v.type == TM_TIME || v.type == TM_DURATION || v.type == TM_TRACE_ID ||
        v.type == TM_SPAN_ID || v.type == TM_BYTES) {
        tm_span_value_text(&text, v);
        return tm_text_equal(tm_buf_text(&text), expected->text);
    }
    return tm_value_compare(TM_IS_EQ, tm_doc_value(r->arena, expected), v);
}

static void check_definition(running *r, const tm_case_value *value, const tm_case_example *e)
{
    tm_buf bytes = {.arena = r->arena}, is = bytes;
    tm_value v;
    tm_text error;
    tm_case_coverage *coverage = r->judge->coverage;
    tm_case_span_write_one(&bytes, e->span);
    if (!tm_case_value_ask(r->arena, value, tm_buf_text(&bytes),
                           coverage ? tm_case_coverage_trace(coverage) : NULL, &v, &error)) {
        tm_case_fail(r->results, e->source, e->place, "it failed: %.*s", TM_PRI(error));
        return;
    }
    if (same_value(r, e->value, v))
        return;
    if (v.type == TM_NIL)
        tm_buf_print(&is, "nil");
    else
        tm_span_value_json(&is, v);
    show_instead(r, fail(r, e, "the value is another"), e, e->said, tm_buf_text(&is));
}

/* A call of the definition, from nowhere in the file. */
static bool compile_definition(running *r, const tm_file_item *item, tm_case_value *value)
{
    const bool noted = r->judge->coverage != NULL;
    tm_source *call = TM_NEW(r->arena, tm_source);
    *call = (tm_source){.text = tm_arena_print(r->arena, "%.*s()", TM_PRI(item->name))};
    if (!tm_case_value_compile(r->arena, r->diags, &r->unit.definitions, call, noted, value))
        return false;
    if (noted)
        tm_case_coverage_program(r->judge->coverage, value->program);
    return true;
}

/* ---- the examples of an item ----------------------------------------------------------------- */

/* What an item is compiled to; both NULL or so: there is nothing to be run. */
typedef struct compiled {
    const tm_unit_rule *rule;
    const tm_ruleset *ruleset;
    const tm_case_value *value;
} compiled;

static bool wants(const running *r, tm_text name)
{
    if (!r->filter || r->filter->wants(r->filter->owner, name))
        return true;
    r->results->left_out++;
    return false;
}

static void run_example(running *r, const compiled *c, tm_text name, const tm_case_example *e)
{
    name = tm_arena_print(r->arena, "%.*s: %.*s", TM_PRI(name), TM_PRI(e->text));
    if (!wants(r, name))
        return;
    tm_case_begin(r->results, e->source, e->place, name, true);
    if (c->ruleset)
        check_rule(r, c->rule, c->ruleset, e);
    else
        check_definition(r, c->value, e);
    tm_case_end(r->results);
}

static void run_item(running *r, const tm_file_item *item, const compiled *c, tm_text name)
{
    for (const tm_comment *k = item->comments; k && k->place.at < item->place.at; k = k->next) {
        tm_case_example e;
        if (!k->example)
            continue;
        if (!tm_case_example_read(r->arena, r->diags, r->source, k, item, &e))
            r->ok = false;
        else if (r->sound && (c->ruleset || c->value))
            run_example(r, c, name, &e);
    }
}

static const tm_unit_rule *rule_of(const running *r, const tm_file_item *item)
{
    const tm_unit_rule *rule = r->unit.first_rule;
    while (rule && rule->item != item)
        rule = rule->next;
    return rule;
}

/* Compiles the item, has examples or not: what is never asked is not covered. */
static void take_item(running *r, const tm_file_item *item)
{
    compiled c = {.rule = item->tree ? rule_of(r, item) : NULL};
    tm_case_value value;
    if (c.rule) {
        c.ruleset = compile_rule(r, c.rule);
        r->ok &= c.ruleset != NULL;
    } else if (r->sound && item->kind == TM_FILE_DEF && !item->parameter_count) {
        if (compile_definition(r, item, &value))
            c.value = &value;
        r->ok &= c.value != NULL;
    }
    run_item(r, item, &c, c.rule ? c.rule->name : item->name);
}

/* Examples that stand above nothing: an empty line is between. */
static void tell_orphans(running *r, const tm_rule_file *file)
{
    for (const tm_comment *c = file->comments; c; c = c->next) {
        bool owned = !c->example;
        for (const tm_file_item *i = file->first; i && !owned; i = i->next)
            for (const tm_comment *own = i->comments; own && !owned; own = own->next)
                owned = own->place.at == c->place.at;
        if (!owned)
            r->ok = tm_diag_error(r->diags, r->source, c->place, "E0605",
                                  "an example stands directly above its rule or definition");
    }
}

static const tm_source *open_rules(const tm_rule_files *files, tm_arena *arena, tm_text path,
                                   tm_text *why)
{
    const bool standard = tm_text_is(path, "-");
    const tm_source *source =
        tm_rule_files_open(files, arena, standard ? TM_TEXT("/dev/stdin") : path, why);
    if (!standard || !source)
        return source;
    tm_source *named = TM_NEW(arena, tm_source);
    *named = (tm_source){.name = path, .text = source->text};
    return named;
}

bool tm_case_examples_run(tm_case_results *results, tm_diags *diags, const tm_rule_files *files,
                          tm_text path, tm_case_judge *judge, const tm_case_filter *filter)
{
    running r = {.arena = results->arena,
                 .diags = diags,
                 .results = results,
                 .judge = judge,
                 .filter = filter,
                 .ok = true};
    const tm_rule_importer importer = {.open = tm_rule_files_import, .owner = (void *)files};
    tm_text why;
    r.source = open_rules(files, r.arena, path, &why);
    if (!r.source)
        return tm_diag_error(diags, NULL, (tm_place){0}, "E0500", "cannot read %.*s: %.*s",
                             TM_PRI(path), TM_PRI(why));
    if (judge->coverage)
        tm_case_coverage_file(judge->coverage, path);
    r.sound = tm_rule_unit_read(r.arena, diags, &importer, &r.source, 1, &r.unit);
    for (const tm_unit_file *f = r.unit.first; f; f = f->next) {
        if (f->file->source != r.source)
            continue;
        tell_orphans(&r, f->file);
        for (const tm_file_item *i = f->file->first; i; i = i->next)
            take_item(&r, i);
    }
    return r.sound && r.ok;
}
