/* Regex bench: patterns compiled into an arena, and what matches them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_VM_REGEX_BENCH_H
#define TM_TESTS_VM_REGEX_BENCH_H

#include "vm/regex/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct bench {
    tm_arena *arena;
    tm_matcher *matcher;
} bench;

static bench start(void)
{
    tm_arena *arena = tm_arena_new(NULL);
    return (bench){.arena = arena, .matcher = tm_matcher_new(arena)};
}

static tm_regex *compile(bench *b, tm_text pattern)
{
    tm_text error;
    size_t at;
    tm_regex *regex = tm_regex_new(b->arena, pattern, &error, &at);
    if (!regex)
        fail_msg("%.*s: %.*s", TM_PRI(pattern), TM_PRI(error));
    return regex;
}

static tm_regex *compile_text(bench *b, const char *pattern)
{
    return compile(b, tm_text_of(pattern));
}

#endif
