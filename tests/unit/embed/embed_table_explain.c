/* Explain: proofs for rows of a table. That they are those of the spans in bytes, tests/tables.c
 * shows. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/embed/hosted.h"
#include "tests/unit/short_heap.h"

enum { ROOM = 1 << 16 };

static const char rules_text[] = "ping: drop where name == \"ping\" or IsMatch(name, \"^health\")\n"
                                 "handle: drop where name == \"OperationHandler.handle\"\n"
                                 "set(attributes[\"cluster\"], name)\n";

static tamis_status compile(tamis_engine *engine, const char *text, bool explained,
                            tamis_ruleset **rules)
{
    const tamis_source source = {"rules.ottl", text, strlen(text)};
    const tamis_compile_options options = {
        .size = sizeof options, .source = &source, .sources = 1, .explained = explained};
    return tamis_compile(engine, &options, rules, NULL);
}

static tamis_ruleset *explained_rules(tamis_engine *engine, const char *text)
{
    tamis_ruleset *rules;
    assert_int_equal(compile(engine, text, true, &rules), TAMIS_OK);
    return rules;
}

static void append(void *owner, const char *text, size_t size_bytes)
{
    strncat(owner, text, size_bytes);
}

/* Columns of spans: name and cluster. */
static const tamis_cell cells[][2] = {
    {{.type = TAMIS_STRING, .n = 4, .as.text = "ping"}, {.type = TAMIS_NIL}},
    {{.type = TAMIS_STRING, .n = 23, .as.text = "OperationHandler.handle"}, {.type = TAMIS_NIL}},
    {{.type = TAMIS_STRING, .n = 3, .as.text = "GET"},
     {.type = TAMIS_STRING, .n = 2, .as.text = "c0"}}};
static const uint32_t one_resource[] = {0, 0}, two_scopes[] = {0, 0, 1};

static tamis_table three_rows(void)
{
    return (tamis_table){.size = sizeof(tamis_table),
                         .span = cells[0],
                         .resources = 1,
                         .scopes = 2,
                         .spans = 3,
                         .resource_of_scope = one_resource,
                         .scope_of_span = two_scopes};
}

static char *explain_row(tamis_vm *vm, tamis_ruleset *rules, size_t span, unsigned how)
{
    const tamis_table table = three_rows();
    char *out = calloc(1, ROOM);
    assert_int_equal(tamis_explain_table(vm, rules, &table, span, how, append, out), TAMIS_OK);
    return out;
}

static void a_row_is_explained_by_the_rule_that_judged_it(void **state)
{
    (void)state;
    static const tamis_row rows[] = {{TAMIS_DROPPED, 0}, {TAMIS_DROPPED, 1}, {TAMIS_EDITED, 2}};
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = explained_rules(engine, rules_text);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    tamis_columns columns = {.size = sizeof columns};
    assert_int_equal(tamis_ruleset_columns(rules, &columns), TAMIS_OK);
    assert_int_equal(columns.span, 2);
    const tamis_table table = three_rows();
    tamis_table_result r = {.size = sizeof r};
    assert_int_equal(tamis_filter_table(vm, rules, &table, &r), TAMIS_OK);
    assert_memory_equal(r.row, rows, sizeof rows);
    char *text = explain_row(vm, rules, 0, 0);
    assert_non_null(strstr(text, "dropped by ping (rules.ottl:1): \"ping\""));
    assert_non_null(strstr(text, "true: ping: "));
    assert_non_null(strstr(text, "not asked: 2 rules behind it"));
    free(text);
    text = explain_row(vm, rules, 1, 0);
    assert_non_null(strstr(text, "dropped by handle (rules.ottl:2): \"OperationHandler.handle\""));
    assert_non_null(strstr(text, "false: ping: drop where name == \"ping\" or IsMatch(name"));
    free(text);
    text = explain_row(vm, rules, 2, 0);
    assert_memory_equal(text, "edited: \"GET\"", 13);
    assert_non_null(strstr(text, "- attributes[\"cluster\"] = \"c0\""));
    assert_non_null(strstr(text, "+ attributes[\"cluster\"] = \"GET\""));
    free(text);
    text = explain_row(vm, rules, 1, TAMIS_EXPLAIN_JSON | TAMIS_EXPLAIN_CODE);
    assert_non_null(strstr(text, "\"verdict\":\"dropped\",\"by\":\"handle\""));
    assert_non_null(strstr(text, "\"code\":["));
    free(text);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static void rows_that_cannot_be_explained_are_refused(void **state)
{
    (void)state;
    static const uint32_t beyond[] = {0, 0, 2};
    static const tamis_cell number = {.type = TAMIS_INT};
    tamis_engine *engine = hosted_engine(), *other_engine = hosted_engine();
    tamis_ruleset *rules = explained_rules(engine, rules_text),
                  *others = explained_rules(other_engine, rules_text),
                  *plain = hosted_rules(engine, "drop where kind == 2 or name == \"a\"", NULL);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    char out[16] = "";
    const tamis_table table = three_rows();
    tamis_table bad[8];
    for (size_t i = 0; i < 8; i++)
        bad[i] = table;
    bad[0].size = 12;
    bad[1].span = NULL;
    bad[2].scope_of_span = beyond;
    bad[3].members = 1;
    bad[4].ruleset = plain; /* as many columns, other ones */
    bad[5].ruleset = (const tamis_ruleset *)(void *)vm;
    bad[6].metadatas = 1;
    bad[7].span = &number, bad[7].spans = 1;
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(tamis_explain_table(vm, rules, &bad[i], 0, 0, append, out),
                         TAMIS_BAD_ARGUMENT);
        assert_int_equal(tamis_filter_table(vm, rules, &bad[i], NULL), TAMIS_BAD_ARGUMENT);
    }
    assert_int_equal(tamis_explain_table(vm, rules, &table, 3, 0, append, out), TAMIS_NO_SUCH);
    assert_int_equal(tamis_explain_table(vm, rules, &table, SIZE_MAX, 0, append, out),
                     TAMIS_NO_SUCH);
    assert_int_equal(tamis_explain_table(vm, plain, &table, 0, 0, append, out), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_explain_table(vm, others, &table, 0, 0, append, out),
                     TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_explain_table(vm, NULL, &table, 0, 0, append, out), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_explain_table(vm, rules, NULL, 0, 0, append, out), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_explain_table(vm, rules, &table, 0, 4, append, out), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_explain_table(vm, rules, &table, 0, 0, NULL, out), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_explain_table(NULL, rules, &table, 0, 0, append, out),
                     TAMIS_BAD_ARGUMENT);
    assert_string_equal(out, "");
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_ruleset_unref(plain);
    tamis_ruleset_unref(others);
    tamis_engine_unref(engine);
    tamis_engine_unref(other_engine);
}

