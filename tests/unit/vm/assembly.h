/* Assembly: programs written by hand, for the tests of this module.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_UNIT_VM_ASSEMBLY_H
#define TM_TESTS_UNIT_VM_ASSEMBLY_H

#include "stage.h"

#include "vm/program_listing.h"
#include "vm/verify/verify.h"

/* clang-format off */
#define CODE(...)                                                                                  \
    .code = (const tm_insn[]){__VA_ARGS__},                                                        \
    .length = (uint32_t)(sizeof((const tm_insn[]){__VA_ARGS__}) / sizeof(tm_insn))
#define CONSTANTS(...)                                                                             \
    .constant = (const tm_value[]){__VA_ARGS__},                                                   \
    .constants = (uint32_t)(sizeof((const tm_value[]){__VA_ARGS__}) / sizeof(tm_value))
#define TARGETS(...)                                                                               \
    .target = (const tm_target[]){__VA_ARGS__},                                                    \
    .targets = (uint32_t)(sizeof((const tm_target[]){__VA_ARGS__}) / sizeof(tm_target))
#define SITES(...)                                                                                 \
    .site = (const tm_call_site[]){__VA_ARGS__},                                                   \
    .sites = (uint32_t)(sizeof((const tm_call_site[]){__VA_ARGS__}) / sizeof(tm_call_site))
#define LAMBDAS(...)                                                                               \
    .lambda = (const tm_lambda[]){__VA_ARGS__},                                                    \
    .lambdas = (uint32_t)(sizeof((const tm_lambda[]){__VA_ARGS__}) / sizeof(tm_lambda))
#define REGEXES(...)                                                                               \
    .regex = (tm_regex *const[]){__VA_ARGS__},                                                     \
    .regexes = (uint32_t)(sizeof((tm_regex *const[]){__VA_ARGS__}) / sizeof(tm_regex *))
#define ARGUMENTS(...)                                                                             \
    .argument = (const tm_argument[]){__VA_ARGS__},                                                \
    .arguments = (uint16_t)(sizeof((const tm_argument[]){__VA_ARGS__}) / sizeof(tm_argument))

/* {.op = ADD, 0, 1, 2} */
#define DO(name, ...) {TM_OP_##name, __VA_ARGS__}

/* tm_entry_point of lang/tree.h. */
enum { CONDITION, VALUE, STATEMENT };
/* clang-format on */

/* A program of the span context that may read and write everything. */
#define PROGRAM(point, registers_, ...)                                                            \
    ((tm_program){.context = TM_SPAN,                                                              \
                  .reads = 0xff,                                                                   \
                  .writes = 0xff,                                                                  \
                  .impure = true,                                                                  \
                  .entry_point = (point),                                                          \
                  .registers = (registers_),                                                       \
                  __VA_ARGS__})

static const uint32_t two_slots[TM_LEVELS] = {SLOTS, SLOTS, SLOTS, SLOTS};

static inline tm_regex *regex_of(stage *s, const char *pattern)
{
    tm_text error;
    size_t at;
    tm_regex *regex = tm_regex_new(s->own, tm_text_of(pattern), &error, &at);
    assert_non_null(regex);
    return regex;
}

/* Verifies and runs. */
static inline bool run(stage *s, tm_program p, tm_value *result)
{
    tm_text why;
    if (!tm_verify(s->request, &p, two_slots, &why))
        fail_msg("refused: %.*s", TM_PRI(why));
    return tm_vm_run(&s->vm, &p, result);
}

static inline tm_value ran(stage *s, tm_program p)
{
    tm_value result;
    if (!run(s, p, &result))
        fail_msg("failed: %.*s", TM_PRI(s->vm.error));
    return result;
}

static inline void assert_fails(stage *s, tm_program p, const char *why)
{
    tm_value result;
    assert_false(run(s, p, &result));
    assert_text(s->vm.error, why);
}

#endif
