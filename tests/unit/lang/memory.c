/* Memory: compiling survives the failure of any allocation, and of all behind it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"
#include "tests/unit/short_heap.h"

/* One rule to be compiled. */
typedef struct one_rule {
    tm_arena *arena;
    const char *text;
} one_rule;

static void compile_it(void *argument)
{
    const one_rule *r = argument;
    tm_diags diags = {.arena = r->arena};
    tm_need_table needs = {.arena = r->arena};
    tm_compiler c = {.arena = r->arena, .diags = &diags, .needs = &needs};
    tm_source source = {.name = TM_TEXT("rule"), .text = tm_text_of(r->text)};
    tm_compile_rule(&c, &source, TM_CONDITION, TM_SPAN, TM_PATHS_BARE);
}

/* True when there was memory enough. */
static bool compile_with(void *text, const tm_heap *heap)
{
    one_rule r = {tm_arena_new(heap), text};
    bool done = r.arena && tm_arena_try(r.arena, compile_it, &r);
    tm_arena_free(r.arena);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    static const char *const rules[] = {
        "IsMatch(attributes[\"a\"], \"^(a|b)+[^c]*$\") or name == \"x\"",
        "Any([1, 2, name], (_, v) => v == 1 and attributes[v] == {\"a\": [v]})",
        "nam == \"x\" and Foo(kin) and IsMatch(name, \"a(?=b)\")",
    };
    (void)state;
    for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++)
        assert_true(short_heap_each(compile_with, (void *)(uintptr_t)rules[i]) > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
