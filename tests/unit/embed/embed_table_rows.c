/* Table rows: tables that are judged without being written. That they answer as bytes do for each
 * rule of the vectors, tests/tables.c shows. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/embed/hosted_table.h"
#include "tests/unit/embed/table_within.h"

/* Columns: service.name of the resource; name, then b and a of spans. */
static const char rules_text[] = "errors: keep where attributes[\"b\"] == true\n"
                                 "drop where resource.attributes[\"service.name\"] == \"gone\"\n"
                                 "drop where name == \"ping\" or attributes[\"a\"] == 7\n";

static void count_failed(void *owner, const char *rule, const char *message)
{
    (void)rule, (void)message;
    ++*(unsigned *)owner;
}

static void expect_fates(const host *h, const tamis_table *table, const tamis_row *rows)
{
    tamis_table_result r = {.size = sizeof r};
    assert_int_equal(tamis_filter_table(h->vm, h->rules, table, &r), TAMIS_OK);
    uint32_t out = 0;
    for (size_t i = 0; i < table->spans; i++) {
        assert_int_equal(r.row[i].fate, rows[i].fate);
        assert_int_equal(r.row[i].rule, rows[i].rule);
        out += rows[i].fate <= TAMIS_EDITED;
    }
    assert_int_equal(r.spans_in, table->spans);
    assert_int_equal(r.spans_out, out);
    assert_int_equal(r.changes, 0);
    assert_null(r.reason);
}

static void rows_are_kept_and_dropped_by_their_cells(void **state)
{
    (void)state;
    static const tamis_row rows[] = {
        {TAMIS_DROPPED, 2}, {TAMIS_DROPPED, 2}, {TAMIS_KEPT, UINT32_MAX}, {TAMIS_KEPT, UINT32_MAX}};
    static const tamis_row gone[] = {
        {TAMIS_DROPPED, 1}, {TAMIS_DROPPED, 1}, {TAMIS_KEPT, UINT32_MAX}, {TAMIS_DROPPED, 1}};
    const host h = open_host(rules_text, (tamis_vm_options){0});
    small s;
    make_small(&s);
    expect_fates(&h, &s.table, rows);
    assert_int_equal(hosted_counts(h.vm, 2).matched, 2);
    assert_int_equal(hosted_counts(h.vm, 2).dropped_spans, 2);
    s.resource = text_cell("gone");
    expect_fates(&h, &s.table, gone);
    s.resource = text_cell("shop"); /* nothing is left of the call before */
    expect_fates(&h, &s.table, rows);
    close_host(&h);
}

/* What is no UTF-8 and what is no scalar: the rows are written, and fare as bytes do. */
static void what_a_row_cannot_say_is_judged_as_bytes(void **state)
{
    (void)state;
    static const tamis_row rows[] = {
        {TAMIS_DROPPED, 2}, {TAMIS_DROPPED, 2}, {TAMIS_KEPT, UINT32_MAX}, {TAMIS_KEPT, UINT32_MAX}};
    static const tamis_member member = {.value = {.type = TAMIS_INT, .as.integer = 1}};
    small s;
    make_small(&s);
    s.span[3][0] = text_cell("GE\xff");
    for (unsigned policy = TAMIS_UTF8_SANITIZE; policy <= TAMIS_UTF8_PASS; policy++) {
        const host h = open_host(rules_text, (tamis_vm_options){.utf8 = (tamis_utf8)policy});
        expect_fates(&h, &s.table, rows);
        close_host(&h);
    }
    host h = open_host(rules_text, (tamis_vm_options){.utf8 = TAMIS_UTF8_REJECT});
    tamis_table_result r = {.size = sizeof r};
    assert_int_equal(tamis_filter_table(h.vm, h.rules, &s.table, &r), TAMIS_MALFORMED);
    assert_non_null(r.reason);
    close_host(&h);
    s.span[3][0] = text_cell("GE\xc3\xa9"); /* which is */
    s.span[3][2] = (tamis_cell){.type = TAMIS_LIST, .n = 1};
    s.table.member = &member;
    s.table.members = 1;
    h = open_host(rules_text, (tamis_vm_options){.utf8 = TAMIS_UTF8_REJECT});
    expect_fates(&h, &s.table, rows);
    s.span[3][2].as.at = 1; /* beyond the members */
    assert_int_equal(tamis_filter_table(h.vm, h.rules, &s.table, NULL), TAMIS_BAD_ARGUMENT);
    s.span[3][2] = (tamis_cell){.type = 99};
    assert_int_equal(tamis_filter_table(h.vm, h.rules, &s.table, NULL), TAMIS_BAD_ARGUMENT);
    s.span[3][2] = (tamis_cell){.type = TAMIS_NIL, .n = 2};
    assert_int_equal(tamis_filter_table(h.vm, h.rules, &s.table, NULL), TAMIS_BAD_ARGUMENT);
    close_host(&h);
}

