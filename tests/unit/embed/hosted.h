/* Hosted: an engine, rules and the example's request, as a host has them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_HOSTED_H
#define TM_TEST_HOSTED_H

#define _GNU_SOURCE /* memmem */
#include "tamis/tamis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HOSTED_REQUEST_MOST = 1 << 16 };

typedef struct hosted_request {
    char bytes[HOSTED_REQUEST_MOST];
    tamis_request request;
} hosted_request;

/* examples/spans.pb: 8 spans. */
static inline const tamis_request *hosted_read(hosted_request *r)
{
    FILE *file = fopen("examples/spans.pb", "rb");
    assert_non_null(file);
    r->request = (tamis_request){.size = sizeof r->request, .bytes = r->bytes};
    r->request.size_bytes = fread(r->bytes, 1, sizeof r->bytes, file);
    fclose(file);
    assert_true(r->request.size_bytes > 1000);
    return &r->request;
}

static inline tamis_engine *hosted_engine(void)
{
    tamis_engine *engine;
    assert_int_equal(tamis_engine_new(NULL, &engine), TAMIS_OK);
    return engine;
}

static inline tamis_vm *hosted_vm(tamis_engine *engine, tamis_vm_options options)
{
    tamis_vm *vm;
    options.size = sizeof options;
    assert_int_equal(tamis_vm_new(engine, &options, &vm), TAMIS_OK);
    return vm;
}

/* A rule file "rules.ottl" of that text; NULL when it does not compile. */
static inline tamis_ruleset *hosted_rules(tamis_engine *engine, const char *text,
                                          tamis_messages **messages)
{
    const tamis_source source = {"rules.ottl", text, strlen(text)};
    const tamis_compile_options options = {.size = sizeof options, .source = &source, .sources = 1};
    tamis_ruleset *ruleset;
    const tamis_status status = tamis_compile(engine, &options, &ruleset, messages);
    assert_true((status == TAMIS_OK) == (ruleset != NULL));
    assert_true(status == TAMIS_OK || status == TAMIS_BAD_RULES);
    return ruleset;
}

static inline tamis_counts hosted_counts(const tamis_vm *vm, size_t rule)
{
    tamis_counts counts = {.size = sizeof counts};
    assert_int_equal(tamis_vm_counts(vm, rule, &counts), TAMIS_OK);
    return counts;
}

/* What leaves, as one text of `size` bytes; the caller frees it. */
static inline char *hosted_out(const tamis_vm *vm, const tamis_result *result)
{
    char *out = malloc(result->size_bytes + 1), *joined = malloc(result->size_bytes + 1);
    size_t n = 0;
    assert_int_equal(tamis_vm_copy(vm, out, result->size_bytes), TAMIS_OK);
    for (size_t i = 0; i < result->slices; n += result->slice[i++].size_bytes)
        memcpy(joined + n, result->slice[i].bytes, result->slice[i].size_bytes);
    assert_int_equal(n, result->size_bytes);
    assert_memory_equal(out, joined, n);
    free(joined);
    return out;
}

static inline bool hosted_contains(const char *bytes, size_t size, const char *part)
{
    return memmem(bytes, size, part, strlen(part)) != NULL;
}

#endif
