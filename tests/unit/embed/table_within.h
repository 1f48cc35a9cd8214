/* Table within: a table filtered by an engine that has a heap of the test's.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_TABLE_WITHIN_H
#define TM_TEST_TABLE_WITHIN_H

#include "tests/unit/embed/hosted.h"
#include "tests/unit/short_heap.h"

/* Whether there was memory all the way. What there was not enough for tells nothing. */
static inline bool table_within(const tm_heap *given, const char *text, const tamis_table *table)
{
    const tamis_heap heap = {given->alloc, given->grow, given->drop, given->owner};
    const tamis_engine_options options = {.size = sizeof options, .heap = &heap};
    const tamis_source source = {"r.ottl", text, strlen(text)};
    const tamis_compile_options compile = {.size = sizeof compile, .source = &source, .sources = 1};
    tamis_engine *engine = NULL;
    tamis_ruleset *rules = NULL;
    tamis_vm *vm = NULL;
    tamis_table_result r = {.size = sizeof r};
    tamis_status status = tamis_engine_new(&options, &engine);
    if (status == TAMIS_OK)
        status = tamis_compile(engine, &compile, &rules, NULL);
    if (status == TAMIS_OK)
        status = tamis_vm_new(engine, NULL, &vm);
    if (status == TAMIS_OK)
        status = tamis_filter_table(vm, rules, table, &r);
    assert_true(status == TAMIS_OK || status == TAMIS_OUT_OF_MEMORY);
    assert_int_equal(r.row != NULL, status == TAMIS_OK);
    if (vm && rules) /* it can be used again, once there is memory */
        status =
            tamis_filter_table(vm, rules, table, &r) == TAMIS_OK ? status : TAMIS_OUT_OF_MEMORY;
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
    return status == TAMIS_OK;
}

#endif
