/* Case coverage: what counts, once, and which sides of it held.
 * SPDX-License-Identifier: Apache-2.0 */
#include "case_reading.h"

#include "base/clock.h"
#include "tools/case_coverage.h"
#include "tools/case_judge.h"
#include "tools/case_report.h"
#include "tools/case_rules.h"
#include "tools/case_span.h"

static const tm_ruleset *compiled(reading *r, const char *name, const char *text)
{
    tm_processor_settings p = {.type = TM_PROCESSOR_TAMIS, .id = TM_TEXT("tamis")};
    const tm_processor_settings *const one = &p;
    const tm_source source = {.name = tm_text_of(name), .text = tm_text_of(text)}, *file = &source;
    p.tamis.files = &file;
    p.tamis.file_count = 1;
    return tm_case_rules_keep(r->arena, tm_ruleset_new_noted(NULL, &one, 1, &r->diags));
}

static void judge(reading *r, tm_case_coverage *c, const tm_ruleset *rules, const char *span)
{
    tm_case_judge *j = tm_case_judge_new(r->arena, c);
    tm_buf bytes = {.arena = r->arena};
    tm_case_outcome o;
    tm_case_span_write_one(&bytes, yaml_of(r, span));
    tm_text request = tm_buf_text(&bytes);
    assert_true(tm_case_judge_run(j, rules, &(tm_texts){&request, 1}, &o));
}

static const char *missed(reading *r, tm_case_coverage *c)
{
    tm_buf out = {.arena = r->arena};
    unsigned covered, all;
    tm_case_coverage_sum(c, &covered, &all);
    tm_buf_print(&out, "%u/%u", covered, all);
    for (const tm_case_covered *i = tm_case_coverage_all(c); i; i = i->next)
        for (unsigned side = 0; side < 2; side++) {
            tm_buf what = {.arena = r->arena};
            if (tm_case_report_missed(&what, i, side))
                tm_buf_print(&out, "; %u:%u %.*s", i->line, i->column, TM_PRI(tm_buf_text(&what)));
        }
    return cstring(&out);
}

static const char rules_text[] = "a: drop where name == \"a\" and (kind == 2 or\n"
                                 "    kind == 3)\n"
                                 "b: set(name, \"x\")\n";

static void each_side_is_covered_by_itself(void **state)
{
    reading *r = *state;
    tm_case_coverage *c = tm_case_coverage_new(r->arena);
    tm_case_coverage_file(c, TM_TEXT("./rules.ottl"));
    const tm_ruleset *rules = compiled(r, "rules.ottl", rules_text);
    tm_case_coverage_rules(c, rules);
    assert_string_equal(missed(r, c), "0/8; 1:0 rule a never matched; 1:15 never asked: name == "
                                      "\"a\"; 1:32 never asked: kind == 2; 2:5 never asked: kind "
                                      "== 3; 3:0 rule b never matched");
    judge(r, c, rules, "{name: z}");
    assert_string_equal(missed(r, c),
                        "2/8; 1:0 rule a never matched; 1:15 never true: name == \"a\"; 1:32 never "
                        "asked: kind == 2; 2:5 never asked: kind == 3");
    judge(r, c, rules, "{name: a, kind: SERVER}");
    assert_string_equal(missed(r, c),
                        "5/8; 1:32 never false: kind == 2; 2:5 never asked: kind == 3");
    judge(r, c, rules, "{name: a, kind: CLIENT}");
    judge(r, c, rules, "{name: a, kind: INTERNAL}");
    assert_string_equal(missed(r, c), "8/8");
    assert_true(tm_case_coverage_percent(c) == 100);
}

static void the_same_place_counts_once(void **state)
{
    reading *r = *state;
    tm_case_coverage *c = tm_case_coverage_new(r->arena);
    tm_case_coverage_file(c, TM_TEXT("rules.ottl"));
    const tm_ruleset *one = compiled(r, "rules.ottl", rules_text),
                     *two = compiled(r, "./rules.ottl", rules_text);
    tm_case_coverage_rules(c, one);
    tm_case_coverage_rules(c, two);
    judge(r, c, one, "{name: a, kind: SERVER}");
    judge(r, c, two, "{name: a, kind: CLIENT}");
    assert_string_equal(
        missed(r, c),
        "5/8; 1:15 never false: name == \"a\"; 2:5 never false: kind == 3; 3:0 rule b "
        "never matched");
}

static void other_files_do_not_count(void **state)
{
    reading *r = *state;
    tm_case_coverage *c = tm_case_coverage_new(r->arena);
    tm_case_coverage_file(c, TM_TEXT("rules.ottl"));
    const tm_ruleset *rules =
        compiled(r, "rules.ottl", "import \"probes\"\np: drop where not IsGrpcHealthCheck()\n");
    const tm_ruleset *other = compiled(r, "other.ottl", rules_text);
    tm_case_coverage_rules(c, rules);
    tm_case_coverage_rules(c, other);
    judge(r, c, rules, "{}");
    judge(r, c, other, "{name: a}");
    assert_string_equal(missed(r, c), "2/3; 2:19 never true: IsGrpcHealthCheck()");
    assert_true(tm_case_coverage_percent(tm_case_coverage_new(r->arena)) == 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(each_side_is_covered_by_itself),
        CASE_TEST(the_same_place_counts_once),
        CASE_TEST(other_files_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
