/* Calls: arguments, errors, lambdas, and the trace of it all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "assembly.h"

#include "vm/trace.h"

/* Returns its arguments as a list. */
static bool body_Echo(tm_call *c)
{
    if (!tm_literal_list(c->vm, c->arg, c->site->arguments, &c->result))
        return false;
    return true;
}
static const tm_function echo = {.name = "Echo", .body = body_Echo};

static bool body_Fail(tm_call *c)
{
    return tm_vm_fail(c->vm, "no luck");
}
static const tm_function failing = {.name = "Fail", .body = body_Fail};

static bool body_set(tm_call *c)
{
    return tm_path_set(c->vm, &c->vm->program->target[c->site->argument[0].index], c->arg[1]);
}
static const tm_function setting = {.name = "set", .body = body_set};

/* The sum of what the lambda makes of 1, 2 and 3. */
static bool body_Sum(tm_call *c)
{
    int64_t sum = 0;
    for (int i = 1; i <= 3; i++) {
        tm_value v, arg = tm_int(i);
        if (!tm_vm_call_lambda(c->vm, c->site->argument[0].index, &arg, 1, &v))
            return false;
        sum += v.integer;
    }
    c->result = tm_int(sum);
    return true;
}
static const tm_function summing = {.name = "Sum", .body = body_Sum};

/* clang-format off */
#define GIVEN(kind_) {.kind = (kind_), .given = true}
/* clang-format on */

static void arguments_are_coerced_as_their_kinds_say(void **state)
{
    stage *s = *state;
    const tm_argument list = {.kind = TM_KIND_LIST_OF_TO_STRING, .given = true};
    assert_json(
        s,
        ran(s,
            PROGRAM(
                VALUE, 6,
                CONSTANTS(tm_int(1), list_of(s->request, TM_DATA, 1, (tm_value[]){tm_int(1)})),
                SITES({.function = &echo,
                       .first = 1,
                       ARGUMENTS(GIVEN(TM_KIND_ANY), GIVEN(TM_KIND_TO_STRING),
                                 {.kind = TM_KIND_STRING},
                                 {.kind = TM_KIND_STRING, .given = true, .tested = true}, list)}),
                CODE(DO(CONSTANT, 1, 0, 0), DO(CONSTANT, 2, 0, 0), DO(CONSTANT, 4, 0, 0),
                     DO(CONSTANT, 5, 1, 0), DO(CALL, 0, 0, 0), DO(LIST, 0, 1, 4),
                     DO(RETURN, 0, 0, 0)))),
        "[1,\"1\",null,1]");
}

static void list_literals_are_fitted_and_dynamic_lists_are_not(void **state)
{
    stage *s = *state;
    const tm_value numbers = list_of(s->request, TM_LITERAL, 1, (tm_value[]){tm_int(1)});
    for (unsigned written = 0; written < 2; written++) {
        tm_argument a = {.kind = TM_KIND_LIST_OF_TO_STRING, .given = true, .written_list = written};
        tm_value v =
            ran(s, PROGRAM(VALUE, 1, CONSTANTS(numbers),
                           SITES({.function = &echo, .first = 0, .argument = &a, .arguments = 1}),
                           CODE(DO(CONSTANT, 0, 0, 0), DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0))));
        assert_json(s, v, written ? "[[\"1\"]]" : "[[1]]");
    }
}

static void errors_name_the_function(void **state)
{
    stage *s = *state;
    assert_fails(s,
                 PROGRAM(VALUE, 1, CONSTANTS(tm_int(1)),
                         SITES({.function = &echo, .first = 0, ARGUMENTS(GIVEN(TM_KIND_STRING))}),
                         CODE(DO(CONSTANT, 0, 0, 0), DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0))),
                 "Echo: expected string but got int64");
    assert_fails(s,
                 PROGRAM(VALUE, 1, SITES({.function = &failing}),
                         CODE(DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0))),
                 "Fail: no luck");
}

static void editors_write_through_targets(void **state)
{
    stage *s = *state;
    const tm_target target = {.path = path_named(TM_SPAN, "name"), .slot = -1};
    const tm_program p = PROGRAM(
        STATEMENT, 3, CONSTANTS(tm_nil(), str("POST")), TARGETS(target),
        SITES(
            {.function = &setting, .first = 1, ARGUMENTS(GIVEN(TM_KIND_PATH), GIVEN(TM_KIND_ANY))}),
        CODE(DO(MATCHED, 0, 0, 0), DO(CONSTANT, 2, 1, 0), DO(CALL, 0, 0, 0), DO(CONSTANT, 0, 0, 0),
             DO(RETURN, 0, 0, 0)));
    assert_json(s, ran(s, p), "null");
    assert_text(tm_value_text(tm_item_field(&s->item[TM_SPAN], TM_SPAN_NAME)), "POST");
}

/* Sum((x) => x + r0) with r0 = 10 outside: bodies see the registers of the code around them. */
#define SUM_PROGRAM                                                                                \
    PROGRAM(VALUE, 4, CONSTANTS(tm_int(10)), LAMBDAS({.entry = 3, .parameters = 1, .first = 3}),   \
            SITES({.function = &summing, .first = 2, ARGUMENTS(GIVEN(TM_KIND_LAMBDA))}),           \
            CODE(DO(CONSTANT, 0, 0, 0), DO(CALL, 1, 0, 0), DO(RETURN, 1, 0, 0), DO(ADD, 3, 3, 0),  \
                 DO(RETURN, 3, 0, 0)))

