/* Memory: compiling survives the failure of every single allocation.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

#include <stdlib.h>

/* A heap whose n-th allocation fails, and that counts what is not given back. */
typedef struct short_heap {
    long left, blocks;
} short_heap;

static void *take(void *owner, size_t size_bytes)
{
    short_heap *h = owner;
    if (h->left-- == 0)
        return NULL;
    h->blocks++;
    return malloc(size_bytes);
}

static void *grow(void *owner, void *block, size_t size_bytes)
{
    short_heap *h = owner;
    return h->left-- == 0 ? NULL : realloc(block, size_bytes);
}

static void drop(void *owner, void *block)
{
    ((short_heap *)owner)->blocks -= block != NULL;
    free(block);
}

/* True when there was memory enough. */
static bool compile_with(const tm_heap *heap, const char *text)
{
    tm_arena *volatile arena = tm_arena_new(heap);
    volatile bool done = false;
    if (!arena)
        return false;
    jmp_buf escape;
    tm_arena_escape(arena, &escape);
    if (setjmp(escape) == 0) {
        tm_diags diags = {.arena = arena};
        tm_need_table needs = {.arena = arena};
        tm_compiler c = {.arena = arena, .diags = &diags, .needs = &needs};
        tm_source source = {.name = TM_TEXT("rule"), .text = tm_text_of(text)};
        tm_compile_rule(&c, &source, TM_CONDITION, TM_SPAN, TM_PATHS_BARE);
        done = true;
    }
    tm_arena_free(arena);
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
    for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++) {
        bool done = false;
        for (long n = 0; !done && n < 10000; n++) {
            short_heap h = {.left = n};
            tm_heap heap = {.alloc = take, .grow = grow, .drop = drop, .owner = &h};
            done = compile_with(&heap, rules[i]);
            assert_int_equal(h.blocks, 0);
        }
        assert_true(done);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