/* A mended text is what rules see. */
static void rules_see_a_text_that_was_mended(void **state)
{
    (void)state;
    static const tamis_row rows[] = {{TAMIS_KEPT, UINT32_MAX},
                                     {TAMIS_KEPT, UINT32_MAX},
                                     {TAMIS_KEPT, UINT32_MAX},
                                     {TAMIS_DROPPED, 0}};
    const host h = open_host("drop where name == \"GE\xef\xbf\xbd\"", (tamis_vm_options){0});
    small s;
    make_small(&s);
    tamis_cell names[] = {s.span[0][0], s.span[1][0], s.span[2][0], text_cell("GE\xff")};
    s.table.span = names;
    expect_fates(&h, &s.table, rows);
    close_host(&h);
}

/* Of a root span that failed. */
static tamis_cell span_field(unsigned field)
{
    switch (field) {
    case 2:
        return (tamis_cell){.type = TAMIS_SPAN_ID, .n = 8, .as.text = "12345678"};
    case 3:
        return text_cell("");
    case 4: /* of zeros only: there is none */
        return (tamis_cell){.type = TAMIS_SPAN_ID, .n = 8, .as.text = "\0\0\0\0\0\0\0"};
    case 6:
        return number_cell(TAMIS_INT, 3);
    case 7:
        return number_cell(TAMIS_INT, 6);
    case TAMIS_FIELD_STATUS_CODE:
        return number_cell(TAMIS_INT, 2);
    default:
        return number_cell(TAMIS_NIL, 0);
    }
}

static void fields_are_what_otlp_says(void **state)
{
    (void)state;
    const host h = open_host("drop where kind == 3 and start_time_unix_nano > 5 and "
                             "IsRootSpan() and status.code == 2 and "
                             "span_id.string == \"3132333435363738\" and trace_state == \"\"",
                             (tamis_vm_options){0});
    tamis_columns columns = {.size = sizeof columns};
    tamis_need need = {.size = sizeof need};
    assert_int_equal(tamis_ruleset_columns(h.rules, &columns), TAMIS_OK);
    assert_in_range(columns.span, 6, 8);
    tamis_cell cells[16];
    for (size_t i = 0; i < columns.span; i++) {
        assert_int_equal(tamis_ruleset_need(h.rules, i, &need), TAMIS_OK);
        cells[i] = span_field(need.field);
        cells[columns.span + i] = number_cell(TAMIS_NIL, 0);
    }
    const tamis_table table = {.size = sizeof table,
                               .resources = 1,
                               .scopes = 1,
                               .span = cells,
                               .spans = 2,
                               .resource_of_scope = zeros,
                               .scope_of_span = zeros};
    static const tamis_row rows[] = {{TAMIS_DROPPED, 0}, {TAMIS_KEPT, UINT32_MAX}};
    expect_fates(&h, &table, rows);
    for (size_t i = 0; i < columns.span; i++)
        cells[i].n = 7; /* ids, and perhaps a text */
    assert_int_equal(tamis_filter_table(h.vm, h.rules, &table, NULL), TAMIS_BAD_ARGUMENT);
    close_host(&h);
}