static void lambdas_run_in_the_frame_around_them(void **state)
{
    assert_json(*state, ran(*state, SUM_PROGRAM), "36");
}

static void an_error_in_a_lambda_ends_the_call(void **state)
{
    const tm_program p =
        PROGRAM(VALUE, 4, CONSTANTS(tm_int(0)), LAMBDAS({.entry = 3, .parameters = 1, .first = 3}),
                SITES({.function = &summing, .first = 2, ARGUMENTS(GIVEN(TM_KIND_LAMBDA))}),
                CODE(DO(CONSTANT, 0, 0, 0), DO(CALL, 1, 0, 0), DO(RETURN, 1, 0, 0),
                     DO(DIVIDE, 3, 3, 0), DO(RETURN, 3, 0, 0)));
    assert_fails(*state, p, "Sum: attempted to divide by 0");
}

static void a_lambda_called_with_another_number_of_arguments_is_an_error(void **state)
{
    const tm_program p =
        PROGRAM(VALUE, 4, LAMBDAS({.entry = 2, .parameters = 2, .first = 2}),
                SITES({.function = &summing, .first = 1, ARGUMENTS(GIVEN(TM_KIND_LAMBDA))}),
                CODE(DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0), DO(RETURN, 2, 0, 0)));
    assert_fails(*state, p, "Sum: the lambda takes 2 arguments, not 1");
}

/* Calls its lazy argument. */
static bool body_Force(tm_call *c)
{
    return tm_vm_call_lambda(c->vm, c->site->argument[0].index, NULL, 0, &c->result);
}
static const tm_function forcing = {.name = "F", .body = body_Force};

/* n calls, each the lazy argument of the one before: CALL, RETURN, CALL, RETURN, ..., CONSTANT,
 * RETURN. */
static bool nested(stage *s, uint32_t n, tm_value *out)
{
    tm_insn *code = TM_NEW_ARRAY(s->request, 2 * n + 2, tm_insn);
    tm_call_site *site = TM_NEW_ARRAY(s->request, n, tm_call_site);
    tm_argument *argument = TM_NEW_ARRAY(s->request, n, tm_argument);
    tm_lambda *lambda = TM_NEW_ARRAY(s->request, n, tm_lambda);
    const tm_value one = tm_int(1);
    for (uint32_t i = 0; i < n; i++) {
        argument[i] = (tm_argument){.kind = TM_KIND_LAZY, .given = true, .index = i};
        site[i] = (tm_call_site){
            .function = &forcing, .argument = &argument[i], .arguments = 1, .first = 1};
        lambda[i] = (tm_lambda){.entry = 2 * i + 2};
        code[2 * i] = (tm_insn){.op = TM_OP_CALL, .a = 0, .b = i};
        code[2 * i + 1] = (tm_insn){.op = TM_OP_RETURN, .a = 0};
    }
    code[2 * n] = (tm_insn){.op = TM_OP_CONSTANT, .a = 0, .b = 0};
    code[2 * n + 1] = (tm_insn){.op = TM_OP_RETURN, .a = 0};
    return run(s,
               PROGRAM(VALUE, 3, .code = code, .length = 2 * n + 2, .constant = &one,
                       .constants = 1, .site = site, .sites = n, .lambda = lambda, .lambdas = n),
               out);
}

static void lambdas_nest_to_a_limit_and_no_deeper(void **state)
{
    stage *s = *state;
    tm_value out;
    assert_true(nested(s, TM_LAMBDA_DEPTH_MOST, &out));
    assert_json(s, out, "1");
    assert_false(nested(s, TM_LAMBDA_DEPTH_MOST + 1, &out));
    assert_non_null(
        strstr(tm_arena_copy(s->request, s->vm.error).p, "lambdas are nested more than 100 deep"));
    assert_true(nested(s, TM_LAMBDA_DEPTH_MOST, &out));
}

/* --- tracing --- */

typedef struct diary {
    uint32_t at[16];
    unsigned depth[16];
    unsigned n;
} diary;

static void note(void *owner, const tm_vm *vm, uint32_t at)
{
    diary *d = owner;
    d->at[d->n] = at;
    d->depth[d->n++] = vm->depth;
}

static void a_trace_tells_every_step_in_lambdas_too(void **state)
{
    static const uint32_t at[] = {0, 3, 4, 3, 4, 3, 4, 1, 2};
    static const unsigned depth[] = {0, 1, 1, 1, 1, 1, 1, 0, 0};
    stage *s = *state;
    diary d = {.n = 0};
    tm_trace trace = {.step = note, .owner = &d};
    s->vm.trace = &trace;
    assert_json(s, ran(s, SUM_PROGRAM), "36");
    assert_int_equal(d.n, 9);
    assert_memory_equal(d.at, at, sizeof at);
    assert_memory_equal(d.depth, depth, sizeof depth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(arguments_are_coerced_as_their_kinds_say),
        TEST_ON_STAGE(list_literals_are_fitted_and_dynamic_lists_are_not),
        TEST_ON_STAGE(errors_name_the_function),
        TEST_ON_STAGE(editors_write_through_targets),
        TEST_ON_STAGE(lambdas_run_in_the_frame_around_them),
        TEST_ON_STAGE(an_error_in_a_lambda_ends_the_call),
        TEST_ON_STAGE(a_lambda_called_with_another_number_of_arguments_is_an_error),
        TEST_ON_STAGE(lambdas_nest_to_a_limit_and_no_deeper),
        TEST_ON_STAGE(a_trace_tells_every_step_in_lambdas_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
