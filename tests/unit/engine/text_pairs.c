/* Text pairs: a condition that looks for a text drops the same among many.
 * SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { RULESETS = 2000, CONDITIONS = 40 };

static const char *const values[] = {"name", "attributes[\"a\"]", "resource.attributes[\"a\"]"};

/* A condition: what stands before the value, between it and the text, and behind. The first two
 * hold for no value that lacks the text. */
static const struct {
    const char *first, *then, *last;
} shapes[] = {
    {"", " == \"", "\""},
    {"IsMatch(", ", \"", "\")"},
    {"", " == \"", "\" and kind == 1"},
    {"", " == \"", "\" or kind == 1"},
    {"", " != \"", "\" and kind == 7"},
    {"not (", " == \"", "\") and kind == 7"},
    {"IsMatch(", ", \"^", "\")"},
    {"IsMatch(", ", \"", "$\") and attributes[\"k\"] != nil"},
    {"IsMatch(", ", \"^", "$\")"},
    {"IsMatch(", ", \"(?i)", "\")"},
    {"IsMatch(", ", \".*", ".*\")"},
    {"IsMatch(", ", \"", "|never\") and kind == 2"},
    {"HasPrefix(Concat([", ", \"\"], \"\"), \"", "\")"},
};

/* Texts that values hold whole, in parts, or not at all. */
static const char *const texts[] = {
    "k",   "GET", "x.y",    "key7",    "key",  "0123456789abcdef0123456789abcdef",
    "789", "ey7", "user_a", "no such", "http", "caf",
};

#define ONE_OF(m, list) (list)[making_below((m), sizeof(list) / sizeof *(list))]

static tm_ruleset *filter_of(tm_arena *arena, const tm_rule_text *conditions, size_t count)
{
    judged r = judged_of(arena);
    tm_filter_settings *f = &judged_add(&r, TM_PROCESSOR_FILTER)->filter;
    f->error_mode = TM_MODE_IGNORE;
    f->traces.span = (tm_rule_texts){.items = (tm_rule_text *)conditions, .count = count};
    tm_ruleset *rules = judged_compile(&r, NULL);
    if (!rules)
        fail_msg("%s: %.*s", conditions->source.text.p, TM_PRI(r.diags.first->message));
    return rules;
}

static const tm_text_pairs *pairs_of(const tm_ruleset *rules)
{
    assert_int_equal(rules->passes, 1);
    return rules->pass[0].step[0]->pairs;
}

/* A condition that may hold among many that do not, of which it takes a place. */
static tm_rule_text *conditions_of(tm_making *m, unsigned place)
{
    tm_rule_text *out = TM_NEW_ARRAY(m->arena, CONDITIONS, tm_rule_text);
    for (unsigned i = 0; i < CONDITIONS; i++) {
        const char *value = i == place ? ONE_OF(m, values) : values[i % 2];
        const char *text = i == place ? ONE_OF(m, texts) : "not there";
        const unsigned k = i == place ? making_below(m, sizeof shapes / sizeof *shapes) : i / 2 % 2;
        tm_text whole = tm_arena_print(m->arena, "%s%s%s%s%s", shapes[k].first, value,
                                       shapes[k].then, text, shapes[k].last);
        out[i] = judged_text(m->arena, whole.p, i);
    }
    return out;
}

/* Whether something was dropped. */
static bool compare(tm_arena *arena, unsigned seed)
{
    tm_making m = making_of(arena, seed, 0);
    const unsigned place = making_below(&m, CONDITIONS);
    tm_rule_text *conditions = conditions_of(&m, place);
    tm_ruleset *all = filter_of(arena, conditions, CONDITIONS);
    tm_ruleset *one = filter_of(arena, &conditions[place], 1);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    assert_non_null(pairs_of(all));
    assert_null(pairs_of(one));
    m.members = 4;
    tm_text bytes = making_request(&m), want = judged_judge(arena, judge, one, bytes);
    tm_text got = judged_judge(arena, judge, all, bytes);
    if (!tm_text_equal(got, want))
        fail_msg("seed %u: %.*s", seed, TM_PRI(conditions[place].source.text));
    tm_judge_free(judge);
    tm_ruleset_unref(all);
    tm_ruleset_unref(one);
    return want.n < bytes.n;
}

static void a_condition_among_many_drops_what_it_would_alone(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    unsigned dropping = 0;
    for (unsigned seed = 1; seed <= RULESETS; seed++) {
        dropping += compare(arena, seed);
        tm_arena_reset(arena);
    }
    assert_true(dropping > RULESETS / 10);
    tm_arena_free(arena);
}

/* --- which conditions are asked --- */

static tm_item *named(tm_arena *arena, const char *name)
{
    tm_item *item = TM_NEW(arena, tm_item);
    item->level = TM_SPAN;
    item->seen = 1u << TM_SPAN_NAME;
    item->field[TM_SPAN_NAME] = tm_string(tm_text_of(name));
    return item;
}

static void a_value_without_the_pairs_of_a_text_asks_no_condition_about_it(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_rule_text *conditions = TM_NEW_ARRAY(arena, 40, tm_rule_text);
    for (unsigned i = 0; i < 40; i++)
        conditions[i] = judged_text(
            arena, tm_arena_print(arena, "IsMatch(name, \"noise-%c%u\")", 'a' + i % 26, i).p, i);
    tm_ruleset *rules = filter_of(arena, conditions, 40);
    const tm_text_pairs *pairs = pairs_of(rules);
    uint64_t set[TM_TEXT_PAIRS_VALUES];
    assert_non_null(pairs);
    assert_int_equal(pairs->values, 1);
    unsigned lacking[3] = {0};
    const char *const names[] = {"GET /entries", "noise-c2", ""};
    for (unsigned k = 0; k < 3; k++) {
        tm_text_pairs_look(pairs, named(arena, names[k]), set);
        for (unsigned i = 0; i < 40; i++)
            lacking[k] += tm_text_pairs_lack(pairs, set, i);
    }
    assert_int_equal(lacking[0], 40);
    assert_in_range(lacking[1], 30, 39);
    assert_int_equal(lacking[2], 40);
    tm_text_pairs_look(pairs, named(arena, "noise-c2"), set);
    assert_false(tm_text_pairs_lack(pairs, set, 2));
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
}

static void too_few_conditions_are_all_asked(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_rule_text *conditions = TM_NEW_ARRAY(arena, 20, tm_rule_text);
    for (unsigned i = 0; i < 20; i++)
        conditions[i] = judged_text(
            arena,
            tm_arena_print(arena, "%s == \"text %u\"", i % 2 ? "name" : "attributes[\"a\"]", i).p,
            i);
    tm_ruleset *rules = filter_of(arena, conditions, 20);
    assert_null(pairs_of(rules));
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_condition_among_many_drops_what_it_would_alone),
        cmocka_unit_test(a_value_without_the_pairs_of_a_text_asks_no_condition_about_it),
        cmocka_unit_test(too_few_conditions_are_all_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
