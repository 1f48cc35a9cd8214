/* Noted: rulesets that tell of each condition decide as those that do not.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/rule_unit.h"
#include "judged.h"
#include "tests/unit/short_heap.h"
#include "vm/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { REQUESTS = 200 };

static const char file_text[] =
    "let names = [\"GET\", \"k\"]\n"
    "def IsK(v) = v == \"k\" or v == nil\n"
    "def IsServer() = kind == SPAN_KIND_SERVER\n"
    "a: drop where attributes[\"a\"] == \"k\" and not IsServer()\n"
    "b: drop where IsK(attributes[\"k\"]) and (name == \"GET\" or IsMatch(name, \"x\"))\n"
    "c: drop where Any(names, (_, v) => v == name) and true\n"
    "d: keep where resource.attributes[\"a\"] != nil\n"
    "e: drop where spanevent.name == \"k\" or scope.name == \"s\"\n"
    "f: set(attributes[\"new\"], \"x\") where IsServer() and HasPrefix(name, \"GET\")\n"
    "g: drop where attributes[\"new\"] == \"x\"\n";

static const tm_source file = {.name = TM_TEXT("rules.ottl"),
                               .text = {.p = file_text, .n = sizeof file_text - 1}};

static void add_file(judged *r)
{
    static const tm_source *const files[] = {&file};
    tm_tamis_settings *t = &judged_add(r, TM_PROCESSOR_TAMIS)->tamis;
    t->files = (const tm_source **)files;
    t->file_count = 1;
}

static const tm_ruleset *compiled(tm_arena *arena, bool noted)
{
    judged r = judged_of(arena);
    add_file(&r);
    tm_ruleset *rules =
        noted ? tm_ruleset_new_noted(NULL, r.processor, r.n, &r.diags) : judged_compile(&r, NULL);
    if (!rules)
        fail_msg("%.*s", TM_PRI(r.diags.first->message));
    return rules;
}

/* How often each condition was true and false, by its text. */
typedef struct told {
    struct told *next;
    tm_text text;
    unsigned times[2];
} told;

typedef struct telling {
    tm_arena *arena;
    told *first;
} telling;

static told *told_of(telling *t, tm_text text)
{
    told *i = t->first;
    while (i && !tm_text_equal(i->text, text))
        i = i->next;
    if (i)
        return i;
    i = TM_NEW(t->arena, told);
    *i = (told){.next = t->first, .text = text};
    t->first = i;
    return i;
}

static tm_text text_of(const tm_condition_note *note)
{
    return tm_text_slice(note->source->text.p + note->place.at, note->place.n);
}

static void step(void *owner, const tm_vm *vm, uint32_t at)
{
    const tm_program *p = vm->program;
    for (const tm_condition_note *n = p->note ? p->note[at] : NULL; n; n = n->next) {
        assert_int_equal(p->code[at].op, TM_OP_TEST);
        assert_int_equal(vm->r[p->code[at].a].type, TM_BOOL);
        told_of(owner, text_of(n))->times[vm->r[p->code[at].a].truth]++;
    }
}

static tm_text some_request(tm_arena *arena, unsigned seed)
{
    tm_making m = making_of(arena, seed, seed % 3 ? 0 : TM_ODD_ORDER | TM_ODD_UNKNOWN);
    m.members = 3;
    return making_request(&m);
}

static void a_noted_ruleset_decides_alike(void **state)
{
    (void)state;
    tm_arena *own = tm_arena_new(NULL), *arena = tm_arena_new(NULL);
    const tm_ruleset *plain = compiled(own, false), *noted = compiled(own, true);
    telling t = {.arena = own};
    tm_trace trace = {.step = step, .owner = &t};
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL),
             *traced = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    unsigned dropped = 0;
    tm_judge_vm(traced)->trace = &trace;
    for (unsigned seed = 0; seed < REQUESTS; seed++) {
        const tm_text bytes = some_request(arena, seed);
        const tm_text left = judged_judge(arena, judge, plain, bytes);
        assert_true(tm_text_equal(left, judged_judge(arena, traced, noted, bytes)));
        dropped += left.n < bytes.n;
        tm_arena_reset(arena);
    }
    assert_true(dropped > 10);
    assert_true(told_of(&t, TM_TEXT("kind == SPAN_KIND_SERVER"))->times[0] > 0);
    assert_true(told_of(&t, TM_TEXT("v == nil"))->times[1] > 0);
    tm_judge_free(judge);
    tm_judge_free(traced);
    tm_ruleset_unref((tm_ruleset *)plain);
    tm_ruleset_unref((tm_ruleset *)noted);
    tm_arena_free(arena);
    tm_arena_free(own);
}

