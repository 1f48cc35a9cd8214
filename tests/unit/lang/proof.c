/* Proofs: what is known of the parts of a rule that ran. That a proof says what the engine says is
 * held by the vectors (tests/vectors_proof.c).
 * SPDX-License-Identifier: Apache-2.0 */
#include "deciding.h"
#include "vm/proof.h"

#include <stdlib.h>

/* The proof of a condition or value over an item with nothing in it but the name "GET /". */
static const tm_proof *proof_of(compiling *c, const char *text, tm_entry_point entry)
{
    c->compiler.explained = true;
    const tm_program *program = compile_as(c, text, entry, TM_SPAN, TM_PATHS_BARE);
    assert_non_null(program);
    deciding *d = deciding_of(c);
    tm_proofs *proofs = TM_NEW(c->arena, tm_proofs);
    tm_value result;
    proofs->arena = c->arena;
    tm_item_set_field(&d->item[TM_SPAN], TM_SPAN_NAME, tm_string(TM_TEXT("GET /")));
    tm_proofs_record(proofs, &d->vm);
    tm_vm_run(&d->vm, program, &result);
    assert_non_null(proofs->last);
    return proofs->last;
}

/* The part that is written so. */
static uint32_t part_of(const tm_proof *proof, const char *text)
{
    const tm_program *p = proof->program;
    for (uint32_t i = 0; i < p->parts; i++)
        if (tm_text_is(
                tm_text_slice(p->part[i].source->text.p + p->part[i].place.at, p->part[i].place.n),
                text))
            return i;
    fail_msg("there is no part %s", text);
    return TM_NO_PART;
}

static const tm_proved *known(const tm_proof *proof, const char *text)
{
    const tm_proved *part = &proof->part[part_of(proof, text)];
    assert_true(part->known);
    return part;
}

static void an_operand_behind_the_one_that_decides_is_not_known(void **state)
{
    const tm_proof *p =
        proof_of(*state, "name == \"x\" or name == \"GET /\" or kind == 2", TM_CONDITION);
    bool truth;
    assert_true(p->ended);
    assert_true(tm_proof_truth(p, part_of(p, "name == \"GET /\""), &truth) && truth);
    assert_true(tm_proof_truth(p, part_of(p, "name == \"x\""), &truth) && !truth);
    assert_false(tm_proof_truth(p, part_of(p, "kind == 2"), &truth));
    assert_true(tm_proof_truth(p, 0, &truth) && truth);
}

static void what_one_instruction_compares_is_known(void **state)
{
    const tm_proof *p = proof_of(*state, "name == \"x\"", TM_CONDITION);
    assert_int_equal(p->program->length, 2);
    assert_true(tm_text_is(tm_value_text(known(p, "name")->value), "GET /"));
}

static void the_last_time_of_a_lambda_is_known(void **state)
{
    const tm_proof *p =
        proof_of(*state, "Any([1, 2, 3], (_, v) => v > 1 and (v == 2 or v == 4))", TM_CONDITION);
    bool truth;
    assert_int_equal(known(p, "v > 1")->times, 2);
    assert_int_equal(known(p, "v == 2")->times, 1);
    assert_true(tm_proof_truth(p, part_of(p, "v == 2 or v == 4"), &truth) && truth);
    assert_false(p->part[part_of(p, "v == 4")].known);
}

static void what_an_earlier_time_knew_is_forgotten(void **state)
{
    const tm_proof *p = proof_of(*state, "Any([2, 1], (_, v) => v > 1 and v == 4)", TM_CONDITION);
    assert_int_equal(known(p, "v > 1")->times, 2);
    assert_false(p->part[part_of(p, "v == 4")].known);
}

static void what_failed_is_named(void **state)
{
    const tm_proof *p = proof_of(*state, "kind == 0 and Int(name) + 1 == 2", TM_CONDITION);
    assert_false(p->ended);
    assert_int_equal(p->failed, part_of(p, "Int(name)"));
    assert_true(p->error.n > 0);
    bool truth;
    assert_true(tm_proof_truth(p, part_of(p, "kind == 0"), &truth) && truth);
    assert_false(tm_proof_truth(p, 0, &truth));
}

static void what_fails_behind_a_lambda_is_not_the_lambda(void **state)
{
    const tm_proof *p =
        proof_of(*state, "Int(When(() => name != \"\", name, \"1\")) == 2", TM_CONDITION);
    assert_int_equal(p->failed, part_of(p, "Int(When(() => name != \"\", name, \"1\"))"));
}

/* A heap that counts what was taken of it. */
static void *counted_alloc(void *owner, size_t size_bytes)
{
    *(size_t *)owner += size_bytes;
    return malloc(size_bytes);
}

static void *counted_grow(void *owner, void *block, size_t size_bytes)
{
    *(size_t *)owner += size_bytes;
    return realloc(block, size_bytes);
}

static void counted_drop(void *owner, void *block)
{
    (void)owner;
    free(block);
}

static void a_part_keeps_one_value_however_often_it_is_asked(void **state)
{
    enum { PIECES = 1000, MOST = 2 << 20 };
    compiling *c = *state;
    size_t taken = 0;
    const tm_heap heap = {counted_alloc, counted_grow, counted_drop, &taken};
    tm_buf name = {.arena = c->arena};
    for (int i = 0; i < PIECES; i++)
        tm_buf_print(&name, "piece,");
    c->compiler.explained = true;
    const tm_program *program = compile_as(
        c, "Len(Filter(Split(name, \",\"), (_, v) => Len(Split(name, \",\")) > 1)) == 1001",
        TM_CONDITION, TM_SPAN, TM_PATHS_BARE);
    deciding *d = deciding_of(c);
    tm_proofs proofs = {.arena = tm_arena_new(&heap)};
    tm_value result;
    tm_item_set_field(&d->item[TM_SPAN], TM_SPAN_NAME, tm_string(tm_buf_text(&name)));
    tm_proofs_record(&proofs, &d->vm);
    assert_true(tm_vm_run(&d->vm, program, &result) && result.truth);
    const tm_proved *inner = known(proofs.last, "Len(Split(name, \",\"))");
    assert_int_equal(inner->times, PIECES + 1);
    assert_int_equal(inner->value.integer, PIECES + 1);
    assert_true(taken < MOST); /* one list takes some 50 KiB, a thousand of them 50 MiB */
    tm_arena_free(proofs.arena);
}

static void programs_that_nobody_explains_have_no_parts(void **state)
{
    compiling *c = *state;
    const tm_program *program = compile(c, "name == \"x\" or kind == 2");
    assert_int_equal(program->parts, 0);
    assert_null(program->part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, compiling_open, compiling_close)
        TEST(an_operand_behind_the_one_that_decides_is_not_known),
        TEST(what_one_instruction_compares_is_known),
        TEST(the_last_time_of_a_lambda_is_known),
        TEST(what_an_earlier_time_knew_is_forgotten),
        TEST(what_failed_is_named),
        TEST(what_fails_behind_a_lambda_is_not_the_lambda),
        TEST(a_part_keeps_one_value_however_often_it_is_asked),
        TEST(programs_that_nobody_explains_have_no_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
