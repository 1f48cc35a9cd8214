/* Rule files: rules of .ottl files decide as the processors that say the same one after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"

#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { RULESETS = 600, REQUESTS_EACH = 3, RULES_MOST = 9 };

/* --- the same rules as a file and as processors, where an attribute is the mark of what is kept
 * --- */

typedef enum verb { DROP, KEEP, EDIT } verb;

typedef struct rule_row {
    verb verb;
    int level;
    const char *text; /* of the condition or statement; every path is prefixed */
} rule_row;

static const rule_row rows[] = {
    {DROP, TM_SPAN, "span.attributes[\"a\"] == \"k\""},
    {DROP, TM_SPAN, "span.attributes[\"a\"] == nil and span.name == \"GET\""},
    {DROP, TM_SPAN, "span.attributes[\"new\"] == \"GET\" or span.kind == 2"},
    {DROP, TM_SPAN, "resource.attributes[\"a\"] == span.attributes[\"a\"]"},
    {DROP, TM_SPAN, "IsMatch(span.name, \"http\") or span.attributes[\"k\"] != nil"},
    {DROP, TM_RESOURCE, "resource.attributes[\"a\"] != nil"},
    {DROP, TM_RESOURCE, "resource.attributes[\"new\"] == \"GET\""},
    {DROP, TM_SCOPE, "scope.name == \"k\""},
    {DROP, TM_SCOPE, "scope.version == \"\" and resource.attributes[\"k\"] == nil"},
    {DROP, TM_EVENT, "spanevent.name == \"k\" or spanevent.attributes[\"a\"] != nil"},
    {DROP, TM_EVENT, "spanevent.name != \"x.y\""},
    {KEEP, TM_SPAN, "span.attributes[\"a\"] == \"k\" or span.name == \"GET\""},
    {KEEP, TM_SPAN, "span.kind == 1"},
    {KEEP, TM_SPAN, "span.attributes[\"a\"] == nil"},
    {KEEP, TM_RESOURCE, "resource.attributes[\"a\"] == \"k\""},
    {KEEP, TM_SCOPE, "scope.name != \"k\""},
    {KEEP, TM_EVENT, "spanevent.name == \"GET\" or spanevent.attributes[\"k\"] == nil"},
    {KEEP, TM_EVENT, "span.attributes[\"a\"] != nil and spanevent.name != \"\""},
    {EDIT, TM_SPAN, "set(span.attributes[\"new\"], span.name)"},
    {EDIT, TM_SPAN, "set(span.name, \"GET\") where span.attributes[\"a\"] != nil"},
    {EDIT, TM_SPAN, "set(resource.attributes[\"new\"], span.name)"},
    {EDIT, TM_SPAN, "set(span.attributes[\"a\"], resource.attributes[\"new\"])"},
    {EDIT, TM_SPAN, "delete_key(span.attributes, \"a\")"},
    {EDIT, TM_SCOPE, "set(scope.name, \"k\") where scope.name == \"\""},
    {EDIT, TM_SCOPE, "set(resource.attributes[\"a\"], scope.name)"},
    {EDIT, TM_RESOURCE, "set(resource.attributes[\"a\"], \"k\")"},
    {EDIT, TM_EVENT, "set(spanevent.name, span.name)"},
    {EDIT, TM_EVENT, "set(span.attributes[\"new\"], spanevent.name)"},
};

static const tm_rules_context contexts[TM_LEVELS] = {TM_IN_RESOURCE, TM_IN_SCOPE, TM_IN_SPAN,
                                                     TM_IN_EVENT};

typedef struct plain {
    tm_arena *arena;
    tm_ruleset *alone[RULES_MOST + 2]; /* one a rule or run of edits, run one after the other */
    unsigned n;
    bool spans_kept, events_kept;
} plain;

static void add_alone(plain *p, judged *r)
{
    p->alone[p->n] = judged_compile(r, NULL);
    if (!p->alone[p->n])
        fail_msg("%.*s", TM_PRI(r->diags.first->message));
    p->n++;
}

