/* Fuzz: any bytes as a document of Zipkin. The first byte says in which format, and whether tags
 * are parsed. What is taken is a sound request.
 *
 *     clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/zipkin.c
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "otlp/structure.h"
#include "translate/formats.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct attempt {
    tm_arena *arena;
    tm_zipkin_options options;
    tm_text body;
} attempt;

static void translate(void *argument)
{
    attempt *a = argument;
    tm_text request, error = {0};
    tm_fault fault;
    if (tm_zipkin_translate(a->arena, &a->options, a->body, &request, &error))
        assert(tm_check(TM_MESSAGE_REQUEST, request, &fault) != TM_MALFORMED);
    else
        assert(error.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    attempt a = {.arena = tm_arena_new(NULL),
                 .options = {.format = data[0] % 3,
                             .parse_string_tags = data[0] & 0x40,
                             .alone = data[0] & 0x80,
                             .clock = tm_clock_real()},
                 .body = tm_text_slice(data + 1, size - 1)};
    assert(a.arena);
    tm_arena_set_secret(a.arena, (tm_secret){{1, 2}});
    assert(tm_arena_try(a.arena, translate, &a));
    tm_arena_free(a.arena);
    return 0;
}
