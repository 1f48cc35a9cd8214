/* Stage: a VM with one item of each level, for the tests of this module.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_UNIT_VM_STAGE_H
#define TM_TESTS_UNIT_VM_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "vm/convert.h"
#include "vm/path/path.h"
#include "vm/stored.h"
#include "vm/vm.h"

/* Attribute keys of every level that have slots. */
enum { SLOT_A, SLOT_B, SLOTS };

typedef struct stage {
    tm_arena *own, *request;
    tm_needs *needs;
    tm_item item[TM_LEVELS];
    tm_slot slot[TM_LEVELS][SLOTS];
    tm_vm vm;
} stage;

static inline int stage_set_up(void **state)
{
    static const tm_text keys[SLOTS] = {{"a", 1}, {"b", 1}};
    stage *s = calloc(1, sizeof *s);
    s->own = tm_arena_new(NULL);
    s->request = tm_arena_new(NULL);
    s->needs = tm_needs_new(s->own, keys, SLOTS, UINT32_MAX);
    tm_vm_init(&s->vm, s->own, s->request, NULL);
    for (unsigned level = 0; level < TM_LEVELS; level++) {
        tm_item_reset(&s->item[level], (tm_level)level, s->request, s->needs, s->slot[level]);
        s->item[level].parent = level ? &s->item[level - 1] : NULL;
        s->vm.item[level] = &s->item[level];
    }
    *state = s;
    return 0;
}

static inline int stage_tear_down(void **state)
{
    stage *s = *state;
    tm_arena_free(s->request);
    tm_arena_free(s->own);
    free(s);
    return 0;
}

#define TEST_ON_STAGE(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

static inline tm_value str(const char *text)
{
    return tm_string(tm_text_of(text));
}

/* A list or map of the given form, from values (and keys before them). */
static inline tm_value list_of(tm_arena *arena, tm_form form, unsigned n, const tm_value *items)
{
    tm_list *list = tm_list_new(arena, n);
    for (unsigned i = 0; i < n; i++)
        tm_list_append(arena, list, items[i]);
    return tm_list_value(list, form);
}

static inline tm_value map_of(tm_arena *arena, tm_form form, const char *key, tm_value value)
{
    tm_map *map = tm_map_new(arena, 1);
    tm_map_append(arena, map, tm_text_of(key), value);
    return tm_map_value(map, form);
}

/* The path "level.dotted". */
static inline const tm_path *path_named(tm_level level, const char *dotted)
{
    for (const tm_path *row = tm_path_rows(); row->dotted; row++)
        if (row->level == level && strcmp(row->dotted, dotted) == 0)
            return row;
    fail_msg("no path %s", dotted);
    return NULL;
}

#define assert_text(text, expected) stage_assert_text((text), (expected), __FILE__, __LINE__)
static inline void stage_assert_text(tm_text text, const char *expected, const char *file, int line)
{
    if (tm_text_is(text, expected))
        return;
    print_error("%.*s != %s\n", TM_PRI(text), expected);
    _fail(file, line);
}

/* The value as JSON (language.md 5.3), which tells all data apart but bytes from strings. */
#define assert_json(s, value, expected)                                                            \
    stage_assert_json((s), (value), (expected), __FILE__, __LINE__)
static inline void stage_assert_json(stage *s, tm_value value, const char *expected,
                                     const char *file, int line)
{
    tm_text json;
    tm_value_json(s->request, value, false, &json);
    stage_assert_text(json, expected, file, line);
}

#endif