/* All notes of the ruleset, as they stand in the programs. */
static void every_condition_has_a_note_where_it_stands(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    const tm_ruleset *rules = compiled(arena, true);
    tm_buf out = {.arena = arena};
    for (uint32_t i = 0; i < rules->rules; i++) {
        const tm_program *p = rules->rule[i]->program;
        tm_buf_print(&out, "%.*s:", TM_PRI(rules->rule[i]->name));
        for (uint32_t at = 0; at < p->length; at++) {
            if (p->note[at])
                tm_buf_print(&out, " ");
            for (const tm_condition_note *n = p->note[at]; n; n = n->next)
                tm_buf_print(&out, "<%.*s>", TM_PRI(text_of(n)));
        }
        tm_buf_add_char(&out, '\n');
    }
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p,
                        "a: <attributes[\"a\"] == \"k\"> <IsServer()><kind == SPAN_KIND_SERVER>\n"
                        "b: <v == \"k\"> <v == nil> <IsK(attributes[\"k\"])> <name == \"GET\"> "
                        "<IsMatch(name, \"x\")>\n"
                        "c: <Any(names, (_, v) => v == name)> <v == name>\n"
                        "d: <resource.attributes[\"a\"] != nil>\n"
                        "e: <spanevent.name == \"k\"> <scope.name == \"s\">\n"
                        "f: <IsServer()><kind == SPAN_KIND_SERVER> "
                        "<HasPrefix(name, \"GET\")>\n"
                        "g: <attributes[\"new\"] == \"x\">\n");
    tm_ruleset_unref((tm_ruleset *)rules);
    rules = compiled(arena, false);
    for (uint32_t i = 0; i < rules->rules; i++)
        assert_null(rules->rule[i]->program->note);
    tm_ruleset_unref((tm_ruleset *)rules);
    tm_arena_free(arena);
}

static void one_rule_of_a_unit_runs_alone(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    const tm_source *const source = &file;
    tm_diags diags = {.arena = arena};
    tm_rule_unit unit;
    assert_true(tm_rule_unit_read(arena, &diags, NULL, &source, 1, &unit));
    const tm_text get = judged_request(arena, "", judged_span(arena, "GET", "k=k"));
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_buf out = {.arena = arena};
    for (const tm_unit_rule *rule = unit.first_rule; rule; rule = rule->next) {
        judged r = judged_of(arena);
        tm_tamis_settings *t = &judged_add(&r, TM_PROCESSOR_TAMIS)->tamis;
        t->unit = &unit;
        t->only = rule;
        tm_ruleset *rules = judged_compile(&r, NULL);
        assert_non_null(rules);
        assert_int_equal(rules->rules, 1);
        assert_true(tm_text_equal(rules->rule[0]->name, rule->name));
        if (!judged_judge(arena, judge, rules, get).n)
            tm_buf_add(&out, rule->name);
        tm_ruleset_unref(rules);
    }
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, "bc");
    tm_judge_free(judge);
    tm_arena_free(arena);
}

static bool compile_noted(void *owner, const tm_heap *heap)
{
    (void)owner;
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    add_file(&r);
    tm_ruleset *rules = tm_ruleset_new_noted(heap, r.processor, r.n, &r.diags);
    const bool compiled = rules != NULL;
    assert_false(r.diags.errors);
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
    return compiled;
}

static void running_out_of_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(short_heap_each(compile_noted, NULL) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_noted_ruleset_decides_alike),
        cmocka_unit_test(every_condition_has_a_note_where_it_stands),
        cmocka_unit_test(one_rule_of_a_unit_runs_alone),
        cmocka_unit_test(running_out_of_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
