/* Working: what rules cost as their data grow, in steps charged, in bytes and, in the build that
 * counts them (make work), in blocks of code that ran. No clock is asked: the counts are the same
 * on every machine. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_LANG_WORKING_H
#define TM_TESTS_LANG_WORKING_H

#include "compiling.h"

#include "base/work.h"
#include "tests/unit/blocks.h"

#include <stdio.h>

/* Fills in attributes of a span, of some size that grows with n. */
typedef void making(tm_arena *arena, tm_map *attributes, uint32_t n);

/* A rule, and the data that cost it most. */
typedef struct family {
    const char *rule;
    making *make;
} family;

typedef struct cost {
    uint64_t steps, bytes, blocks, input;
} cost;

static inline uint64_t bytes_of(const tm_map *map)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < map->n; i++)
        n += tm_entry_encoded_bytes(&map->entry[i]);
    return n;
}

/* What is set without a clock in the VM: tables of maps want a secret. */
static inline void make_item(compiling *c, tm_item *item, tm_level level, tm_arena *request)
{
    const tm_needs *needs = tm_need_finish(&c->needs, level);
    tm_item_reset(item, level, request, needs, TM_NEW_ARRAY(c->arena, needs->n + 1, tm_slot));
}

/* Comparing charges nothing, as far as functions are concerned. */
static inline bool is_condition(const family *f)
{
    return strncmp(f->rule, "attributes[", strlen("attributes[")) == 0;
}

/* A long text is the span's header, too. */
static inline void put_state(tm_item *span)
{
    const tm_entry *text = tm_map_find(span->attributes, TM_TEXT("t"));
    if (text && text->value.type == TM_STRING)
        tm_item_set_field(span, TM_SPAN_TRACE_STATE, text->value);
}

/* Runs the rule over data of size n; *error says why it failed, its p is NULL when it did not. The
 * text lives as long as the process. */
static inline cost try_cost_of(const family *f, uint32_t n, tm_text *error)
{
    void *state;
    compiling_open(&state);
    compiling *c = state;
    const tm_program *program = compile_as(
        c, f->rule, is_condition(f) ? TM_CONDITION : TM_STATEMENT, TM_SPAN, TM_PATHS_BARE);
    if (!program)
        fail_msg("%s: %.*s", f->rule, TM_PRI(c->diags.first->message));
    tm_arena *request = tm_arena_new(NULL);
    tm_arena_set_secret(request, (tm_secret){{1, 2}});
    tm_vm vm;
    tm_item item[TM_LEVELS] = {0};
    tm_value result;
    tm_vm_init(&vm, c->arena, request, NULL);
    for (unsigned level = 0; level < TM_LEVELS; level++) {
        make_item(c, &item[level], (tm_level)level, request);
        vm.item[level] = &item[level];
    }
    item[TM_SPAN].attributes = tm_map_new(request, 0);
    f->make(request, item[TM_SPAN].attributes, n);
    put_state(&item[TM_SPAN]);
    const cost before = {.bytes = tm_arena_used(request), .blocks = blocks_run};
    const uint64_t input = bytes_of(item[TM_SPAN].attributes);
    const bool done = tm_vm_run(&vm, program, &result);
    static char why[300];
    snprintf(why, sizeof why, "%.*s", TM_PRI(vm.error));
    *error = done ? (tm_text){0} : tm_text_of(why);
    const cost after = {.steps = tm_work_steps(vm.work),
                        .bytes = tm_arena_used(request) - before.bytes,
                        .blocks = blocks_run - before.blocks,
                        .input = input};
    tm_arena_free(request);
    compiling_close(&state);
    return after;
}

static inline cost cost_of(const family *f, uint32_t n)
{
    tm_text error;
    const cost spent = try_cost_of(f, n, &error);
    if (error.p)
        fail_msg("%s: %s", f->rule, error.p);
    return spent;
}

static inline void assert_grows(const family *f, const char *what, uint64_t once, uint64_t twice,
                                double data)
{
    if ((double)twice > 1.15 * data * (double)once + 4096)
        fail_msg("%s: %.2f times the data take %.2f times the %s, %lu after %lu", f->rule, data,
                 (double)twice / (double)once, what, (unsigned long)twice, (unsigned long)once);
}

/* Twice the data take at most 2.3 times the steps, bytes and blocks: n log n, not n * n. Functions
 * charge steps for their data. */
static inline void assert_family(const family *f, uint32_t n)
{
    const cost once = cost_of(f, n), twice = cost_of(f, 2 * n);
    const double data = (double)twice.input / (double)once.input;
    assert_grows(f, "steps", once.steps, twice.steps, data);
    assert_grows(f, "bytes", once.bytes, twice.bytes, data);
    assert_grows(f, "blocks", once.blocks, twice.blocks, data);
    if (blocks_run)
        printf("%8lu bytes: %8lu steps, %8lu bytes, %9lu blocks for %s\n",
               (unsigned long)twice.input, (unsigned long)twice.steps, (unsigned long)twice.bytes,
               (unsigned long)twice.blocks, f->rule);
    if (!is_condition(f) && twice.steps < twice.input / 64)
        fail_msg("%s: %lu bytes charge %lu steps only", f->rule, (unsigned long)twice.input,
                 (unsigned long)twice.steps);
}

/* --- data --- */
static inline void put_text(tm_arena *arena, tm_map *map, const char *key, tm_text text)
{
    tm_map_append(arena, map, tm_text_of(key), tm_string(text));
}

/* head, n pieces with the number of the piece in place of each #, tail. */
static inline tm_text pieces(tm_arena *arena, const char *head, const char *piece, uint32_t n,
                             const char *tail)
{
    tm_buf b = {.arena = arena};
    tm_buf_add(&b, tm_text_of(head));
    for (uint32_t i = 0; i < n; i++)
        for (const char *p = piece; *p; p++) {
            if (*p == '#')
                tm_buf_print(&b, "%06u", i);
            else
                tm_buf_add_char(&b, *p);
        }
    tm_buf_add(&b, tm_text_of(tail));
    return tm_buf_text(&b);
}

#endif