static void errors_of_rules_are_told_and_refuse_where_they_propagate(void **state)
{
    (void)state;
    unsigned told = 0;
    const char *const rule = "Int(name) / attributes[\"a\"] == 1";
    tamis_step step = {"broken", TAMIS_DROP, TAMIS_SPAN, TAMIS_IGNORE, &rule, 1};
    const tamis_compile_options options = {.size = sizeof options, .step = &step, .steps = 1};
    tamis_engine *engine = hosted_engine();
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){.failed = count_failed, .owner = &told});
    tamis_ruleset *rules;
    const tamis_cell cells[][2] = {{text_cell("3"), number_cell(TAMIS_INT, 0)},
                                   {text_cell("4"), number_cell(TAMIS_INT, 4)}};
    const tamis_table table = {.size = sizeof table,
                               .resources = 1,
                               .scopes = 1,
                               .span = cells[0],
                               .spans = 2,
                               .resource_of_scope = zeros,
                               .scope_of_span = zeros};
    tamis_table_result r = {.size = sizeof r};
    assert_int_equal(tamis_compile(engine, &options, &rules, NULL), TAMIS_OK);
    assert_int_equal(tamis_filter_table(vm, rules, &table, &r), TAMIS_OK);
    assert_int_equal(told, 1);
    assert_int_equal(hosted_counts(vm, 0).errors, 1);
    assert_int_equal(r.row[0].fate, TAMIS_KEPT);
    assert_int_equal(r.row[1].fate, TAMIS_DROPPED);
    tamis_ruleset_unref(rules);
    step.error_mode = TAMIS_PROPAGATE;
    assert_int_equal(tamis_compile(engine, &options, &rules, NULL), TAMIS_OK);
    assert_int_equal(tamis_filter_table(vm, rules, &table, &r), TAMIS_RULE_FAILED);
    assert_non_null(strstr(r.reason, "broken[0]: "));
    assert_null(r.row);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static void what_a_table_may_cost_is_bounded(void **state)
{
    (void)state;
    enum { LONG = 200000 };
    char *text = malloc(LONG + 1);
    memset(text, 'a', LONG);
    text[LONG] = 0;
    const host h =
        open_host("drop where Len(Split(attributes[\"t\"], \"a\")) == 3",
                  (tamis_vm_options){.bounds = {.time_ns = TAMIS_NO_BOUND, .steps = 1000}});
    const tamis_cell cell = text_cell(text);
    const tamis_table table = {.size = sizeof table,
                               .resources = 1,
                               .scopes = 1,
                               .span = &cell,
                               .spans = 1,
                               .resource_of_scope = zeros,
                               .scope_of_span = zeros};
    tamis_table_result r = {.size = sizeof r};
    assert_int_equal(tamis_filter_table(h.vm, h.rules, &table, &r), TAMIS_TOO_COSTLY);
    assert_non_null(strstr(r.reason, "too much work"));
    close_host(&h);
    free(text);
}

static bool with_little_memory(void *owner, const tm_heap *given)
{
    (void)owner;
    small s;
    make_small(&s);
    return table_within(given, rules_text, &s.table);
}

static void every_allocation_for_rows_may_fail(void **state)
{
    (void)state;
    assert_true(short_heap_each(with_little_memory, NULL) > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_kept_and_dropped_by_their_cells),
        cmocka_unit_test(what_a_row_cannot_say_is_judged_as_bytes),
        cmocka_unit_test(rules_see_a_text_that_was_mended),
        cmocka_unit_test(fields_are_what_otlp_says),
        cmocka_unit_test(errors_of_rules_are_told_and_refuse_where_they_propagate),
        cmocka_unit_test(what_a_table_may_cost_is_bounded),
        cmocka_unit_test(every_allocation_for_rows_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