static void add_plain_edit(plain *p, int level, const char *statements)
{
    judged r = judged_of(p->arena);
    judged_transform(&r, contexts[level], TM_MODE_IGNORE, "", statements);
    add_alone(p, &r);
}

static void add_plain_drop(plain *p, int level, const char *condition)
{
    const bool event = level == TM_EVENT, marked = event ? p->events_kept : p->spans_kept;
    judged r = judged_of(p->arena);
    if (marked && !event)
        level = TM_SPAN;
    if (marked)
        condition = tm_arena_print(p->arena, "(%s) and %s.attributes[\"kept\"] == nil", condition,
                                   event ? "spanevent" : "span")
                        .p;
    tm_filter_settings *f = &judged_add(&r, TM_PROCESSOR_FILTER)->filter;
    judged_group(&r, f, contexts[level], TM_MODE_IGNORE, condition);
    add_alone(p, &r);
}

static void add_plain_keep(plain *p, int level, const char *condition)
{
    const bool event = level == TM_EVENT;
    tm_text statement = tm_arena_print(p->arena, "set(%s.attributes[\"kept\"], true) where %s%c",
                                       event ? "spanevent" : "span", condition, 0);
    *(event ? &p->events_kept : &p->spans_kept) = true;
    add_plain_edit(p, event ? TM_EVENT : TM_SPAN, statement.p);
}

static plain plain_of(tm_arena *arena, const rule_row *const *rule, unsigned n)
{
    plain p = {.arena = arena};
    for (unsigned i = 0; i < n; i++) {
        tm_buf statements = {.arena = arena};
        if (rule[i]->verb == DROP)
            add_plain_drop(&p, rule[i]->level, rule[i]->text);
        else if (rule[i]->verb == KEEP)
            add_plain_keep(&p, rule[i]->level, rule[i]->text);
        if (rule[i]->verb != EDIT)
            continue;
        tm_buf_print(&statements, "%s", rule[i]->text);
        for (; i + 1 < n && rule[i + 1]->verb == EDIT && rule[i + 1]->level == rule[i]->level; i++)
            tm_buf_print(&statements, "; %s", rule[i + 1]->text);
        tm_buf_add_char(&statements, 0);
        add_plain_edit(&p, rule[i]->level, statements.p);
    }
    add_plain_edit(&p, TM_SPAN, "delete_key(span.attributes, \"kept\")");
    add_plain_edit(&p, TM_EVENT, "delete_key(spanevent.attributes, \"kept\")");
    return p;
}

/* The file; bare where the path is the span's. With `keeps` false keeping rules are left out. */
static tm_text file_of(tm_arena *arena, const rule_row *const *rule, unsigned n, bool keeps)
{
    static const char *const heads[] = {"drop where ", "keep where ", ""};
    tm_buf out = {.arena = arena};
    for (unsigned i = 0; i < n; i++)
        if (keeps || rule[i]->verb != KEEP)
            tm_buf_print(&out, "r%u: %s%s # %u\n", i, heads[rule[i]->verb], rule[i]->text, i);
    return tm_buf_text(&out);
}

static void add_file(judged *r, tm_text text, tm_error_mode mode)
{
    tm_tamis_settings *t = &judged_add(r, TM_PROCESSOR_TAMIS)->tamis;
    tm_source *source = TM_NEW(r->arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("dir/rules.ottl"), .text = text};
    t->files = TM_NEW(r->arena, const tm_source *);
    t->files[0] = source;
    t->file_count = 1;
    t->error_mode = mode;
}

static tm_ruleset *compile_file(tm_arena *arena, tm_text text)
{
    judged r = judged_of(arena);
    add_file(&r, text, TM_MODE_IGNORE);
    tm_ruleset *rules = judged_compile(&r, NULL);
    if (!rules)
        fail_msg("%.*s: %.*s", TM_PRI(text), TM_PRI(r.diags.first->message));
    return rules;
}

static tm_text some_request(tm_arena *arena, unsigned seed)
{
    tm_making m = making_of(arena, seed, seed % 3 ? 0 : TM_ODD_ORDER | TM_ODD_UNKNOWN);
    m.members = 3;
    return making_request(&m);
}