static void a_table_for_another_ruleset_with_the_same_needs_is_taken(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = explained_rules(engine, rules_text);
    tamis_ruleset *plain = hosted_rules(engine, rules_text, NULL);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    tamis_table table = three_rows();
    table.ruleset = plain;
    char *out = calloc(1, ROOM);
    assert_int_equal(tamis_filter_table(vm, plain, &table, NULL), TAMIS_OK);
    assert_int_equal(tamis_explain_table(vm, rules, &table, 0, 0, append, out), TAMIS_OK);
    assert_memory_equal(out, "dropped by ping", 15);
    table.size = offsetof(tamis_table, ruleset); /* a program that does not know it */
    assert_int_equal(tamis_filter_table(vm, plain, &table, NULL), TAMIS_OK);
    free(out);
    tamis_vm_free(vm);
    tamis_ruleset_unref(plain);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static void rules_for_events_explain_no_row(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = explained_rules(engine, "drop where Len(events) == 0");
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    const tamis_table table = three_rows();
    char out[16] = "";
    assert_int_equal(tamis_explain_table(vm, rules, &table, 0, 0, append, out), TAMIS_WHOLE_SPANS);
    assert_string_equal(out, "");
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static bool row_with_little_memory(void *owner, const tm_heap *given)
{
    (void)owner;
    const tamis_heap heap = {given->alloc, given->grow, given->drop, given->owner};
    const tamis_table table = three_rows();
    tamis_engine *engine = NULL;
    tamis_ruleset *rules = NULL;
    tamis_vm *vm = NULL;
    char *out = calloc(1, ROOM);
    const tamis_engine_options options = {.size = sizeof options, .heap = &heap};
    tamis_status status = tamis_engine_new(&options, &engine);
    if (status == TAMIS_OK)
        status = compile(engine, rules_text, true, &rules);
    if (status == TAMIS_OK)
        status = tamis_vm_new(engine, NULL, &vm);
    if (status == TAMIS_OK)
        status = tamis_explain_table(vm, rules, &table, 1, TAMIS_EXPLAIN_JSON, append, out);
    assert_true(status == TAMIS_OK || status == TAMIS_OUT_OF_MEMORY);
    assert_int_equal(*out != 0, status == TAMIS_OK);
    free(out);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
    return status == TAMIS_OK;
}

static void every_allocation_for_the_proof_of_a_row_may_fail(void **state)
{
    (void)state;
    assert_true(short_heap_each(row_with_little_memory, NULL) > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_explained_by_the_rule_that_judged_it),
        cmocka_unit_test(rows_that_cannot_be_explained_are_refused),
        cmocka_unit_test(a_table_for_another_ruleset_with_the_same_needs_is_taken),
        cmocka_unit_test(rules_for_events_explain_no_row),
        cmocka_unit_test(every_allocation_for_the_proof_of_a_row_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
