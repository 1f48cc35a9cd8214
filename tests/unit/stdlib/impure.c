/* Impure: Now, UUID and UUIDv7, which no vector can hold, by what must be true of every answer.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "stdlib/fn.h"

enum { TRIES = 1000, UUID_CHARS = 36 };

/* A clock that we turn, and randomness that we know. */
typedef struct world {
    uint64_t ns;
    uint32_t dice;
    bool dry; /* no randomness left */
    tm_clock clock;
    tm_arena *own, *arena;
    tm_vm vm;
} world;

static uint64_t read_ns(void *owner)
{
    return ((world *)owner)->ns;
}

static bool roll(void *owner, void *bytes, size_t n)
{
    world *w = owner;
    for (size_t i = 0; i < n; i++) {
        w->dice = w->dice * 1664525 + 1013904223;
        ((unsigned char *)bytes)[i] = (unsigned char)(w->dice >> 24);
    }
    return !w->dry;
}

static int open_world(void **state)
{
    tm_arena *own = tm_arena_new(NULL);
    world *w = TM_NEW(own, world);
    *w = (world){.own = own, .arena = tm_arena_new(NULL), .ns = 1700000000123456789};
    w->clock =
        (tm_clock){.realtime_ns = read_ns, .monotonic_ns = read_ns, .random = roll, .owner = w};
    tm_vm_init(&w->vm, own, w->arena, &w->clock);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    world *w = *state;
    tm_arena_free(w->arena);
    tm_arena_free(w->own);
    return 0;
}

static bool ask(world *w, const char *name, tm_value *result)
{
    const tm_function *f = tm_function_find(tm_text_of(name));
    const tm_call_site site = {.function = f};
    assert_non_null(f);
    assert_true(f->hosts & TM_HOST_IMPURE);
    tm_prepare p = {.arena = w->arena, .function = f};
    assert_true(!f->prepare || f->prepare(&p));
    tm_call c = {.vm = &w->vm, .arena = w->arena, .site = &site, .state = p.state};
    bool done = f->body(&c);
    *result = c.result;
    return done;
}

static tm_text uuid(world *w, const char *name)
{
    tm_value v;
    assert_true(ask(w, name, &v));
    assert_int_equal(v.type, TM_STRING);
    return tm_value_text(v);
}

/* 8-4-4-4-12 small hex digits, the version, the variant of RFC 9562. */
static void assert_uuid(tm_text id, char version)
{
    static const char shape[] = "xxxxxxxx-xxxx-Vxxx-Nxxx-xxxxxxxxxxxx";
    assert_int_equal(id.n, UUID_CHARS);
    for (unsigned i = 0; i < UUID_CHARS; i++) {
        char c = id.p[i];
        if (shape[i] == 'x')
            assert_non_null(memchr("0123456789abcdef", c, 16));
        else if (shape[i] == 'N')
            assert_non_null(memchr("89ab", c, 4));
        else
            assert_int_equal(c, shape[i] == 'V' ? version : '-');
    }
}

static void now_is_what_the_clock_says_in_the_zone_of_the_machine(void **state)
{
    world *w = *state;
    tm_value v;
    for (unsigned i = 0; i < TRIES; i++, w->ns += 999999937) {
        assert_true(ask(w, "Now", &v));
        assert_int_equal(v.type, TM_TIME);
        assert_int_equal(v.time->seconds, w->ns / 1000000000);
        assert_int_equal(v.time->nanoseconds, w->ns % 1000000000);
    }
}

static void a_uuid_is_of_version_4_and_no_other_like_it(void **state)
{
    world *w = *state;
    tm_text before = TM_TEXT("");
    for (unsigned i = 0; i < TRIES; i++) {
        tm_text id = uuid(w, "UUID");
        assert_uuid(id, '4');
        assert_false(tm_text_equal(id, before));
        before = id;
    }
}

static void a_uuid_of_version_7_starts_with_the_milliseconds(void **state)
{
    world *w = *state;
    char expected[32];
    for (unsigned i = 0; i < TRIES; i++, w->ns += 123456789) {
        tm_text id = uuid(w, "UUIDv7");
        unsigned long long ms = w->ns / 1000000;
        assert_uuid(id, '7');
        snprintf(expected, sizeof expected, "%08llx-%04llx", ms >> 16, ms & 0xffff);
        assert_memory_equal(id.p, expected, 13);
    }
}

static void uuids_of_version_7_sort_as_time_goes(void **state)
{
    world *w = *state;
    tm_text before = TM_TEXT("");
    for (unsigned i = 0; i < TRIES; i++, w->ns += 1000000) {
        tm_text id = uuid(w, "UUIDv7");
        assert_true(tm_text_compare(before, id) < 0);
        before = id;
    }
}

static void without_randomness_there_is_no_uuid(void **state)
{
    world *w = *state;
    tm_value v;
    w->dry = true;
    assert_false(ask(w, "UUID", &v));
    assert_false(ask(w, "UUIDv7", &v));
    assert_true(w->vm.error.n > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(now_is_what_the_clock_says_in_the_zone_of_the_machine),
        TEST(a_uuid_is_of_version_4_and_no_other_like_it),
        TEST(a_uuid_of_version_7_starts_with_the_milliseconds),
        TEST(uuids_of_version_7_sort_as_time_goes),
        TEST(without_randomness_there_is_no_uuid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