static tm_text said_of(tm_arena *arena, tm_text bytes)
{
    return said_text(arena, said_unpack(arena, bytes));
}

typedef struct counts {
    unsigned passes, marked, saved;
} counts;

static void compare(tm_arena *arena, unsigned seed, counts *c)
{
    tm_making m = making_of(arena, seed, 0);
    const rule_row *rule[RULES_MOST];
    const unsigned n = 2 + making_below(&m, RULES_MOST - 1);
    for (unsigned i = 0; i < n; i++)
        rule[i] = &rows[making_below(&m, sizeof rows / sizeof *rows)];
    const tm_text file = file_of(arena, rule, n, true);
    plain p = plain_of(arena, rule, n);
    tm_ruleset *rules = compile_file(arena, file),
               *careless = compile_file(arena, file_of(arena, rule, n, false));
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    c->passes += rules->passes > 1;
    c->marked += rules->passes > 1 && rules->keeps;
    for (unsigned k = 0; k < REQUESTS_EACH; k++) {
        tm_text bytes = some_request(arena, seed * 7 + k), left = bytes;
        for (unsigned i = 0; i < p.n && left.n; i++)
            left = judged_judge(arena, judge, p.alone[i], left);
        const tm_text said = said_of(arena, judged_judge(arena, judge, rules, bytes));
        tm_text differs = said_difference(arena, said, said_of(arena, left));
        if (differs.n)
            fail_msg("%u:\n%.*s: %.*s", seed, TM_PRI(file), TM_PRI(differs));
        bytes = judged_judge(arena, judge, careless, bytes);
        c->saved += rules->passes > 1 && said_difference(arena, said, said_of(arena, bytes)).n > 0;
    }
    tm_judge_free(judge);
    tm_ruleset_unref(rules);
    tm_ruleset_unref(careless);
    for (unsigned i = 0; i < p.n; i++)
        tm_ruleset_unref(p.alone[i]);
}

static void a_file_decides_as_its_rules_one_by_one(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    counts c = {0};
    for (unsigned seed = 1; seed <= RULESETS; seed++) {
        compare(arena, seed, &c);
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
    assert_true(c.passes > 100);
    assert_true(c.marked > 100 && c.saved > 30);
}

/* --- steps, names, marks --- */

static void neighbours_share_steps_and_rules_are_named(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_ruleset *rules =
        compile_file(arena, TM_TEXT("a: name == \"x\" # why\n"
                                    "drop where name == \"y\"\n  or kind == 2\n"
                                    "resource.attributes[\"r\"] == \"x\"\n"
                                    "instrumentation_scope.name == \"t\"\n"
                                    "k: keep where status.code == 2\n"
                                    "instrumentation_scope.name == \"s\"\n"
                                    "drop where name == \"z\"\n"
                                    "spanevent.name == \"e\"\n"
                                    "set(attributes[\"a\"], 1) where name == \"x\"\n"));
    tm_buf out = {.arena = arena};
    for (uint32_t p = 0; p < rules->passes; p++)
        for (uint32_t i = 0; i < rules->pass[p].steps; i++) {
            const tm_step *s = rules->pass[p].step[i];
            tm_buf_print(&out, "%d/%d%s:", s->kind, s->level, s->spares ? " spares" : "");
            for (uint32_t k = 0; k < s->conditions + s->statements; k++)
                tm_buf_print(&out, " %.*s",
                             TM_PRI((s->statements ? s->statement : s->condition)[k].name));
            tm_buf_add_char(&out, ';');
        }
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, "0/2: a rules.ottl:2;0/0: rules.ottl:4;0/1: rules.ottl:5;1/2: k;"
                               "0/2 spares: rules.ottl:7 rules.ottl:8;0/3: rules.ottl:9;"
                               "2/2: rules.ottl:10;");
    assert_true(tm_text_is(rules->rule[1]->file, "dir/rules.ottl:2"));
    assert_true(tm_text_is(rules->rule[1]->text, "drop where name == \"y\" or kind == 2"));
    assert_true(tm_text_is(rules->rule[4]->text, "keep where status.code == 2"));
    assert_true(rules->rule[5]->hoisted == TM_SCOPE && rules->rule[5]->drops);
    assert_false(rules->rule[4]->drops);
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
}

