/* Judge, times: a request that is measured is judged as any other, and each rule has its time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/judged.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { READING_NS = 7, RULE_NS = 100, SPANS = 3, CALIBRATING = 9 };

/* Looking takes 7 ns, a rule 100: the first looks at a request find out what looking takes. */
typedef struct ticking {
    uint64_t now_ns;
    unsigned looks;
} ticking;

static uint64_t tick(void *owner)
{
    ticking *t = owner;
    t->now_ns += READING_NS + (t->looks++ < CALIBRATING ? 0 : RULE_NS);
    return t->now_ns;
}

static void one_request_in_so_many_is_measured(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    ticking t = {.now_ns = 1};
    tm_clock clock = *tm_clock_real();
    clock.monotonic_ns = tick;
    clock.owner = &t;
    judged r = judged_of(arena);
    judged_filter(&r, TM_SPAN, TM_MODE_IGNORE, "name == \"a\"; name == \"b\"");
    judged_transform(&r, TM_IN_SPAN, TM_MODE_IGNORE, "",
                     "set(attributes[\"x\"], 1); set(name, \"n\") where name == \"c\"");
    judged_action(&r, TM_SPAN, TM_ACTION_INSERT, "k", "v");
    judged_action(&r, TM_RESOURCE, TM_ACTION_DELETE, "k", NULL);
    tm_ruleset *rules = judged_compile(&r, NULL);
    tm_judge *judge = tm_judge_new(NULL, &clock, NULL, NULL);
    const char *names[SPANS] = {"a", "b", "c"};
    tm_buf spans = {.arena = arena};
    for (int i = 0; i < SPANS; i++)
        tm_buf_add(&spans, judged_span(arena, names[i], ""));
    const tm_text request = judged_request(arena, "", tm_buf_text(&spans));
    const tm_text plain = judged_judge(arena, judge, rules, request);
    tm_judge_measure(judge, 2);
    for (int i = 0; i < 4; i++) {
        tm_outcome o;
        t.looks = 0;
        assert_true(tm_judge_request(judge, rules, request, NULL, TM_UTF8_MEND, &o));
        assert_true(tm_text_equal(dump_bytes(arena, o.out), plain));
        assert_int_equal(o.rule_ns != NULL, i % 2);
        assert_int_equal(t.looks > 0, i % 2);
        for (uint32_t k = 0; o.rule_ns && k < rules->rules; k++) {
            static const unsigned asked[] = {3, 2, 1, 1, 1, 1}; /* "a" and "b" are dropped before */
            assert_int_equal(o.rule_ns[k], asked[k] * RULE_NS);
        }
    }
    tm_judge_free(judge);
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_request_in_so_many_is_measured)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