static void marks_end_with_the_processor_and_spans_are_counted_by_rule(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    add_file(&r, TM_TEXT("keep where name == \"a\"\ndrop where true\n"), TM_MODE_IGNORE);
    add_file(&r, TM_TEXT("keep where name == \"b\"\nx: drop where name == \"a\"\n"),
             TM_MODE_IGNORE);
    tm_ruleset *rules = judged_compile(&r, NULL);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_text spans = tm_arena_join(arena, judged_span(arena, "a", ""), judged_span(arena, "b", ""));
    tm_outcome o;
    assert_non_null(rules);
    assert_true(
        tm_judge_request(judge, rules, judged_request(arena, "", spans), NULL, TM_UTF8_MEND, &o));
    assert_int_equal(o.spans_out, 0);
    assert_int_equal(o.rule[0].matched, 1);
    assert_int_equal(o.rule[1].dropped_spans, 1);
    assert_int_equal(o.rule[2].matched, 0);
    assert_int_equal(o.rule[3].dropped_spans, 1);
    assert_int_equal(o.filtered[1], 1);
    tm_judge_free(judge);
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
}

/* Under propagate a request with an error is refused; the file's own option wins. */
static void the_error_mode_of_a_file_wins(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    static const char rule[] = "drop where ParseJSON(name) == nil\n";
    const tm_text silent =
        tm_arena_join(arena, TM_TEXT("option error_mode silent\n"), tm_text_of(rule));
    for (int own = 0; own < 2; own++) {
        judged r = judged_of(arena);
        tm_outcome o;
        add_file(&r, own ? silent : tm_text_of(rule), TM_MODE_PROPAGATE);
        tm_ruleset *rules = judged_compile(&r, NULL);
        tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
        tm_text bytes = judged_request(arena, "", judged_span(arena, "{", ""));
        assert_true(tm_judge_request(judge, rules, bytes, NULL, TM_UTF8_MEND, &o));
        assert_int_equal(o.status, own ? TM_JUDGED : TM_REFUSED_RULE);
        assert_int_equal(o.rule[0].errors, 1);
        tm_judge_free(judge);
        tm_ruleset_unref(rules);
    }
    tm_arena_free(arena);
}

/* --- mistakes and memory --- */

static void every_mistake_is_told_at_the_file_itself(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    add_file(&r, TM_TEXT("import \"nope\"\nx: drop where nme == 1\ny: keep name\nset(kind, )\n"),
             TM_MODE_IGNORE);
    assert_null(judged_compile(&r, NULL));
    const char *codes[] = {"E0302", "E0101", "E0320", "E0201"};
    unsigned n = 0;
    for (const tm_diag *d = r.diags.first; d; d = d->next, n++) {
        assert_ptr_equal(d->source, r.processor[0]->tamis.files[0]);
        assert_true(n < 4);
        assert_string_equal(d->code, codes[n]);
    }
    assert_int_equal(n, 4);
    tm_arena_free(arena);
}

static bool compile_with(void *owner, const tm_heap *heap)
{
    (void)owner;
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    add_file(&r,
             TM_TEXT("let a = [\"x\"]\ndef F(p) = name == p\nk: keep where F(\"k\")\n"
                     "drop where ContainsValue(a, name)\nset(attributes[\"n\"], name)\n"),
             TM_MODE_IGNORE);
    tm_ruleset *rules = judged_compile(&r, heap);
    const bool compiled = rules != NULL;
    assert_false(r.diags.errors);
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
    return compiled;
}

static void running_out_of_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(short_heap_each(compile_with, NULL) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_decides_as_its_rules_one_by_one),
        cmocka_unit_test(neighbours_share_steps_and_rules_are_named),
        cmocka_unit_test(marks_end_with_the_processor_and_spans_are_counted_by_rule),
        cmocka_unit_test(the_error_mode_of_a_file_wins),
        cmocka_unit_test(every_mistake_is_told_at_the_file_itself),
        cmocka_unit_test(running_out_of_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
